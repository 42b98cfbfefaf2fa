#include "quant/ternary.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/fail.hpp"
#include "quant/block_codec.hpp"

namespace bitnet {
namespace {

constexpr std::int8_t kTrit[4] = {-1, 0, 1, 0};
constexpr std::size_t kI2SBlock = 128;

float load_f32(const std::byte* p) {
  float v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

std::int8_t sign_of(float v) { return static_cast<std::int8_t>((v > 0) - (v < 0)); }

// Values of a tensor, some blocks at a time, until `visit` returns false.
template <typename Visit>
bool all_values(const TensorView& tensor, const Visit& visit) {
  constexpr std::size_t kChunk = 1024;    // a multiple of every block
  std::array<float, kChunk> values;
  const std::uint64_t count = tensor.elements();
  const DTypeTraits& traits = dtype_traits(tensor.dtype);
  for (std::uint64_t i = 0; i < count; i += kChunk) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, count - i));
    dequantize(tensor.dtype, tensor.bytes.data() + i / traits.block * traits.bytes, n, values.data());
    for (std::size_t k = 0; k < n; ++k)
      if (!visit(values[k])) return false;
  }
  return true;
}

// The s of a tensor whose values are all -s, 0 or +s; 0 when all are zero.
std::optional<float> uniform_magnitude(const TensorView& tensor) {
  float magnitude = 0;
  const bool uniform = all_values(tensor, [&](float v) {
    if (v == 0) return true;
    if (magnitude == 0) magnitude = std::fabs(v);
    return std::fabs(v) == magnitude;    // false for NaN
  });
  if (!uniform || !std::isfinite(magnitude)) return std::nullopt;
  return magnitude;
}

}  // namespace

void decode_i2_s(const std::byte* source, std::size_t count, std::int8_t* trits) noexcept {
  for (std::size_t i = 0; i < count; i += kI2SBlock, source += 32, trits += kI2SBlock)
    for (std::size_t plane = 0; plane < 4; ++plane)
      for (std::size_t p = 0; p < 32; ++p) trits[32 * plane + p] = kTrit[std::to_integer<unsigned>(source[p] >> (6 - 2 * plane)) & 3];
}

std::optional<TernarySource> TernarySource::detect(const TensorView& tensor) {
  TernarySource source;
  source.rows = static_cast<std::size_t>(tensor.shape[0]);
  source.cols = static_cast<std::size_t>(tensor.shape[1]);
  source.tensor_ = &tensor;
  switch (tensor.dtype) {
    case DType::kI2_S:
      source.format_ = Format::kI2S;
      source.scale = load_f32(tensor.bytes.data() + tensor.elements() / 4);
      if (!std::isfinite(source.scale)) fail_file("tensor '{}' has the scale {}: the file is damaged", printable(tensor.name), source.scale);
      return source;
    case DType::kTQ1_0:
    case DType::kTQ2_0:
    case DType::kQ8_0: {
      const auto magnitude = uniform_magnitude(tensor);
      if (!magnitude) return std::nullopt;
      source.format_ = Format::kTernaryBlocks;
      source.scale = *magnitude;
      return source;
    }
    case DType::kF32:
    case DType::kF16:
    case DType::kBF16: {
      const auto magnitude = uniform_magnitude(tensor);
      if (!magnitude) return std::nullopt;
      source.format_ = Format::kSigns;
      source.scale = *magnitude;
      return source;
    }
    default: return std::nullopt;
  }
}

TernarySource TernarySource::hf_packed(const TensorView& tensor, std::size_t rows, std::size_t cols, float stored_scale, bool divides) {
  const std::string name = printable(tensor.name);
  if (tensor.dtype != DType::kU8) fail_file("tensor '{}' is {}: packed weights are u8", name, dtype_name(tensor.dtype));
  if (tensor.shape.size() != 2 || tensor.shape[0] != (rows + 3) / 4 || tensor.shape[1] != cols)
    fail_file("tensor '{}' is [{}]; packed weights of [{}, {}] are [{}, {}]", name, fmt::join(tensor.shape, ", "), rows, cols, (rows + 3) / 4, cols);
  if (!std::isfinite(stored_scale) || stored_scale <= 0) fail_file("the weight_scale of '{}' is {}: a finite number above 0 is allowed", name, stored_scale);
  TernarySource source;
  source.rows = rows;
  source.cols = cols;
  source.scale = divides ? 1.0f / stored_scale : stored_scale;
  source.tensor_ = &tensor;
  source.format_ = Format::kHuggingFace;
  return source;
}

