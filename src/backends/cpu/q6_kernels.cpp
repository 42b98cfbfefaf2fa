// Compiled once for each target of targets.hpp. The order of the includes matters.
// clang-format off
#include "base/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/q6_kernels.cpp"
#include "hwy/foreach_target.h"

#include <algorithm>
#include <cstring>

#include "backends/cpu/kernels.hpp"
#include "backends/cpu/q6_layout.hpp"
#include "backends/cpu/ternary_dot4-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

// Codes are at most 63, so two products of maddubs, and two of those sums, fit 16 bits.
HWY_INLINE VI DotWithoutDot4(VI sum, VU8 codes, VI activations) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SSE2
#if HWY_MAX_BYTES == 64
  return VI{_mm512_add_epi32(
      sum.raw, _mm512_madd_epi16(_mm512_maddubs_epi16(codes.raw, activations.raw), _mm512_set1_epi16(1)))};
#elif HWY_MAX_BYTES == 32
  return VI{_mm256_add_epi32(
      sum.raw, _mm256_madd_epi16(_mm256_maddubs_epi16(codes.raw, activations.raw), _mm256_set1_epi16(1)))};
#else
  return VI{_mm_add_epi32(sum.raw, _mm_madd_epi16(_mm_maddubs_epi16(codes.raw, activations.raw), _mm_set1_epi16(1)))};
#endif
#elif HWY_ARCH_ARM_A64 && HWY_TARGET != HWY_EMU128
  const int8x16_t w = vreinterpretq_s8_u8(codes.raw), a = vreinterpretq_s8_s32(activations.raw);
  const int16x8_t low = vmull_s8(vget_low_s8(w), vget_low_s8(a)), high = vmull_high_s8(w, a);
  return VI(vaddq_s32(sum.raw, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high))));
#else
  alignas(64) std::uint8_t w[kBytes];
  alignas(64) std::int8_t a[kBytes];
  alignas(64) std::int32_t out[kN];
  hn::Store(codes, DU8(), w);
  hn::Store(hn::BitCast(hn::Repartition<std::int8_t, DI>(), activations), hn::Repartition<std::int8_t, DI>(), a);
  hn::Store(sum, DI(), out);
  for (std::size_t i = 0; i < kBytes; ++i) out[i / 4] += int{w[i]} * int{a[i]};
  return hn::Load(DI(), out);
#endif
}

#define BITNET_Q6_NAME Q6WithoutDot4
#define BITNET_Q6_DOT DotWithoutDot4
#include "backends/cpu/q6_product-inl.h"
constexpr Q6Kernels kQ6 = {&Q6WithoutDot4::Product};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#ifdef BITNET_DOT4_TARGET
HWY_PUSH_ATTRIBUTES(BITNET_DOT4_TARGET)
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

#define BITNET_Q6_NAME Q6WithDot4
#define BITNET_Q6_DOT Dot4
#include "backends/cpu/q6_product-inl.h"
constexpr Q6Kernels kQ6Dot4 = {&Q6WithDot4::Product};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_POP_ATTRIBUTES
#endif

#if HWY_ONCE
namespace bitnet::cpu {

const Q6Kernels* q6_kernels(Isa isa) noexcept {
  switch (isa) {
    BITNET_CPU_CASES(kQ6)
#if HWY_TARGETS & HWY_AVX2
    case Isa::kAvx2Vnni: return &N_AVX2::kQ6Dot4;
#endif
#if HWY_TARGETS & HWY_AVX3
    case Isa::kAvx512Vnni:
    case Isa::kAvx512Vbmi:
    case Isa::kAvx512Amx: return &N_AVX3::kQ6Dot4;
#endif
#if HWY_TARGETS & HWY_NEON_WITHOUT_AES
    case Isa::kNeonDotprod:
    case Isa::kNeonI8mm: return &N_NEON_WITHOUT_AES::kQ6Dot4;
#elif HWY_TARGETS & HWY_NEON
    case Isa::kNeonDotprod:
    case Isa::kNeonI8mm: return &N_NEON::kQ6Dot4;
#endif
    default: return nullptr;
  }
}

}  // namespace bitnet::cpu
#endif
