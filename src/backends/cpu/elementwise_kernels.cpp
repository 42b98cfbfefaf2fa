// Compiled once for each target of targets.hpp. The order of the includes matters.
// clang-format off
#include "base/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/elementwise_kernels.cpp"
#include "hwy/foreach_target.h"

#include "backends/cpu/elementwise-inl.h"
// clang-format on

#if HWY_ONCE
namespace bitnet::cpu {

const ElementwiseKernels* elementwise_kernels(Isa isa) noexcept {
  switch (isa) {
    BITNET_CPU_CASES(kElementwise)
    default: return nullptr;
  }
}

}  // namespace bitnet::cpu
#endif
