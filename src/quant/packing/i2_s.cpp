#include "quant/packing/i2_s.hpp"

#include <bit>
#include <cstring>

namespace bitnet {

void decode_i2_s(const std::byte* source, std::size_t count, std::int8_t* trits) noexcept {
  for (std::size_t i = 0; i < count; i += kI2SBlock, source += kI2SBlockBytes, trits += kI2SBlock) {
    // A copy, which the trits cannot alias, lets compilers vectorize; so does arithmetic in place of a table.
    std::uint8_t block[kI2SBlockBytes];
    std::memcpy(block, source, sizeof block);
    for (std::size_t plane = 0; plane < 4; ++plane)
      for (std::size_t p = 0; p < kI2SBlockBytes; ++p) {
        const auto code = static_cast<std::uint8_t>(block[p] >> (6 - 2 * plane) & 3);
        trits[kI2SBlockBytes * plane + p] = static_cast<std::int8_t>((code == 2) - (code == 0));
      }
  }
}

void encode_i2_s(const std::int8_t* trits, std::size_t count, std::byte* out) noexcept {
  for (std::size_t i = 0; i < count; i += kI2SBlock, trits += kI2SBlock)
    for (std::size_t p = 0; p < kI2SBlockBytes; ++p) {
      unsigned byte = 0;
      for (std::size_t plane = 0; plane < 4; ++plane)
        byte = byte << 2 | static_cast<unsigned>(trits[32 * plane + p] + 1);
      *out++ = static_cast<std::byte>(byte);
    }
}

std::size_t count_undefined_i2_s(const std::byte* source, std::size_t count) noexcept {
  std::size_t found = 0;
  for (std::size_t i = 0; i < count / 4; ++i) {
    const auto byte = std::to_integer<unsigned>(source[i]);
    found += static_cast<std::size_t>(std::popcount(byte & byte >> 1 & 0x55u));
  }
  return found;
}

}  // namespace bitnet
