#include "model/linear_weights.hpp"

#include <cmath>

#include "base/fail.hpp"
#include "quant/block_codec.hpp"

namespace bitnet {
namespace {

bool made_ternary(const ModelConfig& config, const std::string& name) {
  return config.quantization.ternary && !config.quantization.excludes(name);
}

}  // namespace

void check_matrix(const TensorView& tensor, std::size_t rows, std::size_t cols) {
  if (tensor.shape.size() != 2 || tensor.shape[0] != rows || tensor.shape[1] != cols)
    fail_file("tensor '{}' is [{}]; the configuration asks for [{}, {}]", tensor.name, fmt::join(tensor.shape, ", "),
              rows, cols);
}

std::vector<float> read_floats(const TensorView& tensor, std::size_t size) {
  if (tensor.elements() != size)
    fail_file("tensor '{}' is [{}]; the configuration asks for {} values", tensor.name, fmt::join(tensor.shape, ", "),
              size);
  if (tensor.dtype != DType::kF32 && tensor.dtype != DType::kF16 && tensor.dtype != DType::kBF16)
    fail_file("tensor '{}' is {}: take f32, f16 or bf16", tensor.name, dtype_name(tensor.dtype));
  std::vector<float> values(size);
  dequantize(tensor.dtype, tensor.bytes.data(), size, values.data());
  return values;
}

bool normalizes_input(const ModelConfig& config, const std::string& name) {
  return made_ternary(config, name) && config.quantization.use_rms_norm;
}

std::optional<TernarySource> ternary_linear(const ModelConfig& config, const std::string& name,
                                            const TensorView& weight, std::size_t rows, std::size_t cols,
                                            const std::function<const TensorView*()>& find_scale) {
  if (TernarySource::is_packed(weight)) {
    TernarySource packed = TernarySource::packed(weight, rows, cols);
    const TensorView* scale = find_scale();
    if (scale == nullptr) fail_file("tensor '{}' is packed, and the tensor with its scale is missing", weight.name);
    packed.scale = read_floats(*scale, 1)[0];
    if (!std::isfinite(packed.scale)) fail_file("tensor '{}' holds {}: a scale is finite", scale->name, packed.scale);
    return packed;
  }
  if (made_ternary(config, name)) {
    if (weight.dtype == DType::kU8) {
      const TensorView* scale = find_scale();
      if (scale == nullptr) fail_file("tensor '{}' is packed, and the tensor with its scale is missing", weight.name);
      return TernarySource::hf_packed(weight, rows, cols, read_floats(*scale, 1)[0], config.quantization.scale_divides);
    }
    check_matrix(weight, rows, cols);
    // Masters, unless the values are ternary already.
    auto ternary = TernarySource::detect(weight, config.layouts);
    return ternary ? ternary : TernarySource::absmean(weight);
  }
  check_matrix(weight, rows, cols);
  auto ternary = TernarySource::detect(weight, config.layouts);
  if (const TensorView* scale = find_scale(); scale != nullptr) {
    // llama.cpp's converter keeps the scale of ternary {-1, 0, 1} weights in a tensor of its own.
    if (!ternary) fail(ErrorCode::kUnsupported, "tensor '{}' goes with weights that are not ternary", scale->name);
    ternary->scale *= read_floats(*scale, 1)[0];
  }
  return ternary;
}

}  // namespace bitnet
