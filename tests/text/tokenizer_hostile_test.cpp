// Files and texts made to harm: each must end in one bitnet::Error or in a plain result, in bounded memory.
#include <gtest/gtest.h>

#ifdef BITNET_TOKENIZERS
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "bitnet/error.hpp"
#include "bitnet/tokenizer.hpp"
#include "support/file_builder.hpp"

namespace bitnet {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<TokenId>;

Json good() {
  return Json::parse(R"({
    "added_tokens": [{"id": 9, "content": "<s>", "special": true}],
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "x+"}, "content": "y"}]},
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
      {"type": "Split", "pattern": {"Regex": "\\s+"}, "behavior": "Removed", "invert": false}, {"type": "Metaspace", "replacement": "_"}]},
    "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],
      "special_tokens": {"<s>": {"id": "<s>", "ids": [9], "tokens": ["<s>"]}}},
    "decoder": {"type": "Sequence", "decoders": [{"type": "Metaspace", "replacement": "_"}, {"type": "Fuse"},
      {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
    "model": {"type": "BPE", "unk_token": null, "vocab": {"a": 0, "b": 1, "ab": 2, "_": 3, "_a": 4}, "merges": ["a b", ["_", "a"]]}
  })");
}

ErrorCode code_of(const std::string& json) {
  try {
    Tokenizer::from_json(json)->encode("some text");
  } catch (const Error& e) {
    EXPECT_FALSE(e.message().empty());
    return e.code();
  }
  return ErrorCode::kInternal;  // stands for none
}

void expect_refused(const char* path, Json value, ErrorCode expected = ErrorCode::kInvalidFile) {
  Json json = good();
  json[Json::json_pointer(path)] = std::move(value);
  EXPECT_EQ(code_of(json.dump()), expected) << path << " " << json.dump();
}

TEST(HostileJson, TheUnchangedFileLoads) {
  EXPECT_EQ(Tokenizer::from_json(good().dump())->encode("ab"), (Ids{9, 3, 2}));
}

TEST(HostileJson, IsRefusedWithAMessage) {
  for (const char* text :
       {"", "{", "[]", "null", "1", "\"x\"", "{\"model\":1}", "{}", "\xFF\xFE", "{\"model\":{\"type\":\"BPE\"}}"}) {
    EXPECT_EQ(code_of(text), ErrorCode::kInvalidFile) << text;
  }
  expect_refused("/model/vocab/a", "zero");
  expect_refused("/model/vocab/a", -1);
  expect_refused("/model/vocab/a", 1.5);
  expect_refused("/model/vocab/a", 4294967296);
  expect_refused("/model/vocab/a", 18446744073709551615u);
  expect_refused("/model/vocab", Json::array());
  expect_refused("/model/merges", Json::object());
  expect_refused("/model/merges/0", "ab");
  expect_refused("/model/merges/0", "a b c");
  expect_refused("/model/merges/0", {"a", "b", "c"});
  expect_refused("/model/merges/0", {1, 2});
  expect_refused("/model/merges/0", "a nosuchtoken");
  expect_refused("/model/merges/0", "b a");  // its result is no token
  expect_refused("/model/type", 7);
  expect_refused("/model/type", "Magic", ErrorCode::kUnsupported);
  expect_refused("/model/dropout", 0.1, ErrorCode::kUnsupported);
  expect_refused("/model/unk_token", 3);
  expect_refused("/added_tokens", "x");
  expect_refused("/added_tokens/0/id", -3);
  expect_refused("/added_tokens/0/content", nullptr);
  expect_refused("/added_tokens/0/special", "yes");
  expect_refused("/added_tokens/0/content", std::string(5000, 'x'), ErrorCode::kUnsupported);
  expect_refused("/normalizer/type", "Precompiled", ErrorCode::kUnsupported);
  expect_refused("/normalizer/type", "Nothing", ErrorCode::kUnsupported);
  expect_refused("/normalizer/normalizers/1/pattern", "x");
  expect_refused("/pre_tokenizer/type", "UnicodeScripts", ErrorCode::kUnsupported);
  expect_refused("/pre_tokenizer/pretokenizers/0/behavior", "Sometimes");
  expect_refused("/pre_tokenizer/pretokenizers/1/replacement", "ab");
  expect_refused("/pre_tokenizer/pretokenizers/1/replacement", "");
  expect_refused("/pre_tokenizer/pretokenizers/1/prepend_scheme", "often");
  expect_refused("/post_processor/type", "Nothing", ErrorCode::kUnsupported);
  expect_refused("/post_processor/single", Json::array());
  expect_refused("/post_processor/single/1/Sequence/id", "B");
  expect_refused("/post_processor/single/0/SpecialToken/id", "nosuchtoken");
  expect_refused("/post_processor/special_tokens/<s>/ids/0", -1);
  expect_refused("/decoder/decoders/2/start", -1);
  expect_refused("/decoder/decoders/0/type", "Nothing", ErrorCode::kUnsupported);
}

