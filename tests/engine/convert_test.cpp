#include "bitnet/convert.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "bitnet/bitnet.hpp"
#include "io/gguf.hpp"
#include "io/mapped_file.hpp"
#include "io/safetensors.hpp"
#include "support/file_builder.hpp"
#include "support/model_compare.hpp"
#include "support/reference.hpp"
#include "support/tiny_model.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::expect_error;
using testing::write_file;

std::vector<float> logits(const fs::path& path, const std::vector<TokenId>& ids) {
  Session session(Model::load(nullptr, path), {.kv_type = DType::kF32});
  std::vector<float> out;
  session.eval_all(ids,
                   [&](std::size_t, std::span<const float> row) { out.insert(out.end(), row.begin(), row.end()); });
  return out;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

class ConvertTest : public ::testing::Test {
 protected:
  // A llama of 256 columns; `change` edits its config.json.
  fs::path model(const std::function<void(json&)>& change = {},
                 testing::TinyModelOptions options = {.hidden = 256, .ffn = 256}) {
    const fs::path path = folder_.path() / "model";
    testing::write_tiny_model(path, options);
    json config = json::parse(read_text_file(path / "config.json"));
    if (change) change(config);
    write_file(path / "config.json", config.dump());
    return path;
  }
  static void make_ternary(json& config) {
    config["quantization_config"] = {
        {"quant_method", "bitnet"}, {"linear_class", "autobitlinear"}, {"quantization_mode", "online"}};
  }
  void refuse(ErrorCode code, std::string_view part, const fs::path& in, const ConvertOptions& options = {}) {
    SCOPED_TRACE(part);
    expect_error(code, part, [&] { convert_model(in, out_, options); });
    EXPECT_FALSE(fs::exists(out_));
    for (const auto& entry : fs::directory_iterator(folder_.path())) EXPECT_NE(entry.path().extension(), ".part");
  }

  testing::TemporaryFolder folder_;
  fs::path out_ = folder_.path() / "out.gguf";
  std::vector<TokenId> ids_{256, 72, 101, 108, 108, 111, 32, 119, 250, 3, 257, 9};
};

TEST_F(ConvertTest, TernaryModelsKeepTheirLogits) {
  const fs::path in = model(make_ternary);
  const std::vector<float> want = logits(in, ids_);
  for (const char* type : {"i2_s", "tq2_0", "tq1_0", "f16"}) {
    SCOPED_TRACE(type);
    const ConvertSummary summary = convert_model(in, out_, {.type = type, .head = "f32", .replace = true});
    EXPECT_EQ(summary.file_bytes, fs::file_size(out_));
    EXPECT_EQ(summary.parameters, Model::load(nullptr, in)->info().parameters);
    // RoPE's neighbours are added up in another order; f16 scales differ by 2^-11.
    EXPECT_LT(testing::normalized_mse(logits(out_, ids_), want), std::string(type) == "i2_s" ? 1e-4 : 2e-3);
  }
}

TEST_F(ConvertTest, DenseModelsGoToF16AloneWithEveryHead) {
  const fs::path in = model([](json& config) { config["tie_word_embeddings"] = true; });
  refuse(ErrorCode::kUnsupported, "no linear of the model is ternary (the first is 'blk.0.attn_q'): take the type f16",
         in);
  const std::vector<float> want = logits(in, ids_);
  const std::pair<const char*, double> heads[] = {
      {"f32", 1e-5}, {"f16", 1e-5}, {"bf16", 1e-4}, {"q8_0", 1e-3}, {"q6_k", 1e-2}};
  for (const auto& [head, bound] : heads) {
    SCOPED_TRACE(head);
    convert_model(in, out_, {.type = "f16", .head = head, .replace = true});
    EXPECT_LT(testing::normalized_mse(logits(out_, ids_), want), bound);
  }
}

TEST_F(ConvertTest, TokenizerTemplateAndStopTokensGoAlong) {
  const fs::path in = model(make_ternary, {.hidden = 256, .ffn = 256, .chat_template = testing::kTinyChatTemplate});
  convert_model(in, out_);
  const auto from = Model::load(nullptr, in), to = Model::load(nullptr, out_);
  EXPECT_EQ(to->stop_tokens(), from->stop_tokens());
  EXPECT_EQ(to->chat_template(), from->chat_template());
  EXPECT_EQ(to->info().context_length, from->info().context_length);
  for (const char* text : {"", "Hello, world! 1234", "<|im_start|>user\nGrüße<|im_end|>"}) {
    EXPECT_EQ(to->tokenizer()->encode(text), from->tokenizer()->encode(text)) << text;
    const auto ids = from->tokenizer()->encode(text);
    EXPECT_EQ(to->tokenizer()->decode(ids), from->tokenizer()->decode(ids));
  }
  EXPECT_EQ(GgufFile::open(out_)->get_string("tokenizer.ggml.pre"), "gpt-2");
  EXPECT_EQ(to->info().name, "model");
  convert_model(in, out_, {.name = "another", .replace = true});
  EXPECT_EQ(Model::load(nullptr, out_)->info().name, "another");
}

TEST_F(ConvertTest, WithoutATokenizerIdsRemain) {
  const fs::path in = model(make_ternary, {.hidden = 256, .ffn = 256, .tokenizer = false});
  std::string warning;
  convert_model(in, out_, {.log = [&](LogLevel, std::string_view text) { warning = text; }});
  EXPECT_NE(warning.find("no tokenizer.json"), std::string::npos);
  EXPECT_EQ(Model::load(nullptr, out_)->tokenizer(), nullptr);
}

TEST_F(ConvertTest, TokenizersThatGgufCannotSayAreRefused) {
  const fs::path in = model(make_ternary);
  const json good = json::parse(read_text_file(in / "tokenizer.json"));
  const auto with = [&](const std::function<void(json&)>& change, ErrorCode code, std::string_view part,
                        const ConvertOptions& options = {}) {
    json tokenizer = good;
    change(tokenizer);
    write_file(in / "tokenizer.json", tokenizer.dump());
    refuse(code, part, in, options);
  };
  with([](json& t) { t["model"]["byte_fallback"] = true; }, ErrorCode::kUnsupported, "SentencePiece");
  with([](json& t) { t["decoder"] = {{"type", "Fuse"}}; }, ErrorCode::kUnsupported, "decoder");
  with([](json& t) { t["pre_tokenizer"] = {{"type", "Whitespace"}}; }, ErrorCode::kUnsupported, "--pre");
  with([](json& t) { t["added_tokens"][0]["id"] = 9999; }, ErrorCode::kInvalidFile, "9999");
  with([](json& t) { t["normalizer"] = {{"type", "Lowercase"}}; }, ErrorCode::kUnsupported, "in another way");
  // Every character a token of its own: how the text is split changes nothing, whatever the name.
  write_file(in / "tokenizer.json", good.dump());
  refuse(ErrorCode::kUnsupported, "nonsense", in, {.pre = "nonsense"});
  convert_model(in, out_, {.pre = "llama-bpe"});
}

TEST_F(ConvertTest, WrongOptionsAndPathsAreRefused) {
  const fs::path in = model(make_ternary);
  refuse(ErrorCode::kInvalidArgument, "'q4_0' is none of", in, {.type = "q4_0"});
  refuse(ErrorCode::kInvalidArgument, "'tq2_0' is none of", in, {.head = "tq2_0"});
  refuse(ErrorCode::kNotFound, "nowhere", folder_.path() / "nowhere");
  refuse(ErrorCode::kInvalidFile, "no GGUF file", in / "config.json");
  refuse(ErrorCode::kInvalidArgument, "is none of x86, arm and rows", in, {.layouts = {.i2s = "mips"}});
  refuse(ErrorCode::kInvalidArgument, "'i2_s' of linears that are not ternary", in, {.dense = "i2_s"});
  convert_model(in, out_);
  const auto before = fs::file_size(out_);
  expect_error(ErrorCode::kInvalidArgument, "exists already", [&] { convert_model(in, out_, {.type = "f16"}); });
  EXPECT_EQ(fs::file_size(out_), before);
  expect_error(ErrorCode::kInvalidArgument, "is what is converted", [&] { convert_model(in, in, {.replace = true}); });
  expect_error(ErrorCode::kInvalidArgument, "is what is converted",
               [&] { convert_model(out_, out_, {.replace = true}); });
  fs::create_directory(folder_.path() / "d.gguf");
  expect_error(ErrorCode::kInvalidArgument, "is a directory",
               [&] { convert_model(in, folder_.path() / "d.gguf", {.replace = true}); });
  fs::create_directory(folder_.path() / "other");
  expect_error(ErrorCode::kInvalidArgument, "is no model, so it is not replaced",
               [&] { convert_model(in, folder_.path() / "other", {.replace = true}); });
  expect_error(ErrorCode::kInvalidArgument, "beside 'packed'",
               [&] { convert_model(in, folder_.path() / "new", {.type = "i2_s"}); });
}

TEST_F(ConvertTest, BrokenModelsAreRefused) {
  fs::path in = model([](json& config) { config["num_hidden_layers"] = 3; });
  refuse(ErrorCode::kInvalidFile, "'model.layers.2.", in, {.type = "f16"});
  in = model([](json& config) { config["num_hidden_layers"] = 1; });
  refuse(ErrorCode::kUnsupported, "'model.layers.1.", in, {.type = "f16"});
  in = model([](json& config) { config["intermediate_size"] = 128; });
  refuse(ErrorCode::kInvalidFile, "the configuration asks for [128, 256]", in, {.type = "f16"});
  in = model([](json& config) { config["hidden_act"] = "relu2"; });
  refuse(ErrorCode::kUnsupported, "another activation", in, {.type = "f16"});
  in = model(make_ternary, {.hidden = 32, .ffn = 48});
  refuse(ErrorCode::kInvalidArgument, "cannot be tq2_0: 256 values make a block", in, {.type = "tq2_0"});
  refuse(ErrorCode::kInvalidArgument, "'token_embd.weight' of [260, 32] cannot be q6_k", in,
         {.type = "f16", .head = "q6_k"});

  in = model([](json& config) { config["vocab_size"] = 0; });
  convert_model(in, out_, {.type = "f16"});  // the embedding's rows tell
  fs::remove(out_);
  in = model();
  const float infinity = std::numeric_limits<float>::infinity();
  std::string weights = testing::read_bytes(in / "model.safetensors");
  std::memcpy(weights.data() + weights.size() - sizeof infinity, &infinity, sizeof infinity);  // the last norm's
  write_file(in / "model.safetensors", weights);
  refuse(ErrorCode::kInvalidFile, "'model.norm.weight' holds values that are not finite", in, {.type = "f16"});

  in = model();
  weights = testing::read_bytes(in / "model.safetensors");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(weights.data() + weights.size() / 2 / 4 * 4, &nan, sizeof nan);
  write_file(in / "model.safetensors", weights);
  refuse(ErrorCode::kInvalidFile, "not finite", in, {.type = "f16"});
}

// Models of transformers: packed, online, divided and multiplied scales, and sizes that are no multiples of anything.
class ConvertReference : public ConvertTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(ConvertReference, GivesTheSameLogits) {
  const fs::path in = testing::reference_dir() / "hf-bitnet" / GetParam();
  if (!fs::exists(in)) GTEST_SKIP() << "no reference models in " << testing::reference_dir();
  const std::vector<TokenId> ids{1, 5, 9, 200, 31, 77, 120, 4};
  const std::vector<float> want = logits(in, ids);
  std::size_t written = 0;
  for (const char* type : {"i2_s", "tq2_0", "tq1_0", "f16"}) {
    SCOPED_TRACE(type);
    try {
      convert_model(in, out_, {.type = type, .head = "bf16", .replace = true});
    } catch (const Error& e) {
      EXPECT_EQ(error_code_name(e.code()), error_code_name(ErrorCode::kInvalidArgument));
      EXPECT_NE(std::string(e.what()).find("values make a block"), std::string::npos) << e.what();
      continue;
    }
    ++written;
    const bool exact = std::string(type) == "i2_s" && std::string(GetParam()).starts_with("bitnet");
    const std::vector<float> got = logits(out_, ids);
    if (exact) EXPECT_TRUE(same_bits(got, want));
    EXPECT_LT(testing::normalized_mse(got, want), 2e-3);
  }
  EXPECT_GE(written, std::string(GetParam()).find("k256") != std::string::npos ? 4u : 1u);
}

INSTANTIATE_TEST_SUITE_P(Models, ConvertReference,
                         ::testing::Values("bitnet-k256", "bitnet-online-tied", "bitnet-packed-tied",
                                           "bitnet-packed-untied", "llama-bitlinear-packed", "llama-k256",
                                           "llama-online"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace bitnet
