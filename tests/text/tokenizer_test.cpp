// The steps of tokenizer.json one by one, the simple tokenizer, GGUF vocabularies.
#include "bitnet/tokenizer.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "bitnet/error.hpp"

#ifdef BITNET_TOKENIZERS
#include "text/tokenizer/byte_level.hpp"
#include "text/tokenizer/gguf_pre.hpp"
#include "text/tokenizer/json_steps.hpp"
#include "text/tokenizer/unicode.hpp"
#endif
#include "text/tokenizer/utf8.hpp"

namespace bitnet {
namespace {

using Json = nlohmann::json;
using Ids = std::vector<TokenId>;
using Strings = std::vector<std::string>;

std::shared_ptr<const Tokenizer> simple_tokenizer() {
  return Tokenizer::simple({{"hello", 0}, {"world", 1}, {"bitnet", 2}, {"is", 3}, {"awesome", 4}, {"<unk>", 5}},
                           {{"[CLS]", 100}, {"[SEP]", 101}, {"[PAD]", 102}, {"[MASK]", 103}});
}

TEST(SimpleTokenizer, EncodesWordsAndDecodesThem) {
  const auto t = simple_tokenizer();
  const Ids ids = t->encode("hello world bitnet is awesome");
  EXPECT_EQ(ids, (Ids{0, 1, 2, 3, 4}));
  EXPECT_EQ(t->decode(ids), "hello world bitnet is awesome");
  EXPECT_EQ(t->encode(" \t hello\n\nworld  "), (Ids{0, 1}));
  EXPECT_EQ(t->encode("hello there"), (Ids{0, 5}));
  EXPECT_EQ(t->encode(""), Ids{});
  EXPECT_EQ(t->vocabulary_size(), 104u);
  EXPECT_EQ(t->token_to_id("[PAD]"), 102);
  EXPECT_EQ(t->id_to_token(2), "bitnet");
  EXPECT_EQ(t->id_to_token(50), std::nullopt);
}

TEST(SimpleTokenizer, SpecialTokensAreMatchedOnlyWhereAsked) {
  const auto t = simple_tokenizer();
  EXPECT_EQ(t->encode("[CLS] hello"), (Ids{100, 0}));
  EXPECT_EQ(t->encode("[CLS] hello", {.parse_special = false}), (Ids{5, 0}));
  EXPECT_EQ(t->decode(Ids{100, 0, 101}), "hello");
  EXPECT_EQ(t->decode(Ids{100, 0, 101}, false), "[CLS] hello [SEP]");
  StreamDecoder stream(*t, false);
  EXPECT_EQ(stream.push(100), "[CLS]");
  EXPECT_EQ(stream.push(77), "");
  EXPECT_EQ(stream.push(0), " hello");
}

TEST(SimpleTokenizer, RefusesWhatItCannotSpellOrTell) {
  const auto t = Tokenizer::simple({{"a", 0}});
  EXPECT_THROW(t->encode("b"), Error);
  EXPECT_THROW(Tokenizer::simple({{"a", 0}, {"a", 1}}), Error);
  EXPECT_THROW(Tokenizer::simple({{"a", 0}, {"b", 0}}), Error);
  EXPECT_THROW(Tokenizer::simple({{"a", -1}}), Error);
}

TEST(Utf8, InvalidBytesBecomeOneReplacementAMaximalSubpart) {
  const auto lossy = [](std::string_view bytes) {
    std::string out;
    tokenization::append_lossy(out, bytes);
    return out;
  };
  EXPECT_EQ(lossy("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(lossy("\xE2\x82"), "\xEF\xBF\xBD");
  EXPECT_EQ(lossy("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(lossy("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(lossy("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(tokenization::incomplete_suffix("ab\xF0\x9F\x98"), 3u);
  EXPECT_EQ(tokenization::incomplete_suffix("ab\xF0\x9F\x98\x80"), 0u);
  EXPECT_EQ(tokenization::incomplete_suffix("ab\xE0\x80"), 0u);
  EXPECT_EQ(tokenization::incomplete_suffix("\x80\x80\x80"), 0u);
}

TEST(Utf8, CuttingAnywhereAndJoiningIsTheSame) {
  const std::string bytes = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xFF\xE2\x82z\xF0\x9F\x98";
  std::string whole;
  tokenization::append_lossy(whole, bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const std::string_view left = std::string_view(bytes).substr(0, cut);
    const std::size_t rest = tokenization::incomplete_suffix(left);
    std::string out;
    tokenization::append_lossy(out, left.substr(0, cut - rest));
    tokenization::append_lossy(out, std::string_view(bytes).substr(cut - rest));
    EXPECT_EQ(out, whole) << cut;
  }
}

#ifdef BITNET_TOKENIZERS

using tokenization::is_valid_utf8;

Strings split(const Json& pre_tokenizer, std::string_view text) {
  Strings out;
  tokenization::read_pre_tokenizer(&pre_tokenizer).split({text, true}, [&](tokenization::Piece p) {
    out.emplace_back(p.text);
  });
  return out;
}

std::string normalize(const Json& normalizer, std::string text) {
  tokenization::read_normalizer(&normalizer)->normalize(text);
  return text;
}

std::string decode(const Json& decoder, const Strings& tokens) {
  tokenization::DecodeChain chain(tokenization::read_decoder(&decoder).stages);
  for (const std::string& t : tokens) chain.token(t);
  chain.finish();
  return chain.take();
}

TEST(ByteLevel, AlphabetIsABijection) {
  for (int b = 0; b < 256; ++b) {
    EXPECT_EQ(tokenization::byte_level_byte(tokenization::byte_level_character(static_cast<unsigned char>(b))), b);
  }
  EXPECT_EQ(tokenization::to_byte_level(" \n\xC3\xA9"), "ĠĊÃ©");
  EXPECT_EQ(tokenization::from_byte_level("ĠĊÃ©"), " \n\xC3\xA9");
  EXPECT_EQ(tokenization::from_byte_level("a b"), std::nullopt);
}

TEST(PreTokenizers, SplitBehaviors) {
  const auto behavior = [](const char* name, bool invert = false) {
    return split({{"type", "Split"}, {"pattern", {{"String", "-"}}}, {"behavior", name}, {"invert", invert}},
                 "the-final--countdown");
  };
  EXPECT_EQ(behavior("Removed"), (Strings{"the", "final", "countdown"}));
  EXPECT_EQ(behavior("Isolated"), (Strings{"the", "-", "final", "-", "-", "countdown"}));
  EXPECT_EQ(behavior("MergedWithPrevious"), (Strings{"the-", "final-", "-", "countdown"}));
  EXPECT_EQ(behavior("MergedWithNext"), (Strings{"the", "-final", "-", "-countdown"}));
  EXPECT_EQ(behavior("Contiguous"), (Strings{"the", "-", "final", "--", "countdown"}));
  EXPECT_EQ(behavior("Removed", true), (Strings{"-", "-", "-"}));
}

TEST(PreTokenizers, EachKind) {
  EXPECT_EQ(split({{"type", "Whitespace"}}, "Hey man! a_b"), (Strings{"Hey", "man", "!", "a_b"}));
  EXPECT_EQ(split({{"type", "WhitespaceSplit"}}, " Hey  man!\n"), (Strings{"Hey", "man!"}));
  EXPECT_EQ(split({{"type", "Digits"}, {"individual_digits", true}}, "a12"), (Strings{"a", "1", "2"}));
  EXPECT_EQ(split({{"type", "Digits"}}, "a12b"), (Strings{"a", "12", "b"}));
  EXPECT_EQ(split({{"type", "Punctuation"}}, "hi!?"), (Strings{"hi", "!", "?"}));
  EXPECT_EQ(split({{"type", "BertPreTokenizer"}}, "Hey, you"), (Strings{"Hey", ",", "you"}));
  EXPECT_EQ(split({{"type", "CharDelimiterSplit"}, {"delimiter", "/"}}, "a//b"), (Strings{"a", "b"}));
  EXPECT_EQ(split({{"type", "FixedLength"}, {"length", 2}}, "aébc你"), (Strings{"aé", "bc", "你"}));
  EXPECT_EQ(split({{"type", "ByteLevel"}}, "it's é"), (Strings{"Ġit", "'s", "ĠÃ©"}));
  EXPECT_EQ(split({{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}, "a b"), (Strings{"aĠb"}));
}

TEST(PreTokenizers, MetaspaceSchemes) {
  const auto metaspace = [](Json fields, std::string_view text) {
    fields["type"] = "Metaspace";
    return split(fields, text);
  };
  EXPECT_EQ(metaspace({{"prepend_scheme", "always"}}, "Hey  you"), (Strings{"▁Hey", "▁", "▁you"}));
  EXPECT_EQ(metaspace({{"prepend_scheme", "never"}}, "Hey you"), (Strings{"Hey", "▁you"}));
  EXPECT_EQ(metaspace({{"prepend_scheme", "always"}, {"split", false}}, "Hey you"), (Strings{"▁Hey▁you"}));
  EXPECT_EQ(metaspace({{"add_prefix_space", false}}, "Hey"), (Strings{"Hey"}));
  EXPECT_EQ(metaspace({{"add_prefix_space", true}}, " Hey"), (Strings{"▁Hey"}));
  // "first" asks where the whole text begins, not where a piece does.
  const Json sequence = {
      {"type", "Sequence"},
      {"pretokenizers", {{{"type", "Digits"}}, {{"type", "Metaspace"}, {"prepend_scheme", "first"}}}}};
  EXPECT_EQ(split(sequence, "a1b"), (Strings{"▁a", "1", "b"}));
  // A text whose front was stripped does not begin where the original does.
  const auto t = Tokenizer::from_json(
      R"({"normalizer":{"type":"Strip"},"pre_tokenizer":{"type":"Metaspace","prepend_scheme":"first"},)"
      R"("model":{"type":"WordLevel","vocab":{"a":0,"▁a":1},"unk_token":"a"}})");
  EXPECT_EQ(t->encode("a "), Ids{1});
  EXPECT_EQ(t->encode(" a"), Ids{0});
}

TEST(PreTokenizers, OnigurumaPatternsMeanWhatTheyMeanThere) {
  const auto regex = [](const char* pattern, std::string_view text) {
    return split({{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}}, text);
  };
  EXPECT_EQ(regex("\\h+", "xyzcafe09"), (Strings{"xyz", "cafe09"}));
  EXPECT_EQ(regex("^b", "a\nb"), (Strings{"a\n", "b"}));
  EXPECT_EQ(regex("\\s",
                  "a\xE1\xA0\x8E"
                  "b"),
            (Strings{"a\xE1\xA0\x8E"
                     "b"}));  // U+180E is no space
  EXPECT_EQ(regex("x*", "axb"), (Strings{"a", "x", "b"}));
  EXPECT_EQ(regex("[\\s\\d]+", "a1 2b"), (Strings{"a", "1 2", "b"}));
}

TEST(Normalizers, EachKind) {
  EXPECT_EQ(normalize({{"type", "NFC"}}, "e\xCC\x81"), "é");
  EXPECT_EQ(normalize({{"type", "NFD"}}, "é"), "e\xCC\x81");
  EXPECT_EQ(normalize({{"type", "NFC"}}, "\uC234\u11A7"), "\uC234\u11A7");
  EXPECT_EQ(normalize({{"type", "NFC"}}, "\u1109\u116E\u11A8"), "\uC219");
  EXPECT_EQ(normalize({{"type", "NFKC"}}, "ﬁ½"), "fi1⁄2");
  EXPECT_EQ(normalize({{"type", "Lowercase"}}, "ÀİΣ"), "ài\xCC\x87σ");
  EXPECT_EQ(normalize({{"type", "Strip"}}, " \u3000a b\n"), "a b");
  EXPECT_EQ(normalize({{"type", "Strip"}, {"strip_right", false}}, " a "), "a ");
  EXPECT_EQ(normalize({{"type", "StripAccents"}}, "e\xCC\x81"), "e");
  EXPECT_EQ(normalize({{"type", "Prepend"}, {"prepend", "▁"}}, "a"), "▁a");
  EXPECT_EQ(normalize({{"type", "Prepend"}, {"prepend", "▁"}}, ""), "");
  EXPECT_EQ(normalize({{"type", "Replace"}, {"pattern", {{"Regex", "a+"}}}, {"content", "b"}}, "caad"), "cbd");
  EXPECT_EQ(normalize({{"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", "bb"}}, "aa"), "bbbb");
  EXPECT_EQ(normalize({{"type", "BertNormalizer"}}, "Ünï\tcode 你\xC2\xAD"), "uni code  你 ");
  EXPECT_EQ(normalize({{"type", "Nmt"}}, std::string("a\x01\xE2\x80\x8B"
                                                     "b")),
            "a b");
  EXPECT_EQ(normalize({{"type", "Sequence"}, {"normalizers", Json::array()}}, "a"), "a");
}

TEST(Decoders, EachKind) {
  const Json fuse = {{"type", "Fuse"}};
  EXPECT_EQ(decode({{"type", "ByteLevel"}}, {"Ġhe", "llo", "Ã", "©", "not inside"}), " helloénot inside");
  EXPECT_EQ(decode({{"type", "ByteFallback"}}, {"<0xE2>", "<0x82>", "<0xAC>", "a", "<0xE2>", "<0x82>"}),
            "€a\uFFFD\uFFFD");
  EXPECT_EQ(decode({{"type", "Metaspace"}}, {"▁Hey", "▁you"}), "Hey you");
  EXPECT_EQ(decode({{"type", "Metaspace"}, {"prepend_scheme", "never"}}, {"▁Hey"}), " Hey");
  EXPECT_EQ(decode({{"type", "WordPiece"}, {"cleanup", true}}, {"Ara", "##új", "##o", "do", "n't", "."}),
            "Araújo don't.");
  EXPECT_EQ(decode({{"type", "BPEDecoder"}}, {"he", "llo</w>", "you</w>"}), "hello you");
  EXPECT_EQ(decode({{"type", "CTC"}}, {"<pad>", "h", "h", "i", "|", "<pad>", "i"}), "hi i");
  EXPECT_EQ(decode({{"type", "Strip"}, {"content", "H"}, {"start", 1}, {"stop", 0}}, {"Hey", "HH"}), "eyH");
  EXPECT_EQ(decode({{"type", "Sequence"},
                    {"decoders", {fuse, {{"type", "Strip"}, {"content", "y"}, {"start", 0}, {"stop", 2}}}}},
                   {"Hey", "y", "y"}),
            "Hey");
  EXPECT_EQ(decode(nullptr, {"a", "b"}), "a b");
}

Json word_level(const Strings& words) {
  Json vocab;
  for (std::size_t i = 0; i < words.size(); ++i) vocab[words[i]] = i;
  return {{"pre_tokenizer", {{"type", "WhitespaceSplit"}}},
          {"model", {{"type", "WordLevel"}, {"vocab", vocab}, {"unk_token", "<unk>"}}}};
}

std::shared_ptr<const Tokenizer> with_added(Json token) {
  Json json = word_level({"<unk>", "a", "b", "c"});
  json["added_tokens"] = Json::array({std::move(token)});
  return Tokenizer::from_json(json.dump());
}

TEST(AddedTokens, StripAndSingleWord) {
  const auto plain = with_added({{"id", 9}, {"content", "X"}});
  EXPECT_EQ(plain->encode("aXb"), (Ids{1, 9, 2}));
  EXPECT_EQ(plain->vocabulary_size(), 10u);
  const auto single = with_added({{"id", 9}, {"content", "X"}, {"single_word", true}});
  EXPECT_EQ(single->encode("aXb"), (Ids{0}));
  EXPECT_EQ(single->encode("a X b"), (Ids{1, 9, 2}));
  Json byte_json = word_level({"<unk>", "a", "b", " a", "a ", " "});
  byte_json.erase("pre_tokenizer");
  byte_json["added_tokens"] = {{{"id", 9}, {"content", "X"}, {"lstrip", true}, {"rstrip", true}}};
  EXPECT_EQ(Tokenizer::from_json(byte_json.dump())->encode("a  X \nb"), (Ids{1, 9, 2}));
  byte_json["added_tokens"] = {{{"id", 9}, {"content", "X"}, {"rstrip", true}}};
  EXPECT_EQ(Tokenizer::from_json(byte_json.dump())->encode("a X b"), (Ids{4, 9, 2}));
}

TEST(AddedTokens, LongestOfTheLeftmostWins) {
  Json json = word_level({"<unk>", "a", "b"});
  json["added_tokens"] = {
      {{"id", 7}, {"content", "<x"}}, {{"id", 8}, {"content", "<xy>"}}, {{"id", 9}, {"content", "y>a"}}};
  EXPECT_EQ(Tokenizer::from_json(json.dump())->encode("a<xy>a"), (Ids{1, 8, 1}));
  EXPECT_EQ(Tokenizer::from_json(json.dump())->encode("<xy"), (Ids{7, 0}));
}

TEST(AddedTokens, NormalizedOnesMatchNormalizedText) {
  Json json = word_level({"<unk>", "a"});
  json["normalizer"] = {{"type", "Lowercase"}};
  json["added_tokens"] = {{{"id", 7}, {"content", "Yes"}, {"normalized", true}},
                          {{"id", 8}, {"content", "No"}, {"normalized", false}}};
  EXPECT_EQ(Tokenizer::from_json(json.dump())->encode("YES No NO"), (Ids{7, 8, 0}));
}

TEST(AddedTokens, SpecialOnesAreTextWithoutParseSpecial) {
  const auto t = with_added({{"id", 9}, {"content", "<s>"}, {"special", true}});
  EXPECT_EQ(t->encode("a <s>"), (Ids{1, 9}));
  EXPECT_EQ(t->encode("a <s>", {.parse_special = false}), (Ids{1, 0}));
  EXPECT_EQ(t->decode(Ids{1, 9}), "a");
  EXPECT_EQ(t->decode(Ids{1, 9}, false), "a <s>");
}

TEST(PostProcessors, PutTokensAround) {
  Json json = word_level({"<unk>", "a", "[CLS]", "[SEP]"});
  json["post_processor"] = {{"type", "BertProcessing"}, {"cls", {"[CLS]", 2}}, {"sep", {"[SEP]", 3}}};
  EXPECT_EQ(Tokenizer::from_json(json.dump())->encode("a"), (Ids{2, 1, 3}));
  EXPECT_EQ(Tokenizer::from_json(json.dump())->encode("a", {.add_special_tokens = false}), (Ids{1}));
  const Json special = {{"SpecialToken", {{"id", "[CLS]"}, {"type_id", 0}}}};
  const Json sequence = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const Json templated = {{"type", "TemplateProcessing"},
                          {"single", {special, sequence, special}},
                          {"special_tokens", {{"[CLS]", {{"id", "[CLS]"}, {"ids", {2, 3}}, {"tokens", {"x", "y"}}}}}}};
  json["post_processor"] = {{"type", "Sequence"}, {"processors", {{{"type", "ByteLevel"}}, templated}}};
  const auto t = Tokenizer::from_json(json.dump());
  EXPECT_EQ(t->encode("a"), (Ids{2, 3, 1, 2, 3}));
  EXPECT_EQ(t->bos(), 2);
}

TEST(Models, WordPiece) {
  Json json = word_level({"[UNK]", "want", "##want", "##ed", "wa", "un", "runn", "##ing", ","});
  json["model"]["type"] = "WordPiece";
  json["model"]["unk_token"] = "[UNK]";
  json["model"]["max_input_chars_per_word"] = 10;
  const auto t = Tokenizer::from_json(json.dump());
  EXPECT_EQ(t->encode("unwanted running unwantedX unwantedededed"), (Ids{5, 2, 3, 6, 7, 0, 0}));
}

TEST(Models, Unigram) {
  const auto t = Tokenizer::from_json(
      R"({"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0],["a",0],["b",0],["c",0],["d",0],["cd",1],["ab",2],)"
      R"(["abc",5],["abcd",10]]}})");
  EXPECT_EQ(t->encode("abcdacdxx"), (Ids{8, 1, 5, 0}));
}

TEST(Models, BpeUnknownCharacters) {
  Json json = {{"model",
                {{"type", "BPE"},
                 {"vocab", {{"<unk>", 0}, {"a", 1}, {"<0xC3>", 2}, {"<0xA9>", 3}}},
                 {"merges", Json::array()},
                 {"unk_token", "<unk>"}}}};
  EXPECT_EQ(Tokenizer::from_json(json.dump())->encode("axxa"), (Ids{1, 0, 0, 1}));
  json["model"]["fuse_unk"] = true;
  EXPECT_EQ(Tokenizer::from_json(json.dump())->encode("axxa"), (Ids{1, 0, 1}));
  json["model"]["byte_fallback"] = true;
  EXPECT_EQ(Tokenizer::from_json(json.dump())->encode("aé"), (Ids{1, 2, 3}));
  json["model"]["unk_token"] = nullptr;
  EXPECT_EQ(Tokenizer::from_json(json.dump())->encode("axa"), (Ids{1, 1}));
}

TEST(Models, BpeAffixesAndMergeForms) {
  Json json = {{"model",
                {{"type", "BPE"},
                 {"vocab", {{"a", 0}, {"##b", 1}, {"ab", 2}, {"##b</w>", 3}, {"ab</w>", 4}}},
                 {"merges", {"a ##b", "a ##b</w>"}},
                 {"continuing_subword_prefix", "##"},
                 {"end_of_word_suffix", "</w>"}}}};
  EXPECT_EQ(Tokenizer::from_json(json.dump())->encode("ab"), (Ids{4}));
  json["model"]["merges"] = Json::array({Json::array({"a", "##b"}), Json::array({"a", "##b</w>"})});
  EXPECT_EQ(Tokenizer::from_json(json.dump())->encode("abb"), (Ids{2, 3}));
}

TEST(Models, VocabAndMerges) {
  const auto t = Tokenizer::from_vocab_and_merges(R"({"a":0,"b":1,"ab":2,"Ġ":3,"Ġa":4,"<|endoftext|>":5})",
                                                  "#version: 0.2\na b\r\nĠ a\n");
  EXPECT_EQ(t->encode("ab ab a"), (Ids{2, 3, 2, 4}));
  EXPECT_EQ(t->encode("a<|endoftext|>"), (Ids{0, 5}));
  EXPECT_EQ(t->eos(), 5);
  EXPECT_EQ(t->decode(Ids{2, 4, 5}), "ab a");
}

GgufVocabulary spm_vocabulary() {
  GgufVocabulary v;
  v.model = "llama";
  v.tokens = {"<unk>", "<s>", "</s>", "▁", "a", "b", "▁a", "ab", "▁ab", "<0xC3>", "<0xA9>", "<user>"};
  v.scores = {0, 0, 0, -1, -2, -3, -4, -5, -6, 0, 0, 0};
  v.token_types = {2, 3, 3, 1, 1, 1, 1, 1, 1, 6, 6, 4};
  v.bos = 1;
  v.eos = 2;
  v.unk = 0;
  return v;
}

TEST(GgufVocabularies, SentencePiece) {
  const auto t = Tokenizer::from_gguf(spm_vocabulary());
  EXPECT_EQ(t->encode("ab a"), (Ids{1, 8, 6}));
  EXPECT_EQ(t->encode("é", {.add_special_tokens = false}), (Ids{3, 9, 10}));
  EXPECT_EQ(t->encode("x", {.add_special_tokens = false}), (Ids{3, 0}));
  EXPECT_EQ(t->decode(Ids{1, 8, 6, 9, 10}), "ab aé");
  EXPECT_EQ(t->decode(Ids{1, 8}, false), "<s> ab");
  EXPECT_TRUE(t->is_special(1));
  EXPECT_FALSE(t->is_special(11));
  // The text behind a token begins anew; user-defined tokens are found even in plain text.
  EXPECT_EQ(t->encode("a</s>a<user>a"), (Ids{1, 6, 2, 6, 11, 6}));
  EXPECT_EQ(t->encode("a<user>", {.add_special_tokens = false, .parse_special = false}), (Ids{6, 11}));
  EXPECT_EQ(t->encode("", {}), (Ids{1}));
}

TEST(GgufVocabularies, FlagsOverrideTheDefaults) {
  GgufVocabulary v = spm_vocabulary();
  v.add_bos = false;
  v.add_eos = true;
  v.add_space_prefix = false;
  const auto t = Tokenizer::from_gguf(v);
  EXPECT_EQ(t->encode("ab"), (Ids{7, 2}));
  EXPECT_EQ(t->decode(Ids{6}), " a");
}

TEST(GgufVocabularies, ByteLevelBpe) {
  GgufVocabulary v;
  v.model = "gpt2";
  v.tokens = {"a", "b", "ab", "Ġ", "Ġab", "1", "11", "<|end|>"};
  v.token_types = {1, 1, 1, 1, 1, 1, 1, 3};
  v.merges = {"a b", "Ġ ab", "1 1"};
  v.bos = 7;
  v.pre = "smollm";
  EXPECT_EQ(Tokenizer::from_gguf(v)->encode("ab ab11<|end|>"), (Ids{2, 4, 5, 5, 7}));
  v.pre = "gpt-2";
  EXPECT_EQ(Tokenizer::from_gguf(v)->encode("ab ab11"), (Ids{2, 4, 6}));
  v.pre = "";  // llama-bpe, which adds BOS
  EXPECT_EQ(Tokenizer::from_gguf(v)->encode("ab ab11"), (Ids{7, 2, 4, 6}));
  // Symbols that are no tokens still merge, and are lost when left over.
  v.merges = {"a c", "ac b"};
  EXPECT_EQ(Tokenizer::from_gguf(v)->encode("acb", {.add_special_tokens = false}), (Ids{0, 1}));
}

TEST(GgufVocabularies, EveryKnownPreTokenizerCompilesAndCoversItsText) {
  for (const char* pre : {"default",     "llama3",
                          "llama-v3",    "llama-bpe",
                          "falcon3",     "falcon_e",
                          "falcon-h1",   "pixtral",
                          "dbrx",        "smaug-bpe",
                          "chatglm-bpe", "glm4",
                          "gpt-2",       "mpt",
                          "olmo",        "jais",
                          "smollm",      "starcoder",
                          "refact",      "command-r",
                          "codeshell",   "exaone",
                          "falcon",      "qwen2",
                          "stablelm2",   "deepseek-r1-qwen",
                          "qwen35",      "seed-coder",
                          "bailingmoe",  "deepseek-coder",
                          "deepseek-v3", "bloom",
                          "poro-chat",   "viking",
                          "tekken",      "gpt-4o",
                          "llama4"}) {
    GgufVocabulary v;
    v.model = "gpt2";
    v.pre = pre;
    std::vector<std::string> bytes;
    for (int b = 0; b < 256; ++b) bytes.push_back(tokenization::to_byte_level(std::string(1, static_cast<char>(b))));
    v.tokens.assign(bytes.begin(), bytes.end());
    const auto t = Tokenizer::from_gguf(v);
    const std::string text = "Hello, World's 12345 naïve 你好!? …  \n\n\tEND (é)";
    EXPECT_EQ(t->encode(text).size(), text.size()) << pre;
    EXPECT_EQ(t->decode(t->encode(text)), text) << pre;
  }
}

TEST(Tokenizers, ThreadsShareOne) {
  const auto t = Tokenizer::from_vocab_and_merges(R"({"a":0,"b":1,"ab":2,"Ġ":3,"Ġa":4})", "a b\nĠ a\n");
  std::vector<std::thread> threads;
  std::vector<Ids> results(4);
  for (std::size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 200; ++round) results[i] = t->encode("ab a ab abab aaaa bbbb ab");
    });
  }
  for (auto& thread : threads) thread.join();
  for (const Ids& r : results) EXPECT_EQ(r, results[0]);
}

TEST(Unicode, ClassesOfNewCharacters) {
  using tokenization::CharClass;
  EXPECT_EQ(tokenization::char_class(0x1C89), CharClass::kLetter);   // Unicode 16
  EXPECT_EQ(tokenization::char_class(0x2EBF0), CharClass::kLetter);  // Unicode 15.1
  EXPECT_EQ(tokenization::char_class(0x1CCF0), CharClass::kNumber);
  EXPECT_EQ(tokenization::char_class(0x1FAE9), CharClass::kSymbol);
  EXPECT_EQ(tokenization::char_class(0x10FFFF), CharClass::kOther);
  EXPECT_EQ(tokenization::char_class(0x180E), CharClass::kOther);
  EXPECT_TRUE(tokenization::is_word(0x24B6));
  EXPECT_FALSE(tokenization::is_word(0xBD));
}

#else

TEST(Tokenizers, SayThatTheyAreNotBuiltIn) {
  for (const auto& make : {+[] { Tokenizer::from_json("{}"); }, +[] { Tokenizer::from_gguf({}); },
                           +[] { Tokenizer::from_vocab_and_merges("{}", ""); }}) {
    try {
      make();
      FAIL();
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kUnsupported);
      EXPECT_NE(e.message().find("built without tokenizers"), std::string::npos);
    }
  }
}

#endif

}  // namespace
}  // namespace bitnet
