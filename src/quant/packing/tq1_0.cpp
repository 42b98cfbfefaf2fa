#include "quant/packing/tq1_0.hpp"

#include <cstring>

#include "base/half.hpp"

namespace bitnet {
namespace {

// The three runs of bytes in a block: each of `bytes` bytes holds `digits` values, `bytes` apart.
struct Run {
  std::size_t bytes, digits;
};
constexpr Run kRuns[] = {{32, 5}, {16, 5}, {4, 4}};
constexpr std::size_t kScaleAt = 52;

}  // namespace

void decode_tq1_0_block(const std::byte* block, std::int8_t* trits) noexcept {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(block);
  for (const Run& run : kRuns) {
    unsigned power = 1;
    for (std::size_t n = 0; n < run.digits; ++n, power *= 3)
      for (std::size_t m = 0; m < run.bytes; ++m)
        *trits++ = static_cast<std::int8_t>(static_cast<int>((bytes[m] * power & 255u) * 3 >> 8) - 1);
    bytes += run.bytes;
  }
}

std::uint16_t tq1_0_block_scale(const std::byte* block) noexcept {
  std::uint16_t half;
  std::memcpy(&half, block + kScaleAt, sizeof half);
  return half;
}

void encode_tq1_0(const std::int8_t* trits, std::size_t count, float scale, std::byte* out) noexcept {
  const std::uint16_t half = f32_to_f16(scale);
  for (std::size_t i = 0; i < count; i += kTQ1Block) {
    for (const Run& run : kRuns) {
      for (std::size_t m = 0; m < run.bytes; ++m) {
        unsigned number = 0;
        // Four digits stand where five would: the missing last one counts as 0.
        for (std::size_t n = 0; n < 5; ++n)
          number = number * 3 + (n < run.digits ? static_cast<unsigned>(trits[n * run.bytes + m] + 1) : 0u);
        *out++ = static_cast<std::byte>((number * 256 + 242) / 243);
      }
      trits += run.bytes * run.digits;
    }
    std::memcpy(out, &half, sizeof half);
    out += sizeof half;
  }
}

}  // namespace bitnet
