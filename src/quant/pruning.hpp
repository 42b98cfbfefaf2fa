// Weights set to zero: the smallest of a matrix, or all but N of every M.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "tensor/tensor_view.hpp"

namespace bitnet {

struct Pruning {
  enum class Kind : std::uint8_t { kMagnitude, kNofM };
  Kind kind = Kind::kMagnitude;
  double fraction = 0;       // kMagnitude: of the matrix's weights, those of the smallest magnitudes
  std::size_t n = 0, m = 0;  // kNofM: of m weights beside each other in a row the n largest stay

  /// "0.5", or "2:4" (n:m, 0 < n < m <= 64). Throws kInvalidArgument.
  static Pruning parse(std::string_view text);
};

/// What is pruned of one float matrix [rows, cols]; its bytes must outlive this only during construction.
class Pruner {
 public:
  /// Reads the matrix once for kMagnitude. Throws kUnsupported for a type without floats.
  Pruner(const TensorView& tensor, const Pruning& pruning);
  /// Zeros in a row's `values`, a whole row. Of equal magnitudes kMagnitude keeps all where not all may go, kNofM the
  /// first.
  void apply(std::span<float> values) const noexcept;

 private:
  Pruning pruning_;
  float threshold_ = 0;  // smaller magnitudes go
};

}  // namespace bitnet
