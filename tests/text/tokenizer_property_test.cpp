// What must hold for any text: hand-written splitters equal their patterns, streaming equals decoding, long words equal
// short ones.
#include <gtest/gtest.h>

#ifdef BITNET_TOKENIZERS
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "bitnet/tokenizer.hpp"
#include "text/tokenizer/bpe.hpp"
#include "text/tokenizer/byte_level.hpp"
#include "text/tokenizer/pre_tokenizer.hpp"
#include "text/tokenizer/unicode.hpp"

namespace bitnet::tokenization {
namespace {

using Json = nlohmann::json;

// Scripts, spaces, marks and signs that have been in Unicode since version 12 at the latest: PCRE2, utf8proc and the
// table of newer characters then agree whatever their releases.
std::string random_text(std::mt19937& random, int parts) {
  static constexpr std::pair<char32_t, char32_t> kRanges[] = {
      {0x20, 0x7E},       {0x20, 0x7E},     {0x61, 0x7A},       {0x30, 0x39},       {0x00, 0x1F},
      {0x80, 0xFF},       {0x100, 0x24F},   {0x300, 0x36F},     {0x391, 0x3A1},     {0x400, 0x4FF},
      {0x5D0, 0x5EA},     {0x620, 0x64A},   {0x660, 0x669},     {0x905, 0x939},     {0xE01, 0xE30},
      {0x1100, 0x1112},   {0x2000, 0x200F}, {0x2010, 0x2027},   {0x2028, 0x202F},   {0x2070, 0x2071},
      {0x2150, 0x215F},   {0x2190, 0x21FF}, {0x3000, 0x3003},   {0x3041, 0x3096},   {0x4E00, 0x9FA5},
      {0xAC00, 0xD7A3},   {0xFF10, 0xFF19}, {0x10400, 0x1044F}, {0x1D7CE, 0x1D7FF}, {0x1F300, 0x1F5FF},
      {0x20000, 0x2A6D6}, {0xFEFF, 0xFEFF}, {0x17F, 0x17F},     {0xA0, 0xA0},       {0x85, 0x85},
      {0x1680, 0x1680}};
  static constexpr std::string_view kPieces[] = {"'s",  "'S", "'ll", "'LL", "'Re",   "'ve", "'d",   "'\xC5\xBF",
                                                 "'",   " ",  "  ",  "\n",  "\r\n",  "\t",  " \n ", "\n\n",
                                                 "   ", "!?", "...", "abc", " Word", "12",  "12345"};
  std::string text;
  for (int i = 0; i < parts; ++i) {
    if (random() % 2 == 0) {
      text += kPieces[random() % std::size(kPieces)];
      continue;
    }
    const auto [first, last] = kRanges[random() % std::size(kRanges)];
    for (unsigned n = 1 + random() % 3; n > 0; --n) append_utf8(text, first + random() % (last - first + 1));
  }
  return text;
}

std::vector<std::string> pieces(const PreTokenizer& pre_tokenizer, std::string_view text) {
  std::vector<std::string> out;
  pre_tokenizer.split({text, true}, [&](Piece p) { out.emplace_back(p.text); });
  return out;
}

TEST(KnownPatterns, SplitAsPcre2Does) {
  const std::pair<const char*, RegexDialect> patterns[] = {
      {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", RegexDialect::kOniguruma},
      {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S))", RegexDialect::kEcmaScript},
      {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
       RegexDialect::kOniguruma},
      {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
       RegexDialect::kOniguruma},
      {R"((?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
       RegexDialect::kEcmaScript},
      {R"((?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
       RegexDialect::kEcmaScript}};
  std::mt19937 random(20);
  for (const auto& [pattern, dialect] : patterns) {
    const auto known = recognise_pattern(pattern);
    ASSERT_TRUE(known) << pattern;
    const auto by_hand = make_known_split(*known);
    // A group around the pattern keeps it from being recognised.
    const Pattern grouped{"", std::make_shared<const Regex>("(?:" + std::string(pattern) + ")", dialect)};
    const auto by_pcre2 = make_split(grouped, SplitBehavior::kIsolated, false);
    for (int i = 0; i < 4000; ++i) {
      const std::string text = random_text(random, 1 + static_cast<int>(random() % 24));
      ASSERT_EQ(pieces(*by_hand, text), pieces(*by_pcre2, text)) << pattern << "\n" << Json(text).dump(-1, ' ', true);
    }
  }
}

// A small byte-level vocabulary with merges: every byte, common pairs, and longer tokens on top.
Json byte_level_json(bool ignore_merges) {
  Json vocab = Json::object(), merges = Json::array();
  int next = 0;
  for (unsigned b = 0; b < 256; ++b) vocab[to_utf8(byte_level_character(static_cast<unsigned char>(b)))] = next++;
  for (const auto& [left, right] : std::vector<std::pair<std::string, std::string>>{{"a", "a"},
                                                                                    {"aa", "aa"},
                                                                                    {"aaaa", "aaaa"},
                                                                                    {"a", "b"},
                                                                                    {"ab", "c"},
                                                                                    {"Ġ", "a"},
                                                                                    {"Ġ", "W"},
                                                                                    {"o", "r"},
                                                                                    {"ĠW", "or"},
                                                                                    {"Ã", "©"},
                                                                                    {"1", "2"},
                                                                                    {"â", "Ģ"},
                                                                                    {"aa", "b"},
                                                                                    {"ð", "Ł"},
                                                                                    {"b", "c"},
                                                                                    {"Ġ", "Ġ"}}) {
    merges.push_back({left, right});
    if (!vocab.contains(left + right)) vocab[left + right] = next++;
  }
  return {{"added_tokens",
           {{{"id", next}, {"content", "<s>"}, {"special", true}},
            {{"id", next + 1}, {"content", "W é"}, {"special", false}}}},
          {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
          {"decoder", {{"type", "ByteLevel"}}},
          {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", merges}, {"ignore_merges", ignore_merges}}}};
}

Json byte_fallback_json() {
  Json vocab = {{"<unk>", 0}, {"<s>", 1}};
  int next = 2;
  for (unsigned b = 0; b < 256; ++b) vocab[byte_token(static_cast<unsigned char>(b))] = next++;
  for (const char* t : {"▁", "a", "b", "W", "o", "r", "▁a", "▁W", "or", "▁▁", "ab", "é", "!"}) vocab[t] = next++;
  return {{"added_tokens", {{{"id", 1}, {"content", "<s>"}, {"special", true}}}},
          {"normalizer",
           {{"type", "Sequence"},
            {"normalizers",
             {{{"type", "Prepend"}, {"prepend", "▁"}},
              {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}}}}}},
          {"decoder",
           {{"type", "Sequence"},
            {"decoders",
             {{{"type", "Replace"}, {"pattern", {{"String", "▁"}}}, {"content", " "}},
              {{"type", "ByteFallback"}},
              {{"type", "Fuse"}},
              {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}}}}},
          {"model",
           {{"type", "BPE"},
            {"vocab", vocab},
            {"unk_token", "<unk>"},
            {"byte_fallback", true},
            {"fuse_unk", true},
            {"merges", {"▁ a", "▁ W", "o r", "▁ ▁", "a b"}}}}};
}

Json with_decoder(Json json, Json decoder) {
  json["decoder"] = std::move(decoder);
  return json;
}

std::vector<Json> streaming_tokenizers() {
  const Json fallback = byte_fallback_json();
  const Json metaspace = {{"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", "always"}};
  return {
      byte_level_json(false),
      fallback,
      with_decoder(fallback, metaspace),
      with_decoder(fallback, nullptr),
      with_decoder(fallback, {{"type", "WordPiece"}, {"prefix", "a"}, {"cleanup", true}}),
      with_decoder(fallback, {{"type", "BPEDecoder"}, {"suffix", "b"}}),
      with_decoder(fallback, {{"type", "CTC"}, {"pad_token", "a"}, {"word_delimiter_token", "b"}, {"cleanup", true}}),
      with_decoder(fallback, {{"type", "Sequence"},
                              {"decoders",
                               {{{"type", "ByteFallback"}},
                                {{"type", "Fuse"}},
                                {{"type", "Strip"}, {"content", "a"}, {"start", 2}, {"stop", 3}}}}}),
      with_decoder(
          fallback,
          {{"type", "Sequence"},
           {"decoders", {{{"type", "Strip"}, {"content", "▁"}, {"start", 1}, {"stop", 1}}, {{"type", "ByteLevel"}}}}})};
}

TEST(StreamDecoder, PiecesJoinedAreTheDecodedText) {
  std::mt19937 random(21);
  for (const Json& json : streaming_tokenizers()) {
    const auto t = Tokenizer::from_json(json.dump());
    const auto limit = static_cast<unsigned>(t->vocabulary_size()) + 3;
    for (int round = 0; round < 400; ++round) {
      std::vector<TokenId> ids;
      for (unsigned n = random() % 24; n > 0; --n) ids.push_back(static_cast<TokenId>(random() % limit));
      if (round % 4 == 0) ids = t->encode(random_text(random, 6));
      const bool skip = round % 2 == 0;
      StreamDecoder stream(*t, skip);
      std::string joined;
      for (const TokenId id : ids) {
        const std::string piece = stream.push(id);
        ASSERT_TRUE(is_valid_utf8(piece)) << json["decoder"];
        joined += piece;
      }
      const std::string rest = stream.finish();
      ASSERT_TRUE(is_valid_utf8(rest));
      ASSERT_EQ(joined + rest, t->decode(ids, skip)) << json["decoder"] << Json(ids);
    }
  }
}

TEST(StreamDecoder, StartsAgainAfterFinish) {
  const auto t = Tokenizer::from_json(byte_fallback_json().dump());
  StreamDecoder stream(*t);
  for (int round = 0; round < 2; ++round) {
    std::string text;
    for (const TokenId id : t->encode("ab Wor")) text += stream.push(id);
    EXPECT_EQ(text + stream.finish(), "ab Wor");
  }
}

TEST(StreamDecoder, IdsThatNoTokenHasAreSkipped) {
  const auto t = Tokenizer::from_json(byte_level_json(false).dump());
  StreamDecoder stream(*t);
  EXPECT_EQ(stream.push(-1), "");
  EXPECT_EQ(stream.push(2147483647), "");
  EXPECT_EQ(stream.finish(), "");
  EXPECT_EQ(t->decode(std::vector<TokenId>{-5, 2147483647}), "");
}

TEST(RoundTrip, ByteLevelTextComesBack) {
  std::mt19937 random(22);
  for (const bool ignore_merges : {false, true}) {
    const auto t = Tokenizer::from_json(byte_level_json(ignore_merges).dump());
    for (int i = 0; i < 2000; ++i) {
      const std::string text = random_text(random, static_cast<int>(random() % 40));
      ASSERT_EQ(t->decode(t->encode(text)), text);
    }
  }
}

TEST(RoundTrip, SentencePieceTextComesBack) {
  std::mt19937 random(23);
  const auto t = Tokenizer::from_json(byte_fallback_json().dump());
  for (int i = 0; i < 2000; ++i) {
    std::string text = random_text(random, static_cast<int>(random() % 40));
    ASSERT_EQ(text.find("\xE2\x96\x81"), std::string::npos);  // the sign itself would come back as a space
    ASSERT_EQ(t->decode(t->encode(text)), text);
  }
}

// The plainest form of the algorithm: while a pair can merge, merge the leftmost one of least rank.
std::vector<std::string> merge_plainly(std::string_view word,
                                       const std::vector<std::pair<std::string, std::string>>& merges) {
  std::vector<std::string> symbols;
  for (const char c : word) symbols.emplace_back(1, c);
  for (;;) {
    std::size_t best_rank = merges.size(), best = 0;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      for (std::size_t rank = 0; rank < best_rank; ++rank) {
        if (merges[rank].first != symbols[i] || merges[rank].second != symbols[i + 1]) continue;
        best_rank = rank;
        best = i;
      }
    }
    if (best_rank == merges.size()) return symbols;
    symbols[best] += symbols[best + 1];
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

TEST(Bpe, ShortAndLongWordsMergeInTheSameOrder) {
  std::mt19937 random(24);
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> tokens = {"a", "b", "c", "d"};
    std::vector<std::pair<std::string, std::string>> merges;
    for (int i = 0; i < 24; ++i) {
      const std::string left = tokens[random() % tokens.size()], right = tokens[random() % tokens.size()];
      if (std::find(merges.begin(), merges.end(), std::pair(left, right)) != merges.end()) continue;
      merges.emplace_back(left, right);
      if (std::find(tokens.begin(), tokens.end(), left + right) == tokens.end()) tokens.push_back(left + right);
    }
    Json vocab, list = Json::array();
    for (std::size_t i = 0; i < tokens.size(); ++i) vocab[tokens[i]] = i;
    for (const auto& [l, r] : merges) list.push_back({l, r});
    const auto t = Tokenizer::from_json(Json{{"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", list}}}}.dump());
    for (int i = 0; i < 20; ++i) {
      std::string word;
      for (unsigned n = 1 + random() % 150; n > 0; --n) word += static_cast<char>('a' + random() % 4);
      std::vector<TokenId> expected;
      for (const std::string& s : merge_plainly(word, merges)) expected.push_back(*t->token_to_id(s));
      ASSERT_EQ(t->encode(word), expected) << word << list;
      ASSERT_EQ(t->encode(word), expected) << "from the cache: " << word;
    }
  }
}

TEST(Bpe, AVeryLongWordIsNotQuadratic) {
  const auto t = Tokenizer::from_json(byte_level_json(false).dump());
  const auto seconds = [&](std::size_t size) {
    const std::string text(size, 'a');
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(t->encode(text).size(), size / 8);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  seconds(1 << 12);
  const double small = seconds(1 << 16), large = seconds(1 << 20);
  // Sixteen times the text takes about twenty times as long, quadratic would be 256.
  EXPECT_LT(large, 100 * small);
}

TEST(Metaspace, SplittingAtItsRunsChangesNoIds) {
  std::mt19937 random(25);
  const auto split = Tokenizer::from_json(byte_fallback_json().dump());
  Json json = byte_fallback_json();
  // A token with the sign in its middle, out of the merges' reach, forbids the splitting.
  json["model"]["vocab"]["a▁b"] = 999;
  const auto whole = Tokenizer::from_json(json.dump());
  for (int i = 0; i < 2000; ++i) {
    const std::string text = random_text(random, static_cast<int>(random() % 30));
    ASSERT_EQ(split->encode(text), whole->encode(text));
  }
}

}  // namespace
}  // namespace bitnet::tokenization
#endif  // BITNET_TOKENIZERS
