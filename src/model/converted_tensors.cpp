#include "model/converted_tensors.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "base/fail.hpp"
#include "base/half.hpp"
#include "model/linear_weights.hpp"
#include "quant/block_codec.hpp"

namespace bitnet {
namespace {

const TensorNames& target_names(const TensorFormat& format, const ModelConfig& config) {
  if (!format.hugging_face) return kGgufNames;
  return config.architecture == "bitnet" ? kOneBitLlmNames : kHuggingFaceNames;
}

bool bf16_keeps(std::span<const float> values) {
  return std::ranges::all_of(values, [](float v) { return bf16_to_f32(f32_to_bf16(v)) == v; });
}

}  // namespace

ConvertedTensors::ConvertedTensors(std::shared_ptr<const WeightFiles> files, const TensorFormat& format)
    : files_(std::move(files)),
      config_(files_->config()),
      from_(files_->names()),
      to_(target_names(format, config_)),
      format_(format) {
  if (config_.quantization.use_rms_norm && !format.hugging_face)
    fail(ErrorCode::kUnsupported, "quantization_config.use_rms_norm: GGUF has no norm before each linear");
  if (config_.quantization.use_rms_norm)
    fail(ErrorCode::kUnsupported, "quantization_config.use_rms_norm: this version does not carry these norms over");
  const bool relu2 = config_.architecture == "bitnet-b1.58" || config_.architecture == "bitnet-25";
  if (config_.activation != (relu2 ? Activation::kRelu2 : Activation::kSilu))
    fail(ErrorCode::kUnsupported, "the architecture {} has another activation than the model", config_.architecture);
  const TensorView& embedding = require(from_.embedding);
  if (embedding.shape.size() != 2) fail_file("tensor '{}' is no matrix", embedding.name);
  vocabulary_ = config_.vocab != 0 ? config_.vocab : static_cast<std::size_t>(embedding.shape[0]);
  check_matrix(embedding, vocabulary_, config_.hidden);
  add_head(std::string(to_.embedding), "token_embd", embedding);
  if (!config_.tied_embeddings) {
    const TensorView& output = require(from_.head);
    check_matrix(output, vocabulary_, config_.hidden);
    add_head(std::string(to_.head), "output", output);
  }
  if (find(from_.head_bias) != nullptr) add_vector(std::string(to_.head_bias), from_.head_bias, vocabulary_);
  add_vector(std::string(to_.output_norm), from_.output_norm, config_.hidden);
  add_rope_factors();
  for (std::size_t layer = 0; layer < config_.layers; ++layer) add_layer(layer);
  refuse_unknown_tensors();
  if (format_.policy != nullptr) std::exchange(format_.policy, nullptr)->check_all_used();
  if (format_.needs_ternary && ternary_linears_ == 0)
    fail(ErrorCode::kUnsupported, "no linear of the model is ternary (the first is '{}'): take the type f16",
         dense_linears_.empty() ? "" : dense_linears_.front());
}

const TensorView* ConvertedTensors::find(std::string_view name) {
  const TensorView* tensor = name.empty() ? nullptr : files_->find(name);
  if (tensor != nullptr) used_.insert(tensor->name);
  return tensor;
}

const TensorView& ConvertedTensors::require(std::string_view name) {
  const TensorView* tensor = find(name);
  if (tensor == nullptr)
    fail_file("tensor '{}' is missing: the files are no complete {} model", name, config_.architecture);
  return *tensor;
}

void ConvertedTensors::add_values(const std::string& name, std::vector<float> values) {
  const DType type = format_.hugging_face && bf16_keeps(values) ? DType::kBF16 : DType::kF32;
  tensors_.push_back({name, ConvertedTensor::Form::kValues, type, {values.size()}});
  tensors_.back().values = std::move(values);
}

void ConvertedTensors::add_vector(const std::string& name, std::string_view from, std::size_t size) {
  add_values(name, read_floats(require(from), size));
  for (const float value : tensors_.back().values)
    if (!std::isfinite(value)) fail_file("tensor '{}' holds values that are not finite", from);
  parameters_ += size;
}

ConvertedTensor& ConvertedTensors::add_matrix(const std::string& name, const TensorView& tensor, std::size_t cols,
                                              DType type) {
  if (!can_dequantize(tensor.dtype))
    fail(ErrorCode::kUnsupported, "tensor '{}' is {}, which cannot be converted", tensor.name,
         dtype_name(tensor.dtype));
  tensors_.push_back({name, ConvertedTensor::Form::kDense, type, {tensor.elements() / cols, cols}, &tensor});
  parameters_ += tensor.elements();
  return tensors_.back();
}

PrecisionChoice ConvertedTensors::choice(std::string_view policy_name) const {
  return format_.policy != nullptr ? format_.policy->choice(policy_name) : PrecisionChoice{};
}

void ConvertedTensors::add_head(const std::string& name, std::string_view policy_name, const TensorView& tensor) {
  const bool plain = tensor.dtype == DType::kF32 || tensor.dtype == DType::kF16 || tensor.dtype == DType::kBF16;
  const bool kept = plain || (!format_.hugging_face && (tensor.dtype == DType::kQ8_0 || tensor.dtype == DType::kQ6_K));
  const PrecisionChoice chosen = choice(policy_name);
  head_type_ = chosen.type ? *chosen.type : format_.head ? *format_.head : kept ? tensor.dtype : DType::kF16;
  add_matrix(name, tensor, config_.hidden, head_type_);
}

void ConvertedTensors::add_layer(std::size_t layer) {
  const auto from = [&](std::string_view part) { return from_.in_layer(layer, part); };
  const auto to = [&](std::string_view part) { return to_.in_layer(layer, part); };
  const std::size_t q_width = config_.heads * config_.head_dim, kv_width = config_.kv_heads * config_.head_dim;
  const auto names = [&](std::string_view target, std::string_view source, std::string_view policy) {
    return LinearNames{to(target), from(source), kGgufNames.in_layer(layer, policy)};
  };
  add_vector(to(to_.attention_norm), from(from_.attention_norm), config_.hidden);
  add_vector(to(to_.ffn_norm), from(from_.ffn_norm), config_.hidden);
  if (config_.sub_norms) {
    add_vector(to(to_.attention_sub_norm), from(from_.attention_sub_norm), q_width);
    add_vector(to(to_.ffn_sub_norm), from(from_.ffn_sub_norm), config_.ffn);
  }
  add_linear(names(to_.query, from_.query, kGgufNames.query), q_width, config_.hidden, config_.heads);
  add_linear(names(to_.key, from_.key, kGgufNames.key), kv_width, config_.hidden, config_.kv_heads);
  add_linear(names(to_.value, from_.value, kGgufNames.value), kv_width, config_.hidden, 0);
  add_linear(names(to_.output, from_.output, kGgufNames.output), config_.hidden, q_width, 0);
  add_linear(names(to_.gate, from_.gate, kGgufNames.gate), config_.ffn, config_.hidden, 0);
  add_linear(names(to_.up, from_.up, kGgufNames.up), config_.ffn, config_.hidden, 0);
  add_linear(names(to_.down, from_.down, kGgufNames.down), config_.hidden, config_.ffn, 0);
}

void ConvertedTensors::add_linear(const LinearNames& names, std::size_t rows, std::size_t cols,
                                  std::size_t rope_heads) {
  using Form = ConvertedTensor::Form;
  const std::string &name = names.to, &from = names.from;
  const TensorView& weight = require(from + ".weight");
  auto ternary =
      ternary_linear(config_, from, weight, rows, cols, [&] { return find(from + std::string(from_.scale_suffix)); });
  const PrecisionChoice chosen = choice(names.policy);
  std::shared_ptr<const Pruner> pruner;
  if (format_.pruning && !ternary) pruner = std::make_shared<const Pruner>(weight, *format_.pruning);
  if (chosen.ternary && !ternary) ternary = TernarySource::absmean(weight, pruner);
  if (chosen.type) ternary.reset();
  // llama.cpp rotates neighbours in this architecture, transformers the halves of a head.
  RowOrder order = RowOrder::kAsIs;
  const bool interleaved = config_.architecture == "llama" && !format_.hugging_face;
  if (rope_heads != 0 && config_.rope_interleaved != interleaved)
    order = interleaved ? RowOrder::kInterleave : RowOrder::kSeparate;
  if (ternary) {
    const float scale = ternary->scale;
    const Form form = format_.ternary == TensorFormat::Ternary::kType         ? Form::kTernary
                      : format_.ternary == TensorFormat::Ternary::kPackedRows ? Form::kPackedRows
                                                                              : Form::kPackedTrits;
    tensors_.push_back({name + ".weight",
                        form,
                        form == Form::kTernary ? format_.linear : DType::kU8,
                        {rows, cols},
                        &weight,
                        std::move(ternary),
                        format_.packing,
                        order,
                        rope_heads});
    parameters_ += rows * cols;
    ++ternary_linears_;
    if (form != Form::kTernary) {
      add_values(name + std::string(to_.scale_suffix), {scale});
      tensors_.back().type = DType::kF32;
    }
  } else {
    ConvertedTensor& tensor = add_matrix(name + ".weight", weight, cols, chosen.type.value_or(format_.dense));
    tensor.order = order, tensor.heads = rope_heads, tensor.pruner = std::move(pruner);
    dense_linears_.push_back(name);
  }
  if (find(from + ".bias") == nullptr) return;
  add_vector(name + ".bias", from + ".bias", rows);
  // As the rows that it belongs to.
  const ConvertedTensor like{.shape = {rows, 1}, .order = order, .heads = rope_heads};
  std::vector<float>& values = tensors_.back().values;
  const std::vector<float> before = values;
  for (std::size_t row = 0; row < rows; ++row) values[row] = before[source_row(like, row)];
}

// Llama 3's change of the frequencies, which GGUF files carry as divisors (llama.cpp convert_hf_to_gguf.py).
void ConvertedTensors::add_rope_factors() {
  const RopeScaling& scaling = config_.rope_scaling;
  if (find(from_.rope_factors) != nullptr) {
    if (to_.rope_factors.empty())
      fail(ErrorCode::kUnsupported, "tensor '{}' changes RoPE's frequencies, which this version writes into GGUF alone",
           from_.rope_factors);
    return add_vector(std::string(to_.rope_factors), from_.rope_factors, config_.rope_dims / 2);
  }
  // Hugging Face's configuration says it instead.
  if (scaling.kind != RopeScaling::Kind::kLlama3 || to_.rope_factors.empty()) return;
  std::vector<float> factors;
  const double low = scaling.original_context / scaling.low_freq_factor,
               high = scaling.original_context / scaling.high_freq_factor;
  for (std::size_t i = 0; i < config_.rope_dims; i += 2) {
    const double frequency = std::pow(static_cast<double>(config_.rope_theta),
                                      -static_cast<double>(i) / static_cast<double>(config_.rope_dims));
    const double wave = 2 * std::numbers::pi / frequency;
    const double smooth = (scaling.original_context / wave - scaling.low_freq_factor) /
                          (scaling.high_freq_factor - scaling.low_freq_factor);
    factors.push_back(static_cast<float>(wave < high  ? 1.0
                                         : wave > low ? scaling.factor
                                                      : 1 / ((1 - smooth) / scaling.factor + smooth)));
  }
  add_values(std::string(kGgufNames.rope_factors), std::move(factors));
}

// A tensor that no one asked for means that the model computes something the file would not say.
void ConvertedTensors::refuse_unknown_tensors() const {
  for (const std::string& name : files_->tensor_names())
    if (used_.count(name) == 0 && name != from_.head && !name.ends_with("rotary_emb.inv_freq"))
      fail(ErrorCode::kUnsupported, "tensor '{}' is no part of the architecture {} as this version knows it",
           printable(name), config_.architecture);
}

void ConvertedTensors::write(std::size_t index, int threads, const TensorBytes& put) const {
  const ConvertedTensor& tensor = tensors_[index];
  write_tensor(tensor, threads, put, [&] {
    if (tensor.source != nullptr) files_->release(*tensor.source);
  });
}

void ConvertedTensors::verify(std::size_t index, const TensorView* written, int threads,
                              const std::function<void(const TensorView&)>& release) const {
  const ConvertedTensor& tensor = tensors_[index];
  const bool bytes = tensor.form == ConvertedTensor::Form::kPackedTrits;
  const bool packed = tensor.form == ConvertedTensor::Form::kPackedRows;
  if (written == nullptr || (!bytes && written->dtype != tensor.type) ||
      (!bytes && !packed && written->shape != tensor.shape))
    fail(ErrorCode::kIo, "tensor '{}' was not written as it should be", tensor.name);
  verify_tensor(tensor, *written, threads, [&] {
    release(*written);
    if (tensor.source != nullptr) files_->release(*tensor.source);
  });
}

}  // namespace bitnet
