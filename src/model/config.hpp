// What a model's files say about its shape and arithmetic, checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.hpp"
#include "bitnet/tokenizer.hpp"
#include "quant/ternary_layouts.hpp"

namespace bitnet {

class GgufFile;

/// How RoPE's frequencies are changed for contexts longer than the training's (transformers modeling_rope_utils.py).
struct RopeScaling {
  enum class Kind : std::uint8_t { kNone, kLinear, kLlama3 };
  Kind kind = Kind::kNone;
  double factor = 1.0;
  double low_freq_factor = 1.0, high_freq_factor = 4.0, original_context = 8192;  // kLlama3 only
};

/// config.json's quantization_config with quant_method "bitnet" (transformers integrations/bitnet.py).
struct QuantizationConfig {
  bool ternary = false;        // the linears of the layers are ternary or become so
  bool scale_divides = false;  // linear_class "bitlinear": stored scales are inverses; "autobitlinear" multiplies
  bool online = false;         // quantization_mode: weights are stored as masters; a hint, the tensors decide
  bool use_rms_norm = false;   // each linear normalizes its input with a weight of its own
  float rms_norm_eps = 1e-6f;
  std::vector<std::string> modules_to_not_convert;

  /// Whether the linear of this tensor prefix stays float: it is, or lies below, one of modules_to_not_convert.
  bool excludes(std::string_view prefix) const;
};

struct ModelConfig {
  std::string name;
  std::string architecture;  // "bitnet-b1.58", "bitnet-25", "bitnet", "llama"
  std::size_t hidden = 0, ffn = 0, layers = 0, heads = 0, kv_heads = 0, head_dim = 0;
  std::size_t vocab = 0;  // 0: not said, the embedding's rows decide
  std::size_t context_length = 0;
  float rms_eps = 1e-5f;
  float rope_theta = 10000.0f;
  std::size_t rope_dims = 0;  // the rotated front of each head
  bool rope_interleaved = false;
  RopeScaling rope_scaling;
  Activation activation = Activation::kSilu;
  bool sub_norms = false;  // BitNet's norms before the attention's and the FFN's output
  bool tied_embeddings = false;
  bool attention_bias = false, mlp_bias = false;  // config.json's; in GGUF files the tensors alone tell
  QuantizationConfig quantization;
  std::optional<TokenId> bos;
  std::vector<TokenId> eos;  // in the file's order
  TernaryLayouts layouts;    // as whoever opens the files says them

  /// Throws kInvalidFile naming the field and what is allowed.
  void validate() const;
};

/// hidden / heads, for files that give no head size. Throws kInvalidFile when that is no whole number.
std::size_t default_head_dim(std::size_t hidden, std::size_t heads);

/// The architecture's name decides the activation: `bitnet` has SiLU, `bitnet-25` and `bitnet-b1.58` squared ReLU, all
/// three sub-norms and rotate-half RoPE; `llama` has SiLU, no sub-norms and interleaved RoPE (llama.cpp permutes Q and
/// K). Throws kInvalidFile for missing or senseless values, kUnsupported for architectures and options this version
/// lacks.
ModelConfig config_from_gguf(const GgufFile& file);
/// `config_json`: the text of a Hugging Face config.json, of transformers 4 (rope_theta, rope_scaling) or 5
/// (rope_parameters). model_type "bitnet" or "llama"; RoPE is rotate-half in both. 1bitLLM's checkpoints call
/// themselves llama: architectures "BitnetForCausalLM" tells them apart. Throws as config_from_gguf.
ModelConfig config_from_hf(std::string_view config_json);
/// The text of a config.json that config_from_hf() reads as `config`, for weights of `dtype`; `packed` says that linears
/// are ternary and stored so, but for `dense_linears`. Throws kUnsupported for what the format cannot say.
std::string config_to_hf(const ModelConfig& config, DType dtype, bool packed,
                         std::span<const std::string> dense_linears);

}  // namespace bitnet
