// Ternary weights as one thing, whatever format they come in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "tensor/tensor_view.hpp"

namespace bitnet {

/// A matrix [rows, cols] of {-1, 0, +1} times one scale. A view: the tensor's bytes must outlive it.
class TernarySource {
 public:
  std::size_t rows = 0, cols = 0;
  float scale = 1.0f;

  /// The tensor as ternary weights if that is what its values are: I2_S; TQ1_0 and TQ2_0 whose blocks share one scale; F32,
  /// F16, BF16 and Q8_0 that hold only -s, 0 and +s. Stops at the first value that contradicts. The tensor is a matrix.
  /// Throws kInvalidFile for an I2_S scale that is not finite.
  static std::optional<TernarySource> detect(const TensorView& tensor);

  /// Hugging Face's packed uint8 [ceil(rows / 4), cols]: bits 2i of byte (r, c) are the code of row r + i * shape[0], code =
  /// value + 1 (transformers integrations/bitnet.py). Weights are multiplied by `stored_scale`, or divided where `divides`.
  /// Throws kInvalidFile when shapes or scale make no sense.
  static TernarySource hf_packed(const TensorView& tensor, std::size_t rows, std::size_t cols, float stored_scale, bool divides);

  /// Float master weights, quantized as the model was trained: s = 1 / max(mean|W|, 1e-5), code = clamp(round_half_even(W s),
  /// -1, 1), value = code / s (the same file, WeightQuant; b1.58's absmean, arXiv 2402.17764). The tensor is F32, F16 or BF16.
  static TernarySource absmean(const TensorView& tensor);

  /// Fills trits [row_count, cols]. May be called from several threads. Throws kInvalidFile for a code that has no meaning.
  void read(std::size_t row_begin, std::size_t row_count, std::int8_t* trits) const;

 private:
  enum class Format : std::uint8_t { kI2S, kTernaryBlocks, kSigns, kHuggingFace, kMasters };
  const TensorView* tensor_ = nullptr;
  Format format_ = Format::kI2S;
  float inverse_scale_ = 1.0f;      // kMasters only
};

/// I2_S as bitnet.cpp writes it on x86: in each 128 codes, byte p of 32 holds codes p, 32 + p, 64 + p, 96 + p from its highest
/// bits down, code = value + 1, 3 read as 0. `source` begins at a block; `count` is a multiple of 128.
void decode_i2_s(const std::byte* source, std::size_t count, std::int8_t* trits) noexcept;

}  // namespace bitnet
