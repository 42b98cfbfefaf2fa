#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "model/config.hpp"

namespace bitnet {
namespace {

using Json = nlohmann::ordered_json;

// A float as people wrote it: 1e-05, not 9.999999747378752e-06.
double short_number(float value) { return std::stod(fmt::format("{}", value)); }

Json rope_scaling(const RopeScaling& scaling) {
  Json json{{"rope_type", scaling.kind == RopeScaling::Kind::kLinear ? "linear" : "llama3"},
            {"factor", scaling.factor}};
  if (scaling.kind == RopeScaling::Kind::kLlama3) {
    json["low_freq_factor"] = scaling.low_freq_factor;
    json["high_freq_factor"] = scaling.high_freq_factor;
    json["original_max_position_embeddings"] = static_cast<std::uint64_t>(scaling.original_context);
  }
  return json;
}

}  // namespace

std::string config_to_hf(const ModelConfig& config, DType dtype, bool packed,
                         std::span<const std::string> dense_linears) {
  const bool bitnet = config.architecture != "llama";
  if (config.rope_dims != config.head_dim)
    fail(ErrorCode::kUnsupported, "{} of {} values of a head are rotated, which config.json cannot say",
         config.rope_dims, config.head_dim);
  const bool one_bit_llm = config.architecture == "bitnet";
  Json json{
      {"architectures", {bitnet ? (one_bit_llm ? "BitnetForCausalLM" : "BitNetForCausalLM") : "LlamaForCausalLM"}},
      {"model_type", bitnet && !one_bit_llm ? "bitnet" : "llama"},
      {"hidden_act", config.activation == Activation::kRelu2 ? "relu2" : "silu"},
      {"hidden_size", config.hidden},
      {"intermediate_size", config.ffn},
      {"num_hidden_layers", config.layers},
      {"num_attention_heads", config.heads},
      {"num_key_value_heads", config.kv_heads},
      {"head_dim", config.head_dim},
      {"vocab_size", config.vocab},
      {"max_position_embeddings", config.context_length},
      {"rms_norm_eps", short_number(config.rms_eps)},
      {"rope_theta", short_number(config.rope_theta)},
      {"tie_word_embeddings", config.tied_embeddings},
      {"attention_bias", config.attention_bias},
      {"mlp_bias", config.mlp_bias},
      {"torch_dtype", dtype == DType::kF32   ? "float32"
                      : dtype == DType::kF16 ? "float16"
                                             : "bfloat16"}};
  if (config.rope_scaling.kind != RopeScaling::Kind::kNone) json["rope_scaling"] = rope_scaling(config.rope_scaling);
  if (config.bos) json["bos_token_id"] = *config.bos;
  if (config.eos.size() == 1) json["eos_token_id"] = config.eos[0];
  if (config.eos.size() > 1) json["eos_token_id"] = config.eos;
  // Scales multiply, and are tensors of one value (transformers integrations/bitnet.py, AutoBitLinear).
  if (packed) {
    Json& quantization = json["quantization_config"];
    quantization = {{"quant_method", "bitnet"}, {"linear_class", "autobitlinear"}, {"quantization_mode", "offline"}};
    Json modules = Json::array({"lm_head"});
    for (const std::string& name : dense_linears) modules.push_back(name);
    quantization["modules_to_not_convert"] = std::move(modules);
  }
  return json.dump(2) + "\n";
}

}  // namespace bitnet