TEST(HostileJson, InvalidPatternsAreRefused) {
  for (const char* pattern : {"(", "[a", "a{2,1}", "\\p{Nonsense}", "(?<n", "*", "(?R", "\\"}) {
    expect_refused("/pre_tokenizer/pretokenizers/0/pattern/Regex", pattern);
  }
  expect_refused("/pre_tokenizer/pretokenizers/0/pattern/Regex", "[a&&b]", ErrorCode::kUnsupported);
  expect_refused("/pre_tokenizer/pretokenizers/0/pattern/Regex", "[a[bc]]", ErrorCode::kUnsupported);
  expect_refused("/pre_tokenizer/pretokenizers/0/pattern/Regex", std::string(100000, 'a'), ErrorCode::kUnsupported);
}

TEST(HostileJson, CatastrophicBacktrackingStops) {
  Json json = good();
  json["pre_tokenizer"] = {{"type", "Split"}, {"pattern", {{"Regex", "(a+)+$b"}}}, {"behavior", "Isolated"}};
  const auto t = Tokenizer::from_json(json.dump());
  EXPECT_EQ(t->encode("ab"), (Ids{9, 2}));
  try {
    t->encode(std::string(5000, 'a'));
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kUnsupported);
    EXPECT_NE(e.message().find("(a+)+$b"), std::string::npos);
  }
  // Recursion and a long match that needs much of the matcher's stack.
  json["pre_tokenizer"]["pattern"]["Regex"] = "(?:a|b)*c";
  try {
    Tokenizer::from_json(json.dump())->encode(std::string(1 << 20, 'a') + "c");
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kUnsupported);
  }
}

TEST(HostileJson, DeepNestingIsRefused) {
  for (const char* open : {"[", "{\"a\":"}) {
    std::string json;
    for (int i = 0; i < 200000; ++i) json += open;
    EXPECT_EQ(code_of(json), ErrorCode::kInvalidFile);
  }
  for (const auto& [part, list] : std::vector<std::pair<std::string, std::string>>{{"normalizer", "normalizers"},
                                                                                   {"pre_tokenizer", "pretokenizers"},
                                                                                   {"decoder", "decoders"},
                                                                                   {"post_processor", "processors"}}) {
    std::string nested, closing;
    for (int i = 0; i < 5000; ++i) {
      nested += R"({"type":"Sequence",")" + list + "\":[";
      closing += "]}";
    }
    Json json = good();
    json.erase(part);
    std::string text = json.dump();
    text.insert(1, "\"" + part + "\":" + nested + closing + ",");
    EXPECT_EQ(code_of(text), ErrorCode::kInvalidFile) << part;
  }
}

TEST(HostileJson, AHundredThousandStepsAreRefused) {
  const auto repeated = [](const char* list, const char* step) {
    Json steps = Json::array();
    for (int i = 0; i < 100000; ++i) steps.push_back(Json::parse(step));
    return Json{{"type", "Sequence"}, {list, steps}};
  };
  expect_refused("/pre_tokenizer", repeated("pretokenizers", R"({"type":"Whitespace"})"), ErrorCode::kUnsupported);
  expect_refused("/decoder", repeated("decoders", R"({"type":"Fuse"})"), ErrorCode::kUnsupported);
}

