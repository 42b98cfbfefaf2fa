#include "backends/cpu/q6_layout.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/half.hpp"

namespace bitnet::cpu {
namespace {

// The file's block: 128 bytes of low nibbles, 64 of upper pairs, 16 int8 scales, an f16 scale. Columns 32 i + l of a
// half (128 columns) have their nibble in byte l (i = 0, 2) or 32 + l (i = 1, 3), lower for i < 2, and their pair in
// byte l.
struct FileBlock {
  std::uint8_t low[128], high[64];
  std::int8_t scales[16];
  std::uint16_t scale;
};
static_assert(sizeof(FileBlock) == 210);

// Eight columns a word, a byte each.
struct EightCodes {
  std::uint64_t nibbles, pairs;
};
EightCodes file_codes(const FileBlock& block, std::size_t column) noexcept {
  const std::size_t half = column / 128, i = column % 128 / 32, l = column % 32;
  std::uint64_t low, high;
  std::memcpy(&low, block.low + 64 * half + 32 * (i % 2) + l, 8);
  std::memcpy(&high, block.high + 32 * half + l, 8);
  return {low >> (i < 2 ? 0 : 4) & 0x0f0f0f0f0f0f0f0fu, high >> 2 * i & 0x0303030303030303u};
}

// Where the codes of row r and columns 4 s + j of a block stand.
std::size_t code_byte(std::size_t row, std::size_t j) noexcept { return row / 16 * 192 + row % 16 * 4 + j; }

}  // namespace

void pack_q6_tile(const std::byte* rows, std::size_t row_bytes, std::size_t count, std::size_t cols,
                  std::uint8_t* tile) noexcept {
  for (std::size_t group = 0; group < cols / kQ6Columns; ++group, tile += kQ6GroupBytes) {
    if (count < kTileRows) std::memset(tile, 0, kQ6GroupBytes);
    for (std::size_t r = 0; r < count; ++r) {
      FileBlock block;
      std::memcpy(&block, rows + r * row_bytes + group * sizeof(FileBlock), sizeof(FileBlock));
      std::memcpy(tile + 2 * r, &block.scale, 2);
      for (std::size_t b = 0; b < kQ6Blocks; ++b) {
        tile[kQ6ScaleOffset + b * kTileRows + r] = static_cast<std::uint8_t>(block.scales[b]);
        const EightCodes c0 = file_codes(block, b * kQ6BlockColumns), c1 = file_codes(block, b * kQ6BlockColumns + 8);
        // Columns 4 to 7 of a word move beside columns 0 to 3.
        const auto first = static_cast<std::uint32_t>(c0.nibbles | c0.nibbles >> 28);
        const auto second = static_cast<std::uint32_t>(c1.nibbles | c1.nibbles >> 28);
        const auto pairs = static_cast<std::uint32_t>(c0.pairs | c0.pairs >> 30 | (c1.pairs | c1.pairs >> 30) << 4);
        std::uint8_t* to = tile + kQ6CodeOffset + b * kQ6BlockBytes + code_byte(r, 0);
        std::memcpy(to, &first, 4);
        std::memcpy(to + 64, &second, 4);
        std::memcpy(to + 128, &pairs, 4);
      }
    }
  }
}

void unpack_q6_row(const std::uint8_t* tile, std::size_t row, std::size_t cols, float* out) noexcept {
  for (std::size_t group = 0; group < cols / kQ6Columns; ++group, tile += kQ6GroupBytes) {
    std::uint16_t half;
    std::memcpy(&half, tile + 2 * row, 2);
    const float scale = f16_to_f32(half);
    for (std::size_t b = 0; b < kQ6Blocks; ++b) {
      const auto block_scale = static_cast<std::int8_t>(tile[kQ6ScaleOffset + b * kTileRows + row]);
      const float factor = scale * static_cast<float>(block_scale);
      const std::uint8_t* from = tile + kQ6CodeOffset + b * kQ6BlockBytes + code_byte(row, 0);
      for (std::size_t s = 0; s < 4; ++s)
        for (std::size_t j = 0; j < 4; ++j) {
          const unsigned nibble = from[64 * (s / 2) + j] >> 4 * (s % 2) & 15u, pair = from[128 + j] >> 2 * s & 3u;
          *out++ = factor * static_cast<float>(static_cast<int>(nibble | pair << 4) - 32);
        }
    }
  }
}

void split_q6_activations(const float* x, std::size_t cols, std::byte* memory) noexcept {
  constexpr float kLargest = 127 * 128;
  auto* high = reinterpret_cast<std::int8_t*>(memory);
  auto* low = high + cols;
  auto* scale = reinterpret_cast<float*>(low + cols);
  auto* start = reinterpret_cast<std::int32_t*>(scale + cols / kQ6BlockColumns);
  for (std::size_t b = 0; b < cols / kQ6BlockColumns; ++b, x += kQ6BlockColumns) {
    float absmax = 0.0f;
    bool finite = true;
    for (std::size_t i = 0; i < kQ6BlockColumns; ++i) {
      absmax = std::max(absmax, std::fabs(x[i]));
      finite = finite && std::isfinite(x[i]);
    }
    // Below that, the inverse is no finite number; such activations count as zero.
    const bool counts = finite && absmax > 1e-30f;
    const float inverse = counts ? kLargest / absmax : 0.0f;
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < kQ6BlockColumns; ++i) {
      const auto value = static_cast<std::int32_t>(std::nearbyint(counts ? x[i] * inverse : 0.0f));
      const std::int32_t upper = (value + 64) >> 7;
      *high++ = static_cast<std::int8_t>(upper);
      *low++ = static_cast<std::int8_t>(value - upper * 128);
      sum += value;
    }
    scale[b] = finite ? (counts ? absmax / kLargest : 0.0f) : std::numeric_limits<float>::quiet_NaN();
    start[b] = -32 * sum;
  }
}

void q6_rounding(const float* x, std::size_t cols, const std::byte* memory, double& norm, double& error) noexcept {
  const Q6Activations a = Q6Activations::at(memory, cols);
  double squares = 0.0, differences = 0.0;
  for (std::size_t i = 0; i < cols; ++i) {
    const double rounded = static_cast<double>(a.scale[i / kQ6BlockColumns]) * (128 * a.high[i] + a.low[i]);
    squares += static_cast<double>(x[i]) * x[i];
    differences += (x[i] - rounded) * (x[i] - rounded);
  }
  norm = std::sqrt(squares);
  error = std::sqrt(differences);
}

}  // namespace bitnet::cpu
