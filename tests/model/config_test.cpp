#include "model/config.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "io/gguf.hpp"
#include "support/file_builder.hpp"
#include "support/reference.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;
using namespace bitnet::testing;
using Json = nlohmann::json;

Json bitnet_json() {
  return {{"model_type", "bitnet"},
          {"vocab_size", 128256},
          {"hidden_size", 2560},
          {"intermediate_size", 6912},
          {"num_hidden_layers", 30},
          {"num_attention_heads", 20},
          {"num_key_value_heads", 5},
          {"hidden_act", "relu2"},
          {"rms_norm_eps", 1e-5},
          {"max_position_embeddings", 4096},
          {"rope_theta", 500000.0},
          {"tie_word_embeddings", true},
          {"bos_token_id", 128000},
          {"eos_token_id", 128001},
          {"quantization_config",
           {{"quant_method", "bitnet"}, {"linear_class", "autobitlinear"}, {"quantization_mode", "offline"}}}};
}
Json llama_json() {
  return {{"model_type", "llama"},    {"vocab_size", 100},      {"hidden_size", 256},
          {"intermediate_size", 512}, {"num_hidden_layers", 2}, {"num_attention_heads", 4}};
}
ModelConfig read(const Json& json) { return config_from_hf(json.dump()); }
void refuse(const Json& json, std::string_view part, ErrorCode code = ErrorCode::kInvalidFile) {
  expect_error(code, part, [&] { read(json); });
}

TEST(HfConfig, BitNet2B4T) {
  const ModelConfig c = read(bitnet_json());
  EXPECT_EQ(c.architecture, "bitnet-b1.58");
  EXPECT_EQ(c.hidden, 2560u);
  EXPECT_EQ(c.ffn, 6912u);
  EXPECT_EQ(c.layers, 30u);
  EXPECT_EQ(c.heads, 20u);
  EXPECT_EQ(c.kv_heads, 5u);
  EXPECT_EQ(c.head_dim, 128u);
  EXPECT_EQ(c.vocab, 128256u);
  EXPECT_EQ(c.context_length, 4096u);
  EXPECT_EQ(c.rms_eps, 1e-5f);
  EXPECT_EQ(c.rope_theta, 500000.0f);
  EXPECT_EQ(c.rope_dims, 128u);
  EXPECT_FALSE(c.rope_interleaved);
  EXPECT_EQ(c.activation, Activation::kRelu2);
  EXPECT_TRUE(c.sub_norms);
  EXPECT_TRUE(c.tied_embeddings);
  EXPECT_FALSE(c.attention_bias);
  EXPECT_EQ(c.rope_scaling.kind, RopeScaling::Kind::kNone);
  EXPECT_TRUE(c.quantization.ternary);
  EXPECT_FALSE(c.quantization.scale_divides);
  EXPECT_FALSE(c.quantization.online);
  EXPECT_EQ(c.bos, 128000);
  EXPECT_EQ(c.eos, std::vector<TokenId>{128001});
}

TEST(HfConfig, DefaultsAreTransformers) {
  const ModelConfig c = read(llama_json());
  EXPECT_EQ(c.architecture, "llama");
  EXPECT_EQ(c.kv_heads, 4u);
  EXPECT_EQ(c.head_dim, 64u);
  EXPECT_EQ(c.context_length, 2048u);
  EXPECT_EQ(c.rms_eps, 1e-6f);
  EXPECT_EQ(c.rope_theta, 10000.0f);
  EXPECT_EQ(c.activation, Activation::kSilu);
  EXPECT_FALSE(c.sub_norms);
  EXPECT_FALSE(c.tied_embeddings);
  EXPECT_FALSE(c.quantization.ternary);
  EXPECT_EQ(c.bos, std::nullopt);
  EXPECT_TRUE(c.eos.empty());
}

TEST(HfConfig, NullIsAsAbsent) {
  Json json = llama_json();
  for (const char* key :
       {"head_dim", "num_key_value_heads", "rope_scaling", "rope_parameters", "bos_token_id", "eos_token_id"})
    json[key] = nullptr;
  EXPECT_EQ(read(json).head_dim, 64u);
}

TEST(HfConfig, HeadSizes) {
  Json json = llama_json();
  json["head_dim"] = 96;
  EXPECT_EQ(read(json).head_dim, 96u);
  EXPECT_EQ(read(json).rope_dims, 96u);
  json.erase("head_dim");
  json["hidden_size"] = 258;
  refuse(json, "hidden size 258 cannot be shared out to 4 heads");
}

