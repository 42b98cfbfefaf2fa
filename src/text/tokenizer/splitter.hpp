// The pre-tokenizer patterns of GPT-2, Llama 3 and Qwen 2 written out by hand: the same pieces as the regular
// expression, at memory speed.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace bitnet::tokenization {

enum class KnownPattern {
  kGpt2,             // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  kLlama3,           // (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|...
  kQwen2,            // the same with \p{N}
  kLlama3AsciiCase,  // contractions spelled as [sS], which leaves out U+017F
  kQwen2AsciiCase,
};

/// The pattern when it is, letter for letter, one written out here.
std::optional<KnownPattern> recognise_pattern(std::string_view pattern) noexcept;

/// End of the piece that starts at `begin` (< text.size()). These patterns leave no gaps, so pieces follow each other.
/// `text` must be valid UTF-8; look-ahead ends with it.
std::size_t piece_end(KnownPattern pattern, std::string_view text, std::size_t begin) noexcept;

}  // namespace bitnet::tokenization
