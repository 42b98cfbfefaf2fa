// config.json of transformers 4 and 5.
#include <algorithm>

#include "base/fail.hpp"
#include "io/json.hpp"
#include "model/config.hpp"

namespace bitnet {
namespace {

using Json = nlohmann::json;

constexpr int kMostNesting = 32;

// One JSON object of the file; errors name the field as a person would find it.
class Fields {
 public:
  Fields(const Json& object, std::string path) : object_(object), path_(std::move(path)) {}

  bool has(const char* key) const { return object_.contains(key) && !object_[key].is_null(); }

  std::size_t size(const char* key) const {
    if (!has(key)) fail_file("{}{} is missing", path_, key);
    return size(key, 0);
  }
  std::size_t size(const char* key, std::size_t fallback) const {
    if (!has(key)) return fallback;
    const Json& value = object_[key];
    if (!value.is_number_unsigned())
      fail_file("{}{} is {}: it must be a whole number of 0 or more", path_, key, excerpt(value));
    return value.get<std::size_t>();
  }
  double number(const char* key) const {
    if (!has(key)) fail_file("{}{} is missing", path_, key);
    return number(key, 0);
  }
  double number(const char* key, double fallback) const {
    if (!has(key)) return fallback;
    const Json& value = object_[key];
    if (!value.is_number()) fail_file("{}{} is {}: it must be a number", path_, key, excerpt(value));
    return value.get<double>();
  }
  bool flag(const char* key, bool fallback) const {
    if (!has(key)) return fallback;
    const Json& value = object_[key];
    if (!value.is_boolean()) fail_file("{}{} is {}: it must be true or false", path_, key, excerpt(value));
    return value.get<bool>();
  }
  std::string text(const char* key, const std::string& fallback) const {
    if (!has(key)) return fallback;
    const Json& value = object_[key];
    if (!value.is_string()) fail_file("{}{} is {}: it must be a text", path_, key, excerpt(value));
    return value.get<std::string>();
  }
  Fields object(const char* key) const {
    if (!object_[key].is_object()) fail_file("{}{} is {}: it must be an object", path_, key, excerpt(object_[key]));
    return {object_[key], path_ + key + "."};
  }
  const Json& raw(const char* key) const { return object_[key]; }
  const Json& all() const { return object_; }
  const std::string& path() const { return path_; }

  static std::string excerpt(const Json& value) {
    return printable(value.dump(-1, ' ', false, Json::error_handler_t::replace));
  }