TEST(HfConfig, OneBitLlmCallsItselfLlama) {
  Json json = llama_json();
  json.update({{"architectures", {"BitnetForCausalLM"}},
               {"hidden_size", 3200},
               {"num_attention_heads", 32},
               {"weight_bits", 1}});
  const ModelConfig c = read(json);
  EXPECT_EQ(c.architecture, "bitnet");
  EXPECT_EQ(c.head_dim, 100u);
  EXPECT_EQ(c.activation, Activation::kSilu);
  EXPECT_TRUE(c.sub_norms);
  EXPECT_TRUE(c.quantization.ternary && c.quantization.online);
}

TEST(HfConfig, Transformers5RopeParameters) {
  Json json = llama_json();
  json["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 12345.0}};
  EXPECT_EQ(read(json).rope_theta, 12345.0f);
  json["rope_parameters"] = {{"full_attention", {{"rope_theta", 1.0}}}};
  refuse(json, "a kind of layer", ErrorCode::kUnsupported);
  json["rope_parameters"] = {{"partial_rotary_factor", 0.5}};
  refuse(json, "rope_parameters.partial_rotary_factor", ErrorCode::kUnsupported);
}

TEST(HfConfig, RopeScaling) {
  Json json = llama_json();
  json["rope_scaling"] = {{"type", "linear"}, {"factor", 2.0}};
  EXPECT_EQ(read(json).rope_scaling.kind, RopeScaling::Kind::kLinear);
  EXPECT_EQ(read(json).rope_scaling.factor, 2.0);
  const Json llama3{{"rope_type", "llama3"},
                    {"factor", 8.0},
                    {"low_freq_factor", 1.0},
                    {"high_freq_factor", 4.0},
                    {"original_max_position_embeddings", 8192}};
  json["rope_scaling"] = llama3;
  const RopeScaling scaling = read(json).rope_scaling;
  EXPECT_EQ(scaling.kind, RopeScaling::Kind::kLlama3);
  EXPECT_EQ(scaling.factor, 8.0);
  EXPECT_EQ(scaling.low_freq_factor, 1.0);
  EXPECT_EQ(scaling.high_freq_factor, 4.0);
  EXPECT_EQ(scaling.original_context, 8192.0);
  for (const auto& [key, value] : llama3.items()) {
    if (key == "rope_type") continue;
    Json without = json;
    without["rope_scaling"].erase(key);
    refuse(without, key + " is missing");
    for (const double bad : {0.0, -1.0}) {
      without["rope_scaling"][key] = bad;
      refuse(without, "a finite number above 0");
    }
  }
  json["rope_scaling"]["high_freq_factor"] = 1.0;
  refuse(json, "must differ");
  for (const char* kind : {"yarn", "dynamic", "longrope"}) {
    json["rope_scaling"] = {{"rope_type", kind}, {"factor", 2.0}};
    refuse(json, kind, ErrorCode::kUnsupported);
  }
}

TEST(HfConfig, Quantization) {
  Json json = llama_json();
  Json& q = json["quantization_config"];
  q = {{"quant_method", "bitnet"}};
  EXPECT_TRUE(read(json).quantization.scale_divides);  // linear_class defaults to bitlinear
  q["linear_class"] = "autobitlinear";
  q["quantization_mode"] = "online";
  q["modules_to_not_convert"] = {"lm_head", "model.layers.0", "v_proj"};
  q["use_rms_norm"] = true;
  const QuantizationConfig c = read(json).quantization;
  EXPECT_TRUE(!c.scale_divides && c.online && c.use_rms_norm);
  EXPECT_EQ(c.rms_norm_eps, 1e-6f);
  EXPECT_TRUE(c.excludes("lm_head"));
  EXPECT_TRUE(c.excludes("model.layers.0.self_attn.q_proj"));
  EXPECT_TRUE(c.excludes("model.layers.7.self_attn.v_proj"));
  EXPECT_FALSE(c.excludes("model.layers.10.self_attn.q_proj"));
  EXPECT_FALSE(c.excludes("model.layers.1.self_attn.kv_proj"));
  q["rms_norm_eps"] = 0;
  refuse(json, "quantization_config.rms_norm_eps is 0");
  q["use_rms_norm"] = 1;
  refuse(json, "use_rms_norm is 1: it must be true or false");
  q = {{"quant_method", "gptq"}};
  refuse(json, "quant_method 'gptq' is not known: bitnet is", ErrorCode::kUnsupported);
  q = {{"quant_method", "bitnet"}, {"linear_class", "other"}};
  refuse(json, "linear_class 'other'", ErrorCode::kUnsupported);
  q = {{"quant_method", "bitnet"}, {"quantization_mode", "other"}};
  refuse(json, "quantization_mode 'other'", ErrorCode::kUnsupported);
  q = {{"quant_method", "bitnet"}, {"modules_to_not_convert", "lm_head"}};
  refuse(json, "it must be a list");
  q = {{"quant_method", "bitnet"}, {"modules_to_not_convert", {1}}};
  refuse(json, "texts only");
  q = 1;
  refuse(json, "quantization_config is 1: it must be an object");
}

TEST(HfConfig, TokenIds) {
  Json json = llama_json();
  json["eos_token_id"] = {128001, 128009};
  EXPECT_EQ(read(json).eos, (std::vector<TokenId>{128001, 128009}));
  const std::vector<Json> bads{-1, 1.5, "2", Json::array({1, nullptr}), std::int64_t{1} << 31};
  for (const Json& bad : bads) {
    json["eos_token_id"] = bad;
    refuse(json, "eos_token_id");
  }
}

TEST(HfConfig, FieldsAreChecked) {
  for (const char* key :
       {"hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "vocab_size"}) {
    Json json = llama_json();
    json.erase(key);
    refuse(json, std::string("config.json: ") + key + " is missing");
    const std::vector<Json> bads{-1, 1.5, "256", true, Json::array()};
    for (const Json& bad : bads) {
      json[key] = bad;
      refuse(json, std::string(key) + " is " + bad.dump());
    }
    if (std::string(key) == "vocab_size") continue;  // 0 leaves it to the embedding
    for (const std::uint64_t bad : {std::uint64_t{0}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
      json[key] = bad;
      refuse(json, "configuration's");
    }
  }
  const auto changed = [](const char* key, const Json& value) {
    Json json = llama_json();
    json[key] = value;
    return json;
  };
  refuse(changed("num_key_value_heads", 3), "4 heads cannot be shared out to 3 key-value heads");
  refuse(changed("num_key_value_heads", 0), "number of key-value heads is 0");
  refuse(changed("head_dim", 63), "rotates 63 values");
  refuse(changed("head_dim", 1 << 19), "heads times head size");
  refuse(changed("max_position_embeddings", 0), "context length is 0");
  refuse(changed("rms_norm_eps", 0), "RMSNorm epsilon is 0");
  refuse(changed("rms_norm_eps", -1e-5), "RMSNorm epsilon");
  refuse(changed("rms_norm_eps", 1e300), "RMSNorm epsilon is inf");
  refuse(changed("rms_norm_eps", "small"), "it must be a number");
  refuse(changed("rope_theta", 0), "RoPE base is 0");
  refuse(changed("hidden_act", "gelu"), "hidden_act 'gelu' is not known: relu2 and silu are", ErrorCode::kUnsupported);
  refuse(changed("model_type", "qwen3"), "model_type 'qwen3' is not known", ErrorCode::kUnsupported);
  refuse(changed("tie_word_embeddings", 1), "it must be true or false");
  refuse(changed("partial_rotary_factor", 0.5), "partial_rotary_factor", ErrorCode::kUnsupported);
}

TEST(HfConfig, TextIsChecked) {
  expect_error(ErrorCode::kInvalidFile, "config.json is no valid JSON", [] { config_from_hf(""); });
  expect_error(ErrorCode::kInvalidFile, "config.json is no JSON object", [] { config_from_hf("[1]"); });
  expect_error(ErrorCode::kInvalidFile, "nests deeper", [] { config_from_hf(std::string(100'000, '[')); });
  expect_error(ErrorCode::kInvalidFile, "has 'a' twice", [] { config_from_hf(R"({"a":1,"a":2})"); });
  expect_error(ErrorCode::kInvalidFile, "does not fit", [] { config_from_hf(R"({"hidden_size":1e999})"); });
  const std::string text = bitnet_json().dump();
  expect_robust(text, text.size(), [](std::string_view input) { config_from_hf(input); });
}

// A GGUF file with the keys that every model has, each of which a test may leave out or change.
class Keys {
 public:
  explicit Keys(std::string architecture) : architecture_(std::move(architecture)) {
    for (const auto& [key, value] : std::map<std::string, std::uint32_t>{{"embedding_length", 256},
                                                                         {"feed_forward_length", 512},
                                                                         {"block_count", 2},
                                                                         {"attention.head_count", 4},
                                                                         {"attention.head_count_kv", 2},
                                                                         {"context_length", 128}})
      u32(key, value);
  }
  Keys& u32(const std::string& key, std::uint32_t value) { return set(key, 4, raw(value)); }
  Keys& f32(const std::string& key, float value) { return set(key, 6, raw(value)); }
  Keys& text(const std::string& key, std::string_view value) { return set(key, 8, GgufBuilder::text(value)); }
  Keys& set(const std::string& key, std::uint32_t type, const std::string& value) {
    keys_[key] = {type, value};
    return *this;
  }
  Keys& without(const std::string& key) {
    keys_.erase(key);
    return *this;
  }
  Keys& head() {
    head_ = true;
    return *this;
  }
  ModelConfig config() const {
    GgufBuilder b;
    if (!architecture_.empty()) b.string("general.architecture", architecture_);
    for (const auto& [key, value] : keys_)
      b.key(key.starts_with("tokenizer") || key.starts_with("general") || key.starts_with("split")
                ? key
                : architecture_ + "." + key,
            value.first, value.second);
    if (head_) b.tensor("output.weight", {32}, 39, std::string(17, '\0'));
    const std::string bytes = b.build();
    return config_from_gguf(*GgufFile::parse(as_bytes(bytes), "model.gguf"));
  }
  void refuse(std::string_view part, ErrorCode code = ErrorCode::kInvalidFile) const {
    expect_error(code, part, [&] { config(); });
  }

 private:
  std::string architecture_;
  std::map<std::string, std::pair<std::uint32_t, std::string>> keys_;
  bool head_ = false;
};

TEST(GgufConfig, TheArchitectureDecidesTheArithmetic) {
  for (const char* name : {"bitnet-b1.58", "bitnet-25", "bitnet", "llama"}) {
    const ModelConfig c = Keys(name).config();
    const bool llama = std::string(name) == "llama";
    EXPECT_EQ(c.architecture, name);
    EXPECT_EQ(c.activation, llama || std::string(name) == "bitnet" ? Activation::kSilu : Activation::kRelu2) << name;
    EXPECT_EQ(c.sub_norms, !llama) << name;
    EXPECT_EQ(c.rope_interleaved, llama) << name;
  }
  Keys("qwen3").refuse("architecture 'qwen3' is not known", ErrorCode::kUnsupported);
  Keys("").refuse("general.architecture is missing");
}

TEST(GgufConfig, ReadsItsKeys) {
  Keys keys("bitnet-b1.58");
  keys.u32("vocab_size", 320)
      .u32("attention.key_length", 96)
      .u32("attention.value_length", 96)
      .u32("rope.dimension_count", 32);
  keys.f32("attention.layer_norm_rms_epsilon", 1e-5f).f32("rope.freq_base", 5e5f).text("general.name", "tiny");
  keys.u32("tokenizer.ggml.bos_token_id", 7)
      .u32("tokenizer.ggml.eos_token_id", 8)
      .u32("tokenizer.ggml.eot_token_id", 9);
  const ModelConfig c = keys.config();
  EXPECT_EQ(c.name, "tiny");
  EXPECT_EQ(c.hidden, 256u);
  EXPECT_EQ(c.ffn, 512u);
  EXPECT_EQ(c.layers, 2u);
  EXPECT_EQ(c.heads, 4u);
  EXPECT_EQ(c.kv_heads, 2u);
  EXPECT_EQ(c.head_dim, 96u);
  EXPECT_EQ(c.rope_dims, 32u);
  EXPECT_EQ(c.vocab, 320u);
  EXPECT_EQ(c.context_length, 128u);
  EXPECT_EQ(c.rms_eps, 1e-5f);
  EXPECT_EQ(c.rope_theta, 5e5f);
  EXPECT_TRUE(c.tied_embeddings);
  EXPECT_EQ(c.bos, 7);
  EXPECT_EQ(c.eos, (std::vector<TokenId>{8, 9}));
  EXPECT_FALSE(keys.head().config().tied_embeddings);
  const ModelConfig plain = Keys("llama").without("attention.head_count_kv").config();
  EXPECT_EQ(plain.kv_heads, 4u);
  EXPECT_EQ(plain.head_dim, 64u);
  EXPECT_EQ(plain.rope_dims, 64u);
  EXPECT_EQ(plain.vocab, 0u);
  EXPECT_EQ(Keys("llama").set("tokenizer.ggml.bos_token_id", 4, raw(~0u)).config().bos, std::nullopt);
}

TEST(GgufConfig, RopeScaling) {
  EXPECT_EQ(Keys("llama").text("rope.scaling.type", "none").config().rope_scaling.kind, RopeScaling::Kind::kNone);
  EXPECT_EQ(Keys("llama").text("rope.scaling.type", "linear").f32("rope.scaling.factor", 1).config().rope_scaling.kind,
            RopeScaling::Kind::kNone);
  const auto linear =
      Keys("llama").text("rope.scaling.type", "linear").f32("rope.scaling.factor", 4).config().rope_scaling;
  EXPECT_EQ(linear.kind, RopeScaling::Kind::kLinear);
  EXPECT_EQ(linear.factor, 4.0);
  EXPECT_EQ(Keys("llama").f32("rope.scale_linear", 2).config().rope_scaling.factor, 2.0);
  Keys("llama").text("rope.scaling.type", "yarn").refuse("rope.scaling.type 'yarn'", ErrorCode::kUnsupported);
  Keys("llama")
      .text("rope.scaling.type", "linear")
      .f32("rope.scaling.factor", NAN)
      .refuse("RoPE scaling factor is nan");
}

TEST(GgufConfig, KeysAreChecked) {
  for (const char* key : {"embedding_length", "feed_forward_length", "block_count", "attention.head_count"}) {
    Keys("llama").without(key).refuse(std::string("llama.") + key + " is missing");
    Keys("llama").u32(key, 0).refuse("configuration's");
    Keys("llama").set(key, 10, raw(~std::uint64_t{0})).refuse("configuration's");
    Keys("llama").set(key, 5, raw(std::int32_t{-4})).refuse(std::string("llama.") + key);
    Keys("llama").text(key, "4").refuse(std::string("llama.") + key);
  }
  Keys("llama").u32("attention.head_count_kv", 3).refuse("key-value heads");
  Keys("llama").u32("attention.value_length", 32).refuse("value_length", ErrorCode::kUnsupported);
  Keys("llama").u32("expert_count", 8).refuse("expert_count", ErrorCode::kUnsupported);
  Keys("llama").u32("split.count", 3).refuse("one part of 3", ErrorCode::kUnsupported);
  EXPECT_EQ(Keys("llama").u32("split.count", 1).config().layers, 2u);
  Keys("llama").u32("rope.dimension_count", 33).refuse("rotates 33");
  Keys("llama").u32("rope.dimension_count", 66).refuse("rotates 66");
  for (const float bad : {0.0f, -1.0f, NAN, INFINITY}) {
    Keys("llama").f32("attention.layer_norm_rms_epsilon", bad).refuse("RMSNorm epsilon");
    Keys("llama").f32("rope.freq_base", bad).refuse("RoPE base");
  }
  Keys("llama").set("tokenizer.ggml.eos_token_id", 10, raw(std::uint64_t{1} << 40)).refuse("no token id");
}

TEST(ReferenceConfigs, GgufAndCheckpointAgree) {
  const fs::path root = reference_dir();
  if (!fs::exists(root / "hf-bitnet")) GTEST_SKIP() << "no reference files at " << root;
  int read_configs = 0;
  for (const auto& entry : fs::directory_iterator(root / "hf-bitnet")) {
    const ModelConfig c = config_from_hf(read_bytes(entry.path() / "config.json"));
    EXPECT_EQ(c.vocab, 320u) << entry.path();
    EXPECT_TRUE(c.quantization.ternary);
    ++read_configs;
  }
  EXPECT_EQ(read_configs, 7);
  for (const char* name : {"bitnet-k256", "llama-k256"}) {
    const auto file = GgufFile::open(root / "gguf" / name / "I2_S.gguf");
    const ModelConfig a = config_from_gguf(*file),
                      b = config_from_hf(read_bytes(root / "hf-bitnet" / name / "config.json"));
    EXPECT_EQ(a.architecture, b.architecture);
    EXPECT_EQ(a.hidden, b.hidden);
    EXPECT_EQ(a.ffn, b.ffn);
    EXPECT_EQ(a.layers, b.layers);
    EXPECT_EQ(a.heads, b.heads);
    EXPECT_EQ(a.kv_heads, b.kv_heads);
    EXPECT_EQ(a.head_dim, b.head_dim);
    EXPECT_EQ(a.context_length, b.context_length);
    EXPECT_EQ(a.rms_eps, b.rms_eps);
    EXPECT_EQ(a.rope_theta, b.rope_theta);
    EXPECT_EQ(a.rope_dims, b.rope_dims);
    EXPECT_EQ(a.activation, b.activation);
    EXPECT_EQ(a.sub_norms, b.sub_norms);
    EXPECT_EQ(a.tied_embeddings, b.tied_embeddings);
    EXPECT_EQ(a.bos, b.bos);
    EXPECT_EQ(a.eos, b.eos);
  }
}

}  // namespace
}  // namespace bitnet
