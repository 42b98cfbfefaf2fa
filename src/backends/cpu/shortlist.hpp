// A head whose rows are large is read in two steps when only its best rows matter: all rows in six bits, with a bound on
// how far each result may be off, then as they are stored those rows that the bound does not rule out. The result is
// that of the whole product for every row that can be among the best.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "backends/cpu/kernels.hpp"
#include "bitnet/context.hpp"

namespace bitnet::cpu {

/// What a shortlist's buffer holds: [rows] and [rows] f32, then tiles of q6_layout.hpp.
struct Shortlist {
  const float* error;  // ||w - w6||
  const float* norm;   // ||w6||
  const std::uint8_t* tiles;

  static constexpr std::size_t tiles_offset(std::size_t rows) { return (2 * rows * sizeof(float) + 63) / 64 * 64; }
  static Shortlist at(const std::byte* memory, std::size_t rows) {
    const auto* error = reinterpret_cast<const float*>(memory);
    return {error, error + rows, reinterpret_cast<const std::uint8_t*>(memory) + tiles_offset(rows)};
  }
};

/// For dense rows as stored, columns a multiple of 256.
Buffer make_shortlist(const Context& context, SharedWeights* shared, const DenseKernels& kernels,
                      const WeightMatrix& w);

/// The rows that may be among the best, ascending, from `y` [rows], the products with the six-bit rows; those in `also`
/// (ascending) always are. ||x||, and ||x - x'|| for the activations x' that the six-bit product used.
std::vector<std::int32_t> rows_that_matter(const Shortlist& list, std::size_t cols, std::span<const float> y,
                                           const BestRows& best, double x_norm, double x_error);

}  // namespace bitnet::cpu
