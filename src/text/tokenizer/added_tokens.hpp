// Tokens found in the text itself, before the model sees it: the "added_tokens" of tokenizer.json.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/tokenizer.hpp"
#include "text/tokenizer/byte_trie.hpp"
#include "text/tokenizer/function_ref.hpp"
#include "text/tokenizer/normalizer.hpp"

namespace bitnet::tokenization {

struct AddedToken {
  TokenId id = 0;
  std::string content;
  bool single_word = false, lstrip = false, rstrip = false, normalized = false, special = false;
};

/// A stretch of text, or a token found in it.
struct Segment {
  std::string_view text;
  std::optional<TokenId> token;
  bool first;  // begins where the whole text begins
};
using SegmentSink = FunctionRef<void(const Segment&)>;

/// Finds tokens in text.
class Segmenter {
 public:
  virtual ~Segmenter() = default;
  /// Hands on stretches of text and the tokens between them, in order. Of `options` parse_special and at_start count.
  virtual void split(std::string_view text, const EncodeOptions& options, SegmentSink sink) const = 0;
};

class AddedTokens final : public Segmenter {
 public:
  /// Throws kUnsupported when a token is longer than 1024 bytes. `normalizer` may be null.
  AddedTokens(std::vector<AddedToken> tokens, std::unique_ptr<Normalizer> normalizer);

  /// Splits at the tokens with `normalized` false, normalizes what is between, and splits that at the others. Of
  /// overlapping tokens the leftmost wins, then the longest.
  void split(std::string_view text, const EncodeOptions& options, SegmentSink sink) const override;

 private:
  struct Matcher {
    ByteTrie trie;
    int only_byte = -1;  // when all tokens begin with one byte
    void add(std::string_view content, std::int32_t index);
    std::size_t next_candidate(std::string_view text, std::size_t from) const noexcept;

   private:
    bool any_ = false;
  };
  void scan(const Matcher& matcher, std::string_view text, bool first, bool parse_special, SegmentSink sink) const;

  std::vector<AddedToken> tokens_;
  std::unique_ptr<Normalizer> normalizer_;
  Matcher raw_, normalized_;
};

}  // namespace bitnet::tokenization
