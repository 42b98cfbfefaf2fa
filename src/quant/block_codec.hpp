// ggml's block formats, decoded one value at a time: the meaning that every kernel must agree with.
#pragma once

#include <cstddef>

#include "bitnet/dtype.hpp"

namespace bitnet {

/// Whether dequantize() knows the type: f32, f16, bf16 and the block types, i2_s excepted (its scale stands apart).
bool can_dequantize(DType type) noexcept;

/// Writes `elements` floats, a whole number of blocks; `source` needs no alignment. The layouts are those of
/// ggml-common.h, the formulas those of ggml-quants.c (dequantize_row_*).
void dequantize(DType type, const std::byte* source, std::size_t elements, float* out);

/// Q8_0 blocks of 32: an f16 scale absmax / 127, then 32 codes rounded half to even.
void quantize_q8_0(const float* source, std::size_t elements, std::byte* out);

/// Q6_K blocks of 256: a scale absmax / 31 for each 16 values, rounded up to the steps that its int8 code has under the
/// block's f16 scale, then codes of -32 to 31. Values that are not finite make their block NaN.
void quantize_q6_k(const float* source, std::size_t elements, std::byte* out);

}  // namespace bitnet
