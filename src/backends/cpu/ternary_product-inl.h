// The loop over tiles around the inner loops: few tokens read the packed bytes once each, more share an unpacked tile.
#include <algorithm>
#include <utility>

#include "backends/cpu/ternary_common-inl.h"

#if defined(BITNET_CPU_TERNARY_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_TERNARY_PRODUCT_INL_H_
#undef BITNET_CPU_TERNARY_PRODUCT_INL_H_
#else
#define BITNET_CPU_TERNARY_PRODUCT_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

// y of 32 rows of one token from their integer sums.
inline void FinishTile(const TernaryJob& job, std::size_t tile, std::size_t token, const std::int32_t* sums) {
  const DD d;
  const DHI di;
  const std::size_t row = tile * kTileRows;
  const std::size_t rows = std::min(kTileRows, job.rows - row);
  float* y = job.y + token * job.rows + row;
  const auto act_sum = hn::Set(di, job.act_sum[token]);
  // In double, rounded once: equal ratios of integers stay equal, and so do the ties that the next quantizer meets.
  const auto factor = hn::Set(d, job.weight_scale / job.act_scale[token]);
  alignas(64) float values[kTileRows];
  float* out = rows == kTileRows ? y : values;
  if (job.bias != nullptr) {
    const double scale = job.weight_scale / job.act_scale[token];
    for (std::size_t r = 0; r < rows; ++r)
      y[r] = static_cast<float>(static_cast<double>(sums[r] - job.act_sum[token]) * scale + job.bias[row + r]);
    return;
  }
  for (std::size_t r = 0; r < kTileRows; r += hn::MaxLanes(d)) {
    const auto sum = hn::PromoteTo(d, hn::Sub(hn::Load(di, sums + r), act_sum));
    hn::StoreU(hn::DemoteTo(DHF(), hn::Mul(sum, factor)), DHF(), out + r);
  }
  if (out == values) std::copy(values, values + rows, y);
}

template <class Inner, std::size_t... counts>
void GemmBlock(std::size_t tokens, std::index_sequence<counts...>, const std::uint8_t* codes, std::size_t steps,
               const std::int8_t* q, std::size_t q_stride, std::int32_t* sums) {
  // One of these is `tokens`.
  (void)((tokens == counts + 1 && (Inner::template Gemm<counts + 1>(codes, steps, q, q_stride, sums), true)) || ...);
}

// Adds to sums [tokens, 32 rows] the products of unpacked codes: `steps` of four columns.
template <class Inner>
void GemmTokens(std::size_t tokens, const std::uint8_t* codes, std::size_t steps, const std::int8_t* q,
                std::size_t q_stride, std::int32_t* sums) {
  for (std::size_t t = 0; t < tokens; t += Inner::kGemmTokens)
    GemmBlock<Inner>(std::min(Inner::kGemmTokens, tokens - t), std::make_index_sequence<Inner::kGemmTokens>(), codes,
                     steps, q + t * q_stride, q_stride, sums + t * kTileRows);
}

template <class Inner>
std::size_t TernaryScratchBytes(std::size_t groups, std::size_t tokens) noexcept {
  if (tokens <= Inner::kGemvTokens) return 0;
  return std::min(groups, Inner::kBlockGroups) * Inner::kGroupColumns * kTileRows +
         tokens * kTileRows * sizeof(std::int32_t);
}

// Up to Inner::kGemvTokens, unpacking would cost more than taking the codes apart for each token.
template <class Inner>
void TernaryProduct(const TernaryJob& job, std::size_t tile_begin, std::size_t tile_end, std::byte* scratch) noexcept {
  const std::size_t tile_bytes = job.groups * kGroupBytes;
  if (job.tokens <= Inner::kGemvTokens) {
    alignas(64) std::int32_t sums[kTileRows];
    for (std::size_t i = tile_begin; i < tile_end; ++i) {
      for (std::size_t t = 0; t < job.tokens; ++t) {
        Inner::Gemv(job.tiles + i * tile_bytes, job.groups, job.q + t * job.q_stride, sums);
        FinishTile(job, i, t, sums);
      }
    }
    return;
  }
  const std::size_t block_groups = std::min(job.groups, Inner::kBlockGroups);
  auto* codes = reinterpret_cast<std::uint8_t*>(scratch);
  auto* sums = reinterpret_cast<std::int32_t*>(scratch + block_groups * Inner::kGroupColumns * kTileRows);
  for (std::size_t i = tile_begin; i < tile_end; ++i) {
    const std::uint8_t* tile = job.tiles + i * tile_bytes;
    std::fill(sums, sums + job.tokens * kTileRows, 0);
    for (std::size_t g = 0; g < job.groups; g += block_groups) {
      const std::size_t groups = std::min(block_groups, job.groups - g), steps = groups * Inner::kGroupColumns / 4;
      const std::int8_t* q = job.q + g * Inner::kGroupColumns;
      Inner::Unpack(tile + g * kGroupBytes, groups, codes);
      if constexpr (requires { &Inner::Tiles; }) {
        Inner::Tiles(job.tokens, codes, steps, q, job.q_stride, sums);
      } else {
        GemmTokens<Inner>(job.tokens, codes, steps, q, job.q_stride, sums);
      }
    }
    for (std::size_t t = 0; t < job.tokens; ++t) FinishTile(job, i, t, sums + t * kTileRows);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#endif
