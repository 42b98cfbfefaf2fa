#include "model/transformer.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/checked.hpp"
#include "base/fail.hpp"

namespace bitnet {
namespace {

#ifdef BITNET_TRACING
// Logs how long a scope took.
class Trace {
 public:
  Trace(const Context& context, std::string_view what)
      : context_(context), what_(what), start_(std::chrono::steady_clock::now()) {}
  ~Trace() {
    const std::chrono::duration<double, std::micro> elapsed = std::chrono::steady_clock::now() - start_;
    context_.log(LogLevel::kDebug, fmt::format("{} {:.1f} us", what_, elapsed.count()));
  }

 private:
  const Context& context_;
  std::string_view what_;
  std::chrono::steady_clock::time_point start_;
};
#else
struct Trace {
  Trace(const Context&, std::string_view) {}
};
#endif

}  // namespace

Workspace::Workspace(const Context& context, const ModelConfig& config, std::size_t max_tokens) : max_tokens_(max_tokens) {
  const std::size_t q_width = config.heads * config.head_dim, kv_width = config.kv_heads * config.head_dim;
  const std::size_t widest = std::max({config.hidden, config.ffn, q_width});
  std::size_t bytes = 0;
  const auto reserve = [&](std::size_t size) {
    const std::size_t offset = bytes;
    bytes += round_up(size, 64);
    return offset;
  };
  const auto floats = [&](std::size_t width) { return reserve(max_tokens * width * sizeof(float)); };
  const std::size_t hidden = floats(config.hidden), normed = floats(widest), query = floats(q_width), key = floats(kv_width),
                    value = floats(kv_width), attended = floats(q_width), projected = floats(config.hidden),
                    gate = floats(config.ffn), up = floats(config.ffn),
                    quantized = reserve(max_tokens * activation_stride(widest)), scales = reserve(max_tokens * sizeof(double)),
                    sums = reserve(max_tokens * sizeof(std::int32_t));
  memory_ = context.pool().buffer({.size = bytes, .tag = MemoryTag::kActivations});
  const auto at = [&](std::size_t offset) { return reinterpret_cast<float*>(memory_.data() + offset); };
  hidden_ = at(hidden), normed_ = at(normed), query_ = at(query), key_ = at(key), value_ = at(value);
  attended_ = at(attended), projected_ = at(projected), gate_ = at(gate), up_ = at(up);
  scales_ = reinterpret_cast<double*>(memory_.data() + scales);
  quantized_ = reinterpret_cast<std::int8_t*>(memory_.data() + quantized);
  sums_ = reinterpret_cast<std::int32_t*>(memory_.data() + sums);
}

Transformer::Transformer(std::shared_ptr<const Context> context, ModelConfig config, std::unique_ptr<Plan> plan,
                         TransformerWeights weights)
    : context_(std::move(context)), config_(std::move(config)), plan_(std::move(plan)), weights_(std::move(weights)) {}

KvCache Transformer::make_cache(DType type, std::size_t capacity) const {
  return KvCache(*context_, config_, weights_.rope_frequency_factors, type, capacity);
}

void Transformer::apply(std::initializer_list<Application> linears, const float* x, std::size_t tokens,
                        Workspace& w) const {
  if (w.tap_) w.tap_(*linears.begin()->linear, x, tokens, linears.begin()->linear->weight.cols);
  const auto activations = [&](const float* input, std::size_t cols) {
    return Activations{input, tokens, cols, w.quantized_, activation_stride(cols), w.scales_, w.sums_};
  };
  const auto product = [](const Application& a) {
    return Product{&a.linear->weight, a.linear->bias.empty() ? nullptr : a.linear->bias.data(), a.y};
  };
  const auto reads_quantized_x = [](const Linear& linear) {
    return linear.weight.kind == WeightMatrix::Kind::kTernary && linear.input_norm.empty();
  };

  std::array<Product, 3> together;
  std::size_t count = 0;
  for (const Application& application : linears)
    if (reads_quantized_x(*application.linear)) together[count++] = product(application);
  if (count > 0) {
    const Backend& backend = plan_->backend(Op::kTernaryMatmul);
    const Activations a = activations(x, together[0].weight->cols);
    backend.quantize(a);
    backend.matmul(std::span(together).first(count), a);
  }
  for (const Application& application : linears) {
    const Linear& linear = *application.linear;
    if (reads_quantized_x(linear)) continue;
    Activations a = activations(x, linear.weight.cols);
    if (!linear.input_norm.empty()) {
      plan_->backend(Op::kRmsNorm)
          .rms_norm(x, linear.input_norm.data(), tokens, a.cols, config_.quantization.rms_norm_eps, w.normed_);
      a.x = w.normed_;
    }
    const bool ternary = linear.weight.kind == WeightMatrix::Kind::kTernary;
    const Backend& backend = ternary ? plan_->backend(Op::kTernaryMatmul) : plan_->backend(Op::kDenseMatmul, linear.weight.dtype);
    if (ternary) backend.quantize(a);
    const Product p = product(application);
    backend.matmul(*p.weight, a, p.bias, p.y);
  }
}

void Transformer::attention_block(const LayerWeights& layer, const KvLayer& kv, const RopeTable& rope, std::size_t tokens,
                                  std::size_t position, Workspace& w) const {
  const Backend& elementwise = plan_->backend(Op::kElementwise);
  const Backend& norm = plan_->backend(Op::kRmsNorm);
  const std::size_t q_width = config_.heads * config_.head_dim;
  {
    const Trace trace(*context_, "qkv");
    norm.rms_norm(w.hidden_, layer.attention_norm.data(), tokens, config_.hidden, config_.rms_eps, w.projected_);
    apply({{&layer.query, w.query_}, {&layer.key, w.key_}, {&layer.value, w.value_}}, w.projected_, tokens, w);
  }
  {
    const Trace trace(*context_, "attention");
    const Backend& rotary = plan_->backend(Op::kRope);
    rotary.rope(w.query_, tokens, config_.heads, config_.head_dim, rope, position);
    rotary.rope(w.key_, tokens, config_.kv_heads, config_.head_dim, rope, position);
    const Backend& attention = plan_->backend(Op::kAttention, kv.type);
    attention.store_kv(kv, w.key_, w.value_, tokens, position);
    const float scale = 1.0f / std::sqrt(static_cast<float>(config_.head_dim));
    attention.attention(w.query_, kv, tokens, config_.heads, position, scale, w.attended_);
  }
  const Trace trace(*context_, "attention output");
  if (!layer.attention_sub_norm.empty())
    norm.rms_norm(w.attended_, layer.attention_sub_norm.data(), tokens, q_width, config_.rms_eps, w.attended_);
  apply({{&layer.output, w.projected_}}, w.attended_, tokens, w);
  elementwise.add(w.hidden_, w.projected_, tokens * config_.hidden);
}

void Transformer::ffn_block(const LayerWeights& layer, std::size_t tokens, Workspace& w) const {
  const Trace trace(*context_, "ffn");
  const Backend& norm = plan_->backend(Op::kRmsNorm);
  norm.rms_norm(w.hidden_, layer.ffn_norm.data(), tokens, config_.hidden, config_.rms_eps, w.projected_);
  apply({{&layer.gate, w.gate_}, {&layer.up, w.up_}}, w.projected_, tokens, w);
  plan_->backend(Op::kActivation).gated_activation(config_.activation, w.gate_, w.up_, tokens * config_.ffn, w.gate_);
  if (!layer.ffn_sub_norm.empty())
    norm.rms_norm(w.gate_, layer.ffn_sub_norm.data(), tokens, config_.ffn, config_.rms_eps, w.gate_);
  apply({{&layer.down, w.projected_}}, w.gate_, tokens, w);
  plan_->backend(Op::kElementwise).add(w.hidden_, w.projected_, tokens * config_.hidden);
}

void Transformer::forward(std::span<const TokenId> ids, std::size_t position, const KvCache& cache, Workspace& workspace) const {
  const std::size_t tokens = ids.size();
  plan_->backend(Op::kEmbed, weights_.embedding.dtype).embed(weights_.embedding, ids.data(), tokens, workspace.hidden_);
  const RopeTable rope = cache.rope();
  const MovableBuffer::Pin cells = cache.pin();
  for (std::size_t i = 0; i < weights_.layers.size(); ++i) {
    attention_block(weights_.layers[i], cache.layer(i, cells), rope, tokens, position, workspace);
    ffn_block(weights_.layers[i], tokens, workspace);
  }
}

void Transformer::logits(Workspace& w, std::size_t first, std::size_t count, float* logits) const {
  const Trace trace(*context_, "head");
  const WeightMatrix& matrix = head();
  const float* hidden = w.hidden_ + first * config_.hidden;
  plan_->backend(Op::kRmsNorm).rms_norm(hidden, weights_.output_norm.data(), count, config_.hidden, config_.rms_eps, w.normed_);
  const Activations a{w.normed_, count, config_.hidden, nullptr, 0, nullptr, nullptr};
  plan_->backend(Op::kDenseMatmul, matrix.dtype)
      .matmul(matrix, a, weights_.head_bias.empty() ? nullptr : weights_.head_bias.data(), logits);
}

std::size_t Transformer::best_logits(Workspace& w, std::size_t index, const BestRows& best, float* logits) const {
  const Trace trace(*context_, "head");
  const WeightMatrix& matrix = head();
  plan_->backend(Op::kRmsNorm)
      .rms_norm(w.hidden_ + index * config_.hidden, weights_.output_norm.data(), 1, config_.hidden, config_.rms_eps, w.normed_);
  return plan_->backend(Op::kDenseMatmul, matrix.dtype)
      .best_rows(matrix, w.normed_, weights_.head_bias.empty() ? nullptr : weights_.head_bias.data(), best, logits);
}

}  // namespace bitnet
