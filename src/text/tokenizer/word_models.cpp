#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/fail.hpp"
#include "text/tokenizer/byte_trie.hpp"
#include "text/tokenizer/model.hpp"
#include "text/tokenizer/utf8.hpp"

namespace bitnet::tokenization {

std::optional<unsigned char> parse_byte_token(std::string_view token) noexcept {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(token.data() + 3, token.data() + 5, value, 16);
  if (error != std::errc() || end != token.data() + 5) return std::nullopt;
  return static_cast<unsigned char>(value);
}

std::string byte_token(unsigned char byte) { return fmt::format("<0x{:02X}>", byte); }

bool only_leading_metaspace(const Vocabulary& vocabulary) {
  constexpr std::string_view kSpace = "\xE2\x96\x81";
  bool only = true;
  vocabulary.table().for_each([&](std::string_view token, TokenId) {
    while (token.starts_with(kSpace)) token.remove_prefix(kSpace.size());
    only = only && token.find(kSpace) == std::string_view::npos;
  });
  return only;
}

namespace {

class WordLevel final : public Model {
 public:
  WordLevel(Vocabulary vocabulary, const std::string& unk)
      : Model(std::move(vocabulary)), unk_token_(unk), unk_(vocabulary_.id(unk)) {}

  void encode_word(std::string_view word, Scratch&, std::vector<TokenId>& out) const override {
    if (word.empty()) return;
    if (const auto id = vocabulary_.id(word)) {
      out.push_back(*id);
    } else if (unk_) {
      out.push_back(*unk_);
    } else {
      fail_argument("the word '{}' is not in the vocabulary, which has no unknown token '{}'", printable(word),
                    printable(unk_token_));
    }
  }

 private:
  std::string unk_token_;
  std::optional<TokenId> unk_;
};

class WordPiece final : public Model {
 public:
  WordPiece(Vocabulary vocabulary, WordPieceConfig config) : Model(std::move(vocabulary)), config_(std::move(config)) {
    const auto unk = vocabulary_.id(config_.unk_token);
    if (!unk)
      fail_file("the vocabulary has no unknown token '{}', which WordPiece needs", printable(config_.unk_token));
    unk_ = *unk;
  }

  void encode_word(std::string_view word, Scratch&, std::vector<TokenId>& out) const override {
    if (word.empty()) return;
    if (count_characters(word) > config_.max_input_chars_per_word) {
      out.push_back(unk_);
      return;
    }
    const std::size_t begin = out.size();
    std::string piece;
    for (std::size_t start = 0; start < word.size();) {
      piece = start > 0 ? config_.continuing_subword_prefix : std::string();
      const std::size_t prefix = piece.size();
      // Nothing longer than the longest token can match.
      const std::size_t longest = vocabulary_.table().longest_key();
      std::size_t length = std::min(word.size() - start, longest > prefix ? longest - prefix : 0);
      piece.append(word, start, length);
      std::optional<TokenId> id;
      while (length > 0 && !(id = vocabulary_.id(piece))) {
        piece.pop_back();
        --length;
      }
      if (!id) {
        out.resize(begin);
        out.push_back(unk_);
        return;
      }
      out.push_back(*id);
      start += length;
    }
  }

 private:
  WordPieceConfig config_;
  TokenId unk_;
};

class Unigram final : public Model {
 public:
  Unigram(Vocabulary vocabulary, std::vector<double> scores, std::optional<TokenId> unk, bool byte_fallback)
      : Model(std::move(vocabulary)), scores_(std::move(scores)), unk_(unk), byte_fallback_(byte_fallback) {
    double lowest = std::numeric_limits<double>::infinity();
    for (const double s : scores_) lowest = std::min(lowest, s);
    unk_score_ = lowest - 10.0;  // SentencePiece's kUnkPenalty
    vocabulary_.table().for_each([this](std::string_view token, TokenId id) { trie_.add(token, id); });
    for (unsigned b = 0; b < 256; ++b) {
      fallback_[b] = vocabulary_.id(byte_token(static_cast<unsigned char>(b))).value_or(-1);
    }
  }

  void encode_word(std::string_view word, Scratch&, std::vector<TokenId>& out) const override {
    if (word.empty()) return;
    struct Node {
      double score = 0;
      std::size_t start = kUnreached;
      TokenId id = 0;
    };
    std::vector<Node> best(word.size() + 1);
    const auto reach = [&best](std::size_t start, std::size_t end, double score, TokenId id) {
      if (best[end].start == kUnreached || score > best[end].score) best[end] = {score, start, id};
    };
    for (std::size_t start = 0; start < word.size();) {
      const double here = best[start].score;
      const std::size_t length = utf8_length(word[start]);
      bool single = false;
      trie_.for_each_prefix(word.substr(start), [&](std::size_t size, std::int32_t id) {
        reach(start, start + size, here + scores_[static_cast<std::size_t>(id)], id);
        single = single || size == length;
      });
      if (!single) {
        if (!unk_) fail_argument("the text has a character outside the vocabulary, which has no unknown token");
        reach(start, start + length, here + unk_score_, *unk_);
      }
      start += length;
    }
    std::vector<std::pair<std::size_t, std::size_t>> pieces;
    bool previous_unknown = false;
    for (std::size_t end = word.size(); end > 0; end = best[end].start) {
      const bool unknown = unk_ && best[end].id == *unk_;
      // Neighbouring unknown characters are one piece.
      if (unknown && previous_unknown) {
        pieces.back().first = best[end].start;
      } else {
        pieces.emplace_back(best[end].start, end);
      }
      previous_unknown = unknown;
    }
    for (auto it = pieces.rbegin(); it != pieces.rend(); ++it)
      append(word.substr(it->first, it->second - it->first), out);
  }

 private:
  static constexpr std::size_t kUnreached = static_cast<std::size_t>(-1);

  void append(std::string_view piece, std::vector<TokenId>& out) const {
    if (const auto id = vocabulary_.id(piece)) {
      out.push_back(*id);
      return;
    }
    if (byte_fallback_ && std::all_of(piece.begin(), piece.end(),
                                      [this](char c) { return fallback_[static_cast<unsigned char>(c)] >= 0; })) {
      for (const char c : piece) out.push_back(fallback_[static_cast<unsigned char>(c)]);
      return;
    }
    out.push_back(*unk_);
  }

  std::vector<double> scores_;
  std::optional<TokenId> unk_;
  bool byte_fallback_;
  double unk_score_;
  ByteTrie trie_;
  std::array<TokenId, 256> fallback_;
};

}  // namespace

std::unique_ptr<Model> make_word_level(Vocabulary vocabulary, std::string unk_token) {
  return std::make_unique<WordLevel>(std::move(vocabulary), unk_token);
}

std::unique_ptr<Model> make_word_piece(Vocabulary vocabulary, WordPieceConfig config) {
  return std::make_unique<WordPiece>(std::move(vocabulary), std::move(config));
}

std::unique_ptr<Model> make_unigram(Vocabulary vocabulary, std::vector<double> scores, std::optional<TokenId> unk,
                                    bool byte_fallback) {
  return std::make_unique<Unigram>(std::move(vocabulary), std::move(scores), unk, byte_fallback);
}

}  // namespace bitnet::tokenization
