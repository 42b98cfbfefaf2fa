// Ternary weights as the cpu kernels read them: rows in lanes.
//
// A tile is 32 rows by K columns, K padded to a multiple of 16, and tiles lie one after another. Each group of 16
// columns takes 128 bytes: 64 for rows 0-15, then 64 for rows 16-31. Byte 4 r + j of a half holds the codes (weight +
// 1) of row r and of four columns: bits 2s and 2s+1 are column 16 g + 4 s + j, s = 0..3. So a vector of such bytes,
// shifted by 2s and masked with 3, holds 4 neighbouring columns of each of its rows; it is multiplied with one
// broadcast group of 4 activations, the sums of rows stay in lanes, and vectors of 16, 32 and 64 bytes read the same
// bytes in order. Rows behind the last are zero weights, as are columns; the activations behind the last column are
// zero.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bitnet::cpu {

inline constexpr std::size_t kTileRows = 32;
inline constexpr std::size_t kGroupColumns = 16;
inline constexpr std::size_t kGroupBytes = kTileRows * kGroupColumns / 4;

// WeightMatrix::layout and TernaryHeader::magic: "BTR1", read as little-endian.
inline constexpr std::uint32_t kTernaryMagic = 0x31525442;
inline constexpr std::uint32_t kTernaryVersion = 1;

/// In front of the tiles, so that a block of bytes says what it is.
struct TernaryHeader {
  std::uint32_t magic = kTernaryMagic;
  std::uint32_t version = kTernaryVersion;
  std::uint64_t rows = 0;
  std::uint64_t cols = 0;
  double scale = 1.0;
  std::uint32_t tile_rows = kTileRows;
  std::uint8_t padding[28] = {};
};
static_assert(sizeof(TernaryHeader) == 64, "tiles start at a multiple of 64 bytes");

constexpr std::size_t ternary_groups(std::size_t cols) { return (cols + kGroupColumns - 1) / kGroupColumns; }
constexpr std::size_t ternary_tiles(std::size_t rows) { return (rows + kTileRows - 1) / kTileRows; }
constexpr std::size_t ternary_tile_bytes(std::size_t cols) { return ternary_groups(cols) * kGroupBytes; }
constexpr std::size_t ternary_bytes(std::size_t rows, std::size_t cols) {
  return sizeof(TernaryHeader) + ternary_tiles(rows) * ternary_tile_bytes(cols);
}

/// One tile from `trits` [32, stride], zero behind the last row and column up to a multiple of 16.
void pack_ternary_tile(const std::int8_t* trits, std::size_t stride, std::size_t cols, std::uint8_t* tile) noexcept;

}  // namespace bitnet::cpu
