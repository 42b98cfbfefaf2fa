// TQ2_0, ggml's ternary type of 2.0625 bits a weight (id 35).
#pragma once

#include <cstddef>
#include <cstdint>

namespace bitnet {

/// A block is 66 bytes for 256 values (block_tq2_0 in ggml-common.h; quantize_row_tq2_0_ref in ggml-quants.c): 64 bytes
/// of codes, of which byte 32 j + m holds, from its lowest bits up, values 128 j + m, + 32, + 64 and + 96, code = value
/// + 1; then the block's scale, f16. Code 3 stands for twice the scale: no ternary value.
inline constexpr std::size_t kTQ2Block = 256;
inline constexpr std::size_t kTQ2BlockBytes = 66;

/// The 256 codes of one block minus 1, so -1 .. 2.
void decode_tq2_0_block(const std::byte* block, std::int8_t* trits) noexcept;
/// The scale's f16 bits.
std::uint16_t tq2_0_block_scale(const std::byte* block) noexcept;
/// `count` trits of {-1, 0, +1}, a multiple of 256; every block gets the scale rounded to f16.
void encode_tq2_0(const std::int8_t* trits, std::size_t count, float scale, std::byte* out) noexcept;

}  // namespace bitnet
