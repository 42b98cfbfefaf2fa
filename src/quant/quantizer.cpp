#include <algorithm>
#include <cmath>
#include <limits>

#include "base/checked.hpp"
#include "base/fail.hpp"
#include "base/half.hpp"
#include "bitnet/quantize.hpp"

namespace bitnet {
namespace {

bool is_integer(QuantFormat format) { return format == QuantFormat::kInt8 || format == QuantFormat::kInt4; }
bool is_half(QuantFormat format) { return format == QuantFormat::kF16 || format == QuantFormat::kBF16; }

struct CodeRange {
  float low, high;
};
CodeRange codes_of(const QuantSpec& spec) {
  if (spec.format == QuantFormat::kTernary) return {-1, 1};
  const float high = spec.format == QuantFormat::kInt8 ? 127.0f : 7.0f;
  return {spec.symmetric ? -high : -high - 1, high};
}

std::size_t group_of(const QuantSpec& spec, std::size_t cols) {
  return spec.granularity == Granularity::kGroup ? spec.group : cols;
}
std::size_t row_bytes(QuantFormat format, std::size_t cols) {
  switch (format) {
    case QuantFormat::kTernary: return div_up(cols, 4);
    case QuantFormat::kInt4: return div_up(cols, 2);
    case QuantFormat::kInt8: return cols;
    default: return 2 * cols;
  }
}

void check(std::span<const float> values, std::size_t rows, std::size_t cols, const QuantSpec& spec) {
  if (spec.granularity == Granularity::kGroup && spec.group == 0) fail_argument("groups of 0 values make no sense");
  if (!spec.symmetric && !is_integer(spec.format))
    fail_argument("integers alone have zero points: symmetric is needed");
  if (checked_mul(rows, cols) != values.size())
    fail_argument("[{}, {}] are not the {} values that are there", rows, cols, values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) fail_argument("value {} is {}: finite ones alone are quantized", i, values[i]);
    if (spec.format == QuantFormat::kF16 && std::fabs(values[i]) >= 65520.0f)
      fail_argument("value {} is {}, which f16 cannot hold", i, values[i]);
  }
}

// Calls `visit(row, first column, columns, scale)` for each run of values with a scale of its own; a tensor's is one of
// all rows, visited row by row.
template <typename Visit>
void each_run(const QuantizedMatrix& q, const Visit& visit) {
  const std::size_t group = std::max<std::size_t>(1, group_of(q.spec, q.cols));
  std::size_t scale = 0;
  for (std::size_t row = 0; row < q.rows; ++row)
    for (std::size_t col = 0; col < q.cols; col += group) {
      visit(row, col, std::min(group, q.cols - col), scale);
      if (q.spec.granularity != Granularity::kTensor) ++scale;
    }
}

void put_code(QuantizedMatrix& q, std::size_t row, std::size_t col, int code) {
  std::byte* bytes = q.codes.data() + row * row_bytes(q.spec.format, q.cols);
  switch (q.spec.format) {
    case QuantFormat::kTernary: bytes[col / 4] |= static_cast<std::byte>((code + 1) << (2 * (col % 4))); return;
    case QuantFormat::kInt4: bytes[col / 2] |= static_cast<std::byte>((code + 8) << (4 * (col % 2))); return;
    default: bytes[col] = static_cast<std::byte>(code);
  }
}
int get_code(const QuantizedMatrix& q, std::size_t row, std::size_t col) {
  const std::byte* bytes = q.codes.data() + row * row_bytes(q.spec.format, q.cols);
  switch (q.spec.format) {
    case QuantFormat::kTernary: return (std::to_integer<int>(bytes[col / 4]) >> (2 * (col % 4)) & 3) - 1;
    case QuantFormat::kInt4: return (std::to_integer<int>(bytes[col / 2]) >> (4 * (col % 2)) & 15) - 8;
    default: return static_cast<std::int8_t>(bytes[col]);
  }
}

void set_scale(QuantizedMatrix& q, std::size_t index, ValueRange range) {
  const CodeRange codes = codes_of(q.spec);
  float scale, zero = 0;
  if (q.spec.symmetric) {
    scale = std::max(std::fabs(range.min), std::fabs(range.max)) / codes.high;
  } else {
    // 0 has a code of its own, or sums of zeros would drift.
    range = {std::min(range.min, 0.0f), std::max(range.max, 0.0f)};
    scale = (range.max - range.min) / (codes.high - codes.low);
    if (scale > 0) zero = std::clamp(std::nearbyint(codes.low - range.min / scale), codes.low, codes.high);
  }
  // Also where a division brought it to 0 or beyond all floats.
  q.scales[index] = scale > 0 && std::isfinite(scale) ? scale : scale > 0 ? std::numeric_limits<float>::max() : 1.0f;
  if (!q.spec.symmetric) q.zero_points[index] = static_cast<std::int32_t>(zero);
}

void encode_integers(std::span<const float> values, QuantizedMatrix& q) {
  const CodeRange codes = codes_of(q.spec);
  each_run(q, [&](std::size_t row, std::size_t col, std::size_t count, std::size_t s) {
    const float zero = q.zero_points.empty() ? 0.0f : static_cast<float>(q.zero_points[s]);
    for (std::size_t i = col; i < col + count; ++i) {
      const float code = std::nearbyint(values[row * q.cols + i] / q.scales[s]) + zero;
      put_code(q, row, i, static_cast<int>(std::clamp(code, codes.low, codes.high)));
    }
  });
}

void encode_ternary(std::span<const float> values, QuantizedMatrix& q) {
  std::vector<double> sums(q.scales.size()), counts(q.scales.size());
  each_run(q, [&](std::size_t row, std::size_t col, std::size_t count, std::size_t s) {
    for (std::size_t i = col; i < col + count; ++i) sums[s] += std::fabs(values[row * q.cols + i]);
    counts[s] += static_cast<double>(count);
  });
  std::vector<float> inverse(q.scales.size());
  for (std::size_t s = 0; s < inverse.size(); ++s) {
    inverse[s] = 1.0f / std::max(static_cast<float>(counts[s] > 0 ? sums[s] / counts[s] : 0), 1e-5f);
    q.scales[s] = 1.0f / inverse[s];
  }
  each_run(q, [&](std::size_t row, std::size_t col, std::size_t count, std::size_t s) {
    for (std::size_t i = col; i < col + count; ++i)
      put_code(q, row, i,
               static_cast<int>(std::clamp(std::nearbyint(values[row * q.cols + i] * inverse[s]), -1.0f, 1.0f)));
  });
}

QuantizedMatrix empty_matrix(std::span<const float> values, std::size_t rows, std::size_t cols, const QuantSpec& spec) {
  check(values, rows, cols, spec);
  QuantizedMatrix q{spec, rows, cols, {}, {}, {}};
  q.codes.resize(rows * row_bytes(spec.format, cols));
  if (is_half(spec.format)) return q;
  q.scales.resize(q.scale_count());
  if (!spec.symmetric) q.zero_points.resize(q.scale_count());
  return q;
}

}  // namespace

