#include "text/tokenizer/utf8.hpp"

#include <cstring>

namespace bitnet::tokenization {
namespace {

struct Sequence {
  std::uint32_t length;  // bytes of the character, or of the maximal invalid subpart
  bool valid;
};

// Well-formed byte sequences of Unicode's table 3-7.
Sequence next_sequence(const unsigned char* p, std::size_t size) noexcept {
  const unsigned char lead = p[0];
  if (lead < 0x80) return {1, true};
  unsigned char low = 0x80, high = 0xBF;
  std::uint32_t length;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {1, false};
  }
  for (std::uint32_t i = 1; i < length; ++i) {
    if (i >= size || p[i] < low || p[i] > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true};
}

std::size_t ascii_prefix(const char* p, std::size_t size) noexcept {
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t word;
    std::memcpy(&word, p + i, 8);
    if (word & 0x8080808080808080u) break;
  }
  while (i < size && static_cast<unsigned char>(p[i]) < 0x80) ++i;
  return i;
}

}  // namespace

CodePoint last_character(std::string_view text) noexcept {
  std::size_t i = text.size() - 1;
  while (i > 0 && (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) --i;
  return decode_utf8(text.data() + i);
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&out](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

std::string to_utf8(char32_t c) {
  std::string out;
  append_utf8(out, c);
  return out;
}

std::size_t count_characters(std::string_view text) noexcept {
  std::size_t n = 0;
  for (const char c : text) n += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return n;
}

bool is_ascii(std::string_view text) noexcept { return ascii_prefix(text.data(), text.size()) == text.size(); }

bool is_valid_utf8(std::string_view text) noexcept {
  std::size_t i = 0;
  while (i < text.size()) {
    i += ascii_prefix(text.data() + i, text.size() - i);
    if (i == text.size()) return true;
    const Sequence s = next_sequence(reinterpret_cast<const unsigned char*>(text.data()) + i, text.size() - i);
    if (!s.valid) return false;
    i += s.length;
  }
  return true;
}

void append_lossy(std::string& out, std::string_view bytes) {
  std::size_t i = 0, copied = 0;
  while (i < bytes.size()) {
    i += ascii_prefix(bytes.data() + i, bytes.size() - i);
    if (i == bytes.size()) break;
    const Sequence s = next_sequence(reinterpret_cast<const unsigned char*>(bytes.data()) + i, bytes.size() - i);
    if (!s.valid) {
      out.append(bytes, copied, i - copied);
      append_utf8(out, kReplacementCharacter);
      copied = i + s.length;
    }
    i += s.length;
  }
  out.append(bytes, copied, bytes.size() - copied);
}

std::size_t incomplete_suffix(std::string_view bytes) noexcept {
  const std::size_t window = bytes.size() < 3 ? bytes.size() : 3;
  for (std::size_t back = 1; back <= window; ++back) {
    const auto* p = reinterpret_cast<const unsigned char*>(bytes.data()) + bytes.size() - back;
    if ((*p & 0xC0) == 0x80) continue;
    if (*p < 0xC2 || *p > 0xF4) return 0;
    const Sequence s = next_sequence(p, back);
    const std::uint32_t wanted = utf8_length(static_cast<char>(*p));
    // A subpart that reaches the end without being refused may still be finished by later bytes.
    return !s.valid && s.length == back && back < wanted ? back : 0;
  }
  return 0;
}

bool is_white_space(char32_t c) noexcept {
  if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

}  // namespace bitnet::tokenization
