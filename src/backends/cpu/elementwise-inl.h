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

// The bits of |x|: as integers they order like the values, with NaN above infinity, so the largest needs no fixed
// order.
HWY_INLINE VI AbsBits(VF x) { return hn::And(hn::BitCast(DI(), x), hn::Set(DI(), 0x7fffffff)); }

// Rounded half to even; NaN gives 0. |x * scale| <= 127 by the choice of the scale. The product is made in double and
// rounded to float first: activations are ratios of integers more often than one would think (a value of the first
// token passes through attention unchanged), and a tie must stay a tie.
HWY_INLINE hn::Vec<DHI> QuantizeVector(hn::Vec<DHF> x, VD scale) {
  const auto scaled = hn::DemoteTo(DHF(), hn::Mul(hn::PromoteTo(DD(), x), scale));
  return hn::NearestInt(hn::IfThenElseZero(hn::Eq(scaled, scaled), scaled));
}

inline double Quantize(const float* x, std::size_t cols, std::size_t stride, std::int8_t* q,
                       std::int32_t* sum) noexcept {
  const DF d;
  const DI di;
  const hn::Rebind<std::int8_t, DHI> d8;
  const std::size_t whole = cols / kN * kN;
  alignas(64) float tail[kN] = {};
  std::copy(x + whole, x + cols, tail);

  VI largest = AbsBits(hn::Load(d, tail));
  for (std::size_t i = 0; i < whole; i += kN) largest = hn::Max(largest, AbsBits(hn::LoadU(d, x + i)));
  const std::int32_t bits = hn::GetLane(hn::MaxOfLanes(di, largest));
  float absmax;
  std::memcpy(&absmax, &bits, sizeof(absmax));
  // A NaN passes the comparison and stays in the scale, so that it shows in every product of this token.
  const double scale = 127.0 / static_cast<double>(absmax < 1e-5f ? 1e-5f : absmax);

  const VD factor = hn::Set(DD(), scale);
  auto total = hn::Zero(DHI());
  for (std::size_t i = 0; i < whole; i += kND) {
    const auto rounded = QuantizeVector(hn::LoadU(DHF(), x + i), factor);
    total = hn::Add(total, rounded);
    hn::StoreU(hn::DemoteTo(d8, rounded), d8, q + i);
  }
  std::fill(q + whole, q + stride, std::int8_t{0});
  alignas(64) std::int8_t codes[kN];
  for (std::size_t i = 0; whole < cols && i < kN; i += kND) {
    const auto rounded = QuantizeVector(hn::Load(DHF(), tail + i), factor);
    total = hn::Add(total, rounded);
    hn::StoreU(hn::DemoteTo(d8, rounded), d8, codes + i);
  }
  if (whole < cols) std::copy(codes, codes + (cols - whole), q + whole);
  *sum = hn::GetLane(hn::SumOfLanes(DHI(), total));
  return scale;
}

// Doubles throughout, rounded once: squares of floats are exact in double, so fused and separate multiply-add agree.
// Lane i of sixteen takes elements i, i + 16, ...; the lanes are added in halves.
inline void RmsNorm(const float* x, const float* weight, std::size_t dim, float eps, float* out) noexcept {
  constexpr std::size_t kSums = 16;
  VD squares[kSums / kND];
  for (VD& v : squares) v = hn::Zero(DD());
  const auto accumulate = [&squares](const float* values) HWY_ATTR {
    for (std::size_t v = 0; v < kSums / kND; ++v) {
      const VD value = hn::PromoteTo(DD(), hn::LoadU(DHF(), values + v * kND));
      squares[v] = hn::MulAdd(value, value, squares[v]);
    }
  };
  const std::size_t whole = dim / kSums * kSums;
  for (std::size_t i = 0; i < whole; i += kSums) accumulate(x + i);
  if (whole < dim) {
    float tail[kSums] = {};
    std::copy(x + whole, x + dim, tail);
    accumulate(tail);
  }
  alignas(64) double sums[kSums];
  for (std::size_t v = 0; v < kSums / kND; ++v) hn::Store(squares[v], DD(), sums + v * kND);
  for (std::size_t half = kSums / 2; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) sums[i] += sums[i + half];
  const double inverse = 1.0 / std::sqrt(sums[0] / static_cast<double>(dim) + static_cast<double>(eps));
  const VD factor = hn::Set(DD(), inverse);
  std::size_t i = 0;
  for (; i + kND <= dim; i += kND) {
    const VD scaled = hn::Mul(hn::PromoteTo(DD(), hn::LoadU(DHF(), x + i)), factor);
    const VD value = hn::Mul(scaled, hn::PromoteTo(DD(), hn::LoadU(DHF(), weight + i)));
    hn::StoreU(hn::DemoteTo(DHF(), value), DHF(), out + i);
  }
  for (; i < dim; ++i)
    out[i] = static_cast<float>(static_cast<double>(x[i]) * inverse * static_cast<double>(weight[i]));
}

