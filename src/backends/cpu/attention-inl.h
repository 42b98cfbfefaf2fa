// Causal attention in three steps that callers may split as they like: scores by position, softmax by row, values by
// dimension. Each score is one sum over kScoreLanes lanes, each output one chain of additions in position order.
#include <algorithm>
#include <limits>

#include "backends/cpu/attention_f64-inl.h"
#include "backends/cpu/dequantize-inl.h"

#if defined(BITNET_CPU_ATTENTION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_ATTENTION_INL_H_
#undef BITNET_CPU_ATTENTION_INL_H_
#else
#define BITNET_CPU_ATTENTION_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

// Positions that are converted to float together, to be used by all rows of the block.
inline constexpr std::size_t kPositionTile = 32;
inline constexpr std::size_t kScoreVectors = kScoreLanes / kN;
// Query rows whose scores with four positions are summed at once.
inline constexpr std::size_t kScoreRows = HWY_MAX_BYTES >= 64 ? 4 : 1;
// Output rows, times two vectors of dimensions, at once.
inline constexpr std::size_t kValueRows = HWY_MAX_BYTES >= 64 || HWY_ARCH_ARM_A64 ? 8 : 4;

HWY_INLINE std::size_t PaddedDim(std::size_t head_dim) { return (head_dim + kLanes - 1) / kLanes * kLanes; }

inline std::size_t AttentionScratchBytes(std::size_t head_dim, std::size_t rows) noexcept {
  return (kPositionTile + rows) * PaddedDim(head_dim) * sizeof(float);
}

// Dimensions [d_begin, d_end) of `count` cache rows, as floats, `padded` apart, zero from head_dim on.
inline void LoadCache(const KvLayer& kv, const std::byte* rows, std::size_t row_bytes, std::size_t count,
                      std::size_t d_begin, std::size_t d_end, std::size_t padded, float* out) {
  const DTypeTraits& traits = dtype_traits(kv.type);
  const std::size_t offset = d_begin / traits.block * traits.bytes, end = std::min(d_end, kv.head_dim);
  for (std::size_t p = 0; p < count; ++p, out += padded) {
    Dequantize(kv.type, rows + p * row_bytes + offset, end - d_begin, out + d_begin);
    std::fill(out + end, out + std::max(d_end, end), 0.0f);
  }
}

template <std::size_t rows>
HWY_INLINE void ScoreFour(const float* q, const float* keys, std::size_t padded, float scale, float* scores,
                          std::size_t scores_stride) {
  const DF d;
  const D4 d4;
  VF sums[rows][4][kScoreVectors];
  BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) BITNET_UNROLL for (std::size_t p = 0; p < 4; ++p)
      BITNET_UNROLL for (std::size_t v = 0; v < kScoreVectors; ++v) sums[r][p][v] = hn::Zero(d);
  for (std::size_t i = 0; i < padded; i += kScoreLanes) {
    BITNET_UNROLL for (std::size_t v = 0; v < kScoreVectors; ++v) {
      VF k[4];
      BITNET_UNROLL for (std::size_t p = 0; p < 4; ++p) {
        k[p] = hn::Load(d, keys + p * padded + i + v * kN);
        if (rows > 1) KeepInRegister(k[p]);
      }
      BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) {
        const VF x = hn::Load(d, q + r * padded + i + v * kN);
        BITNET_UNROLL for (std::size_t p = 0; p < 4; ++p) sums[r][p][v] = hn::MulAdd(x, k[p], sums[r][p][v]);
      }
    }
  }
  BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) {
    const V4 dots =
        FoldFour(FoldSixteen(sums[r][0]), FoldSixteen(sums[r][1]), FoldSixteen(sums[r][2]), FoldSixteen(sums[r][3]));
    hn::StoreU(hn::Mul(dots, hn::Set(d4, scale)), d4, scores + r * scores_stride);
  }
}

