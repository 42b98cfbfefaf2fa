// Rewrites text before it is split: the "normalizer" of tokenizer.json.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "text/tokenizer/regex.hpp"

namespace bitnet::tokenization {

class Normalizer {
 public:
  virtual ~Normalizer() = default;
  /// `text` is valid UTF-8 and stays so. `first` becomes false when characters at the front go: the text then no longer
  /// begins where the original does, which Metaspace asks. Throws kUnsupported when a pattern takes too many steps,
  /// kInvalidArgument when the text grows beyond bounds.
  virtual void normalize(std::string& text, bool& first) const = 0;
  void normalize(std::string& text) const {
    bool first = true;
    normalize(text, first);
  }
};

/// Either plain text or a regular expression, as Replace and Split take them.
struct Pattern {
  std::string literal;
  std::shared_ptr<const Regex> regex;  // null: the literal counts
};

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkd };

struct BertNormalizerConfig {
  bool clean_text = true, handle_chinese_chars = true, lowercase = true;
  std::optional<bool> strip_accents;  // as `lowercase` when missing
};

std::unique_ptr<Normalizer> make_normal_form(NormalForm form);
std::unique_ptr<Normalizer> make_lowercase();
std::unique_ptr<Normalizer> make_strip(bool left, bool right);
std::unique_ptr<Normalizer> make_strip_accents();
std::unique_ptr<Normalizer> make_prepend(std::string prefix);
std::unique_ptr<Normalizer> make_replace(Pattern pattern, std::string content);
std::unique_ptr<Normalizer> make_nmt();
std::unique_ptr<Normalizer> make_byte_level_normalizer();
std::unique_ptr<Normalizer> make_bert_normalizer(BertNormalizerConfig config);
std::unique_ptr<Normalizer> make_normalizer_sequence(std::vector<std::unique_ptr<Normalizer>> steps);

/// `text` with every match of `pattern` replaced; `first` as in Normalizer::normalize. Throws kInvalidArgument when the
/// result exceeds four times the text and a megabyte.
std::string replace_all(std::string_view text, const Pattern& pattern, std::string_view content, bool* first = nullptr);

}  // namespace bitnet::tokenization
