#include "backends/cpu/ternary_layout.hpp"

#include <algorithm>
#include <cstring>

namespace bitnet::cpu {
namespace {

constexpr std::uint64_t kThrees = 0x0303030303030303u, kOnes = 0x0101010101010101u;

// Codes of eight trits: -1, 0, 1 are 3, 0, 1 in their low bits, and plus one, in the low bits again, 0, 1, 2.
std::uint64_t eight_codes(const std::int8_t* trits) noexcept {
  std::uint64_t word;
  std::memcpy(&word, trits, sizeof(word));
  return ((word & kThrees) + kOnes) & kThrees;
}

// Columns 4 s + j of sixteen: byte j of the result has bits 2s and 2s + 1 from column 4 s + j.
std::uint32_t sixteen_columns(std::uint64_t low, std::uint64_t high) noexcept {
  const std::uint64_t planes = low | high << 4;
  return static_cast<std::uint32_t>(planes | planes >> 30);
}

// The codes of the last group's columns that do not exist become 0.
std::uint64_t first_codes(std::uint64_t codes, std::size_t count) noexcept {
  return count >= 8 ? codes : codes & ((std::uint64_t{1} << 8 * count) - 1);
}

std::size_t left(std::size_t cols, std::size_t begin) noexcept { return cols > begin ? cols - begin : 0; }

void pack_two_bit(const std::int8_t* trits, std::size_t stride, std::size_t cols, std::uint8_t* tile) noexcept {
  for (std::size_t begin = 0; begin < cols; begin += kTwoBitColumns, tile += kGroupBytes) {
    for (std::size_t r = 0; r < kTileRows; ++r) {
      const std::int8_t* from = trits + r * stride + begin;
      const std::uint32_t codes = sixteen_columns(first_codes(eight_codes(from), left(cols, begin)),
                                                  first_codes(eight_codes(from + 8), left(cols, begin + 8)));
      std::memcpy(tile + 4 * r, &codes, 4);
    }
  }
}

void pack_five_trit(const std::int8_t* trits, std::size_t stride, std::size_t cols, std::uint8_t* tile) noexcept {
  for (std::size_t begin = 0; begin < cols; begin += kFiveTritColumns, tile += kGroupBytes) {
    for (std::size_t r = 0; r < kTileRows; ++r) {
      const std::int8_t* from = trits + r * stride + begin;
      const std::uint32_t four = sixteen_columns(first_codes(eight_codes(from), left(cols, begin)),
                                                 first_codes(eight_codes(from + 8), left(cols, begin + 8)));
      // The last four columns: read with the four before them, so that nothing behind the row is touched.
      const std::uint64_t last = first_codes(eight_codes(from + 12), left(cols, begin + 12)) >> 32;
      for (std::size_t j = 0; j < 4; ++j)
        tile[4 * r + j] = kFiveTrit.encode[(last >> 8 * j & 3) << 8 | (four >> 8 * j & 255)];
    }
  }
}

}  // namespace

const TernaryLayout kTwoBitLayout{0x32525442, kTwoBitColumns, &pack_two_bit};
const TernaryLayout kFiveTritLayout{0x35525442, kFiveTritColumns, &pack_five_trit};

}  // namespace bitnet::cpu
