#include "quant/packing/i2_s.hpp"

#include <bit>

#include "quant/packing/trit_kernels.hpp"

namespace bitnet {

void decode_i2_s(const std::byte* source, std::size_t count, std::int8_t* trits) noexcept {
  trit_kernels().unpack_planes32(source, count / kI2SBlock, trits);
}

void encode_i2_s(const std::int8_t* trits, std::size_t count, std::byte* out) noexcept {
  trit_kernels().pack_planes32(trits, count / kI2SBlock, out);
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
