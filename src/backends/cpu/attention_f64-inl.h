// Attention over an f32 cache: every sum in double, rounded once. Behind it activations become int8, and one value that
// rounds the other way moves logits more than everything else that differs between two implementations.
#include <algorithm>
#include <cmath>
#include <limits>

#include "backends/cpu/simd-inl.h"

#if defined(BITNET_CPU_ATTENTION_F64_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_ATTENTION_F64_INL_H_
#undef BITNET_CPU_ATTENTION_F64_INL_H_
#else
#define BITNET_CPU_ATTENTION_F64_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

// Lanes of a score's sum; lane i takes elements i, i + 8, ...
inline constexpr std::size_t kDoubleLanes = 8;
inline constexpr std::size_t kDoubleVectors = kDoubleLanes / kND;

inline std::size_t RowF64ScratchBytes(std::size_t head_dim, std::size_t positions) noexcept {
  return (positions + head_dim) * sizeof(double);
}

inline double DotF64(const float* a, const float* b, std::size_t count) {
  const DD d;
  VD sums[kDoubleVectors];
  BITNET_UNROLL for (std::size_t v = 0; v < kDoubleVectors; ++v) sums[v] = hn::Zero(d);
  std::size_t i = 0;
  for (; i + kDoubleLanes <= count; i += kDoubleLanes) {
    BITNET_UNROLL for (std::size_t v = 0; v < kDoubleVectors; ++v) {
      const VD x = hn::PromoteTo(d, hn::LoadU(DHF(), a + i + v * kND));
      const VD y = hn::PromoteTo(d, hn::LoadU(DHF(), b + i + v * kND));
      sums[v] = hn::MulAdd(x, y, sums[v]);
    }
  }
  HWY_ALIGN double lanes[kDoubleLanes];
  BITNET_UNROLL for (std::size_t v = 0; v < kDoubleVectors; ++v) hn::Store(sums[v], d, lanes + v * kND);
  for (; i < count; ++i) lanes[i % kDoubleLanes] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  for (std::size_t half = kDoubleLanes / 2; half > 0; half /= 2)
    for (std::size_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  return lanes[0];
}

inline void AddF64(double weight, const float* values, std::size_t count, double* sums) {
  const DD d;
  const VD w = hn::Set(d, weight);
  std::size_t i = 0;
  for (; i + kND <= count; i += kND)
    hn::StoreU(hn::MulAdd(w, hn::PromoteTo(d, hn::LoadU(DHF(), values + i)), hn::LoadU(d, sums + i)), d, sums + i);
  for (; i < count; ++i) sums[i] += weight * static_cast<double>(values[i]);
}

inline void RowF64(const AttentionJob& job, std::size_t token, std::size_t head, std::byte* scratch) noexcept {
  const std::size_t dim = job.kv.head_dim, positions = job.position + token + 1;
  const std::size_t cache = head / (job.heads / job.kv.kv_heads) * job.kv.capacity * dim;
  const float* q = job.q + (token * job.heads + head) * dim;
  const auto* keys = reinterpret_cast<const float*>(job.kv.keys) + cache;
  const auto* values = reinterpret_cast<const float*>(job.kv.values) + cache;
  auto* weights = reinterpret_cast<double*>(scratch);
  double* sums = weights + positions;
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t p = 0; p < positions; ++p) {
    weights[p] = DotF64(q, keys + p * dim, dim) * static_cast<double>(job.scale);
    largest = std::max(largest, weights[p]);
  }
  std::fill(sums, sums + dim, 0.0);
  double total = 0.0;
  for (std::size_t p = 0; p < positions; ++p) {
    const double weight = std::exp(weights[p] - largest);
    total += weight;
    AddF64(weight, values + p * dim, dim, sums);
  }
  float* out = job.out + (token * job.heads + head) * dim;
  for (std::size_t i = 0; i < dim; ++i) out[i] = static_cast<float>(sums[i] / total);
}

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#endif
