// What the kernels share: the float tag, virtual lanes, the fixed reduction, half-precision loads, exp.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "backends/cpu/kernels.hpp"
#include "base/half.hpp"
#include "hwy/highway.h"

#if defined(BITNET_CPU_SIMD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_SIMD_INL_H_
#undef BITNET_CPU_SIMD_INL_H_
#else
#define BITNET_CPU_SIMD_INL_H_
#endif

// Arrays of vectors become registers only where every loop over them is unrolled.
#define BITNET_UNROLL _Pragma("GCC unroll 16")

HWY_BEFORE_NAMESPACE();
namespace bitnet::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using DF = hn::CappedTag<float, 16>;
using DI = hn::Rebind<std::int32_t, DF>;
using VF = hn::Vec<DF>;
using VI = hn::Vec<DI>;
inline constexpr std::size_t kN = hn::MaxLanes(DF());  // 4, 8 or 16
inline constexpr std::size_t kLaneVectors = kLanes / kN;
using D4 = hn::CappedTag<float, 4>;
using V4 = hn::Vec<D4>;
// Doubles of one vector, and the floats and integers that they come from and go to.
using DD = hn::Repartition<double, DF>;
using DHF = hn::Rebind<float, DD>;
using DHI = hn::Rebind<std::int32_t, DD>;
using VD = hn::Vec<DD>;
inline constexpr std::size_t kND = kN / 2;

// Virtual lanes of one sum. An array: a struct's implicit constructor would lack the target's attribute.
using Lanes = VF[kLaneVectors];

HWY_INLINE void SetZero(Lanes& lanes) {
  BITNET_UNROLL for (std::size_t v = 0; v < kLaneVectors; ++v) lanes[v] = hn::Zero(DF());
}

// The halving (i, i + 8), (i, i + 4) of sixteen lanes, in order in kScoreLanes / kN vectors.
HWY_INLINE V4 FoldSixteen(const VF* v) {
#if HWY_MAX_BYTES >= 64
  const hn::Half<DF> d8;
  const hn::Half<hn::Half<DF>> d4;
  const auto eight = hn::Add(hn::LowerHalf(d8, v[0]), hn::UpperHalf(d8, v[0]));
  return hn::Add(hn::LowerHalf(d4, eight), hn::UpperHalf(d4, eight));
#elif HWY_MAX_BYTES >= 32
  const hn::Half<DF> d4;
  const auto eight = hn::Add(v[0], v[1]);
  return hn::Add(hn::LowerHalf(d4, eight), hn::UpperHalf(d4, eight));
#else
  return hn::Add(hn::Add(v[0], v[2]), hn::Add(v[1], v[3]));
#endif
}

HWY_INLINE V4 FoldLanes(const Lanes& lanes) {
  VF half[kScoreLanes / kN];
  BITNET_UNROLL for (std::size_t i = 0; i < kScoreLanes / kN; ++i) half[i] =
      hn::Add(lanes[i], lanes[i + kScoreLanes / kN]);
  return FoldSixteen(half);
}

// The last two halvings, of four sums at once: sums of a, b, c and d in lanes 0 to 3.
HWY_INLINE V4 FoldFour(V4 a, V4 b, V4 c, V4 d) {
  const D4 d4;
  const V4 ab = hn::Add(hn::InterleaveLower(d4, a, b), hn::InterleaveUpper(d4, a, b));
  const V4 cd = hn::Add(hn::InterleaveLower(d4, c, d), hn::InterleaveUpper(d4, c, d));
  return hn::Add(hn::ConcatLowerLower(d4, cd, ab), hn::ConcatUpperUpper(d4, cd, ab));
}

HWY_INLINE float FoldOne(V4 a) {
  const V4 zero = hn::Zero(D4());
  return hn::GetLane(FoldFour(a, zero, zero, zero));
}

// Without it the compiler loads the same bytes again for each of their uses, and the load ports become the limit.
template <class V>
HWY_INLINE void KeepInRegister([[maybe_unused]] V& v) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128
  auto raw = v.raw;
  asm("" : "+v"(raw));
  v.raw = raw;
#elif HWY_ARCH_ARM_A64 && HWY_TARGET != HWY_EMU128
  auto raw = v.raw;
  asm("" : "+w"(raw));
  v.raw = raw;
#endif
}

// Asks for what a stream of weights reads soon after `p`: into the second-level cache, which can wait for more lines at
// once, and then into the first.
HWY_INLINE void PrefetchStream(const void* p) {
  constexpr std::size_t kFar = 4096, kNear = 2048;
  __builtin_prefetch(static_cast<const char*>(p) + kFar, 0, 2);
  __builtin_prefetch(static_cast<const char*>(p) + kNear, 0, 3);
}

