#include "model/config.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "io/gguf.hpp"

namespace bitnet {
namespace {

// Far above any model, far below where products of sizes overflow.
constexpr std::size_t kMostWidth = std::size_t{1} << 20;
constexpr std::size_t kMostLayers = 4096;
constexpr std::size_t kMostVocab = std::size_t{1} << 26;
constexpr std::size_t kMostContext = std::size_t{1} << 26;

void check(const char* field, std::size_t value, std::size_t most) {
  if (value == 0 || value > most) fail_file("the configuration's {} is {}: 1 to {} is allowed", field, value, most);
}

void check_positive(const char* field, double value) {
  if (!std::isfinite(value) || value <= 0)
    fail_file("the configuration's {} is {}: a finite number above 0 is allowed", field, value);
}

RopeScaling gguf_rope_scaling(const GgufFile& file, const std::string& prefix) {
  RopeScaling scaling;
  const std::string kind(file.get_string(prefix + "rope.scaling.type").value_or("none"));
  scaling.factor = file.get_float(prefix + "rope.scaling.factor").value_or(1.0);
  // The key's name before scaling had types.
  if (const auto linear = file.get_float(prefix + "rope.scale_linear"); linear && kind == "none" && *linear != 1.0) {
    scaling.kind = RopeScaling::Kind::kLinear;
    scaling.factor = *linear;
    return scaling;
  }
  if (kind == "linear") {
    if (scaling.factor != 1.0) scaling.kind = RopeScaling::Kind::kLinear;
  } else if (kind != "none") {
    fail(ErrorCode::kUnsupported, "{}rope.scaling.type '{}' is not known: none and linear are", prefix,
         printable(kind));
  }
  return scaling;
}

std::optional<TokenId> token_id(const GgufFile& file, const char* key) {
  const auto id = file.get_int(key);
  if (!id || *id == -1 || *id == std::int64_t{UINT32_MAX}) return std::nullopt;  // both stand for none
  if (*id < 0 || *id > INT32_MAX) fail_file("metadata key '{}' is {}: no token id", key, *id);
  return static_cast<TokenId>(*id);
}

}  // namespace

bool QuantizationConfig::excludes(std::string_view prefix) const {
  // transformers compares whole dotted parts: "lm_head", "self_attn", "model.layers.0".
  const std::string dotted = fmt::format(".{}.", prefix);
  return std::any_of(modules_to_not_convert.begin(), modules_to_not_convert.end(), [&](const std::string& module) {
    return !module.empty() && dotted.find(fmt::format(".{}.", module)) != std::string::npos;
  });
}

std::size_t default_head_dim(std::size_t hidden, std::size_t heads) {
  check("number of heads", heads, kMostWidth);
  if (hidden % heads != 0)
    fail_file("the configuration's hidden size {} cannot be shared out to {} heads, and no head size is given", hidden,
              heads);
  return hidden / heads;
}

void ModelConfig::validate() const {
  check("hidden size", hidden, kMostWidth);
  check("feed-forward size", ffn, kMostWidth);
  check("number of layers", layers, kMostLayers);
  check("number of heads", heads, kMostWidth);
  check("number of key-value heads", kv_heads, kMostWidth);
  check("head size", head_dim, kMostWidth);
  check("heads times head size", heads * head_dim, kMostWidth);
  if (vocab != 0) check("vocabulary size", vocab, kMostVocab);
  check("context length", context_length, kMostContext);
  if (heads % kv_heads != 0)
    fail_file("the configuration's {} heads cannot be shared out to {} key-value heads", heads, kv_heads);
  if (rope_dims == 0 || rope_dims > head_dim || rope_dims % 2 != 0)
    fail_file("the configuration rotates {} values of a head of {}: an even number up to that is allowed", rope_dims,
              head_dim);
  check_positive("RMSNorm epsilon", rms_eps);
  check_positive("RoPE base", rope_theta);
  check_positive("RoPE scaling factor", rope_scaling.factor);
  if (rope_scaling.kind == RopeScaling::Kind::kLlama3) {
    check_positive("low_freq_factor", rope_scaling.low_freq_factor);
    check_positive("high_freq_factor", rope_scaling.high_freq_factor);
    check_positive("original context length", rope_scaling.original_context);
    if (rope_scaling.high_freq_factor == rope_scaling.low_freq_factor)
      fail_file("the configuration's low_freq_factor and high_freq_factor are both {}: they must differ",
                rope_scaling.low_freq_factor);
  }
  if (quantization.use_rms_norm) check_positive("quantization_config.rms_norm_eps", quantization.rms_norm_eps);
}

ModelConfig config_from_gguf(const GgufFile& file) {
  ModelConfig config;
  const auto architecture = file.get_string("general.architecture");
  if (!architecture) fail_file("general.architecture is missing: the file holds no model");
  config.architecture = *architecture;
  // The name decides the activation: `bitnet` is 1bitLLM's with SiLU, the others Microsoft's with squared ReLU.
  if (config.architecture == "bitnet") {
    config.sub_norms = true;
  } else if (config.architecture == "bitnet-25" || config.architecture == "bitnet-b1.58") {
    config.sub_norms = true;
    config.activation = Activation::kRelu2;
  } else if (config.architecture == "llama") {
    config.rope_interleaved = true;
  } else {
    fail(ErrorCode::kUnsupported, "architecture '{}' is not known: bitnet-b1.58, bitnet-25, bitnet and llama are",
         printable(config.architecture));
  }
  if (file.get_uint("split.count").value_or(1) > 1)
    fail(ErrorCode::kUnsupported, "the file is one part of {}: join them with llama-gguf-split --merge",
         *file.get_uint("split.count"));
  const std::string prefix = config.architecture + ".";
  const auto size = [&](const char* key) {
    const auto value = file.get_uint(prefix + key);
    if (!value) fail_file("metadata key {}{} is missing", prefix, key);
    return static_cast<std::size_t>(*value);
  };
  const auto size_or = [&](const char* key, std::size_t fallback) {
    return static_cast<std::size_t>(file.get_uint(prefix + key).value_or(fallback));
  };
  if (size_or("expert_count", 0) != 0)
    fail(ErrorCode::kUnsupported, "{}expert_count: mixtures of experts are not known", prefix);

  config.name = file.get_string("general.name").value_or("");
  config.hidden = size("embedding_length");
  config.ffn = size("feed_forward_length");
  config.layers = size("block_count");
  config.heads = size("attention.head_count");
  config.kv_heads = size_or("attention.head_count_kv", config.heads);
  config.head_dim = size_or("attention.key_length", 0);
  if (config.head_dim == 0) config.head_dim = default_head_dim(config.hidden, config.heads);
  if (size_or("attention.value_length", config.head_dim) != config.head_dim)
    fail(ErrorCode::kUnsupported, "{}attention.value_length differs from key_length", prefix);
  config.context_length = size_or("context_length", 2048);
  config.vocab = size_or("vocab_size", 0);
  config.rms_eps = static_cast<float>(file.get_float(prefix + "attention.layer_norm_rms_epsilon").value_or(1e-5));
  config.rope_theta = static_cast<float>(file.get_float(prefix + "rope.freq_base").value_or(10000.0));
  config.rope_dims = size_or("rope.dimension_count", config.head_dim);
  config.rope_scaling = gguf_rope_scaling(file, prefix);
  // llama.cpp's files say nothing of it: the head is tied where it is absent.
  config.tied_embeddings = !file.contains("output.weight");
  config.bos = token_id(file, "tokenizer.ggml.bos_token_id");
  for (const char* key : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"})
    if (const auto id = token_id(file, key);
        id && std::find(config.eos.begin(), config.eos.end(), *id) == config.eos.end())
      config.eos.push_back(*id);
  config.validate();
  return config;
}

}  // namespace bitnet
