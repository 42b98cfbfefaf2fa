// A named, typed, shaped run of bytes that somebody else owns: what a file reader hands to the loader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bitnet/dtype.hpp"

namespace bitnet {

/// Shape is outermost first: a weight is [rows, cols] and its rows lie one after another. The bytes may be unaligned.
struct TensorView {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<std::uint64_t> shape;
  std::span<const std::byte> bytes;

  /// Product of the shape; readers have checked that it does not overflow.
  std::uint64_t elements() const {
    std::uint64_t n = 1;
    for (std::uint64_t d : shape) n *= d;
    return n;
  }
};

}  // namespace bitnet
