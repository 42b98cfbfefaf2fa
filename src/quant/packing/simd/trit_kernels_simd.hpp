// The loops of trit_kernels.hpp, compiled for each level.
#pragma once

#include "base/simd/isa.hpp"
#include "quant/packing/trit_kernels.hpp"

namespace bitnet {

/// Null where a level has none of its own.
const TritKernels* simd_trit_kernels(cpu::Isa isa) noexcept;

}  // namespace bitnet
