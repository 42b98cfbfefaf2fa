// One token, head or row at a time: quantize, RMSNorm, RoPE, cache rows, gated activations, sums.
#include <algorithm>
#include <cmath>

#include "backends/cpu/simd-inl.h"

#if defined(BITNET_CPU_ELEMENTWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_ELEMENTWISE_INL_H_
#undef BITNET_CPU_ELEMENTWISE_INL_H_
#else
#define BITNET_CPU_ELEMENTWISE_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

// The bits of |x|: as integers they order like the values, with NaN above infinity, so the largest needs no fixed order.
HWY_INLINE VI AbsBits(VF x) { return hn::And(hn::BitCast(DI(), x), hn::Set(DI(), 0x7fffffff)); }

// Rounded half to even; NaN gives 0. |x * scale| <= 127 up to rounding by the choice of the scale.
HWY_INLINE VI QuantizeVector(VF x, VF scale) {
  const VF scaled = hn::Mul(x, scale);
  return hn::NearestInt(hn::IfThenElseZero(hn::Eq(scaled, scaled), scaled));
}

inline float Quantize(const float* x, std::size_t cols, std::size_t stride, std::int8_t* q, std::int32_t* sum) noexcept {
  const DF d;
  const DI di;
  const hn::Rebind<std::int8_t, DI> d8;
  const std::size_t whole = cols / kN * kN;
  alignas(64) float tail[kN] = {};
  std::copy(x + whole, x + cols, tail);

  VI largest = AbsBits(hn::Load(d, tail));
  for (std::size_t i = 0; i < whole; i += kN) largest = hn::Max(largest, AbsBits(hn::LoadU(d, x + i)));
  const std::int32_t bits = hn::GetLane(hn::MaxOfLanes(di, largest));
  float absmax;
  std::memcpy(&absmax, &bits, sizeof(absmax));
  // A NaN passes the comparison and stays in the scale, so that it shows in every product of this token.
  const float scale = 127.0f / (absmax < 1e-5f ? 1e-5f : absmax);

  const VF factor = hn::Set(d, scale);
  VI total = hn::Zero(di);
  for (std::size_t i = 0; i < whole; i += kN) {
    const VI rounded = QuantizeVector(hn::LoadU(d, x + i), factor);
    total = hn::Add(total, rounded);
    hn::StoreU(hn::DemoteTo(d8, rounded), d8, q + i);
  }
  std::fill(q + whole, q + stride, std::int8_t{0});
  if (whole < cols) {
    const VI rounded = QuantizeVector(hn::Load(d, tail), factor);
    total = hn::Add(total, rounded);
    alignas(64) std::int8_t codes[kN];
    hn::Store(hn::DemoteTo(d8, rounded), d8, codes);
    std::copy(codes, codes + (cols - whole), q + whole);
  }
  *sum = hn::GetLane(hn::SumOfLanes(di, total));
  return scale;
}

inline void RmsNorm(const float* x, const float* weight, std::size_t dim, float eps, float* out) noexcept {
  const DF d;
  Lanes squares;
  SetZero(squares);
  const std::size_t whole = dim / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t v = 0; v < kLaneVectors; ++v) {
      const VF value = hn::LoadU(d, x + i + v * kN);
      squares[v] = hn::MulAdd(value, value, squares[v]);
    }
  }
  if (whole < dim) {
    alignas(64) float tail[kLanes] = {};
    std::copy(x + whole, x + dim, tail);
    for (std::size_t v = 0; v < kLaneVectors; ++v) {
      const VF value = hn::Load(d, tail + v * kN);
      squares[v] = hn::MulAdd(value, value, squares[v]);
    }
  }
  const float mean = FoldOne(FoldLanes(squares)) / static_cast<float>(dim);
  const float inverse = 1.0f / std::sqrt(mean + eps);
  const VF factor = hn::Set(d, inverse);
  std::size_t i = 0;
  for (; i + kN <= dim; i += kN)
    hn::StoreU(hn::Mul(hn::Mul(hn::LoadU(d, x + i), factor), hn::LoadU(d, weight + i)), d, out + i);
  for (; i < dim; ++i) out[i] = x[i] * inverse * weight[i];
}

inline void Rope(float* x, const float* cos, const float* sin, std::size_t dims, bool interleaved) noexcept {
  const DF d;
  const std::size_t pairs = dims / 2;
  std::size_t i = 0;
  if (interleaved) {
    for (; i + kN <= pairs; i += kN) {
      VF a, b;
      hn::LoadInterleaved2(d, x + 2 * i, a, b);
      const VF c = hn::LoadU(d, cos + i), s = hn::LoadU(d, sin + i);
      const VF rotated_a = hn::Sub(hn::Mul(a, c), hn::Mul(b, s));
      const VF rotated_b = hn::Add(hn::Mul(a, s), hn::Mul(b, c));
      hn::StoreInterleaved2(rotated_a, rotated_b, d, x + 2 * i);
    }
    for (; i < pairs; ++i) {
      const float a = x[2 * i], b = x[2 * i + 1];
      x[2 * i] = a * cos[i] - b * sin[i];
      x[2 * i + 1] = a * sin[i] + b * cos[i];
    }
    return;
  }
  for (; i + kN <= pairs; i += kN) {
    const VF a = hn::LoadU(d, x + i), b = hn::LoadU(d, x + pairs + i);
    const VF c = hn::LoadU(d, cos + i), s = hn::LoadU(d, sin + i);
    hn::StoreU(hn::Sub(hn::Mul(a, c), hn::Mul(b, s)), d, x + i);
    hn::StoreU(hn::Add(hn::Mul(a, s), hn::Mul(b, c)), d, x + pairs + i);
  }
  for (; i < pairs; ++i) {
    const float a = x[i], b = x[pairs + i];
    x[i] = a * cos[i] - b * sin[i];
    x[pairs + i] = a * sin[i] + b * cos[i];
  }
}

