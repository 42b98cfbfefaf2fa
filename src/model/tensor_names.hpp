// What the tensors of a model are called in GGUF files and in Hugging Face checkpoints.
#pragma once

#include <string>
#include <string_view>

namespace bitnet {

/// Names of one kind of file; those of a layer follow "<layer_prefix><index>.".
struct TensorNames {
  std::string_view embedding, head, head_bias, output_norm, rope_factors;
  std::string_view layer_prefix;
  std::string_view attention_norm, attention_sub_norm, ffn_norm, ffn_sub_norm;
  std::string_view query, key, value, output, gate, up, down;    // ".weight", ".bias" follow
  std::string_view scale_suffix;                                 // a linear's own scale tensor

  std::string in_layer(std::size_t index, std::string_view name) const {
    return std::string(layer_prefix) + std::to_string(index) + "." + std::string(name);
  }
};

/// gguf-py's constants.py.
inline constexpr TensorNames kGgufNames{
    .embedding = "token_embd.weight", .head = "output.weight", .head_bias = "output.bias",
    .output_norm = "output_norm.weight", .rope_factors = "rope_freqs.weight", .layer_prefix = "blk.",
    .attention_norm = "attn_norm.weight", .attention_sub_norm = "attn_sub_norm.weight", .ffn_norm = "ffn_norm.weight",
    .ffn_sub_norm = "ffn_sub_norm.weight", .query = "attn_q", .key = "attn_k", .value = "attn_v",
    .output = "attn_output", .gate = "ffn_gate", .up = "ffn_up", .down = "ffn_down", .scale_suffix = ".scale"};

/// transformers' modeling_bitnet.py and modeling_llama.py.
inline constexpr TensorNames kHuggingFaceNames{
    .embedding = "model.embed_tokens.weight", .head = "lm_head.weight", .head_bias = "lm_head.bias",
    .output_norm = "model.norm.weight", .rope_factors = "", .layer_prefix = "model.layers.",
    .attention_norm = "input_layernorm.weight", .attention_sub_norm = "self_attn.attn_sub_norm.weight",
    .ffn_norm = "post_attention_layernorm.weight", .ffn_sub_norm = "mlp.ffn_sub_norm.weight",
    .query = "self_attn.q_proj", .key = "self_attn.k_proj", .value = "self_attn.v_proj", .output = "self_attn.o_proj",
    .gate = "mlp.gate_proj", .up = "mlp.up_proj", .down = "mlp.down_proj", .scale_suffix = ".weight_scale"};

/// The same in 1bitLLM's checkpoints, whose sub-norms have other names (its modeling_bitnet.py).
inline constexpr TensorNames kOneBitLlmNames = [] {
  TensorNames names = kHuggingFaceNames;
  names.attention_sub_norm = "self_attn.inner_attn_ln.weight";
  names.ffn_sub_norm = "mlp.ffn_layernorm.weight";
  return names;
}();

}  // namespace bitnet
