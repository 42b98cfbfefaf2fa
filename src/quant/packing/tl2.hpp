// TL2, bitnet.cpp's ternary type for x86 tables (ggml id 39; llama.cpp gives this id to MXFP4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "quant/packing/tl_config.hpp"

namespace bitnet {

/// 5/3 bits a weight and more (microsoft/BitNet, utils/convert-hf-to-gguf-bitnet.py, preprocess_weights_tl2 and the
/// functions it calls; checked against a file that they wrote). Of a matrix [m, k], the first k3 = k - k % bk columns
/// go in threes, the rest in twos. Three parts follow each other; in each, a block is 32 bytes:
///   Threes  a block is 32 rows by 6 columns: a row's byte holds |9 a + 3 b + c| of its first three in the high four
///   bits,
///           of the others in the low ones; 14 and 15 mean nothing. Blocks in the order: tiles of bm rows, tiles of bk
///           columns, 32 rows in the tile, 6 columns in the tile. m k3 / 6 bytes.
///   Signs   a block is 32 rows by 24 columns, eight threes each: of the little-endian 16-bit word r, r = 0 .. 15, bit
///           15 - 2 t is set when row r's three t is negative, bit 14 - 2 t when row 16 + r's is. Blocks in the order
///           of the threes', with 24 columns for 6. m k3 / 24 bytes.
///   Twos    a block is 32 rows by 4 columns: 3 a + b + 4 of a row's first two in the high four bits, of the others in
///   the
///           low ones; 9 to 15 mean nothing. Blocks in the order: tiles of bm rows, 32 columns, 32 rows in the tile, 4
///           columns. m (k - k3) / 4 bytes.
/// In a block of threes or twos, byte p is row p, but 8 to 15 are rows 16 to 23 and the reverse. Zeros fill up to (k -
/// 256) m / 3 * 5 / 8 + 64 m bytes, rounded up to 32: what the parts take were k - k3 256. There stand the f32 scale
/// (value = trit * scale) and 28 bytes of padding, for the reason that tl1.hpp tells.

/// The tensor's bytes with scale and padding; nothing for a shape that no tiles fit, or too big to count.
std::optional<std::uint64_t> tl2_bytes(std::uint64_t rows, std::uint64_t cols) noexcept;

/// Whether the tiles divide their shape as the layout above needs. The functions below want tiles that fit, and
/// tl2_bytes bytes; then they stay inside for any bytes.
bool tl2_fits(const TlTiles& tiles) noexcept;
/// Throws kInvalidArgument that says which numbers do not divide which.
void check_tl2_tiles(const TlTiles& tiles);

/// For a shape that tl2_bytes counts.
float tl2_scale(const std::byte* source, std::size_t rows, std::size_t cols) noexcept;

/// Fills trits [count, k] with rows `first` and following; false when an index means nothing, and its trits are 0. The
/// sign of a three of zeros is ignored.
bool decode_tl2_rows(const std::byte* source, const TlTiles& tiles, std::size_t first, std::size_t count,
                     std::int8_t* trits) noexcept;
/// All rows: trits [m, k].
bool decode_tl2(const std::byte* source, const TlTiles& tiles, std::int8_t* trits) noexcept;

/// trits [m, k] of {-1, 0, +1} into tl2_bytes(m, k) bytes.
void encode_tl2(const std::int8_t* trits, const TlTiles& tiles, float scale, std::byte* out) noexcept;

}  // namespace bitnet
