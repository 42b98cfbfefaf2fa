#include "quant/packing/i2_s.hpp"

#include <bit>
#include <iterator>

#include "quant/packing/trit_kernels.hpp"

namespace bitnet {

void decode_i2_s(const std::byte* source, std::size_t count, std::int8_t* trits) noexcept {
  trit_kernels().unpack_planes32(source, count / kI2SBlock, trits);
}

void encode_i2_s(const std::int8_t* trits, std::size_t count, std::byte* out) noexcept {
  trit_kernels().pack_planes32(trits, count / kI2SBlock, out);
}

std::optional<I2SLayout> parse_i2s_layout(std::string_view name) noexcept {
  for (std::size_t i = 0; i < std::size(kI2SLayoutNames); ++i)
    if (kI2SLayoutNames[i] == name) return static_cast<I2SLayout>(i);
  return std::nullopt;
}

namespace {

std::int8_t trit_of(unsigned code) noexcept { return static_cast<std::int8_t>((code == 2) - (code == 0)); }

}  // namespace

void decode_i2_s_arm(const std::byte* source, std::size_t count, std::int8_t* trits) noexcept {
  for (std::size_t i = 0; i < count; i += kI2SArmBlock, source += kI2SArmBlockBytes, trits += kI2SArmBlock)
    for (std::size_t p = 0; p < kI2SArmBlockBytes; ++p)
      for (std::size_t plane = 0; plane < 4; ++plane)
        trits[kI2SArmBlockBytes * plane + p] = trit_of(std::to_integer<unsigned>(source[p]) >> (6 - 2 * plane) & 3);
}

void decode_i2_s_rows(const std::byte* source, std::size_t cols, std::size_t row, std::int8_t* trits) noexcept {
  const std::byte* from = source + row / 4 * cols;
  const auto shift = static_cast<unsigned>(6 - 2 * (row % 4));
  for (std::size_t c = 0; c < cols; ++c) trits[c] = trit_of(std::to_integer<unsigned>(from[c]) >> shift & 3);
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
