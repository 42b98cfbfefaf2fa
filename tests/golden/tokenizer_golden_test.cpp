// Every case of BITNET_REFERENCE_DIR/tokenizers: ids and texts that Hugging Face's tokenizers computed.
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bitnet/tokenizer.hpp"
#include "support/reference.hpp"
#include "text/tokenizer/byte_level.hpp"

namespace bitnet {
namespace {

using Json = nlohmann::json;

std::filesystem::path directory() { return testing::reference_dir() / "tokenizers"; }

#define SKIP_WITHOUT_REFERENCE()                                                                              \
  if (!std::filesystem::exists(directory())) {                                                                \
    GTEST_SKIP() << "no reference tokenizers at " << directory() << "; set BITNET_REFERENCE_DIR to run this"; \
  }

// Lines hold NUL and CR inside strings, so only \n ends one.
std::vector<Json> read_lines(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<Json> out;
  for (std::string line; std::getline(file, line, '\n');) {
    if (!line.empty()) out.push_back(Json::parse(line));
  }
  return out;
}

const Tokenizer& tokenizer(const std::string& name) {
  static std::map<std::string, std::shared_ptr<const Tokenizer>> loaded;
  auto& t = loaded[name];
  if (!t) {
    auto path = directory() / "tokenizers" / (name + ".gz");
    if (!std::filesystem::exists(path)) path = directory() / "gpt2" / (name + ".gz");
    t = Tokenizer::from_json(testing::read_gz(path));
  }
  return *t;
}

std::string streamed(const Tokenizer& t, const std::vector<TokenId>& ids, bool skip) {
  StreamDecoder stream(t, skip);
  std::string out;
  for (const TokenId id : ids) {
    const std::string piece = stream.push(id);
    EXPECT_NO_THROW(static_cast<void>(Json(piece).dump())) << "a piece ends inside a character";
    out += piece;
  }
  return out + stream.finish();
}

void check_decoding(const Tokenizer& t, const Json& c) {
  const auto ids = c["ids"].get<std::vector<TokenId>>();
  for (const bool skip : {false, true}) {
    const auto expected = c[skip ? "decoded_skip_special" : "decoded"].get<std::string>();
    EXPECT_EQ(t.decode(ids, skip), expected) << c["id"];
    EXPECT_EQ(streamed(t, ids, skip), expected) << c["id"];
  }
}

void check_file(const std::filesystem::path& path, const Tokenizer* always = nullptr) {
  const auto lines = read_lines(path);
  ASSERT_FALSE(lines.empty()) << path;
  for (const Json& c : lines) {
    const Tokenizer& t = always != nullptr ? *always : tokenizer(c["tokenizer"]);
    if (c.contains("text")) {
      const EncodeOptions options{.add_special_tokens = c["add_special_tokens"]};
      EXPECT_EQ(t.encode(c["text"].get<std::string>(), options), c["ids"].get<std::vector<TokenId>>()) << c["id"];
    }
    check_decoding(t, c);
  }
}

class TokenizerGolden : public ::testing::TestWithParam<const char*> {};

TEST_P(TokenizerGolden, EncodesAndDecodesAsHuggingFace) {
  SKIP_WITHOUT_REFERENCE();
  check_file(directory() / GetParam());
}

INSTANTIATE_TEST_SUITE_P(Files, TokenizerGolden,
                         ::testing::Values("dev_cases.jsonl", "dev_decode_cases.jsonl", "dev_cases_qwen3.jsonl",
                                           "dev_decode_cases_qwen3.jsonl", "dev_cases_mistral-v01.jsonl",
                                           "dev_decode_cases_mistral-v01.jsonl", "dev_cases_llama2-constructed.jsonl",
                                           "dev_decode_cases_llama2-constructed.jsonl", "gpt2/dev_cases_gpt2.jsonl",
                                           "gpt2/dev_decode_cases_gpt2.jsonl"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); });
                           return name;
                         });

TEST(TokenizerGoldenFiles, VocabAndMergesAgreeWithTokenizerJson) {
  SKIP_WITHOUT_REFERENCE();
  const auto t = Tokenizer::from_vocab_and_merges(testing::read_bytes(directory() / "gpt2/vocab.json"),
                                                  testing::read_bytes(directory() / "gpt2/merges.txt"));
  check_file(directory() / "gpt2/dev_cases_gpt2.jsonl", t.get());
  check_file(directory() / "gpt2/dev_decode_cases_gpt2.jsonl", t.get());
  EXPECT_EQ(t->vocabulary_size(), 50257u);
  EXPECT_EQ(t->eos(), 50256);
}

