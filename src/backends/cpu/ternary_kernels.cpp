// Compiled once for each target of targets.hpp. The order of the includes matters.
// clang-format off
#include "base/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/ternary_kernels.cpp"
#include "hwy/foreach_target.h"

#include "backends/cpu/ternary_amx-inl.h"
#include "backends/cpu/ternary_dot4-inl.h"
#include "backends/cpu/ternary_i8mm-inl.h"
#include "backends/cpu/ternary_maddubs-inl.h"
#include "backends/cpu/ternary_plain-inl.h"
#include "backends/cpu/ternary_product-inl.h"
#include "backends/cpu/ternary_vbmi-inl.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

template <class Inner>
constexpr TernaryKernels kTernaryOf = {
    Inner::kGroupColumns == kTwoBitColumns ? &kTwoBitLayout : &kFiveTritLayout, &TernaryScratchBytes<Inner>,
    &TernaryProduct<Inner>};

#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SSE2
constexpr TernaryKernels kTernary = kTernaryOf<MaddubsInner>;
#else
constexpr TernaryKernels kTernary = kTernaryOf<PlainInner>;
#endif
#ifdef BITNET_DOT4_TARGET
constexpr TernaryKernels kTernaryDot4 = kTernaryOf<Dot4Inner>;
#endif
#ifdef BITNET_I8MM_TARGET
constexpr TernaryKernels kTernaryI8mm = kTernaryOf<I8mmInner>;
#endif
#ifdef BITNET_VBMI_TARGET
constexpr TernaryKernels kTernaryVbmi = kTernaryOf<VbmiInner>;
constexpr TernaryKernels kTernaryAmx = kTernaryOf<AmxInner>;
#endif

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitnet::cpu {

const TernaryKernels* ternary_kernels(Isa isa) noexcept {
  switch (isa) {
    BITNET_CPU_CASES(kTernary)
#if HWY_TARGETS & HWY_AVX2
    case Isa::kAvx2Vnni: return &N_AVX2::kTernaryDot4;
#endif
#if HWY_TARGETS & HWY_AVX3
    case Isa::kAvx512Vnni: return &N_AVX3::kTernaryDot4;
    case Isa::kAvx512Vbmi: return &N_AVX3::kTernaryVbmi;
    case Isa::kAvx512Amx: return &N_AVX3::kTernaryAmx;
#endif
#if HWY_TARGETS & HWY_NEON_WITHOUT_AES
    case Isa::kNeonDotprod: return &N_NEON_WITHOUT_AES::kTernaryDot4;
    case Isa::kNeonI8mm: return &N_NEON_WITHOUT_AES::kTernaryI8mm;
#elif HWY_TARGETS & HWY_NEON
    case Isa::kNeonDotprod: return &N_NEON::kTernaryDot4;
    case Isa::kNeonI8mm: return &N_NEON::kTernaryI8mm;
#endif
    default: return nullptr;
  }
}

}  // namespace bitnet::cpu
#endif
