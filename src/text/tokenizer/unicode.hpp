// Character classes of Unicode 16, as the regex engines of tokenizers see them.
#pragma once

#include <cstdint>

#include "text/tokenizer/utf8.hpp"

namespace bitnet::tokenization {

/// The major general category; the classes of pre-tokenizer patterns need no finer one.
enum class CharClass : std::uint8_t { kOther, kLetter, kMark, kNumber, kPunctuation, kSymbol, kSpace };

/// kSpace is White_Space, which takes the control characters U+0009..U+000D and U+0085 too.
CharClass char_class(char32_t c) noexcept;

inline bool is_letter(char32_t c) noexcept { return char_class(c) == CharClass::kLetter; }
inline bool is_number(char32_t c) noexcept { return char_class(c) == CharClass::kNumber; }
inline bool is_punctuation(char32_t c) noexcept { return char_class(c) == CharClass::kPunctuation; }
/// `\w`: alphabetic, mark, decimal number, connector punctuation or join control (UTS 18, annex C).
bool is_word(char32_t c) noexcept;
bool is_nonspacing_mark(char32_t c) noexcept;
/// Control, format, private use: C* without the unassigned.
bool is_other(char32_t c) noexcept;

}  // namespace bitnet::tokenization
