// Ternary weights as the cpu kernels read them: rows in lanes.
//
// A tile is 32 rows by K columns, K padded to whole groups, and tiles lie one after another. Each group takes 128
// bytes: 64 for rows 0-15, then 64 for rows 16-31. Byte 4 r + j of a half holds the codes (weight + 1) of row r and of
// the columns 4 s + j of the group. So a vector of such bytes, taken apart, holds 4 neighbouring columns of each of its
// rows; it is multiplied with one broadcast group of 4 activations, the sums of rows stay in lanes, and vectors of 16,
// 32 and 64 bytes read the same bytes in order. Two layouts say what a byte holds:
//
//   two bits     groups of 16 columns: bits 2s and 2s + 1 are column 4 s + j, s = 0..3.
//   five trits   groups of 20 columns, 1.6 bits a weight. Four trits, as two bits each, are one of 81 patterns; 64 of
//                them are numbered by the byte's low six bits, and its high two bits are the fifth trit (columns 16 +
//                j). The other 17 are 192 + 3 * number + fifth trit. Three permutes of 64 bytes take that apart.
//
// Rows behind the last are zero weights. Columns behind the last have code 0, so that no activation there counts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace bitnet::cpu {

inline constexpr std::size_t kTileRows = 32;
inline constexpr std::size_t kGroupBytes = 128;

struct TernaryLayout {
  std::uint32_t magic;        // of WeightMatrix::layout and TernaryHeader
  std::size_t group_columns;  // a multiple of 4
  /// One tile from `trits` [32, stride], which are readable up to whole groups, of `cols` columns.
  void (*pack_tile)(const std::int8_t* trits, std::size_t stride, std::size_t cols, std::uint8_t* tile) noexcept;

  constexpr std::size_t groups(std::size_t cols) const { return (cols + group_columns - 1) / group_columns; }
  constexpr std::size_t tile_bytes(std::size_t cols) const { return groups(cols) * kGroupBytes; }
};
/// "BTR2" and "BTR5", read as little-endian.
extern const TernaryLayout kTwoBitLayout, kFiveTritLayout;
inline constexpr std::size_t kTwoBitColumns = 16, kFiveTritColumns = 20;

/// In front of the tiles, so that a block of bytes says what it is.
struct TernaryHeader {
  std::uint32_t magic = 0;
  std::uint32_t tile_rows = kTileRows;
  std::uint64_t rows = 0;
  std::uint64_t cols = 0;
  double scale = 1.0;
  std::uint8_t padding[32] = {};
};
static_assert(sizeof(TernaryHeader) == 64, "tiles start at a multiple of 64 bytes");

constexpr std::size_t ternary_tiles(std::size_t rows) { return (rows + kTileRows - 1) / kTileRows; }
constexpr std::size_t ternary_bytes(const TernaryLayout& layout, std::size_t rows, std::size_t cols) {
  return sizeof(TernaryHeader) + ternary_tiles(rows) * layout.tile_bytes(cols);
}

/// What takes the bytes of kFiveTritLayout apart. Indexed by a byte's low six bits.
struct FiveTritTables {
  std::array<std::uint8_t, 64> four{};         // of a byte below 192: four codes, two bits each
  std::array<std::uint8_t, 64> four_rare{};    // of a byte from 192 on
  std::array<std::uint8_t, 64> fifth_rare{};   // of a byte from 192 on: the fifth code in bits 6 and 7
  std::array<std::uint8_t, 4 * 256> encode{};  // [fifth * 256 + four]
};
inline constexpr FiveTritTables kFiveTrit = [] {
  FiveTritTables t;
  for (unsigned pattern = 0; pattern < 81; ++pattern) {
    const unsigned four = pattern % 3 | pattern / 3 % 3 << 2 | pattern / 9 % 3 << 4 | pattern / 27 << 6;
    for (unsigned fifth = 0; fifth < 3; ++fifth) {
      const unsigned rare = 3 * (pattern - 64) + fifth;
      t.encode[fifth * 256 + four] = static_cast<std::uint8_t>(pattern < 64 ? fifth << 6 | pattern : 192 + rare);
      if (pattern < 64) {
        t.four[pattern] = static_cast<std::uint8_t>(four);
      } else {
        t.four_rare[rare] = static_cast<std::uint8_t>(four);
        t.fifth_rare[rare] = static_cast<std::uint8_t>(fifth << 6);
      }
    }
  }
  return t;
}();

}  // namespace bitnet::cpu