std::size_t QuantizedMatrix::scale_count() const noexcept {
  if (is_half(spec.format) || rows == 0 || cols == 0) return 0;
  if (spec.granularity == Granularity::kTensor) return 1;
  return rows * div_up(cols, group_of(spec, cols));
}

std::size_t QuantizedMatrix::bytes() const noexcept {
  return codes.size() + scales.size() * sizeof(float) + zero_points.size();
}

QuantizedMatrix quantize(std::span<const float> values, std::size_t rows, std::size_t cols, const QuantSpec& spec) {
  QuantizedMatrix q = empty_matrix(values, rows, cols, spec);
  if (is_half(spec.format)) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::uint16_t half = spec.format == QuantFormat::kF16 ? f32_to_f16(values[i]) : f32_to_bf16(values[i]);
      q.codes[2 * i] = static_cast<std::byte>(half), q.codes[2 * i + 1] = static_cast<std::byte>(half >> 8);
    }
    return q;
  }
  if (spec.format == QuantFormat::kTernary) {
    encode_ternary(values, q);
    return q;
  }
  std::vector<ValueRange> ranges(q.scales.size());
  each_run(q, [&](std::size_t row, std::size_t col, std::size_t count, std::size_t s) {
    for (std::size_t i = col; i < col + count; ++i) {
      ranges[s].min = std::min(ranges[s].min, values[row * cols + i]);
      ranges[s].max = std::max(ranges[s].max, values[row * cols + i]);
    }
  });
  for (std::size_t s = 0; s < ranges.size(); ++s) set_scale(q, s, ranges[s]);
  encode_integers(values, q);
  return q;
}

QuantizedMatrix quantize(std::span<const float> values, std::size_t rows, std::size_t cols, const QuantSpec& spec,
                         std::span<const ValueRange> ranges) {
  if (!is_integer(spec.format)) fail_argument("integers alone are quantized over ranges from elsewhere");
  QuantizedMatrix q = empty_matrix(values, rows, cols, spec);
  if (ranges.size() != q.scales.size())
    fail_argument("{} ranges are given for {} scales", ranges.size(), q.scales.size());
  for (std::size_t s = 0; s < ranges.size(); ++s) {
    if (!std::isfinite(ranges[s].min) || !std::isfinite(ranges[s].max) || ranges[s].min > ranges[s].max)
      fail_argument("range {} is {} to {}", s, ranges[s].min, ranges[s].max);
    set_scale(q, s, ranges[s]);
  }
  encode_integers(values, q);
  return q;
}

void dequantize(const QuantizedMatrix& q, std::span<float> out) {
  if (out.size() != q.rows * q.cols) fail_argument("room for {} values, and there are {}", out.size(), q.rows * q.cols);
  if (is_half(q.spec.format)) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto half = static_cast<std::uint16_t>(std::to_integer<unsigned>(q.codes[2 * i]) |
                                                   std::to_integer<unsigned>(q.codes[2 * i + 1]) << 8);
      out[i] = q.spec.format == QuantFormat::kF16 ? f16_to_f32(half) : bf16_to_f32(half);
    }
    return;
  }
  each_run(q, [&](std::size_t row, std::size_t col, std::size_t count, std::size_t s) {
    const int zero = q.zero_points.empty() ? 0 : q.zero_points[s];
    for (std::size_t i = col; i < col + count; ++i)
      out[row * q.cols + i] = static_cast<float>(get_code(q, row, i) - zero) * q.scales[s];
  });
}

QuantError quant_error(std::span<const float> reference, std::span<const float> approximation) {
  if (reference.size() != approximation.size())
    fail_argument("{} values cannot be compared with {}", reference.size(), approximation.size());
  double error = 0, aa = 0, bb = 0, ab = 0, most = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double a = reference[i], b = approximation[i];
    error += (a - b) * (a - b), aa += a * a, bb += b * b, ab += a * b;
    most = std::max(most, std::fabs(a - b));
  }
  QuantError result;
  if (reference.empty()) return {0, std::numeric_limits<double>::infinity(), 1, 0};
  result.mse = error / static_cast<double>(reference.size());
  result.sqnr_db = error > 0 ? 10 * std::log10(aa / error) : std::numeric_limits<double>::infinity();
  result.cosine = aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : aa == bb ? 1 : 0;
  result.max_abs = most;
  return result;
}

}  // namespace bitnet
