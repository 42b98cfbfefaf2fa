#include "model/gguf_tensors.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "base/fail.hpp"
#include "base/half.hpp"
#include "model/linear_weights.hpp"
#include "quant/block_codec.hpp"
#include "quant/packing/i2_s.hpp"
#include "quant/packing/tq1_0.hpp"
#include "quant/packing/tq2_0.hpp"

namespace bitnet {
namespace {

// The scale as the type stores it. Throws where that is no scale any more.
float stored_scale(DType type, const std::string& name, float scale) {
  const float stored = type == DType::kI2_S ? scale : f16_to_f32(f32_to_f16(scale));
  if (!std::isfinite(stored) || stored == 0.0f)
    fail_file("tensor '{}' has the scale {}, which f16 cannot hold: take the type i2_s", name, scale);
  return stored;
}

void check_finite(std::span<const float> values, std::string_view name) {
  for (const float value : values)
    if (!std::isfinite(value)) fail_file("tensor '{}' holds values that are not finite", name);
}

void store(std::byte* out, const void* value, std::size_t size) { std::memcpy(out, value, size); }

// One row of a plain or block type.
void encode_row(DType type, const std::string& name, std::span<const float> values, std::byte* out) {
  switch (type) {
    case DType::kQ8_0: return quantize_q8_0(values.data(), values.size(), out);
    case DType::kQ6_K: return quantize_q6_k(values.data(), values.size(), out);
    case DType::kF32: return store(out, values.data(), values.size_bytes());
    default: break;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t half = type == DType::kBF16 ? f32_to_bf16(values[i]) : f32_to_f16(values[i]);
    if (type == DType::kF16 && std::isfinite(values[i]) && !std::isfinite(f16_to_f32(half)))
      fail_file("tensor '{}' holds {}, which f16 cannot hold", name, values[i]);
    store(out + 2 * i, &half, sizeof half);
  }
}

// How far a decoded value may lie from its source: half a step of its type. `near` is the largest magnitude among the
// 16 (Q6_K) or 32 (Q8_0) values that share a scale, `block` that of the block.
float rounding(DType type, float value, float near, float block) {
  switch (type) {
    case DType::kF16: return std::abs(value) * 0x1p-11f + 0x1p-25f;
    case DType::kBF16: return std::abs(value) * 0x1p-8f;
    // The scale is an f16, so that the largest code may be off by 127 of its roundings.
    case DType::kQ8_0: return near * (0.5f / 127 + 0x1p-10f) + 0x1p-20f;
    case DType::kQ6_K: return near * (0.5f / 31 + 0x1p-9f) + block * (1.0f / 31 / 127) + 0x1p-18f;
    default: return 0;
  }
}

}  // namespace

GgufTensors::GgufTensors(std::shared_ptr<const WeightFiles> files, DType linear, DType head)
    : files_(std::move(files)), config_(files_->config()), names_(files_->names()), linear_(linear) {
  if (config_.quantization.use_rms_norm)
    fail(ErrorCode::kUnsupported, "quantization_config.use_rms_norm: GGUF has no norm before each linear");
  const Activation expected = config_.architecture == "bitnet-b1.58" ? Activation::kRelu2 : Activation::kSilu;
  if (config_.activation != expected)
    fail(ErrorCode::kUnsupported, "GGUF's architecture {} has another activation than the model", config_.architecture);
  const TensorView& embedding = require(names_.embedding);
  if (embedding.shape.size() != 2) fail_file("tensor '{}' is no matrix", embedding.name);
  vocabulary_ = config_.vocab != 0 ? config_.vocab : static_cast<std::size_t>(embedding.shape[0]);
  check_matrix(embedding, vocabulary_, config_.hidden);
  add_matrix(std::string(kGgufNames.embedding), embedding, config_.hidden, head);
  if (!config_.tied_embeddings) {
    const TensorView& output = require(names_.head);
    check_matrix(output, vocabulary_, config_.hidden);
    add_matrix(std::string(kGgufNames.head), output, config_.hidden, head);
  }
  if (find(names_.head_bias) != nullptr) add_vector(std::string(kGgufNames.head_bias), names_.head_bias, vocabulary_);
  add_vector(std::string(kGgufNames.output_norm), names_.output_norm, config_.hidden);
  add_rope_factors();
  for (std::size_t layer = 0; layer < config_.layers; ++layer) add_layer(layer);
  refuse_unknown_tensors();
}

const TensorView* GgufTensors::find(std::string_view name) {
  const TensorView* tensor = name.empty() ? nullptr : files_->find(name);
  if (tensor != nullptr) used_.insert(tensor->name);
  return tensor;
}

const TensorView& GgufTensors::require(std::string_view name) {
  const TensorView* tensor = find(name);
  if (tensor == nullptr)
    fail_file("tensor '{}' is missing: the files are no complete {} model", name, config_.architecture);
  return *tensor;
}

void GgufTensors::add_vector(const std::string& name, std::string_view from, std::size_t size) {
  items_.push_back({name, DType::kF32, {size}});
  items_.back().values = read_floats(require(from), size);
  check_finite(items_.back().values, from);
  parameters_ += size;
}

void GgufTensors::add_matrix(const std::string& name, const TensorView& tensor, std::size_t cols, DType type) {
  if (!can_dequantize(tensor.dtype))
    fail(ErrorCode::kUnsupported, "tensor '{}' is {}, which cannot be converted", tensor.name,
         dtype_name(tensor.dtype));
  items_.push_back({name, type, {tensor.elements() / cols, cols}, &tensor});
  parameters_ += tensor.elements();
}

void GgufTensors::add_layer(std::size_t layer) {
  const auto from = [&](std::string_view part) { return names_.in_layer(layer, part); };
  const auto to = [&](std::string_view part) { return kGgufNames.in_layer(layer, part); };
  const std::size_t q_width = config_.heads * config_.head_dim, kv_width = config_.kv_heads * config_.head_dim;
  add_vector(to(kGgufNames.attention_norm), from(names_.attention_norm), config_.hidden);
  add_vector(to(kGgufNames.ffn_norm), from(names_.ffn_norm), config_.hidden);
  if (config_.sub_norms) {
    add_vector(to(kGgufNames.attention_sub_norm), from(names_.attention_sub_norm), q_width);
    add_vector(to(kGgufNames.ffn_sub_norm), from(names_.ffn_sub_norm), config_.ffn);
  }
  // llama.cpp rotates neighbours in this architecture, transformers the halves of a head.
  const bool interleave = config_.architecture == "llama" && !config_.rope_interleaved;
  add_linear(to(kGgufNames.query), from(names_.query), q_width, config_.hidden, interleave ? config_.heads : 0);
  add_linear(to(kGgufNames.key), from(names_.key), kv_width, config_.hidden, interleave ? config_.kv_heads : 0);
  add_linear(to(kGgufNames.value), from(names_.value), kv_width, config_.hidden, 0);
  add_linear(to(kGgufNames.output), from(names_.output), config_.hidden, q_width, 0);
  add_linear(to(kGgufNames.gate), from(names_.gate), config_.ffn, config_.hidden, 0);
  add_linear(to(kGgufNames.up), from(names_.up), config_.ffn, config_.hidden, 0);
  add_linear(to(kGgufNames.down), from(names_.down), config_.hidden, config_.ffn, 0);
}

void GgufTensors::add_linear(const std::string& name, const std::string& from, std::size_t rows, std::size_t cols,
                             std::size_t rope_heads) {
  const TensorView& weight = require(from + ".weight");
  auto ternary =
      ternary_linear(config_, from, weight, rows, cols, [&] { return find(from + std::string(names_.scale_suffix)); });
  if (!ternary && linear_ != DType::kF16)
    fail(ErrorCode::kUnsupported, "tensor '{}' is not ternary, so it cannot be {}: take the type f16", weight.name,
         dtype_name(linear_));
  if (ternary) {
    items_.push_back({name + ".weight", linear_, {rows, cols}, &weight, std::move(ternary)});
    parameters_ += rows * cols;
  } else {
    add_matrix(name + ".weight", weight, cols, linear_);
  }
  items_.back().interleaved_heads = rope_heads;
  if (find(from + ".bias") == nullptr) return;
  add_vector(name + ".bias", from + ".bias", rows);
  Item& bias = items_.back();
  bias.interleaved_heads = rope_heads;
  const std::vector<float> values = bias.values;
  bias.shape = {rows, 1};
  for (std::size_t row = 0; row < rows; ++row) bias.values[row] = values[source_row(bias, row)];
  bias.shape = {rows};
}

// Llama 3's change of the frequencies, which GGUF files carry as divisors (llama.cpp convert_hf_to_gguf.py).
void GgufTensors::add_rope_factors() {
  const RopeScaling& scaling = config_.rope_scaling;
  if (scaling.kind != RopeScaling::Kind::kLlama3) return;
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
  items_.push_back({std::string(kGgufNames.rope_factors), DType::kF32, {factors.size()}});
  items_.back().values = std::move(factors);
}

// A tensor that no one asked for means that the model computes something the file would not say.
void GgufTensors::refuse_unknown_tensors() const {
  for (const std::string& name : files_->tensor_names())
    if (used_.count(name) == 0 && name != names_.head && !name.ends_with("rotary_emb.inv_freq"))
      fail(ErrorCode::kUnsupported, "tensor '{}' is no part of the architecture {} as this version knows it",
           printable(name), config_.architecture);
}

void GgufTensors::list(GgufWriter& writer) const {
  for (const Item& item : items_) writer.add_tensor(item.name, item.type, item.shape);
}

// Interleaved RoPE has the halves of a head in turn: row 2i of a head is its row i, row 2i + 1 its row size / 2 + i.
std::size_t GgufTensors::source_row(const Item& item, std::size_t row) {
  if (item.interleaved_heads == 0) return row;
  const std::size_t size = static_cast<std::size_t>(item.shape[0]) / item.interleaved_heads;
  const std::size_t head = row / size, inside = row % size;
  return head * size + inside % 2 * (size / 2) + inside / 2;
}

std::vector<std::int8_t> GgufTensors::trits(const Item& item) {
  const TernarySource& source = *item.ternary;
  std::vector<std::int8_t> trits(source.rows * source.cols);
  if (item.interleaved_heads == 0) {
    source.read(0, source.rows, trits.data());
  } else {
    for (std::size_t row = 0; row < source.rows; ++row)
      source.read(source_row(item, row), 1, &trits[row * source.cols]);
  }
  return trits;
}

void GgufTensors::floats(const Item& item, std::size_t row, std::span<float> values) {
  if (item.source == nullptr) {
    std::copy_n(item.values.begin(), values.size(), values.begin());
    return;
  }
  const auto bytes = dtype_bytes(item.source->dtype, values.size());
  if (!bytes) fail_file("tensor '{}' has rows that are no whole number of blocks", item.source->name);
  dequantize(item.source->dtype, item.source->bytes.data() + source_row(item, row) * *bytes, values.size(),
             values.data());
  check_finite(values, item.source->name);
}

void GgufTensors::fill(std::size_t index, std::span<std::byte> bytes) const {
  const Item& item = items_[index];
  item.ternary ? fill_ternary(item, bytes) : fill_dense(item, bytes);
  if (item.source != nullptr) files_->release(*item.source);
}

void GgufTensors::fill_ternary(const Item& item, std::span<std::byte> bytes) {
  const std::vector<std::int8_t> values = trits(item);
  const float scale = stored_scale(item.type, item.source->name, item.ternary->scale);
  switch (item.type) {
    case DType::kTQ1_0: return encode_tq1_0(values.data(), values.size(), scale, bytes.data());
    case DType::kTQ2_0: return encode_tq2_0(values.data(), values.size(), scale, bytes.data());
    case DType::kI2_S:
      encode_i2_s(values.data(), values.size(), bytes.data());
      return store(bytes.data() + values.size() / 4, &scale, sizeof scale);
    default: {
      const std::uint16_t halves[] = {f32_to_f16(-scale), 0, f32_to_f16(scale)};
      for (std::size_t i = 0; i < values.size(); ++i) store(&bytes[2 * i], &halves[values[i] + 1], sizeof halves[0]);
    }
  }
}

void GgufTensors::fill_dense(const Item& item, std::span<std::byte> bytes) {
  const std::size_t cols = static_cast<std::size_t>(item.shape.back());
  const std::size_t row_bytes = static_cast<std::size_t>(*dtype_bytes(item.type, cols));
  std::vector<float> values(cols);
  for (std::size_t row = 0; row * row_bytes < bytes.size(); ++row) {
    floats(item, row, values);
    encode_row(item.type, item.name, values, &bytes[row * row_bytes]);
  }
}

void GgufTensors::verify(const GgufFile& written) const {
  if (written.tensors().size() != items_.size())
    fail(ErrorCode::kIo, "the file holds {} tensors, not {}", written.tensors().size(), items_.size());
  for (const Item& item : items_) {
    const TensorView* tensor = written.find(item.name);
    if (tensor == nullptr || tensor->dtype != item.type || tensor->shape != item.shape)
      fail(ErrorCode::kIo, "tensor '{}' was not written as it should be", item.name);
    item.ternary ? verify_ternary(item, *tensor) : verify_dense(item, *tensor);
  }
}

void GgufTensors::verify_ternary(const Item& item, const TensorView& written) {
  const std::vector<std::int8_t> expected = trits(item);
  const bool zero = std::ranges::all_of(expected, [](std::int8_t trit) { return trit == 0; });
  const auto source = TernarySource::detect(written);
  if (!source) fail(ErrorCode::kIo, "tensor '{}' was written and is not ternary when it is read", item.name);
  std::vector<std::int8_t> read(expected.size());
  source->read(0, source->rows, read.data());
  if (read != expected) fail(ErrorCode::kIo, "tensor '{}' was written and has other values when it is read", item.name);
  if (!zero && source->scale != stored_scale(item.type, item.name, item.ternary->scale))
    fail(ErrorCode::kIo, "tensor '{}' was written and has the scale {} when it is read, not {}", item.name,
         source->scale, item.ternary->scale);
}

void GgufTensors::verify_dense(const Item& item, const TensorView& written) {
  const std::size_t cols = static_cast<std::size_t>(item.shape.back());
  const std::size_t row_bytes = static_cast<std::size_t>(*dtype_bytes(item.type, cols));
  const std::size_t block = dtype_traits(item.type).block, group = item.type == DType::kQ6_K ? 16 : block;
  std::vector<float> expected(cols), read(cols), groups(cols / group), blocks(cols / block);
  for (std::size_t row = 0; row * row_bytes < written.bytes.size(); ++row) {
    floats(item, row, expected);
    dequantize(item.type, &written.bytes[row * row_bytes], cols, read.data());
    std::ranges::fill(groups, 0.0f);
    std::ranges::fill(blocks, 0.0f);
    for (std::size_t i = 0; i < cols; ++i) {
      groups[i / group] = std::max(groups[i / group], std::abs(expected[i]));
      blocks[i / block] = std::max(blocks[i / block], std::abs(expected[i]));
    }
    for (std::size_t i = 0; i < cols; ++i)
      if (!(std::abs(read[i] - expected[i]) <= rounding(item.type, expected[i], groups[i / group], blocks[i / block])))
        fail(ErrorCode::kIo, "tensor '{}' was written and has {} in row {} when it is read, not {}", item.name, read[i],
             row, expected[i]);
  }
}

}  // namespace bitnet
