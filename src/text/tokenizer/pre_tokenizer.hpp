// Splits text into words: the "pre_tokenizer" of tokenizer.json.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer/function_ref.hpp"
#include "text/tokenizer/normalizer.hpp"
#include "text/tokenizer/splitter.hpp"

namespace bitnet::tokenization {

struct Piece {
  std::string_view text;
  bool first;  // begins where the whole text begins
};
using PieceSink = FunctionRef<void(Piece)>;

class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  /// Hands the pieces on in order; each view lives until the sink returns. Throws kUnsupported when a pattern takes too
  /// many steps.
  virtual void split(Piece piece, PieceSink sink) const = 0;
  /// Only writes bytes in GPT-2's alphabet. A byte-level model takes raw bytes, so such a last step can be left out.
  virtual bool is_byte_level_mapping() const noexcept { return false; }
};

inline constexpr std::string_view kMetaspace = "\xE2\x96\x81";  // U+2581

enum class SplitBehavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };
enum class PrependScheme { kFirst, kAlways, kNever };

std::unique_ptr<PreTokenizer> make_split(Pattern pattern, SplitBehavior behavior, bool invert);
std::unique_ptr<PreTokenizer> make_known_split(KnownPattern pattern);
std::unique_ptr<PreTokenizer> make_prefix_space();
std::unique_ptr<PreTokenizer> make_byte_level_mapping();
std::unique_ptr<PreTokenizer> make_metaspace(std::string replacement, PrependScheme scheme, bool split);
std::unique_ptr<PreTokenizer> make_whitespace();
std::unique_ptr<PreTokenizer> make_whitespace_split();
std::unique_ptr<PreTokenizer> make_digits(bool individual);
std::unique_ptr<PreTokenizer> make_punctuation(SplitBehavior behavior);
std::unique_ptr<PreTokenizer> make_delimiter(std::string delimiter);
std::unique_ptr<PreTokenizer> make_fixed_length(std::size_t length);
/// Spaces become U+2581, with one more in front when the piece begins the text (SentencePiece's add_dummy_prefix).
std::unique_ptr<PreTokenizer> make_escaped_spaces(bool prefix);
/// Splits before each U+2581 that does not follow another. It changes no ids when no token has one in its middle.
std::unique_ptr<PreTokenizer> make_metaspace_runs();
/// The two steps of BertPreTokenizer: white space goes, punctuation stands alone.
std::vector<std::unique_ptr<PreTokenizer>> make_bert_pre_tokenizer();

/// Steps one after the other, each splitting the pieces of the one before.
class PreTokenizerSequence {
 public:
  void add(std::unique_ptr<PreTokenizer> step) { steps_.push_back(std::move(step)); }
  void add(std::vector<std::unique_ptr<PreTokenizer>> steps) {
    for (auto& s : steps) steps_.push_back(std::move(s));
  }
  /// Drops a last step that only maps bytes, and says whether there was one.
  bool take_byte_level_mapping();
  std::size_t size() const noexcept { return steps_.size(); }
  void split(Piece piece, PieceSink sink) const { run(0, piece, sink); }

 private:
  void run(std::size_t step, Piece piece, PieceSink sink) const;
  std::vector<std::unique_ptr<PreTokenizer>> steps_;
};

}  // namespace bitnet::tokenization
