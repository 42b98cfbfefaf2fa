// IQ1_BN, IQ2_BN and IQ2_BN_R4, ik_llama.cpp's ternary types (ggml ids 134, 135 and 335): a scale a row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace bitnet {

/// Rows are blocks of 64 values behind the row's scale (ikawrakow/ik_llama.cpp: block_iq1_bn and block_iq2_bn in
/// ggml/src/ggml-common.h; IQ1BNQuantizer, dequantize_row_* and repack_iq2_bn in ggml/src/iqk/iqk_quantize.cpp). A row
/// is as long as its blocks and its scale, so that it begins at any address.
///
/// IQ1_BN, 1.625 bits: scale f16; a block is 13 bytes. Byte 3 g + b, g = 0 .. 3, b = 0 .. 2, holds values 16 g + 5 b
/// and the next four; byte 12 holds values 15, 31, 47 and 63 and a fifth digit 0. A byte is ceil(sum of digit_n * 3^n *
/// 256 / 243), digit = value + 1, so that the first value is the lowest digit: TQ1_0's is the highest.
///
/// IQ2_BN, 2 bits: scale f32; a block is 16 bytes, byte j holding, from its lowest bits up, values j, 16 + j, 32 + j
/// and 48 + j, code = value + 1. Code 3 stands for twice the scale: no ternary value.
///
/// IQ2_BN_R4: four rows of IQ2_BN at once: their four scales, then 64 bytes for each block of the four. Byte 16 q + 4 r
/// + i, i = 0 .. 3, holds, from its lowest bits up, row r's values 16 q + i, + 4, + 8 and + 12.
inline constexpr std::size_t kIQBNBlock = 64;

/// A row's bytes, its scale included; nothing unless `cols` is a multiple of 64 and not 0. Four rows of IQ2_BN_R4 take
/// those of four rows of IQ2_BN.
std::optional<std::size_t> iq1_bn_row_bytes(std::size_t cols) noexcept;
std::optional<std::size_t> iq2_bn_row_bytes(std::size_t cols) noexcept;

float iq1_bn_row_scale(const std::byte* row) noexcept;
float iq2_bn_row_scale(const std::byte* row) noexcept;
/// `rows`: the first byte of the four rows, of which `lane`, 0 .. 3, is one.
float iq2_bn_r4_row_scale(const std::byte* rows, std::size_t lane) noexcept;

/// `cols` trits, a multiple of 64; every byte has a meaning.
void decode_iq1_bn_row(const std::byte* row, std::size_t cols, std::int8_t* trits) noexcept;
/// `cols` codes minus 1, a multiple of 64; false when code 3 occurs, and 2 stands where it does.
bool decode_iq2_bn_row(const std::byte* row, std::size_t cols, std::int8_t* trits) noexcept;
/// The same for row `lane` of four.
bool decode_iq2_bn_r4_row(const std::byte* rows, std::size_t lane, std::size_t cols, std::int8_t* trits) noexcept;

/// `cols` trits of {-1, 0, +1}, a multiple of 64; IQ1_BN's scale is rounded to f16.
void encode_iq1_bn_row(const std::int8_t* trits, std::size_t cols, float scale, std::byte* out) noexcept;
void encode_iq2_bn_row(const std::int8_t* trits, std::size_t cols, float scale, std::byte* out) noexcept;
/// `trits`: [4, cols]; `scales`: four.
void encode_iq2_bn_r4_rows(const std::int8_t* trits, std::size_t cols, const float* scales, std::byte* out) noexcept;

}  // namespace bitnet
