#include "backends/cpu/ternary_layout.hpp"

#include <cstring>

namespace bitnet::cpu {

void pack_ternary_tile(const std::int8_t* trits, std::size_t stride, std::size_t cols, std::uint8_t* tile) noexcept {
  constexpr std::uint64_t kThrees = 0x0303030303030303u, kOnes = 0x0101010101010101u;
  const std::size_t groups = ternary_groups(cols);
  for (std::size_t g = 0; g < groups; ++g, tile += kGroupBytes) {
    for (std::size_t r = 0; r < kTileRows; ++r) {
      // Eight columns a word: -1, 0, 1 are 3, 0, 1 in their low bits, and plus one, in the low bits again, 0, 1, 2.
      std::uint64_t low, high;
      std::memcpy(&low, trits + r * stride + g * kGroupColumns, 8);
      std::memcpy(&high, trits + r * stride + g * kGroupColumns + 8, 8);
      low = ((low & kThrees) + kOnes) & kThrees;
      high = ((high & kThrees) + kOnes) & kThrees;
      const std::uint64_t planes = low | high << 4;
      const auto codes = static_cast<std::uint32_t>(planes | planes >> 30);
      std::memcpy(tile + 4 * r, &codes, 4);
    }
  }
}

}  // namespace bitnet::cpu
