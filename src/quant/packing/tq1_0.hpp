// TQ1_0, ggml's ternary type of 1.6875 bits a weight (id 34).
#pragma once

#include <cstddef>
#include <cstdint>

namespace bitnet {

/// A block is 54 bytes for 256 values (block_tq1_0 in ggml-common.h; quantize_row_tq1_0_ref in ggml-quants.c):
///   byte  0 .. 31   digit n of byte m is value       n * 32 + m, n = 0 .. 4
///   byte 32 .. 47   digit n of byte 32 + m is value 160 + n * 16 + m, n = 0 .. 4
///   byte 48 .. 51   digit n of byte 48 + m is value 240 + n * 4 + m, n = 0 .. 3
///   byte 52 .. 53   the block's scale, f16
/// A byte is ceil(sum of digit_n * 3^(4 - n) * 256 / 243), so that digit n is the carry of (byte * 3^n mod 256) * 3.
inline constexpr std::size_t kTQ1Block = 256;
inline constexpr std::size_t kTQ1BlockBytes = 54;

/// The 256 digits of one block minus 1; every byte has a meaning.
void decode_tq1_0_block(const std::byte* block, std::int8_t* trits) noexcept;
/// The scale's f16 bits.
std::uint16_t tq1_0_block_scale(const std::byte* block) noexcept;
/// `count` trits of {-1, 0, +1}, a multiple of 256; every block gets the scale rounded to f16.
void encode_tq1_0(const std::int8_t* trits, std::size_t count, float scale, std::byte* out) noexcept;

}  // namespace bitnet