 private:
  const Json& object_;
  std::string path_;
};

RopeScaling read_rope_scaling(const Fields& fields) {
  for (const Json& value : fields.all())
    if (value.is_object())
      fail(ErrorCode::kUnsupported, "{} holds one set of parameters a kind of layer: one for all is known",
           fields.path());
  const std::string kind = fields.text("rope_type", fields.text("type", "default"));
  RopeScaling scaling;
  if (kind == "default") return scaling;
  scaling.factor = fields.number("factor");
  if (kind == "linear") {
    scaling.kind = RopeScaling::Kind::kLinear;
  } else if (kind == "llama3") {
    scaling.kind = RopeScaling::Kind::kLlama3;
    scaling.low_freq_factor = fields.number("low_freq_factor");
    scaling.high_freq_factor = fields.number("high_freq_factor");
    scaling.original_context = fields.number("original_max_position_embeddings");
  } else {
    fail(ErrorCode::kUnsupported, "{}rope_type '{}' is not known: default, linear and llama3 are", fields.path(),
         printable(kind));
  }
  return scaling;
}

QuantizationConfig read_quantization(const Fields& fields) {
  QuantizationConfig quantization;
  const std::string method = fields.text("quant_method", "");
  if (method != "bitnet")
    fail(ErrorCode::kUnsupported, "{}quant_method '{}' is not known: bitnet is", fields.path(), printable(method));
  quantization.ternary = true;
  const std::string linear_class = fields.text("linear_class", "bitlinear");
  if (linear_class != "bitlinear" && linear_class != "autobitlinear")
    fail(ErrorCode::kUnsupported, "{}linear_class '{}' is not known: bitlinear and autobitlinear are", fields.path(),
         printable(linear_class));
  quantization.scale_divides = linear_class == "bitlinear";
  const std::string mode = fields.text("quantization_mode", "offline");
  if (mode != "offline" && mode != "online")
    fail(ErrorCode::kUnsupported, "{}quantization_mode '{}' is not known: offline and online are", fields.path(),
         printable(mode));
  quantization.online = mode == "online";
  quantization.use_rms_norm = fields.flag("use_rms_norm", false);
  quantization.rms_norm_eps = static_cast<float>(fields.number("rms_norm_eps", 1e-6));
  if (fields.has("modules_to_not_convert")) {
    const Json& modules = fields.raw("modules_to_not_convert");
    if (!modules.is_array())
      fail_file("{}modules_to_not_convert is {}: it must be a list", fields.path(), Fields::excerpt(modules));
    for (const Json& module : modules) {
      if (!module.is_string())
        fail_file("{}modules_to_not_convert holds {}: texts only", fields.path(), Fields::excerpt(module));
      quantization.modules_to_not_convert.push_back(module.get<std::string>());
    }
  }
  return quantization;
}

std::vector<TokenId> read_ids(const Fields& fields, const char* key) {
  std::vector<TokenId> ids;
  if (!fields.has(key)) return ids;
  const Json& value = fields.raw(key);
  for (const Json& id : value.is_array() ? value : Json::array({value})) {
    if (!id.is_number_integer() || id < 0 || id > INT32_MAX)
      fail_file("{}{} is {}: token ids only", fields.path(), key, Fields::excerpt(value));
    ids.push_back(id.get<TokenId>());
  }
  return ids;
}

bool names_class(const Fields& fields, const char* name) {
  if (!fields.has("architectures") || !fields.raw("architectures").is_array()) return false;
  const Json& classes = fields.raw("architectures");
  return std::find(classes.begin(), classes.end(), name) != classes.end();
}

void refuse_partial_rotation(const Fields& fields) {
  if (fields.number("partial_rotary_factor", 1.0) != 1.0)
    fail(ErrorCode::kUnsupported, "{}partial_rotary_factor other than 1 is not known", fields.path());
}

}  // namespace

ModelConfig config_from_hf(std::string_view config_json) {
  const Json json = parse_json_object(config_json, "config.json", kMostNesting);
  const Fields fields(json, "config.json: ");

  ModelConfig config;
  const std::string type = fields.text("model_type", "");
  const std::string activation = fields.text("hidden_act", type == "bitnet" ? "relu2" : "silu");
  if (type == "bitnet") {
    config.architecture = "bitnet-b1.58";
    config.sub_norms = true;
  } else if (type == "llama" && names_class(fields, "BitnetForCausalLM")) {
    // 1bitLLM's: Llama with BitNet's sub-norms, masters quantized on the fly, and no quantization_config that says so.
    config.architecture = "bitnet";
    config.sub_norms = true;
    config.quantization.ternary = config.quantization.online = true;
  } else if (type == "llama") {
    config.architecture = "llama";
  } else {
    fail(ErrorCode::kUnsupported, "config.json: model_type '{}' is not known: bitnet and llama are", printable(type));
  }
  if (activation == "relu2") {
    config.activation = Activation::kRelu2;
  } else if (activation == "silu") {
    config.activation = Activation::kSilu;
  } else {
    fail(ErrorCode::kUnsupported, "config.json: hidden_act '{}' is not known: relu2 and silu are",
         printable(activation));
  }

  config.hidden = fields.size("hidden_size");
  config.ffn = fields.size("intermediate_size");
  config.layers = fields.size("num_hidden_layers");
  config.heads = fields.size("num_attention_heads");
  config.kv_heads = fields.size("num_key_value_heads", config.heads);
  config.head_dim = fields.has("head_dim") ? fields.size("head_dim") : default_head_dim(config.hidden, config.heads);
  config.vocab = fields.size("vocab_size");
  config.context_length = fields.size("max_position_embeddings", 2048);
  config.rms_eps = static_cast<float>(fields.number("rms_norm_eps", type == "bitnet" ? 1e-5 : 1e-6));
  config.tied_embeddings = fields.flag("tie_word_embeddings", false);
  config.rope_theta = static_cast<float>(fields.number("rope_theta", type == "bitnet" ? 500000.0 : 10000.0));
  for (const char* key : {"rope_scaling", "rope_parameters"}) {  // transformers 4 and 5
    if (!fields.has(key)) continue;
    const Fields rope = fields.object(key);
    config.rope_theta = static_cast<float>(rope.number("rope_theta", config.rope_theta));
    config.rope_scaling = read_rope_scaling(rope);
    refuse_partial_rotation(rope);
  }
  refuse_partial_rotation(fields);
  config.rope_dims = config.head_dim;
  config.rope_interleaved = false;
  if (fields.has("quantization_config")) config.quantization = read_quantization(fields.object("quantization_config"));
  config.attention_bias = fields.flag("attention_bias", false);
  config.mlp_bias = fields.flag("mlp_bias", false);
  if (const auto ids = read_ids(fields, "bos_token_id"); !ids.empty()) config.bos = ids.front();
  config.eos = read_ids(fields, "eos_token_id");
  config.validate();
  return config;
}

}  // namespace bitnet
