// Q6_K weights as the cpu kernels read them: rows in lanes, as ternary tiles (ternary_layout.hpp) have them.
//
// A tile is 32 rows by K columns, K a multiple of 256, and tiles lie one after another. For every 256 columns it holds
//   64 bytes         f16 scale of each row
//   16 x 32 bytes    int8 scale of each 16 columns, 32 rows
//   16 x 384 bytes   codes of 16 columns (0..63, value + 32): 192 bytes for rows 0-15, then 192 for rows 16-31. Byte
//                    4 r + j of each 64 bytes belongs to row r and to the columns 4 s + j: first the low nibbles of
//                    s = 0 and (upper half) 1, then those of s = 2 and 3, then the upper pairs of all four, s in bits
//                    2s and 2s + 1.
// 210 bytes a row and 256 columns, as in the file. Rows behind the last are zero.
//
// Activations become two int8 planes, x = scale * (128 * high + low) with a scale for each 16 columns: sixteen bits,
// whose rounding is far below that of the weights.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backends/cpu/ternary_layout.hpp"

namespace bitnet::cpu {

/// "BQ6T", read as little-endian: WeightMatrix::layout.
inline constexpr std::uint32_t kQ6Magic = 0x54365142;
inline constexpr std::size_t kQ6Columns = 256, kQ6BlockColumns = 16, kQ6Blocks = kQ6Columns / kQ6BlockColumns;
inline constexpr std::size_t kQ6BlockBytes = 384;
inline constexpr std::size_t kQ6ScaleOffset = 2 * kTileRows, kQ6CodeOffset = kQ6ScaleOffset + kQ6Blocks * kTileRows;
inline constexpr std::size_t kQ6GroupBytes = kQ6CodeOffset + kQ6Blocks * kQ6BlockBytes;
static_assert(kQ6GroupBytes == kTileRows * 210);

constexpr std::size_t q6_tile_bytes(std::size_t cols) { return cols / kQ6Columns * kQ6GroupBytes; }

/// One tile from `count` rows of Q6_K blocks, `row_bytes` apart.
void pack_q6_tile(const std::byte* rows, std::size_t row_bytes, std::size_t count, std::size_t cols,
                  std::uint8_t* tile) noexcept;
/// Row `row` of a tile, [cols].
void unpack_q6_row(const std::uint8_t* tile, std::size_t row, std::size_t cols, float* out) noexcept;

/// One token's activations in memory: [cols] high, [cols] low, then for each block the scale and what its sums start
/// from, -32 times the sum of its activations.
struct Q6Activations {
  const std::int8_t* high;
  const std::int8_t* low;
  const float* scale;
  const std::int32_t* start;

  static constexpr std::size_t bytes(std::size_t cols) {
    return (2 * cols + cols / kQ6BlockColumns * (sizeof(float) + sizeof(std::int32_t)) + 63) / 64 * 64;
  }
  static Q6Activations at(const std::byte* memory, std::size_t cols) {
    const auto* high = reinterpret_cast<const std::int8_t*>(memory);
    const auto* scale = reinterpret_cast<const float*>(high + 2 * cols);
    return {high, high + cols, scale, reinterpret_cast<const std::int32_t*>(scale + cols / kQ6BlockColumns)};
  }
};
/// Fills such memory from x [cols]. NaN and infinity make the scale of their block NaN.
void split_q6_activations(const float* x, std::size_t cols, std::byte* memory) noexcept;
/// ||x|| and ||x - x'|| for the activations x' that such memory holds.
void q6_rounding(const float* x, std::size_t cols, const std::byte* memory, double& norm, double& error) noexcept;

}  // namespace bitnet::cpu
