#include "quant/packing/i2_s.hpp"

#include <bit>

namespace bitnet {

void decode_i2_s(const std::byte* source, std::size_t count, std::int8_t* trits) noexcept {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(source);
  for (std::size_t i = 0; i < count; i += kI2SBlock, bytes += kI2SBlockBytes)
    for (unsigned plane = 0; plane < 4; ++plane)
      for (std::size_t p = 0; p < kI2SBlockBytes; ++p) {
        const unsigned code = bytes[p] >> (6 - 2 * plane) & 3u;
        // 0, 1, 2, 3 become -1, 0, 1, 0 without a table, so that compilers can vectorize.
        *trits++ = static_cast<std::int8_t>(static_cast<int>(code >> 1 & ~code) - static_cast<int>(code == 0));
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
