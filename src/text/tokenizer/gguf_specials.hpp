// Special tokens in the text, found as llama.cpp finds them.
#pragma once

#include <string>
#include <vector>

#include "text/tokenizer/added_tokens.hpp"

namespace bitnet::tokenization {

/// Longer tokens claim their places first, all over the text, whatever lies left of them. A stretch that follows a
/// token counts as the beginning of a text: SentencePiece vocabularies put a space before it, so at_start changes
/// nothing.
class GgufSpecials final : public Segmenter {
 public:
  struct Token {
    TokenId id;
    std::string text;
    bool always;  // matched even where special tokens are not to be parsed
  };
  /// Throws kUnsupported when a token is longer than 1024 bytes.
  explicit GgufSpecials(std::vector<Token> tokens);
  void split(std::string_view text, const EncodeOptions& options, SegmentSink sink) const override;

 private:
  std::vector<Token> tokens_;  // longest first
  ByteTrie trie_;              // values index `tokens_`
};

}  // namespace bitnet::tokenization
