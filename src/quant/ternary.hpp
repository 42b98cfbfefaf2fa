// Ternary weights as one thing, whatever format they come in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "quant/pruning.hpp"
#include "quant/ternary_layouts.hpp"
#include "tensor/tensor_view.hpp"

namespace bitnet {

/// A matrix [rows, cols] of {-1, 0, +1} times one scale. A view: the tensor's bytes must outlive it.
class TernarySource {
 public:
  std::size_t rows = 0, cols = 0;
  float scale = 1.0f;

  /// The tensor as ternary weights if that is what its values are, and exactly those: I2_S; TQ1_0 and TQ2_0 whose
  /// blocks share one scale; IQ1_BN, IQ2_BN and IQ2_BN_R4 whose rows do; TL1 and TL2; F32, F16, BF16 and Q8_0 that hold only -s, 0 and +s. Nothing at the first value that
  /// contradicts, so that asking costs next to nothing. `layouts` says what I2_S, TL1 and TL2 leave
  /// unsaid; I2_S's code 3, which has no
  /// meaning, is read as 0 (as bitnet.cpp's dequantize_row_i2_s does; count_undefined_i2_s finds them). Throws
  /// kInvalidFile when the tensor is no matrix, or when the scale of I2_S, TQ1_0 or TQ2_0 is not finite; kUnsupported for TL1 and TL2 whose tiles `layouts`
  /// lacks.
  static std::optional<TernarySource> detect(const TensorView& tensor, const TernaryLayouts& layouts = {});

  /// A run of bytes (i8 or u8, one dimension) that PackedTrits::parse() reads, [rows, cols] with the scale 1. Segments
  /// are unpacked when the first of their rows is read, and kept until this source and its copies are gone. Throws
  /// kInvalidFile, kUnsupported naming the tensor.
  static TernarySource packed(const TensorView& tensor, std::size_t rows, std::size_t cols);
  /// Whether the tensor may be such a run.
  static bool is_packed(const TensorView& tensor) noexcept;

  /// Hugging Face's packed uint8 [ceil(rows / 4), cols] (quant/packing/hf_packed.hpp). Weights are multiplied by
  /// `stored_scale`, or divided by it where `divides` (transformers integrations/bitnet.py: AutoBitLinear and
  /// BitLinear). Throws kInvalidFile when shapes or scale make no sense.
  static TernarySource hf_packed(const TensorView& tensor, std::size_t rows, std::size_t cols, float stored_scale,
                                 bool divides);

  /// Float master weights, quantized as the model was trained: s = 1 / max(mean|W|, 1e-5), code =
  /// clamp(round_half_even(W s), -1, 1), value = code / s (the same file, WeightQuant; b1.58's absmean, arXiv
  /// 2402.17764). The mean is summed in double, and is that of the weights that `pruner` leaves. Throws kUnsupported for
  /// a tensor of a type without floats, kInvalidFile when it holds NaN or infinities.
  static TernarySource absmean(const TensorView& tensor, std::shared_ptr<const Pruner> pruner = nullptr);

  /// Whether the values were floats that absmean() rounded.
  bool from_masters() const noexcept { return format_ == Format::kMasters; }

  /// Fills trits [row_count, cols]. May be called from several threads. Throws kInvalidFile for Hugging Face's code 3,
  /// codes of TL1 and TL2 that mean nothing,
  /// and for damaged segments of packed().
  void read(std::size_t row_begin, std::size_t row_count, std::int8_t* trits) const;

 private:
  enum class Format : std::uint8_t {
    kI2S, kI2SArm, kI2SRows, kTQ1, kTQ2, kQ8, kSigns, kHuggingFace, kMasters, kPacked, kIQBN, kTL1, kTL2,
  };
  class Unpacked;
  TernarySource(const TensorView& tensor, Format format);
  static std::optional<TernarySource> tiled(const TensorView& tensor, const TernaryLayouts& layouts);

  TensorView tensor_;
  Format format_ = Format::kI2S;
  TlTiles tiles_{};                      // kTL1 and kTL2 only
  float inverse_scale_ = 1.0f;          // kMasters only
  std::shared_ptr<const Pruner> pruner_;  // kMasters only; may be null
  std::shared_ptr<Unpacked> unpacked_;  // kPacked only
};

}  // namespace bitnet