TEST(HostileJson, HugeAndSparseIdsTakeLittleMemory) {
  Json json = good();
  json["model"]["vocab"]["c"] = 2147483646;
  json["added_tokens"][0]["id"] = 2147483645;
  json["post_processor"]["special_tokens"]["<s>"]["ids"][0] = 2147483645;
  const auto t = Tokenizer::from_json(json.dump());
  EXPECT_EQ(t->encode("c").back(), 2147483646);
  EXPECT_EQ(t->vocabulary_size(), 2147483647u);
  EXPECT_EQ(t->id_to_token(2147483646), "c");
  EXPECT_EQ(t->id_to_token(2147483645), "<s>");
  EXPECT_EQ(t->id_to_token(1000000), std::nullopt);
}

TEST(HostileJson, DuplicateIdsAndTokens) {
  Json json = good();
  json["model"]["vocab"] = {{"a", 0}, {"b", 0}, {"ab", 0}, {"_", 0}, {"_a", 0}};
  const auto t = Tokenizer::from_json(json.dump());
  EXPECT_EQ(t->encode("abab", {.add_special_tokens = false}).front(), 0);
  EXPECT_NO_THROW(t->encode(std::string(500, 'a')));
  EXPECT_EQ(
      Tokenizer::from_json(R"({"model":{"type":"WordLevel","vocab":{"a":1,"a":2},"unk_token":"a"}})")->encode("a"),
      (Ids{2}));
}

TEST(HostileJson, EmptyStringsMeanNothingSpecial) {
  Json json = good();
  json["model"]["vocab"][""] = 7;
  json["model"]["merges"] = Json::array({Json::array({"", "a"}), Json::array({"a", ""}), Json::array({"", ""})});
  json["added_tokens"][0]["content"] = "";
  json["normalizer"] = {{"type", "Replace"}, {"pattern", {{"String", ""}}}, {"content", "zzz"}};
  const auto t = Tokenizer::from_json(json.dump());
  EXPECT_NO_THROW(t->encode("aaa"));
  EXPECT_NO_THROW(t->decode(Ids{7, 7, 0}));
}

