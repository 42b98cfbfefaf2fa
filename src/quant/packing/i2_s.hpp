// I2_S, bitnet.cpp's ternary type (ggml id 36), in the layout that its x86 builds write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bitnet {

/// Codes run over the whole tensor, row after row, 128 in 32 bytes: byte p of a block holds codes p, 32 + p, 64 + p and
/// 96 + p from its highest bits down; code = value + 1, and 3 has no meaning. Behind the codes of a tensor stand its
/// f32 scale (value = code * scale) and 28 bytes to ignore (microsoft/BitNet, utils/convert-hf-to-gguf-bitnet.py).
inline constexpr std::size_t kI2SBlock = 128;
inline constexpr std::size_t kI2SBlockBytes = 32;
inline constexpr std::size_t kI2STailBytes = 32;

/// Files of one type number have come in three layouts, and nothing in them says which (microsoft/BitNet,
/// src/ggml-bitnet-mad.cpp; its issues 551, 585 and 600): kX86 as above, that of the released files; kArm, that of
/// builds for Arm, with 64 values in 16 bytes: byte p holds p, 16 + p, 32 + p and 48 + p; kRows, that of builds without
/// ACT_PARALLEL: byte c of the r-th group of four rows holds column c of rows 4r to 4r + 3. From the highest bits down.
enum class I2SLayout : std::uint8_t { kX86, kArm, kRows };
inline constexpr std::string_view kI2SLayoutNames[] = {"x86", "arm", "rows"};
std::optional<I2SLayout> parse_i2s_layout(std::string_view name) noexcept;
inline constexpr std::size_t kI2SArmBlock = 64;
inline constexpr std::size_t kI2SArmBlockBytes = 16;

/// `count` trits of kArm, a multiple of 64.
void decode_i2_s_arm(const std::byte* source, std::size_t count, std::int8_t* trits) noexcept;
/// One row of kRows; `source` begins at the tensor.
void decode_i2_s_rows(const std::byte* source, std::size_t cols, std::size_t row, std::int8_t* trits) noexcept;

/// `count` trits, a multiple of 128, from a block's first byte on. Code 3 gives 0, as in bitnet.cpp's
/// dequantize_row_i2_s.
void decode_i2_s(const std::byte* source, std::size_t count, std::int8_t* trits) noexcept;

/// `count` trits of {-1, 0, +1}, a multiple of 128, into count / 4 bytes.
void encode_i2_s(const std::int8_t* trits, std::size_t count, std::byte* out) noexcept;

/// How many of `count` codes are 3: none in a sound file of this layout.
std::size_t count_undefined_i2_s(const std::byte* source, std::size_t count) noexcept;

}  // namespace bitnet
