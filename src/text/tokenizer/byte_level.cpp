#include "text/tokenizer/byte_level.hpp"

#include <array>
#include <cstdint>

#include "text/tokenizer/utf8.hpp"

namespace bitnet::tokenization {
namespace {

struct Alphabet {
  std::array<char32_t, 256> character{};
  std::array<std::int16_t, 0x144> byte{};  // by character; -1 outside the alphabet

  constexpr Alphabet() {
    for (auto& b : byte) b = -1;
    char32_t next = 0x100;
    for (unsigned b = 0; b < 256; ++b) {
      const bool printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      character[b] = printable ? b : next++;
      byte[character[b]] = static_cast<std::int16_t>(b);
    }
  }
};
constexpr Alphabet kAlphabet;

}  // namespace

char32_t byte_level_character(unsigned char byte) noexcept { return kAlphabet.character[byte]; }

std::optional<unsigned char> byte_level_byte(char32_t character) noexcept {
  if (character >= kAlphabet.byte.size() || kAlphabet.byte[character] < 0) return std::nullopt;
  return static_cast<unsigned char>(kAlphabet.byte[character]);
}

std::string to_byte_level(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char b : bytes) append_utf8(out, byte_level_character(static_cast<unsigned char>(b)));
  return out;
}

std::optional<std::string> from_byte_level(std::string_view token) {
  std::string out;
  out.reserve(token.size());
  for (std::size_t i = 0; i < token.size();) {
    const CodePoint c = decode_utf8(token.data() + i);
    const auto byte = byte_level_byte(c.value);
    if (!byte) return std::nullopt;
    out.push_back(static_cast<char>(*byte));
    i += c.length;
  }
  return out;
}

}  // namespace bitnet::tokenization
