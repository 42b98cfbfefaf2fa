#include "backends/cpu/shortlist.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <queue>

#include "backends/cpu/q6_layout.hpp"
#include "base/parallel.hpp"
#include "quant/block_codec.hpp"

namespace bitnet::cpu {
namespace {

// Both products round their float sums: up to 4096 columns each adds at most 2^7 terms a lane, 2^-24 of ||w|| ||x|| a
// time; more columns are more terms.
float rounding(std::size_t cols) { return 2e-5f * std::max(1.0f, static_cast<float>(cols) / 4096.0f); }

}  // namespace

namespace {

void fill_shortlist(const Context& context, const DenseKernels& kernels, const WeightMatrix& w, std::byte* memory) {
  const std::size_t tile_bytes = q6_tile_bytes(w.cols), row_bytes = static_cast<std::size_t>(*dtype_bytes(w.dtype, w.cols));
  const std::size_t q6_bytes = static_cast<std::size_t>(*dtype_bytes(DType::kQ6_K, w.cols));
  auto* error = reinterpret_cast<float*>(memory);
  auto* norm = error + w.rows;
  auto* tiles = reinterpret_cast<std::uint8_t*>(memory) + Shortlist::tiles_offset(w.rows);
  parallel_for(context.threads(), ternary_tiles(w.rows), 1, [&](std::size_t begin, std::size_t end, int) {
    std::vector<float> row(w.cols), rounded(w.cols);
    std::vector<std::byte> blocks(kTileRows * q6_bytes);
    for (std::size_t tile = begin; tile < end; ++tile) {
      const std::size_t first = tile * kTileRows, count = std::min(kTileRows, w.rows - first);
      for (std::size_t r = 0; r < count; ++r) {
        std::byte* to = blocks.data() + r * q6_bytes;
        kernels.dequantize(w.dtype, w.data + (first + r) * row_bytes, w.cols, row.data());
        quantize_q6_k(row.data(), w.cols, to);
        kernels.dequantize(DType::kQ6_K, to, w.cols, rounded.data());
        double lost = 0.0, kept = 0.0;
        for (std::size_t i = 0; i < w.cols; ++i) {
          const double difference = static_cast<double>(row[i]) - rounded[i];
          lost += difference * difference;
          kept += static_cast<double>(rounded[i]) * rounded[i];
        }
        // Rounded up: they are bounds. Weights that are no numbers give bounds that are none, and rule nothing out.
        error[first + r] = static_cast<float>(std::sqrt(lost) * (1 + 1e-6));
        norm[first + r] = static_cast<float>(std::sqrt(kept) * (1 + 1e-6));
      }
      pack_q6_tile(blocks.data(), q6_bytes, count, w.cols, tiles + tile * tile_bytes);
    }
  });
}

}  // namespace

Buffer make_shortlist(const Context& context, SharedWeights* shared, const DenseKernels& kernels, const WeightMatrix& w) {
  const std::size_t bytes = Shortlist::tiles_offset(w.rows) + ternary_tiles(w.rows) * q6_tile_bytes(w.cols);
  return place_weights(context.pool(), shared, bytes,
                       [&](std::byte* memory) { fill_shortlist(context, kernels, w, memory); });
}

std::vector<std::int32_t> rows_that_matter(const Shortlist& list, std::size_t cols, std::span<const float> y,
                                           const BestRows& best, double x_norm, double x_error) {
  const auto for_error = static_cast<float>(x_norm * (1 + rounding(cols)));
  const auto for_norm = static_cast<float>(x_error + x_norm * rounding(cols));
  const auto bound = [&](std::size_t r) { return list.error[r] * for_error + list.norm[r] * for_norm; };
  const auto is_also = [&](std::size_t r) {
    return std::binary_search(best.also.begin(), best.also.end(), static_cast<std::int32_t>(r));
  };

  // The least that the last of the best can be: the count-th largest of what each row is at least.
  std::priority_queue<float, std::vector<float>, std::greater<>> largest;
  for (std::size_t r = 0; r < y.size(); ++r) {
    const float least = y[r] - bound(r);
    if (largest.size() == best.count && !(least > largest.top())) continue;
    if (std::isnan(least) || is_also(r)) continue;
    if (largest.size() == best.count) largest.pop();
    largest.push(least);
  }
  const float cutoff = largest.size() < best.count ? -std::numeric_limits<float>::infinity() : largest.top() - best.margin;

  std::vector<std::int32_t> rows;
  for (std::size_t r = 0; r < y.size(); ++r)
    if (!(y[r] + bound(r) < cutoff) || is_also(r)) rows.push_back(static_cast<std::int32_t>(r));
  return rows;
}

}  // namespace bitnet::cpu
