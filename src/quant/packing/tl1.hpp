// TL1, bitnet.cpp's ternary type for ARM tables (ggml id 38).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "quant/packing/tl_config.hpp"

namespace bitnet {

/// 2 bits a weight (microsoft/BitNet, utils/convert-hf-to-gguf-bitnet.py, process_tl1 and preprocess_weights_tl1;
/// checked against those functions). A byte is four neighbours of one row, w0 and w1 in its high four bits as 3 w0 + w1
/// + 4, w2 and w3 in its low ones; 9 to 15 mean nothing. The bytes' order, outermost first, with by = 256 / bmm:
///   tiles of bm rows, tiles of bk columns, blocks of bmm rows in the tile, blocks of by columns in the tile,
///   groups of 16 rows in the block, groups of 4 columns in the block, the 16 rows.
/// Behind the m k / 4 bytes stand the tensor's f32 scale (value = trit * scale) and 28 bytes of padding: the converter
/// hands the writer a tensor NAME_scale, which bitnet.cpp's writer stores without an entry and its kernels read there
/// (ggml_bitnet_transform_tensor of utils/codegen_tl1.py).

/// The tensor's bytes with scale and padding; nothing for a shape that no tiles fit, or too big to count.
std::optional<std::uint64_t> tl1_bytes(std::uint64_t rows, std::uint64_t cols) noexcept;

/// Whether the tiles divide their shape as the layout above needs. The functions below want tiles that fit, and
/// tl1_bytes bytes; then they stay inside for any bytes.
bool tl1_fits(const TlTiles& tiles) noexcept;
/// Throws kInvalidArgument that says which numbers do not divide which.
void check_tl1_tiles(const TlTiles& tiles);

float tl1_scale(const std::byte* source, std::size_t rows, std::size_t cols) noexcept;

/// Fills trits [count, k] with rows `first` and following; false when an index means nothing, and its trits are 0.
bool decode_tl1_rows(const std::byte* source, const TlTiles& tiles, std::size_t first, std::size_t count,
                     std::int8_t* trits) noexcept;
/// All rows: trits [m, k].
bool decode_tl1(const std::byte* source, const TlTiles& tiles, std::int8_t* trits) noexcept;

/// trits [m, k] of {-1, 0, +1} into tl1_bytes(m, k) bytes.
void encode_tl1(const std::int8_t* trits, const TlTiles& tiles, float scale, std::byte* out) noexcept;

}  // namespace bitnet
