// Compiled once for each target of targets.hpp. The order of the includes matters.
// clang-format off
#include "base/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/limits_kernels.cpp"
#include "hwy/foreach_target.h"

#include "backends/cpu/limits-inl.h"
// clang-format on

#if HWY_ONCE
#include "backends/cpu/cpu_backend.hpp"

namespace bitnet::cpu {
namespace {

const LimitLoops* loops_of(Isa isa) noexcept {
  switch (isa) {
    BITNET_CPU_CASES(kLimits)
#if HWY_TARGETS & HWY_AVX2
    case Isa::kAvx2Vnni: return &N_AVX2::kLimitsDot4;
#endif
#if HWY_TARGETS & HWY_AVX3
    case Isa::kAvx512Vnni:
    case Isa::kAvx512Vbmi: return &N_AVX3::kLimitsDot4;
    case Isa::kAvx512Amx: return &N_AVX3::kLimitsAmx;
#endif
#if HWY_TARGETS & HWY_NEON_WITHOUT_AES
    case Isa::kNeonDotprod: return &N_NEON_WITHOUT_AES::kLimitsDot4;
    case Isa::kNeonI8mm: return &N_NEON_WITHOUT_AES::kLimitsI8mm;
#elif HWY_TARGETS & HWY_NEON
    case Isa::kNeonDotprod: return &N_NEON::kLimitsDot4;
    case Isa::kNeonI8mm: return &N_NEON::kLimitsI8mm;
#endif
    default: return nullptr;
  }
}

}  // namespace

const LimitLoops& limit_loops(std::string_view isa) {
  const LimitLoops* loops = loops_of(*parse_isa(isa));
  return loops != nullptr ? *loops : plain_limit_loops();
}

}  // namespace bitnet::cpu
#endif