// Writes whole groups of four positions: scores has room up to the next multiple of kScoreLanes behind p_end.
inline void Scores(const AttentionJob& job, std::size_t kv_head, std::size_t t_begin, std::size_t t_end,
                   std::size_t p_begin, std::size_t p_end, float* scores, std::size_t scores_stride,
                   std::byte* scratch) noexcept {
  const std::size_t head_dim = job.kv.head_dim, padded = PaddedDim(head_dim), group = job.heads / job.kv.kv_heads;
  const std::size_t row_bytes = head_dim / dtype_traits(job.kv.type).block * dtype_traits(job.kv.type).bytes;
  const std::size_t rows = (t_end - t_begin) * group;
  auto* keys = reinterpret_cast<float*>(scratch);
  float* q = keys + kPositionTile * padded;
  for (std::size_t r = 0; r < rows; ++r) {
    const float* from = job.q + ((t_begin + r / group) * job.heads + kv_head * group + r % group) * head_dim;
    std::copy(from, from + head_dim, q + r * padded);
    std::fill(q + r * padded + head_dim, q + (r + 1) * padded, 0.0f);
  }
  const std::byte* cache = job.kv.keys + kv_head * job.kv.capacity * row_bytes;
  for (std::size_t first = p_begin; first < p_end; first += kPositionTile) {
    const std::size_t count = std::min(kPositionTile, p_end - first);
    LoadCache(job.kv, cache + first * row_bytes, row_bytes, count, 0, padded, padded, keys);
    const std::size_t rounded = (count + 3) / 4 * 4;
    std::fill(keys + count * padded, keys + rounded * padded, 0.0f);
    std::size_t r = 0;
    for (; r + kScoreRows <= rows; r += kScoreRows)
      for (std::size_t p = 0; p < rounded; p += 4)
        ScoreFour<kScoreRows>(q + r * padded, keys + p * padded, padded, job.scale,
                              scores + r * scores_stride + first + p, scores_stride);
    for (; r < rows; ++r)
      for (std::size_t p = 0; p < rounded; p += 4)
        ScoreFour<1>(q + r * padded, keys + p * padded, padded, job.scale, scores + r * scores_stride + first + p,
                     scores_stride);
  }
}

inline float Softmax(float* scores, std::size_t count) noexcept {
  const DF d;
  const std::size_t padded = (count + kScoreLanes - 1) / kScoreLanes * kScoreLanes;
  std::fill(scores + count, scores + padded, -std::numeric_limits<float>::infinity());
  VF largest = hn::Load(d, scores);
  for (std::size_t i = kN; i < padded; i += kN) largest = hn::Max(largest, hn::Load(d, scores + i));
  const VF top = hn::MaxOfLanes(d, largest);
  VF sums[kScoreVectors];
  BITNET_UNROLL for (std::size_t v = 0; v < kScoreVectors; ++v) sums[v] = hn::Zero(d);
  for (std::size_t i = 0; i < padded; i += kScoreLanes) {
    BITNET_UNROLL for (std::size_t v = 0; v < kScoreVectors; ++v) {
      const VF weight = Exp(hn::Sub(hn::Load(d, scores + i + v * kN), top));
      hn::Store(weight, d, scores + i + v * kN);
      sums[v] = hn::Add(sums[v], weight);
    }
  }
  return FoldOne(FoldSixteen(sums));
}

template <std::size_t rows>
HWY_INLINE void AccumulateValues(const float* weights, std::size_t weights_stride, const float* values,
                                 std::size_t padded, std::size_t count, float* sums) {
  const DF d;
  VF low[rows], high[rows];
  BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) {
    low[r] = hn::Load(d, sums + r * padded);
    high[r] = hn::Load(d, sums + r * padded + kN);
  }
  for (std::size_t p = 0; p < count; ++p) {
    const VF v0 = hn::Load(d, values + p * padded), v1 = hn::Load(d, values + p * padded + kN);
    BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) {
      const VF weight = hn::Set(d, weights[r * weights_stride + p]);
      low[r] = hn::MulAdd(weight, v0, low[r]);
      high[r] = hn::MulAdd(weight, v1, high[r]);
    }
  }
  BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) {
    hn::Store(low[r], d, sums + r * padded);
    hn::Store(high[r], d, sums + r * padded + kN);
  }
}

