#ifdef BITNET_TOKENIZERS
#include "text/tokenizer/splitter.hpp"

#include <array>
#include <cstdint>
#include <utility>

#include "text/tokenizer/unicode.hpp"

namespace bitnet::tokenization {
namespace {

constexpr std::pair<std::string_view, KnownPattern> kPatterns[] = {
    {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", KnownPattern::kGpt2},
    // What `\s+` would take is left as a gap, which is a piece too.
    {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S))", KnownPattern::kGpt2},
    {R"('(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", KnownPattern::kGpt2},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     KnownPattern::kLlama3},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     KnownPattern::kQwen2},
    {R"((?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     KnownPattern::kLlama3AsciiCase},
    {R"((?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     KnownPattern::kQwen2AsciiCase},
};

// The four classes that these patterns tell apart.
enum Kind : std::uint8_t { kRest, kLetter, kNumber, kSpace, kEnd };

constexpr std::array<Kind, 128> kAsciiKind = [] {
  std::array<Kind, 128> kinds{};
  for (unsigned c = 0; c < 128; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool number = c >= '0' && c <= '9';
    const bool space = c == ' ' || (c >= 9 && c <= 13);
    kinds[c] = letter ? kLetter : number ? kNumber : space ? kSpace : kRest;
  }
  return kinds;
}();

struct Cursor {
  Kind kind;
  std::uint32_t length;
};

class Text {
 public:
  explicit Text(std::string_view text) : p_(text.data()), size_(text.size()) {}

  std::size_t size() const noexcept { return size_; }
  char byte(std::size_t i) const noexcept { return p_[i]; }
  char32_t character(std::size_t i) const noexcept { return decode_utf8(p_ + i).value; }

  Cursor at(std::size_t i) const noexcept {
    if (i >= size_) return {kEnd, 0};
    const auto b = static_cast<unsigned char>(p_[i]);
    if (b < 0x80) return {kAsciiKind[b], 1};
    return slow(i);
  }

  std::size_t run(std::size_t i, Kind kind) const noexcept {
    for (;;) {
      while (i < size_ && static_cast<unsigned char>(p_[i]) < 0x80) {
        if (kAsciiKind[static_cast<unsigned char>(p_[i])] != kind) return i;
        ++i;
      }
      if (i >= size_) return i;
      const Cursor c = slow(i);
      if (c.kind != kind) return i;
      i += c.length;
    }
  }

 private:
  Cursor slow(std::size_t i) const noexcept {
    const CodePoint c = decode_utf8(p_ + i);
    switch (char_class(c.value)) {
      case CharClass::kLetter: return {kLetter, c.length};
      case CharClass::kNumber: return {kNumber, c.length};
      case CharClass::kSpace: return {kSpace, c.length};
      default: return {kRest, c.length};
    }
  }

  const char* p_;
  std::size_t size_;
};

// Bytes of 's 't 're 've 'm 'll 'd at `i`, where an apostrophe stands; 0 when none does.
template <bool kIgnoreCase, bool kLongS>
std::size_t contraction(const Text& text, std::size_t i) noexcept {
  const auto letter = [&](std::size_t at) -> char {
    if (at >= text.size()) return 0;
    const char c = text.byte(at);
    return kIgnoreCase && c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  };
  const char first = letter(i + 1), second = letter(i + 2);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
  if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l')) return 3;
  // U+017F, the long s, folds to s.
  if (kLongS && i + 2 < text.size() && text.byte(i + 1) == '\xC5' && text.byte(i + 2) == '\xBF') return 3;
  return 0;
}

// `\s+(?!\S)|\s+`: all but the last space before a word, or the whole run.
std::size_t spaces_end(const Text& text, std::size_t begin, Cursor first) noexcept {
  std::size_t end = begin + first.length, last = begin;
  for (Cursor c = text.at(end); c.kind == kSpace; c = text.at(end)) {
    last = end;
    end += c.length;
  }
  return end == text.size() || last == begin ? end : last;
}

std::size_t gpt2_end(const Text& text, std::size_t i) noexcept {
  const char byte = text.byte(i);
  if (byte == '\'') {
    if (const std::size_t n = contraction<false, false>(text, i)) return i + n;
  }
  const Cursor first = text.at(i);
  if (byte == ' ') {
    const Cursor next = text.at(i + 1);
    if (next.kind != kSpace && next.kind != kEnd) return text.run(i + 1 + next.length, next.kind);
  }
  if (first.kind != kSpace) return text.run(i + first.length, first.kind);
  return spaces_end(text, i, first);
}

bool is_newline(char c) noexcept { return c == '\r' || c == '\n'; }

template <int kMaxDigits, bool kLongS>
std::size_t llama3_end(const Text& text, std::size_t i) noexcept {
  const char byte = text.byte(i);
  if (byte == '\'') {
    if (const std::size_t n = contraction<true, kLongS>(text, i)) return i + n;
  }
  const Cursor first = text.at(i);
  if (first.kind == kLetter) return text.run(i + first.length, kLetter);
  if (first.kind == kNumber) {
    std::size_t end = i + first.length;
    for (int digits = 1; digits < kMaxDigits; ++digits) {
      const Cursor c = text.at(end);
      if (c.kind != kNumber) break;
      end += c.length;
    }
    return end;
  }
  const Cursor next = text.at(i + first.length);
  if (next.kind == kLetter && !is_newline(byte)) return text.run(i + first.length + next.length, kLetter);
  const bool spaced = byte == ' ' && next.kind == kRest;
  if (first.kind == kRest || spaced) {
    std::size_t end = text.run(spaced ? i + 1 : i, kRest);
    while (end < text.size() && is_newline(text.byte(end))) ++end;
    return end;
  }
  // A run of white space: up to its last line break when it has one.
  std::size_t end = i, after_newline = 0, last = i;
  for (Cursor c = first; c.kind == kSpace; c = text.at(end)) {
    last = end;
    if (is_newline(text.byte(end))) after_newline = end + 1;
    end += c.length;
  }
  if (after_newline != 0) return after_newline;
  return end == text.size() || last == i ? end : last;
}

}  // namespace

std::optional<KnownPattern> recognise_pattern(std::string_view pattern) noexcept {
  for (const auto& [text, known] : kPatterns) {
    if (text == pattern) return known;
  }
  return std::nullopt;
}

std::size_t piece_end(KnownPattern pattern, std::string_view text, std::size_t begin) noexcept {
  const Text t(text);
  switch (pattern) {
    case KnownPattern::kGpt2: return gpt2_end(t, begin);
    case KnownPattern::kLlama3: return llama3_end<3, true>(t, begin);
    case KnownPattern::kQwen2: return llama3_end<1, true>(t, begin);
    case KnownPattern::kLlama3AsciiCase: return llama3_end<3, false>(t, begin);
    case KnownPattern::kQwen2AsciiCase: return llama3_end<1, false>(t, begin);
  }
  return text.size();
}

}  // namespace bitnet::tokenization
#endif  // BITNET_TOKENIZERS
