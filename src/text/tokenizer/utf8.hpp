// UTF-8 without any character tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bitnet::tokenization {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;

struct CodePoint {
  char32_t value;
  std::uint32_t length;  // bytes
};

/// The character that starts at `p`; the bytes must be valid UTF-8 and `p` must not be at the end.
inline CodePoint decode_utf8(const char* p) noexcept {
  const auto b = [p](int i) { return static_cast<char32_t>(static_cast<unsigned char>(p[i])); };
  const char32_t lead = b(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) return {((lead & 0x1F) << 6) | (b(1) & 0x3F), 2};
  if (lead < 0xF0) return {((lead & 0x0F) << 12) | ((b(1) & 0x3F) << 6) | (b(2) & 0x3F), 3};
  return {((lead & 0x07) << 18) | ((b(1) & 0x3F) << 12) | ((b(2) & 0x3F) << 6) | (b(3) & 0x3F), 4};
}

/// Bytes of the character whose first byte is `lead`, in valid UTF-8.
inline std::uint32_t utf8_length(char lead) noexcept {
  const auto b = static_cast<unsigned char>(lead);
  return b < 0x80 ? 1 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
}

/// The last character of valid, non-empty UTF-8.
CodePoint last_character(std::string_view text) noexcept;

void append_utf8(std::string& out, char32_t c);
std::string to_utf8(char32_t c);
std::size_t count_characters(std::string_view text) noexcept;

bool is_ascii(std::string_view text) noexcept;
bool is_valid_utf8(std::string_view text) noexcept;

/// Appends `bytes` with each maximal invalid subsequence replaced by U+FFFD (Unicode 15, section 3.9, "U+FFFD
/// Substitution of Maximal Subparts"; the WHATWG decoder does the same).
void append_lossy(std::string& out, std::string_view bytes);

/// Number of bytes at the end that begin a character without finishing it, 0 to 3.
std::size_t incomplete_suffix(std::string_view bytes) noexcept;

/// The White_Space property.
bool is_white_space(char32_t c) noexcept;

}  // namespace bitnet::tokenization