// Products of floats are exact in double, so each result is rounded once. The loop has no order to keep: the compiler
// makes vectors of it for each target.
inline void Rope(float* HWY_RESTRICT x, const float* HWY_RESTRICT cos, const float* HWY_RESTRICT sin, std::size_t dims,
                 bool interleaved) noexcept {
  const std::size_t pairs = dims / 2, step = interleaved ? 2 : 1, other = interleaved ? 1 : pairs;
  for (std::size_t i = 0; i < pairs; ++i) {
    const double a = x[step * i], b = x[step * i + other], c = cos[i], s = sin[i];
    x[step * i] = static_cast<float>(a * c - b * s);
    x[step * i + other] = static_cast<float>(a * s + b * c);
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
      largest = hn::IfThenElse(hn::Gt(magnitude, largest), magnitude, largest);  // a NaN is never greater
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

HWY_INLINE VF Silu(VF gate) { return hn::Div(gate, hn::Add(hn::Set(DF(), 1.0f), Exp(hn::Neg(gate)))); }

inline void GatedSilu(const float* gate, const float* up, std::size_t count, float* out) noexcept {
  const DF d;
  std::size_t i = 0;
  for (; i + kN <= count; i += kN) hn::StoreU(hn::Mul(Silu(hn::LoadU(d, gate + i)), hn::LoadU(d, up + i)), d, out + i);
  if (i < count) {
    alignas(64) float tail[kN] = {};
    std::copy(gate + i, gate + count, tail);
    hn::Store(Silu(hn::Load(d, tail)), d, tail);
    for (std::size_t j = 0; i + j < count; ++j) out[i + j] = tail[j] * up[i + j];
  }
}

// In double, where the square is exact, and rounded once.
inline float GatedRelu2One(float gate, float up) {
  const double positive = gate < 0.0f ? 0.0f : gate;  // NaN stays
  return static_cast<float>(positive * positive * static_cast<double>(up));
}
inline void GatedRelu2(const float* gate, const float* up, std::size_t count, float* out) noexcept {
  const DD d;
  const DHF dh;
  std::size_t i = 0;
  // Highway's plain target rounds what is too large to the largest float, not to infinity.
  for (; HWY_TARGET != HWY_EMU128 && i + kND <= count; i += kND) {
    const auto g = hn::LoadU(dh, gate + i);
    const VD positive = hn::PromoteTo(d, hn::IfThenElse(hn::Lt(g, hn::Zero(dh)), hn::Zero(dh), g));
    const VD product = hn::Mul(hn::Mul(positive, positive), hn::PromoteTo(d, hn::LoadU(dh, up + i)));
    hn::StoreU(hn::DemoteTo(dh, product), dh, out + i);
  }
  for (; i < count; ++i) out[i] = GatedRelu2One(gate[i], up[i]);
}

inline void GatedActivation(Activation act, const float* gate, const float* up, std::size_t count,
                            float* out) noexcept {
  if (act == Activation::kSilu) {
    GatedSilu(gate, up, count, out);
  } else {
    GatedRelu2(gate, up, count, out);
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
