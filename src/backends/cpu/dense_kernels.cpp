// Compiled once for each target of targets.hpp. The order of the includes matters.
// clang-format off
#include "base/simd/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/dense_kernels.cpp"
#include "hwy/foreach_target.h"

#include "backends/cpu/dense-inl.h"
// clang-format on

#if HWY_ONCE
namespace bitnet::cpu {

const DenseKernels* dense_kernels(Isa isa) noexcept {
  switch (isa) {
    BITNET_CPU_CASES(kDense)
    default: return nullptr;
  }
}

}  // namespace bitnet::cpu
#endif