TEST(HostileJson, GrowthIsBounded) {
  Json json = good();
  // Each step makes one letter 4096: ten of them are beyond any memory.
  Json steps = Json::array();
  for (int i = 0; i < 10; ++i)
    steps.push_back({{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", std::string(4096, 'a')}});
  json["normalizer"] = {{"type", "Sequence"}, {"normalizers", steps}};
  json["added_tokens"] = Json::array();
  EXPECT_THROW(Tokenizer::from_json(json.dump())->encode("aaaa"), Error);
}

TEST(HostileJson, MutatedFilesNeverCrash) {
  std::mt19937 random(30);
  const std::string source = good().dump();
  for (int round = 0; round < 4000; ++round) {
    std::string json = source;
    for (unsigned n = 1 + random() % 3; n > 0; --n) {
      const std::size_t at = random() % json.size();
      switch (random() % 3) {
        case 0: json[at] = static_cast<char>(random() % 256); break;
        case 1: json.erase(at, 1 + random() % 8); break;
        default: json.insert(at, json.substr(random() % json.size(), random() % 16)); break;
      }
    }
    try {
      const auto t = Tokenizer::from_json(json);
      const Ids ids = t->encode("ab xx <s> a_b \xC3\xA9");
      t->decode(ids, false);
    } catch (const Error&) {
    }
  }
}

TEST(HostileGguf, IsRefusedWithAMessage) {
  const auto code = [](const GgufVocabulary& v) {
    try {
      Tokenizer::from_gguf(v)->encode("some text");
    } catch (const Error& e) {
      return e.code();
    }
    return ErrorCode::kInternal;
  };
  GgufVocabulary v;
  v.model = "gpt2";
  EXPECT_EQ(code(v), ErrorCode::kInvalidFile);  // no tokens
  v.tokens = {"a", "b", "ab"};
  EXPECT_EQ(code(v), ErrorCode::kInternal);
  v.pre = "nosuchpre";
  EXPECT_EQ(code(v), ErrorCode::kUnsupported);
  v.pre = "";
  v.merges = {"ab"};
  EXPECT_EQ(code(v), ErrorCode::kInvalidFile);
  v.merges = {"a b", "\xFF\xFE \xFF", " ", "  "};
  EXPECT_NO_THROW(code(v));
  v.merges = {};
  v.bos = 3;
  EXPECT_EQ(code(v), ErrorCode::kInvalidFile);
  v.bos = std::nullopt;
  v.token_types = {1};
  EXPECT_EQ(code(v), ErrorCode::kInvalidFile);
  v.token_types = {1, 99, -5};
  EXPECT_EQ(code(v), ErrorCode::kInternal);
  v.model = "llama";
  EXPECT_EQ(code(v), ErrorCode::kInvalidFile);  // neither bytes nor an unknown token
  v.unk = 0;
  EXPECT_EQ(code(v), ErrorCode::kInternal);
  v.scores = {1, std::numeric_limits<float>::quiet_NaN(), 2};
  EXPECT_EQ(code(v), ErrorCode::kInvalidFile);
  v.scores = {1};
  EXPECT_EQ(code(v), ErrorCode::kInvalidFile);
  v.scores = {};
  v.tokens = {"\xFF", "", "\xC3"};
  EXPECT_NO_THROW(code(v));
  for (const char* model : {"bert", "t5", "rwkv", "", "nonsense"}) {
    v.model = model;
    EXPECT_EQ(code(v), ErrorCode::kUnsupported) << model;
  }
}

TEST(HostileVocabAndMerges, AreRefused) {
  EXPECT_THROW(Tokenizer::from_vocab_and_merges("[]", ""), Error);
  EXPECT_THROW(Tokenizer::from_vocab_and_merges("{\"a\":\"x\"}", ""), Error);
  EXPECT_THROW(Tokenizer::from_vocab_and_merges("{\"a\":0}", "a b\n"), Error);
  EXPECT_THROW(Tokenizer::from_vocab_and_merges("{\"a\":0}", "a\n"), Error);
  EXPECT_NO_THROW(Tokenizer::from_vocab_and_merges("{}", "\n\n")->encode("text"));
}

TEST(HostileText, AnyBytesEncode) {
  std::mt19937 random(31);
  const auto t = Tokenizer::from_json(good().dump());
  for (int round = 0; round < 3000; ++round) {
    std::string bytes;
    for (unsigned n = random() % 40; n > 0; --n) bytes.push_back(static_cast<char>(random() % 256));
    EXPECT_NO_THROW(t->decode(t->encode(bytes)));
  }
}

TEST(Tiktoken, WrongFilesNameTheirLine) {
  std::string good;
  for (unsigned b = 0; b < 256; ++b) {
    constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    good += {kDigits[b >> 2], kDigits[(b & 3) << 4], '=', '='};
    good += " " + std::to_string(b) + "\n";
  }
  // "he", "hel" and "lo" by their bytes: merges follow from ranks.
  const auto tokenizer = Tokenizer::from_tiktoken(good + "aGU= 256\r\naGVs 257\nbG8= 258\n", {"<s>"});
  EXPECT_EQ(tokenizer->encode("hello hel"), (std::vector<TokenId>{257, 258, 32, 257}));
  EXPECT_EQ(tokenizer->encode("<s>lo"), (std::vector<TokenId>{259, 258}));
  const auto refuse = [&](const std::string& more, std::string_view part) {
    testing::expect_error(ErrorCode::kInvalidFile, part, [&] { (void)Tokenizer::from_tiktoken(good + more); });
  };
  refuse("aGU=\n", "line 257");
  refuse("aGU= x\n", "line 257");
  refuse("aGU 256\n", "line 257");
  refuse("aG=U 256\n", "line 257");
  refuse("==== 256\n", "line 257");
  refuse("aGU= 255\n", "the rank 255 stands twice");
  refuse("aA== 256\n", "the token 'h' stands twice");
  refuse("aGU= 99999999999\n", "line 257");
  refuse("aGU= 5000000\n", "is above");
  testing::expect_error(ErrorCode::kInvalidFile, "no token for the byte 0", [] { (void)Tokenizer::from_tiktoken(""); });
}

}  // namespace
}  // namespace bitnet
#endif  // BITNET_TOKENIZERS
