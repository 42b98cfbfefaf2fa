// Which element types dense weights and caches may have: the same on every host backend.
#pragma once

#include "bitnet/dtype.hpp"

namespace bitnet {

constexpr bool is_dense_weight_type(DType type) noexcept {
  switch (type) {
    case DType::kF32: case DType::kF16: case DType::kBF16:
    case DType::kQ4_0: case DType::kQ4_1: case DType::kQ5_0: case DType::kQ5_1: case DType::kQ8_0:
    case DType::kQ4_K: case DType::kQ5_K: case DType::kQ6_K: case DType::kTQ1_0: case DType::kTQ2_0: return true;
    default: return false;
  }
}

constexpr bool is_kv_cache_type(DType type) noexcept {
  return type == DType::kF32 || type == DType::kF16 || type == DType::kQ8_0;
}

}  // namespace bitnet
