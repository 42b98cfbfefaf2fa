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

// Sizes known when compiled, and a copy that the trits cannot alias, let compilers vectorize.
template <Run kRun>
void decode_run(const std::byte* source, std::int8_t* trits) noexcept {
  std::uint8_t bytes[kRun.bytes];
  std::memcpy(bytes, source, sizeof bytes);
  std::uint8_t power = 1;
  for (std::size_t n = 0; n < kRun.digits; ++n, power = static_cast<std::uint8_t>(power * 3))
    for (std::size_t m = 0; m < kRun.bytes; ++m) {
      const auto shifted = static_cast<std::uint8_t>(bytes[m] * power);
      trits[n * kRun.bytes + m] = static_cast<std::int8_t>((static_cast<std::uint16_t>(shifted * 3) >> 8) - 1);
    }
}

}  // namespace

void decode_tq1_0_block(const std::byte* block, std::int8_t* trits) noexcept {
  decode_run<kRuns[0]>(block, trits);
  decode_run<kRuns[1]>(block + 32, trits + 160);
  decode_run<kRuns[2]>(block + 48, trits + 240);
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
