// What turns one word into ids.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "text/tokenizer/scratch.hpp"
#include "text/tokenizer/vocabulary.hpp"

namespace bitnet::tokenization {

class Model {
 public:
  explicit Model(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {}
  virtual ~Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  /// Appends the ids of `word`: valid UTF-8, or raw bytes for a byte-level model. Throws kInvalidArgument when the
  /// model cannot spell the word and has no unknown token.
  virtual void encode_word(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const = 0;

  const Vocabulary& vocabulary() const noexcept { return vocabulary_; }

 protected:
  Vocabulary vocabulary_;
};

/// One id a word (Hugging Face's WordLevel).
std::unique_ptr<Model> make_word_level(Vocabulary vocabulary, std::string unk_token);

struct WordPieceConfig {
  std::string unk_token = "[UNK]";
  std::string continuing_subword_prefix = "##";
  std::size_t max_input_chars_per_word = 100;
};
/// Greedy longest match from the left (Wu et al., 2016, as in BERT). Throws kInvalidFile without the unknown token.
std::unique_ptr<Model> make_word_piece(Vocabulary vocabulary, WordPieceConfig config);

/// The segmentation of largest summed score (Kudo, 2018). `scores` by id.
std::unique_ptr<Model> make_unigram(Vocabulary vocabulary, std::vector<double> scores, std::optional<TokenId> unk,
                                    bool byte_fallback);

/// Whether no token has U+2581 after another character.
bool only_leading_metaspace(const Vocabulary& vocabulary);

/// "<0x4A>" as byte 0x4A.
std::optional<unsigned char> parse_byte_token(std::string_view token) noexcept;
std::string byte_token(unsigned char byte);

}  // namespace bitnet::tokenization
