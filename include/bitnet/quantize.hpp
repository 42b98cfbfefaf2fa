// Floats in few bits: ternary, int8, int4, half precision; ranges taken from the values or from what was observed
// before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bitnet {

enum class QuantFormat : std::uint8_t { kTernary, kInt8, kInt4, kF16, kBF16 };
/// Values that share a scale: all, a row, or so many of a row beside each other.
enum class Granularity : std::uint8_t { kTensor, kChannel, kGroup };

struct QuantSpec {
  QuantFormat format = QuantFormat::kInt8;
  Granularity granularity = Granularity::kTensor;
  std::size_t group = 128;  // kGroup; the last of a row may be shorter
  bool symmetric = true;    // integers: no zero point
};

struct ValueRange {
  float min = 0, max = 0;
};

/// [rows, cols] quantized. value = (code - zero_point) * scale.
///   kTernary  code = clamp(round_half_even(v / s), -1, 1), s = max(mean|v|, 1e-5) (BitNet b1.58, arXiv 2402.17764, as
///             transformers' WeightQuant has it: v times the f32 inverse of the mean)
///   kInt8     symmetric: s = absmax / 127, codes -127 .. 127; otherwise -128 .. 127 over a range that 0 lies in,
///             s = (max - min) / 255, zero_point = clamp(round_half_even(-128 - min / s), -128, 127)
///   kInt4     the same with 7, -8 .. 7 and 15
///   kF16, kBF16  rounded half to even; f16 has no values from 65520 on
/// Where all values are 0, s is 1 and so are none of the codes. Ternary codes lie four a byte, value + 1 from the
/// lowest bits up, int4 two a byte, value + 8, the first in the low bits; rows begin with a byte. Scales and zero
/// points of rows follow each other.
struct QuantizedMatrix {
  QuantSpec spec;
  std::size_t rows = 0, cols = 0;
  std::vector<std::byte> codes;
  std::vector<float> scales;              // empty for kF16 and kBF16
  std::vector<std::int32_t> zero_points;  // asymmetric ones alone

  /// Of codes, scales (f32) and zero points (a byte each).
  std::size_t bytes() const noexcept;
  std::size_t scale_count() const noexcept;
};

/// Dynamic: with the values' own ranges. Throws kInvalidArgument for a spec that makes no sense, sizes that do not fit,
/// values that are not finite or that f16 cannot hold, naming the index.
QuantizedMatrix quantize(std::span<const float> values, std::size_t rows, std::size_t cols, const QuantSpec& spec);
/// Static: with ranges from elsewhere, one a scale, in the scales' order; values beyond them take the last code.
/// Integers alone. Throws as above, and kInvalidArgument for a range that is not finite or ends before it begins.
QuantizedMatrix quantize(std::span<const float> values, std::size_t rows, std::size_t cols, const QuantSpec& spec,
                         std::span<const ValueRange> ranges);
/// `out`: rows * cols floats. Throws kInvalidArgument for another size.
void dequantize(const QuantizedMatrix& matrix, std::span<float> out);

struct QuantError {
  double mse = 0;
  double sqnr_db = 0;  // 10 lg of the mean square of the reference over mse; infinite when mse is 0
  double cosine = 1;   // of the angle between both; 1 when both are 0
  double max_abs = 0;
};
/// Throws kInvalidArgument when the sizes differ.
QuantError quant_error(std::span<const float> reference, std::span<const float> approximation);

enum class ObserverKind : std::uint8_t { kMinMax, kPercentile, kHistogram, kMse };
inline constexpr ObserverKind kObserverKinds[] = {ObserverKind::kMinMax, ObserverKind::kPercentile,
                                                  ObserverKind::kHistogram, ObserverKind::kMse};
std::string_view observer_name(ObserverKind kind) noexcept;

/// Watches values that come in pieces, and says over which range to quantize what comes later. It keeps the smallest
/// and the largest value and a histogram of `kBins` bins, whose width doubles (neighbours merge) until it holds all
/// values: memory does not grow, and the order of values changes nothing.
///   kMinMax      all that was seen
///   kPercentile  without the outermost (100 - percentile) / 2 percent at each end, exact to a bin
///   kHistogram   the range whose expected squared error is least, both ends moved inwards in turn by the one that
///   costs
///                less (the search of PyTorch's HistogramObserver)
///   kMse         the range shrunk towards 0 by the one of 100 factors whose squared error is least
class RangeObserver {
 public:
  static constexpr std::size_t kBins = 2048;
  /// `bits` 2 to 16, of the code that is meant; `percentile` above 50, at most 100. Throws kInvalidArgument.
  explicit RangeObserver(ObserverKind kind, int bits = 8, bool symmetric = true, double percentile = 99.9);

  /// Throws kInvalidArgument when a value is not finite.
  void observe(std::span<const float> values);
  std::uint64_t count() const noexcept { return count_; }
  /// With 0 inside; around 0 when symmetric. Throws kInvalidArgument when nothing was observed.
  ValueRange range() const;

 private:
  double squared_error(double min, double max) const;
  ValueRange percentile_range() const;
  ValueRange histogram_range() const;
  ValueRange mse_range() const;
  double bin_low(std::size_t bin) const noexcept;

  ObserverKind kind_;
  int bits_;
  bool symmetric_;
  double percentile_;
  std::uint64_t count_ = 0;
  float min_ = 0, max_ = 0;
  int exponent_ = 0;  // a bin is 2^exponent_ wide; the middle of the histogram is 0
  std::vector<std::uint64_t> bins_;
};

}  // namespace bitnet
