// What the tensors of a linear mean, under the model's configuration: for the loader and for conversions alike.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/config.hpp"
#include "quant/ternary.hpp"
#include "tensor/tensor_view.hpp"

namespace bitnet {

/// Throws kInvalidFile naming the tensor unless it is [rows, cols].
void check_matrix(const TensorView& tensor, std::size_t rows, std::size_t cols);
/// All values of a f32, f16 or bf16 tensor. Throws kInvalidFile naming it when there are not `size`, or for another
/// type.
std::vector<float> read_floats(const TensorView& tensor, std::size_t size);

/// Whether the linear `name` has an RMSNorm of its own before it (quantization_config.use_rms_norm).
bool normalizes_input(const ModelConfig& config, const std::string& name);

/// The weights of the linear `name` where they are ternary: packed, stored as such, or masters that the configuration
/// wants quantized. Nothing for dense ones. `find_scale` is asked for the scale tensor where one may belong to the
/// weights; null when there is none. Throws kInvalidFile, kUnsupported naming the tensor.
std::optional<TernarySource> ternary_linear(const ModelConfig& config, const std::string& name,
                                            const TensorView& weight, std::size_t rows, std::size_t cols,
                                            const std::function<const TensorView*()>& find_scale);

}  // namespace bitnet
