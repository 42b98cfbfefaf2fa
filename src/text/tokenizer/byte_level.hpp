// GPT-2's alphabet for bytes: each byte is written as one printable character (Radford et al., 2019, encoder.py's
// bytes_to_unicode). Printable bytes stand for themselves, the others for U+0100 onwards in order.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bitnet::tokenization {

char32_t byte_level_character(unsigned char byte) noexcept;
std::optional<unsigned char> byte_level_byte(char32_t character) noexcept;

/// Writes each byte of `bytes` as its character.
std::string to_byte_level(std::string_view bytes);
/// The bytes that a token stands for; nothing when a character is outside the alphabet.
std::optional<std::string> from_byte_level(std::string_view token);

}  // namespace bitnet::tokenization
