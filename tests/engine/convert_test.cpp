#include "bitnet/convert.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>

#include "bitnet/bitnet.hpp"
#include "io/gguf.hpp"
#include "io/mapped_file.hpp"
#include "io/safetensors.hpp"
#include "quant/block_codec.hpp"
#include "quant/ternary.hpp"
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

  void refuse_again(const fs::path& in, const ConvertOptions& options, std::string_view part) {
    refuse_again_with(ErrorCode::kInvalidArgument, in, options, part);
  }
  void refuse_again_with(ErrorCode code, const fs::path& in, const ConvertOptions& options, std::string_view part) {
    fs::remove(out_);
    refuse(code, part, in, options);
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

// Coded again, values of a block type would not be the same.
TEST_F(ConvertTest, TensorsThatStayAsTheyAreKeepTheirBytes) {
  const fs::path in = model(make_ternary), again = folder_.path() / "again.gguf";
  for (const char* head : {"q6_k", "q8_0", "f16", "bf16"}) {
    SCOPED_TRACE(head);
    convert_model(in, out_, {.type = "tq2_0", .head = head, .replace = true});
    convert_model(out_, again, {.type = "tq1_0", .replace = true});
    const auto first = GgufFile::open(out_), second = GgufFile::open(again);
    const TensorView* before = first->find("token_embd.weight");
    const TensorView* after = second->find("token_embd.weight");
    ASSERT_NE(after, nullptr);
    EXPECT_EQ(after->dtype, before->dtype);
    EXPECT_TRUE(std::ranges::equal(after->bytes, before->bytes));
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

std::vector<std::int8_t> trits_of(const TernarySource& source) {
  std::vector<std::int8_t> trits(source.rows * source.cols);
  source.read(0, source.rows, trits.data());
  return trits;
}

// Every way that leads from one file to another ends at the same bits: directories, block types, packed tensors.
TEST_F(ConvertTest, EveryWayLeadsBack) {
  const fs::path in = model(make_ternary);
  const fs::path first = folder_.path() / "first.gguf";
  convert_model(in, first, {.type = "i2_s", .head = "f32"});
  const std::vector<float> want = logits(first, ids_);
  for (const char* type : {"tq1_0", "tq2_0", "f32", "f16", "bf16", "q8_0", "entropy", "base3", "two-bit",
                           "byte-aligned", "run-length", "sparse", "hybrid", "uncompressed", "smallest"}) {
    SCOPED_TRACE(type);
    const ConvertSummary summary = convert_model(first, out_, {.type = type, .replace = true, .threads = 2});
    EXPECT_EQ(summary.file_bytes, fs::file_size(out_));
    const bool rounds = std::string_view(type).find('0') != std::string_view::npos || std::string_view(type) == "f16" ||
                        std::string_view(type) == "bf16";
    const std::vector<float> got = logits(out_, ids_);
    if (!rounds || std::string_view(type) == "base3") EXPECT_TRUE(same_bits(got, want));
    EXPECT_LT(testing::normalized_mse(got, want), 2e-3);
    // And from there on.
    convert_model(out_, folder_.path() / "again.gguf", {.replace = true});
    EXPECT_LT(testing::normalized_mse(logits(folder_.path() / "again.gguf", ids_), want), 2e-3);
  }
  // By way of a Hugging Face directory, whose rows lie in another order, back to the same file.
  const fs::path directory = folder_.path() / "directory";
  convert_model(first, directory);
  EXPECT_LT(testing::normalized_mse(logits(directory, ids_), want), 1e-4);
  convert_model(directory, out_, {.head = "f32", .name = "model", .replace = true});
  EXPECT_EQ(testing::read_bytes(out_), testing::read_bytes(first));
  const auto loaded = Model::load(nullptr, directory);
  ASSERT_NE(loaded->tokenizer(), nullptr);
  EXPECT_EQ(loaded->tokenizer()->encode("Hello, world! 1234"),
            Model::load(nullptr, in)->tokenizer()->encode("Hello, world! 1234"));
  // Nothing is left beside what was asked for: the model, three files, a directory.
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 5);
}

TEST_F(ConvertTest, DirectoriesAreReplacedWhole) {
  const fs::path in = model(make_ternary), out = folder_.path() / "hf";
  convert_model(in, out);
  write_file(out / "stale.txt", "of an earlier model");
  expect_error(ErrorCode::kInvalidArgument, "exists already", [&] { convert_model(in, out); });
  convert_model(in, out, {.type = "bf16", .replace = true});
  EXPECT_FALSE(fs::exists(out / "stale.txt"));
  EXPECT_EQ(SafetensorsDirectory::open(out)->find("model.layers.0.mlp.up_proj.weight")->dtype, DType::kBF16);
  const json config = json::parse(read_text_file(out / "config.json"));
  EXPECT_EQ(config.count("quantization_config"), 0u);
  // A file that cannot be converted leaves what was there.
  const std::string weights = testing::read_bytes(in / "model.safetensors");
  write_file(in / "model.safetensors", weights.substr(0, weights.size() - 64));
  expect_error(ErrorCode::kInvalidFile, "model.safetensors", [&] { convert_model(in, out, {.replace = true}); });
  EXPECT_EQ(SafetensorsDirectory::open(out)->find("model.layers.0.mlp.up_proj.weight")->dtype, DType::kBF16);
}

TEST_F(ConvertTest, MetadataGoAlongFromGgufToGguf) {
  const fs::path in = model(make_ternary, {.hidden = 256, .ffn = 256, .chat_template = testing::kTinyChatTemplate});
  const fs::path first = folder_.path() / "first.gguf";
  convert_model(in, first);
  convert_model(first, out_, {.type = "tq2_0", .name = "renamed"});
  const auto from = GgufFile::open(first), to = GgufFile::open(out_);
  EXPECT_EQ(to->get_string("general.name"), "renamed");
  EXPECT_EQ(to->get_uint("general.file_type"), 37u);
  EXPECT_EQ(from->metadata().size(), to->metadata().size());
  for (const GgufFile::Entry& entry : from->metadata())
    if (entry.key != "general.name" && entry.key != "general.file_type") {
      const std::string key(entry.key);
      const auto same = std::ranges::find(to->metadata(), entry.key, &GgufFile::Entry::key);
      ASSERT_NE(same, to->metadata().end()) << key;
      EXPECT_TRUE(std::ranges::equal(same->value.bytes, entry.value.bytes)) << key;
    }
}

// The built-in model in each of I2_S's layouts, written from its weights.
TEST_F(ConvertTest, LayoutsOfI2SAreDetectedByWhatTheModelPredicts) {
  const fs::path source = fs::path(BITNET_SOURCE_DIR) / "models/bitnet-tales-21m.gguf";
  if (!fs::exists(source)) GTEST_SKIP() << "no model at " << source;
  const fs::path x86 = folder_.path() / "x86.gguf", other = folder_.path() / "other.gguf";
  convert_model(source, x86);
  const std::string bytes = testing::read_bytes(x86);
  const auto file = GgufFile::open(x86);
  const std::vector<float> want = logits(x86, ids_);
  for (const char* layout : {"x86", "arm", "rows"}) {
    SCOPED_TRACE(layout);
    std::string written = bytes;
    for (const GgufTensor& tensor : file->tensors()) {
      if (tensor.view.dtype != DType::kI2_S || std::string_view(layout) == "x86") continue;
      const auto trits = trits_of(*TernarySource::detect(tensor.view));
      const std::size_t cols = tensor.view.shape[1];
      char* codes = written.data() + (tensor.view.bytes.data() - file->mapping()->bytes().data());
      std::fill_n(codes, trits.size() / 4, '\0');
      for (std::size_t i = 0; i < trits.size(); ++i) {
        const std::size_t row = i / cols, col = i % cols;
        const bool arm = std::string_view(layout) == "arm";
        const std::size_t at = arm ? i / 64 * 16 + i % 16 : row / 4 * cols + col;
        const std::size_t plane = arm ? i % 64 / 16 : row % 4;
        codes[at] = static_cast<char>(codes[at] | (trits[i] + 1) << (6 - 2 * plane));
      }
    }
    write_file(other, written);
    convert_model(other, out_, {.layouts = {.i2s = "detect"}, .replace = true});
    EXPECT_TRUE(same_bits(logits(out_, ids_), want));
    LoadOptions options;
    options.layouts.i2s = layout;
    Session session(Model::load(nullptr, other, options), {.kv_type = DType::kF32});
    EXPECT_EQ(session.eval(ids_).size(), want.size() / ids_.size());
  }
  // Random weights predict nothing in any of them.
  const fs::path random = model(make_ternary);
  convert_model(random, other, {.replace = true});
  refuse_again_with(ErrorCode::kUnsupported, other, {.layouts = {.i2s = "detect"}}, "cannot be detected");
}

TEST_F(ConvertTest, FloatModelsBecomeTernaryByPolicy) {
  const fs::path in = model();
  ConvertOptions options{.head = "f32", .precision = "linears=ternary,blk.*.ffn_down=f32,first=keep", .replace = true};
  std::map<std::string, TensorQuality> lost;
  options.quality = [&](const TensorQuality& tensor) { lost[tensor.name] = tensor; };
  convert_model(in, out_, options);
  // Ternary ones lose, f32 ones are what they were, f16 ones in between.
  EXPECT_EQ(lost.count("blk.1.ffn_down"), 0u);
  EXPECT_EQ(lost.count("token_embd"), 0u);
  EXPECT_LT(lost["blk.1.ffn_up"].error.sqnr_db, 15);
  EXPECT_GT(lost["blk.1.ffn_up"].error.sqnr_db, 3);
  EXPECT_GT(lost["blk.0.ffn_up"].error.sqnr_db, 60);
  EXPECT_EQ(lost["blk.1.ffn_up"].type, "i2_s");
  const auto file = GgufFile::open(out_);
  EXPECT_EQ(file->find("blk.1.ffn_up.weight")->dtype, DType::kI2_S);
  EXPECT_EQ(file->find("blk.1.ffn_down.weight")->dtype, DType::kF32);
  EXPECT_EQ(file->find("blk.0.ffn_up.weight")->dtype, DType::kF16);
  const auto masters = SafetensorsDirectory::open(in);
  const TernarySource want = TernarySource::absmean(*masters->find("model.layers.1.mlp.up_proj.weight"));
  const auto got = TernarySource::detect(*file->find("blk.1.ffn_up.weight"));
  EXPECT_EQ(got->scale, want.scale);
  EXPECT_EQ(trits_of(*got), trits_of(want));
  EXPECT_FALSE(logits(out_, ids_).empty());

  refuse_again(in, {.precision = "blk.9.*=ternary"}, "fits no tensor");
  refuse_again(in, {.precision = "linears=ternary", .prune = "1.5"}, "neither a fraction");
}

TEST_F(ConvertTest, PrunedLinearsHaveTheirZeros) {
  const fs::path in = model();
  const auto zeros = [&](const char* name) {
    const auto file = GgufFile::open(out_);
    const TensorView* tensor = file->find(name);
    if (const auto source = TernarySource::detect(*tensor)) {
      const auto trits = trits_of(*source);
      return static_cast<double>(std::ranges::count(trits, std::int8_t{0})) / static_cast<double>(trits.size());
    }
    std::vector<float> values(tensor->elements());
    dequantize(tensor->dtype, tensor->bytes.data(), values.size(), values.data());
    return static_cast<double>(std::ranges::count(values, 0.0f)) / static_cast<double>(values.size());
  };
  convert_model(in, out_, {.type = "f32", .prune = "0.75", .replace = true});
  EXPECT_NEAR(zeros("blk.0.ffn_up.weight"), 0.75, 0.001);
  EXPECT_LT(zeros("token_embd.weight"), 0.01);
  convert_model(in, out_, {.precision = "linears=ternary", .prune = "2:4", .replace = true});
  EXPECT_GE(zeros("blk.0.ffn_up.weight"), 0.5);
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