// quantize_q8_0 of quant/block_codec, to the bit.
inline void StoreRowQ8(const float* x, std::size_t count, std::byte* out) noexcept {
  const DF d;
  const hn::Rebind<std::int8_t, DI> d8;
  for (std::size_t b = 0; b < count / 32; ++b, x += 32, out += 34) {
    VF largest = hn::Zero(d);
    for (std::size_t i = 0; i < 32; i += kN) {
      const VF magnitude = hn::Abs(hn::LoadU(d, x + i));
      largest = hn::IfThenElse(hn::Gt(magnitude, largest), magnitude, largest);   // a NaN is never greater
    }
    const float scale = hn::GetLane(hn::MaxOfLanes(d, largest)) / 127.0f;
    const float inverse = scale > 0.0f ? 1.0f / scale : 0.0f;
    const std::uint16_t half = f32_to_f16(scale);
    std::memcpy(out, &half, sizeof(half));
    for (std::size_t i = 0; i < 32; i += kN) {
      const VF scaled = hn::Mul(hn::LoadU(d, x + i), hn::Set(d, inverse));
      const VF finite = hn::IfThenElseZero(hn::Eq(scaled, scaled), scaled);
      const VF bounded = hn::Min(hn::Max(finite, hn::Set(d, -127.0f)), hn::Set(d, 127.0f));
      hn::StoreU(hn::DemoteTo(d8, hn::NearestInt(bounded)), d8, reinterpret_cast<std::int8_t*>(out + 2 + i));
    }
  }
}

inline void StoreRow(DType type, const float* x, std::size_t count, std::byte* out) noexcept {
  if (type == DType::kF32) {
    std::memcpy(out, x, count * sizeof(float));
  } else if (type == DType::kF16) {
    std::size_t i = 0;
#if (HWY_ARCH_X86 && HWY_NATIVE_FMA) || HWY_ARCH_ARM_A64
    const hn::Rebind<hwy::float16_t, DF> dh;
    for (; i + kN <= count; i += kN)
      hn::StoreU(hn::DemoteTo(dh, hn::LoadU(DF(), x + i)), dh, reinterpret_cast<hwy::float16_t*>(out + 2 * i));
#endif
    for (; i < count; ++i) {
      const std::uint16_t half = f32_to_f16(x[i]);
      std::memcpy(out + 2 * i, &half, sizeof(half));
    }
  } else {
    StoreRowQ8(x, count, out);
  }
}

HWY_INLINE VF Activate(Activation act, VF gate) {
  if (act == Activation::kRelu2) {
    const VF positive = hn::IfThenElse(hn::Lt(gate, hn::Zero(DF())), hn::Zero(DF()), gate);   // NaN stays
    return hn::Mul(positive, positive);
  }
  return hn::Div(gate, hn::Add(hn::Set(DF(), 1.0f), Exp(hn::Neg(gate))));
}

template <Activation act>
void GatedActivationOf(const float* gate, const float* up, std::size_t count, float* out) noexcept {
  const DF d;
  std::size_t i = 0;
  for (; i + kN <= count; i += kN)
    hn::StoreU(hn::Mul(Activate(act, hn::LoadU(d, gate + i)), hn::LoadU(d, up + i)), d, out + i);
  if (i < count) {
    alignas(64) float tail[kN] = {};
    std::copy(gate + i, gate + count, tail);
    hn::Store(Activate(act, hn::Load(d, tail)), d, tail);
    for (std::size_t j = 0; i + j < count; ++j) out[i + j] = tail[j] * up[i + j];
  }
}

inline void GatedActivation(Activation act, const float* gate, const float* up, std::size_t count, float* out) noexcept {
  if (act == Activation::kSilu) {
    GatedActivationOf<Activation::kSilu>(gate, up, count, out);
  } else {
    GatedActivationOf<Activation::kRelu2>(gate, up, count, out);
  }
}

inline void Add(float* x, const float* y, std::size_t count) noexcept {
  const DF d;
  std::size_t i = 0;
  for (; i + kN <= count; i += kN) hn::StoreU(hn::Add(hn::LoadU(d, x + i), hn::LoadU(d, y + i)), d, x + i);
  for (; i < count; ++i) x[i] += y[i];
}

inline constexpr ElementwiseKernels kElementwise = {&Quantize, &RmsNorm, &Rope, &StoreRow, &GatedActivation, &Add};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#endif