// Adds positions [first, first + count), whose values stand in `values`, to sums of `rows` rows.
inline void AddPositions(std::size_t rows, std::size_t d_begin, std::size_t d_end, const float* weights,
                         std::size_t weights_stride, const float* values, std::size_t padded, std::size_t count,
                         float* sums) {
  for (std::size_t dim = d_begin; dim < d_end; dim += 2 * kN) {
    std::size_t r = 0;
    for (; r + kValueRows <= rows; r += kValueRows)
      AccumulateValues<kValueRows>(weights + r * weights_stride, weights_stride, values + dim, padded, count,
                                   sums + r * padded + dim);
    if (r + 4 <= rows && kValueRows > 4) {
      AccumulateValues<4>(weights + r * weights_stride, weights_stride, values + dim, padded, count,
                          sums + r * padded + dim);
      r += 4;
    }
    for (; r < rows; ++r)
      AccumulateValues<1>(weights + r * weights_stride, weights_stride, values + dim, padded, count,
                          sums + r * padded + dim);
  }
}

inline void Values(const AttentionJob& job, std::size_t kv_head, std::size_t t_begin, std::size_t t_end,
                   std::size_t d_begin, std::size_t d_end, const float* weights, std::size_t weights_stride,
                   const float* totals, std::byte* scratch) noexcept {
  const std::size_t head_dim = job.kv.head_dim, padded = PaddedDim(head_dim), group = job.heads / job.kv.kv_heads;
  const std::size_t row_bytes = head_dim / dtype_traits(job.kv.type).block * dtype_traits(job.kv.type).bytes;
  const std::size_t rows = (t_end - t_begin) * group;
  const std::size_t d_padded = std::min(padded, (d_end + kLanes - 1) / kLanes * kLanes);
  auto* values = reinterpret_cast<float*>(scratch);
  float* sums = values + kPositionTile * padded;
  std::fill(sums, sums + rows * padded, 0.0f);
  const std::byte* cache = job.kv.values + kv_head * job.kv.capacity * row_bytes;
  const std::size_t positions = job.position + t_end;
  for (std::size_t first = 0; first < positions; first += kPositionTile) {
    const std::size_t count = std::min(kPositionTile, positions - first);
    LoadCache(job.kv, cache + first * row_bytes, row_bytes, count, d_begin, d_padded, padded, values);
    // Every token sees positions up to the first token's; behind them each has its own end.
    const std::size_t common = std::min(first + count, job.position + t_begin + 1);
    const std::size_t shared = common > first ? common - first : 0;
    AddPositions(rows, d_begin, d_padded, weights + first, weights_stride, values, padded, shared, sums);
    for (std::size_t t = t_begin + 1; t < t_end; ++t) {
      const std::size_t end = std::min(first + count, job.position + t + 1), row = (t - t_begin) * group;
      if (end > first + shared) {
        AddPositions(group, d_begin, d_padded, weights + row * weights_stride + first + shared, weights_stride,
                     values + shared * padded, padded, end - first - shared, sums + row * padded);
      }
    }
  }
  for (std::size_t r = 0; r < rows; ++r) {
    const VF total = hn::Set(DF(), totals[r]);
    float* from = sums + r * padded;
    for (std::size_t i = d_begin; i < d_padded; i += kN)
      hn::Store(hn::Div(hn::Load(DF(), from + i), total), DF(), from + i);
    float* out = job.out + ((t_begin + r / group) * job.heads + kv_head * group + r % group) * head_dim;
    std::copy(from + d_begin, from + std::min(d_end, head_dim), out + d_begin);
  }
}

inline constexpr AttentionKernels kAttention = {&AttentionScratchBytes, &Scores, &Softmax, &Values,
                                               &RowF64ScratchBytes,    &RowF64};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#endif
