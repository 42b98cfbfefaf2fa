#include "quant/packing/tq2_0.hpp"

#include <cstring>

#include "base/half.hpp"

namespace bitnet {
namespace {
constexpr std::size_t kScaleAt = 64;
}  // namespace

void decode_tq2_0_block(const std::byte* block, std::int8_t* trits) noexcept {
  // A copy, which the trits cannot alias, lets compilers vectorize.
  std::uint8_t bytes[kScaleAt];
  std::memcpy(bytes, block, sizeof bytes);
  for (std::size_t j = 0; j < kScaleAt; j += 32)
    for (unsigned plane = 0; plane < 4; ++plane, trits += 32)
      for (std::size_t m = 0; m < 32; ++m) trits[m] = static_cast<std::int8_t>((bytes[j + m] >> (2 * plane) & 3) - 1);
}

std::uint16_t tq2_0_block_scale(const std::byte* block) noexcept {
  std::uint16_t half;
  std::memcpy(&half, block + kScaleAt, sizeof half);
  return half;
}

void encode_tq2_0(const std::int8_t* trits, std::size_t count, float scale, std::byte* out) noexcept {
  const std::uint16_t half = f32_to_f16(scale);
  for (std::size_t i = 0; i < count; i += 128, trits += 128) {
    for (std::size_t m = 0; m < 32; ++m) {
      unsigned byte = 0;
      for (unsigned plane = 0; plane < 4; ++plane)
        byte |= static_cast<unsigned>(trits[32 * plane + m] + 1) << (2 * plane);
      *out++ = static_cast<std::byte>(byte);
    }
    if (i % kTQ2Block != 0) {
      std::memcpy(out, &half, sizeof half);
      out += sizeof half;
    }
  }
}

}  // namespace bitnet
