#include "model/kv_cache.hpp"

#include <cmath>
#include <numbers>

#include "base/checked.hpp"
#include "base/fail.hpp"

namespace bitnet {
namespace {

// The frequency of pair i, as transformers computes it (modeling_rope_utils.py): power and reciprocal are rounded to
// float each. At far positions an angle shows that rounding, and models were trained with it.
double rope_frequency(const ModelConfig& config, std::size_t i) {
  const float exponent = 2.0f * static_cast<float>(i) / static_cast<float>(config.rope_dims);
  const auto power = static_cast<float>(std::pow(static_cast<double>(config.rope_theta), static_cast<double>(exponent)));
  const double frequency = 1.0f / power;
  switch (config.rope_scaling.kind) {
    case RopeScaling::Kind::kNone: return frequency;
    case RopeScaling::Kind::kLinear: return frequency / config.rope_scaling.factor;
    case RopeScaling::Kind::kLlama3: {
      const RopeScaling& s = config.rope_scaling;
      const double wavelength = 2.0 * std::numbers::pi / frequency;
      if (wavelength < s.original_context / s.high_freq_factor) return frequency;
      if (wavelength > s.original_context / s.low_freq_factor) return frequency / s.factor;
      const double smooth =
          (s.original_context / wavelength - s.low_freq_factor) / (s.high_freq_factor - s.low_freq_factor);
      return (1.0 - smooth) * frequency / s.factor + smooth * frequency;
    }
  }
  return frequency;
}

}  // namespace

KvCache::KvCache(const Context& context, const ModelConfig& config, std::span<const float> frequency_factors, DType type,
                 std::size_t capacity)
    : type_(type), capacity_(capacity), kv_heads_(config.kv_heads), head_dim_(config.head_dim), rope_dims_(config.rope_dims),
      rope_interleaved_(config.rope_interleaved) {
  if (type != DType::kF32 && type != DType::kF16 && type != DType::kQ8_0)
    fail_argument("the KV cache cannot be {}: take f16, f32 or q8_0", dtype_name(type));
  const auto row = dtype_bytes(type, head_dim_);
  if (!row) fail_argument("a {} KV cache needs a head size that is a multiple of {}, and this model's is {}: take f16",
                          dtype_name(type), dtype_traits(type).block, head_dim_);
  const auto plane = checked_mul(kv_heads_ * *row, capacity);
  const auto bytes = plane ? checked_mul(*plane, 2 * config.layers) : plane;
  if (!bytes) fail(ErrorCode::kInsufficientMemory, "a KV cache of {} positions has no size that fits: use a smaller context", capacity);
  plane_bytes_ = *plane;
  const std::size_t element_bytes = type == DType::kF32 ? 4 : type == DType::kF16 ? 2 : 1;
  cells_ = context.movable().buffer({.size = *bytes, .tag = MemoryTag::kKvCache}, element_bytes);

  const std::size_t pairs = rope_dims_ / 2;
  rope_ = context.pool().buffer({.size = 2 * capacity * pairs * sizeof(float), .tag = MemoryTag::kKvCache});
  float* cos = rope_.as<float>();
  float* sin = cos + capacity * pairs;
  for (std::size_t i = 0; i < pairs; ++i) {
    double frequency = rope_frequency(config, i);
    if (!frequency_factors.empty()) frequency /= frequency_factors[i];
    const auto rounded = static_cast<float>(frequency);
    for (std::size_t p = 0; p < capacity; ++p) {
      // The angle is rounded to float before the cosine is taken, as in the models' training code.
      const float angle = static_cast<float>(p) * rounded;
      cos[p * pairs + i] = static_cast<float>(std::cos(static_cast<double>(angle)));
      sin[p * pairs + i] = static_cast<float>(std::sin(static_cast<double>(angle)));
    }
  }
}

KvLayer KvCache::layer(std::size_t index, const MovableBuffer::Pin& cells) const {
  std::byte* keys = cells.data() + 2 * index * plane_bytes_;
  return {type_, keys, keys + plane_bytes_, kv_heads_, capacity_, head_dim_};
}

RopeTable KvCache::rope() const {
  const float* cos = rope_.as<float>();
  return {cos, cos + capacity_ * (rope_dims_ / 2), rope_dims_, rope_interleaved_};
}

}  // namespace bitnet
