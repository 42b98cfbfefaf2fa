// Compiled once for each target of targets.hpp. The order of the includes matters.
// clang-format off
#include "base/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "quant/packing/simd/trit_kernels_simd.cpp"
#include "hwy/foreach_target.h"

#include "quant/packing/simd/trit_kernels-inl.h"
// clang-format on

#if HWY_ONCE
#include "quant/packing/simd/trit_kernels_simd.hpp"

namespace bitnet {

const TritKernels* simd_trit_kernels(cpu::Isa isa) noexcept {
  using cpu::Isa;
  using namespace trits;
  switch (isa) {
    BITNET_CPU_CASES(kTrits)
    default: return nullptr;
  }
}

}  // namespace bitnet
#endif