// One value of a block's scale.
HWY_INLINE float HalfToFloat(const void* source) {
  std::uint16_t bits;
  std::memcpy(&bits, source, sizeof(bits));
#if HWY_ARCH_X86 && HWY_NATIVE_FMA
  return _cvtsh_ss(bits);
#elif HWY_ARCH_ARM_A64
  return static_cast<float>(std::bit_cast<__fp16>(bits));
#else
  return f16_to_f32(bits);
#endif
}

// kN values of half precision, at any address.
HWY_INLINE VF LoadHalf(const std::byte* source) {
#if (HWY_ARCH_X86 && HWY_NATIVE_FMA) || HWY_ARCH_ARM_A64
  const hn::Rebind<hwy::float16_t, DF> dh;
  return hn::PromoteTo(DF(), hn::LoadU(dh, reinterpret_cast<const hwy::float16_t*>(source)));
#else
  // Exponent and mantissa moved into place are the value times 2^-112, subnormals included; infinities and NaN would
  // come out finite and get the largest exponent back.
  const hn::Rebind<std::uint16_t, DI> du16;
  const DI di;
  const VI bits = hn::PromoteTo(di, hn::LoadU(du16, reinterpret_cast<const std::uint16_t*>(source)));
  const VI sign = hn::ShiftLeft<16>(hn::And(bits, hn::Set(di, 0x8000)));
  const VI magnitude = hn::ShiftLeft<13>(hn::And(bits, hn::Set(di, 0x7fff)));
  const VF scaled = hn::Mul(hn::BitCast(DF(), magnitude), hn::BitCast(DF(), hn::Set(di, 0x77800000)));
  const auto special = hn::Gt(magnitude, hn::Set(di, 0x0f7fffff));
  const VI result = hn::Or(hn::BitCast(di, scaled), hn::IfThenElseZero(special, hn::Set(di, 0x7f800000)));
  return hn::BitCast(DF(), hn::Or(result, sign));
#endif
}

HWY_INLINE VF LoadBrain(const std::byte* source) {
  const hn::Rebind<std::uint16_t, DI> du16;
  const DI di;
  const VI bits = hn::PromoteTo(di, hn::LoadU(du16, reinterpret_cast<const std::uint16_t*>(source)));
  return hn::BitCast(DF(), hn::ShiftLeft<16>(bits));
}

// kN bytes as floats.
HWY_INLINE VF LoadInt8(const std::byte* source) {
  const hn::Rebind<std::int8_t, DI> d8;
  return hn::ConvertTo(DF(), hn::PromoteTo(DI(), hn::LoadU(d8, reinterpret_cast<const std::int8_t*>(source))));
}

// kN unsigned bytes as int32.
HWY_INLINE VI LoadBytes(const std::byte* source) {
  const hn::Rebind<std::uint8_t, DI> d8;
  return hn::PromoteTo(DI(), hn::LoadU(d8, reinterpret_cast<const std::uint8_t*>(source)));
}

// e^x to within 2 ulp; 0 from below -104 on, infinity above 88.8, NaN for NaN. Cody and Waite's reduction by ln 2 in
// two parts, then Taylor's polynomial of degree 7 on [-ln2 / 2, ln2 / 2] (error 5e-9 relative).
HWY_INLINE VF Exp(VF x) {
  const DF d;
  const DI di;
  const VF bounded = hn::Min(hn::Max(x, hn::Set(d, -110.0f)), hn::Set(d, 90.0f));
  const VI n = hn::NearestInt(hn::Mul(bounded, hn::Set(d, 1.44269504f)));
  const VF nf = hn::ConvertTo(d, n);
  VF r = hn::NegMulAdd(nf, hn::Set(d, 0.693359375f), bounded);
  r = hn::NegMulAdd(nf, hn::Set(d, -2.12194440e-4f), r);
  VF p = hn::Set(d, 1.0f / 5040.0f);
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f / 720.0f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f / 120.0f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f / 24.0f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f / 6.0f));
  p = hn::MulAdd(p, r, hn::Set(d, 0.5f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f));
  // 2^n in two factors, so that neither leaves the exponent's range.
  const VI half = hn::ShiftRight<1>(n);
  const VI bias = hn::Set(di, 127);
  const VF first = hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(half, bias)));
  const VF second = hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(hn::Sub(n, half), bias)));
  const VF result = hn::Mul(hn::Mul(p, first), second);
  return hn::IfThenElse(hn::Eq(x, x), result, x);
}

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#endif