TernarySource TernarySource::absmean(const TensorView& tensor) {
  const std::string name = printable(tensor.name);
  if (tensor.dtype != DType::kF32 && tensor.dtype != DType::kF16 && tensor.dtype != DType::kBF16)
    fail(ErrorCode::kUnsupported, "tensor '{}' is {}: weights to be made ternary are f32, f16 or bf16", name, dtype_name(tensor.dtype));
  double total = 0;
  (void)all_values(tensor, [&](float v) {
    total += std::fabs(v);
    return true;
  });
  if (!std::isfinite(total)) fail_file("tensor '{}' holds values that are not finite", name);
  const auto mean = static_cast<float>(total / static_cast<double>(tensor.elements()));
  TernarySource source;
  source.rows = static_cast<std::size_t>(tensor.shape[0]);
  source.cols = static_cast<std::size_t>(tensor.shape[1]);
  source.tensor_ = &tensor;
  source.format_ = Format::kMasters;
  source.inverse_scale_ = 1.0f / std::max(mean, 1e-5f);
  source.scale = 1.0f / source.inverse_scale_;
  return source;
}

void TernarySource::read(std::size_t row_begin, std::size_t row_count, std::int8_t* trits) const {
  const std::byte* bytes = tensor_->bytes.data();
  const std::size_t begin = row_begin * cols, count = row_count * cols;
  switch (format_) {
    case Format::kI2S: {
      if (begin % kI2SBlock == 0 && count % kI2SBlock == 0) {
        decode_i2_s(bytes + begin / 4, count, trits);
        return;
      }
      // Codes run over the ends of rows when these are no multiple of the block.
      std::int8_t block[kI2SBlock];
      for (std::size_t i = 0; i < count;) {
        const std::size_t at = begin + i, inside = at % kI2SBlock, n = std::min(kI2SBlock - inside, count - i);
        decode_i2_s(bytes + at / kI2SBlock * 32, kI2SBlock, block);
        std::copy_n(block + inside, n, trits + i);
        i += n;
      }
      return;
    }
    case Format::kTernaryBlocks:
    case Format::kSigns:
    case Format::kMasters: {
      const DTypeTraits& traits = dtype_traits(tensor_->dtype);
      std::vector<float> row(cols);
      for (std::size_t r = 0; r < row_count; ++r, trits += cols) {
        dequantize(tensor_->dtype, bytes + (row_begin + r) * cols / traits.block * traits.bytes, cols, row.data());
        if (format_ == Format::kMasters) {
          // Rounded half to even, as torch does; beyond one half either way the sign alone is left.
          for (std::size_t c = 0; c < cols; ++c) {
            const float scaled = row[c] * inverse_scale_;
            trits[c] = static_cast<std::int8_t>((scaled > 0.5f) - (scaled < -0.5f));
          }
        } else {
          for (std::size_t c = 0; c < cols; ++c) trits[c] = sign_of(row[c]);
        }
      }
      return;
    }
    case Format::kHuggingFace: {
      const auto packed_rows = static_cast<std::size_t>(tensor_->shape[0]);
      unsigned bad = 0;
      for (std::size_t r = row_begin; r < row_begin + row_count; ++r, trits += cols) {
        const std::byte* packed = bytes + r % packed_rows * cols;
        const auto shift = static_cast<unsigned>(2 * (r / packed_rows));
        for (std::size_t c = 0; c < cols; ++c) {
          const unsigned code = std::to_integer<unsigned>(packed[c]) >> shift & 3;
          bad |= code == 3;
          trits[c] = static_cast<std::int8_t>(static_cast<int>(code) - 1);
        }
      }
      if (bad != 0) fail_file("tensor '{}' holds the code 3, which stands for no ternary value: the file is damaged", printable(tensor_->name));
      return;
    }
  }
}

}  // namespace bitnet