TEST(TokenizerGoldenFiles, InvalidUtf8IsReadAsReplacementCharacters) {
  SKIP_WITHOUT_REFERENCE();
  for (const Json& c : read_lines(directory() / "invalid_utf8_policy.jsonl")) {
    const auto hex = c["bytes_hex"].get<std::string>();
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
      bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    const Tokenizer& t = tokenizer(c["tokenizer"]);
    const EncodeOptions options{.add_special_tokens = false};
    EXPECT_EQ(t.encode(bytes, options), c["ids_if_lossy"].get<std::vector<TokenId>>()) << c["id"];
    EXPECT_EQ(t.encode(c["text_lossy"].get<std::string>(), options), t.encode(bytes, options)) << c["id"];
  }
}

TEST(TokenizerGoldenFiles, Llama3KnowsItsSpecialTokens) {
  SKIP_WITHOUT_REFERENCE();
  const Tokenizer& t = tokenizer("llama3-bos.tokenizer.json");
  EXPECT_EQ(t.vocabulary_size(), 128256u);
  EXPECT_EQ(t.bos(), 128000);
  EXPECT_EQ(t.eos(), 128001);
  EXPECT_EQ(t.token_to_id("<|eot_id|>"), 128009);
  EXPECT_EQ(t.id_to_token(128009), "<|eot_id|>");
  EXPECT_TRUE(t.is_special(128009));
  EXPECT_FALSE(t.is_special(9906));
  EXPECT_EQ(t.encode("The capital of France is"), (std::vector<TokenId>{128000, 791, 6864, 315, 9822, 374}));
  // Kept as text, a special token is ordinary pieces.
  const auto plain = t.encode("<|eot_id|>", {.add_special_tokens = false, .parse_special = false});
  EXPECT_GT(plain.size(), 1u);
  EXPECT_EQ(t.decode(plain), "<|eot_id|>");
}

TEST(TokenizerGoldenFiles, BatchesGiveTheSameIdsAtAnyThreadCount) {
  SKIP_WITHOUT_REFERENCE();
  const Tokenizer& t = tokenizer("llama3-bos.tokenizer.json");
  const auto lines = read_lines(directory() / "dev_cases.jsonl");
  std::vector<std::string> texts;
  for (const Json& c : lines) texts.push_back(c["text"]);
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const auto one = t.encode_batch(views, {}, 1);
  EXPECT_EQ(t.encode_batch(views, {}, 4), one);
  EXPECT_EQ(t.decode_batch(one, true, 4), t.decode_batch(one, true, 1));
}

std::string base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) out += i + k > bytes.size() ? '=' : kDigits[bits >> (18 - 6 * k) & 63];
  }
  return out;
}

// Llama 3's vocabulary in tiktoken's form, written from tokenizer.json: no merges, no special tokens, only ranks.
TEST(TokenizerGolden, TiktokenFilesGiveTheSameIds) {
  SKIP_WITHOUT_REFERENCE();
  const Json json = Json::parse(testing::read_gz(directory() / "tokenizers/llama3-bos.tokenizer.json.gz"));
  std::string file;
  for (const auto& [token, id] : json["model"]["vocab"].items())
    file += base64(tokenization::from_byte_level(token).value()) + " " + std::to_string(id.get<int>()) + "\n";
  const auto tiktoken = Tokenizer::from_tiktoken(file);
  const Tokenizer& want = tokenizer("llama3-bos.tokenizer.json");
  EXPECT_EQ(tiktoken->vocabulary_size(), 128256u);
  EXPECT_EQ(tiktoken->bos(), 128000);
  for (const char* special : {"<|end_of_text|>", "<|start_header_id|>", "<|eot_id|>", "<|reserved_special_token_250|>"})
    EXPECT_EQ(tiktoken->token_to_id(special), want.token_to_id(special)) << special;
  int cases = 0;
  for (const Json& c : read_lines(directory() / "dev_cases.jsonl")) {
    if (c["tokenizer"] != "llama3-bos.tokenizer.json") continue;
    ++cases;
    const std::string text = c["text"];
    EncodeOptions options;
    options.add_special_tokens = c["add_special_tokens"];
    const auto ids = tiktoken->encode(text, options);
    EXPECT_EQ(ids, c["ids"].get<std::vector<TokenId>>()) << text;
    EXPECT_EQ(tiktoken->decode(ids, false), c["decoded"].get<std::string>());
  }
  EXPECT_GE(cases, 500);
}

}  // namespace
}  // namespace bitnet
