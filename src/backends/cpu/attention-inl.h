// Causal attention over f16 and q8_0 caches, kAttentionChunk positions at a time: scores, softmax relative to the
// chunk's largest score, sums of values; chunks are then merged in order. Chunks lie at fixed positions, and so results
// are the same whether one thread takes all chunks of many tokens or each thread one chunk of one token.
#include <limits>

#include "backends/cpu/attention_f64-inl.h"
#include "backends/cpu/attention_tiles-inl.h"

#if defined(BITNET_CPU_ATTENTION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_ATTENTION_INL_H_
#undef BITNET_CPU_ATTENTION_INL_H_
#else
#define BITNET_CPU_ATTENTION_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

inline constexpr bool kManyRegisters = HWY_MAX_BYTES >= 64 || HWY_ARCH_ARM_A64;
// Query rows whose scores with kN positions are summed at once, in four vectors each.
inline constexpr std::size_t kScoreRows = kManyRegisters ? 4 : 2;
// Output rows, times vectors of dimensions of one block, at once.
inline constexpr std::size_t kValueRows = HWY_MAX_BYTES >= 64 ? 8 : 4;
inline constexpr std::size_t kValueVectors = HWY_ARCH_ARM_A64 ? 4 : 2;
inline constexpr std::size_t kScoreVectors = kScoreLanes / kN;
// Scores of a row; a line more than needed, so that rows do not share cache sets.
inline constexpr std::size_t kScoreStride = kAttentionChunk + 16;

// What a thread has beside the states of its rows.
struct AttentionScratch {
  AttentionScratch(std::byte* memory, std::size_t head_dim, std::size_t rows)
      : tile(reinterpret_cast<float*>(memory)),
        scales(tile + kTilePositions * PaddedDim(head_dim)),
        q(scales + kScaleStride * PaddedDim(head_dim) / kLanes),
        scores(q + rows * PaddedDim(head_dim)),
        scaled(scores + rows * kScoreStride),
        states(scaled + rows * kScoreStride * PaddedDim(head_dim) / kLanes),
        seen(reinterpret_cast<std::size_t*>(states + rows * AttentionStateFloats(head_dim))) {}
  static std::size_t bytes(std::size_t head_dim, std::size_t rows) {
    const AttentionScratch empty(nullptr, head_dim, rows);
    return reinterpret_cast<std::size_t>(empty.seen + rows);
  }
  float* tile;    // keys or values
  float* scales;  // of the values
  float* q;       // [rows, padded dim]
  float* scores;  // [rows, kScoreStride], then weights
  float* scaled;  // weights times scales: [dim / 32, rows, kScoreStride]
  float* states;  // [rows] of this chunk
  std::size_t* seen;  // positions of this chunk that a row sees
};

inline std::size_t AttentionScratchBytes(std::size_t head_dim, std::size_t rows) noexcept {
  return AttentionScratch::bytes(head_dim, rows);
}

// 2^x for x <= 0 to within 2 ulp; 0 below -126, NaN for NaN. The polynomial is that through 2^r - 1 at the Chebyshev
// nodes of [-1/2, 1/2] (error 5e-9 relative).
HWY_INLINE VF Exp2(VF x) {
  const DF d;
  const DI di;
  // The sum's last bits are round(x) + 127, the exponent's code.
  const VF magic = hn::Set(d, 0x1.8p23f + 127.0f);
  const VF shifted = hn::Add(x, magic);
  const VF r = hn::Sub(x, hn::Sub(shifted, magic));
  VF p = hn::Set(d, 0.000154531629f);
  p = hn::MulAdd(p, r, hn::Set(d, 0.00133908634f));
  p = hn::MulAdd(p, r, hn::Set(d, 0.00961808256f));
  p = hn::MulAdd(p, r, hn::Set(d, 0.0555035711f));
  p = hn::MulAdd(p, r, hn::Set(d, 0.240226508f));
  p = hn::MulAdd(p, r, hn::Set(d, 0.693147188f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f));
  const VF power = hn::BitCast(d, hn::ShiftLeft<23>(hn::BitCast(di, shifted)));
  return hn::IfThenZeroElse(hn::Lt(x, hn::Set(d, -126.0f)), hn::Mul(p, power));
}

// In each block of four lanes the sums (0, 2), (1, 3), then (0, 1), of a, b, c and d.
HWY_INLINE VF FoldBlocks(VF a, VF b, VF c, VF e) {
  const DF d;
  const VF ab = hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b));
  const VF ce = hn::Add(hn::InterleaveLower(d, c, e), hn::InterleaveUpper(d, c, e));
  const VD ab64 = hn::BitCast(DD(), ab), ce64 = hn::BitCast(DD(), ce);
  return hn::Add(hn::BitCast(d, hn::InterleaveLower(DD(), ab64, ce64)),
                 hn::BitCast(d, hn::InterleaveUpper(DD(), ab64, ce64)));
}

// Scores of `rows` rows with the kN keys of a group.
template <std::size_t rows>
HWY_INLINE void ScoreGroup(const float* q, const float* keys, std::size_t padded, std::size_t dim, float* scores) {
  const DF d;
  VF sums[rows][4];
  BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) BITNET_UNROLL for (std::size_t i = 0; i < 4; ++i) sums[r][i] =
      hn::Zero(d);
  for (std::size_t step = 0; step < dim; step += 4) {
    VF k[4];
    BITNET_UNROLL for (std::size_t i = 0; i < 4; ++i) {
      k[i] = hn::Load(d, keys + (step + i) * kN);
      if (rows > 1) KeepInRegister(k[i]);
    }
    BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) {
      const VF x = hn::LoadDup128(d, q + r * padded + step);
      BITNET_UNROLL for (std::size_t i = 0; i < 4; ++i) sums[r][i] = hn::MulAdd(x, k[i], sums[r][i]);
    }
  }
  BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r)
      hn::Store(FoldBlocks(sums[r][0], sums[r][1], sums[r][2], sums[r][3]), d, scores + r * kScoreStride);
}

// The weights of scores[0, count) relative to their largest, which must be finite for that: where all are -infinity
// the weights are 0.
inline void Softmax(float* scores, std::size_t count, float& largest, float& total) {
  const DF d;
  const std::size_t padded = (count + kScoreLanes - 1) / kScoreLanes * kScoreLanes;
  std::fill(scores + count, scores + padded, -std::numeric_limits<float>::infinity());
  VF most = hn::Set(d, std::numeric_limits<float>::lowest());
  for (std::size_t i = 0; i < padded; i += kN) most = hn::Max(most, hn::Load(d, scores + i));
  const VF top = hn::MaxOfLanes(d, most);
  VF sums[kScoreVectors];
  BITNET_UNROLL for (std::size_t v = 0; v < kScoreVectors; ++v) sums[v] = hn::Zero(d);
  for (std::size_t i = 0; i < padded; i += kScoreLanes) {
    BITNET_UNROLL for (std::size_t v = 0; v < kScoreVectors; ++v) {
      const VF weight = Exp2(hn::Sub(hn::Load(d, scores + i + v * kN), top));
      hn::Store(weight, d, scores + i + v * kN);
      sums[v] = hn::Add(sums[v], weight);
    }
  }
  largest = hn::GetLane(top);
  total = FoldOne(FoldSixteen(sums));
}

// Adds positions [begin, end) of a tile to kValueVectors vectors of dimensions, from `dim` on, of the sums of `rows`
// rows.
template <std::size_t rows, class Values>
HWY_INLINE void AddValues(const float* weights, const Values& values, std::size_t dim, std::size_t begin,
                          std::size_t end, float* sums, std::size_t sums_stride) {
  const DF d;
  VF acc[rows][kValueVectors];
  BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) BITNET_UNROLL for (std::size_t v = 0; v < kValueVectors; ++v)
      acc[r][v] = hn::Load(d, sums + r * sums_stride + dim + v * kN);
  for (std::size_t p = begin; p < end; ++p) {
    VF x[kValueVectors];
    BITNET_UNROLL for (std::size_t v = 0; v < kValueVectors; ++v) {
      x[v] = values(p, dim + v * kN);
      if (rows > 1) KeepInRegister(x[v]);
    }
    BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) {
      VF weight = hn::Set(d, weights[r * kScoreStride + p]);
      KeepInRegister(weight);
      BITNET_UNROLL for (std::size_t v = 0; v < kValueVectors; ++v) acc[r][v] = hn::MulAdd(weight, x[v], acc[r][v]);
    }
  }
  BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) BITNET_UNROLL for (std::size_t v = 0; v < kValueVectors; ++v)
      hn::Store(acc[r][v], d, sums + r * sums_stride + dim + v * kN);
}

// Weights of a tile, [rows, kScoreStride], for each block of kLanes dimensions.
struct TileWeights {
  const float* data;
  std::size_t block_stride;
};

template <std::size_t rows, class Values>
HWY_INLINE void AddAllDims(const TileWeights& weights, std::size_t row, const Values& values, std::size_t padded,
                           std::size_t begin, std::size_t end, float* states, std::size_t stride) {
  if (begin >= end) return;
  for (std::size_t dim = 0; dim < padded; dim += kValueVectors * kN)
    AddValues<rows>(weights.data + row * kScoreStride + dim / kLanes * weights.block_stride, values, dim, begin, end,
                    states + row * stride, stride);
}

// One row: `later` is the state of the chunk behind those of `state`.
inline void MergeStates(std::size_t head_dim, float* state, const float* later) noexcept {
  const DF d;
  const std::size_t padded = PaddedDim(head_dim);
  const VF top = hn::Set(d, state[padded]), later_top = hn::Set(d, later[padded]), most = hn::Max(top, later_top);
  const VF factor = Exp2(hn::Sub(top, most)), later_factor = Exp2(hn::Sub(later_top, most));
  for (std::size_t i = 0; i < padded; i += kN) {
    const VF sum = hn::Mul(hn::Load(d, state + i), factor);
    hn::Store(hn::MulAdd(hn::Load(d, later + i), later_factor, sum), d, state + i);
  }
  const VF total = hn::Mul(hn::Set(d, state[padded + 1]), factor);
  state[padded] = hn::GetLane(most);
  state[padded + 1] = hn::GetLane(hn::MulAdd(hn::Set(d, later[padded + 1]), later_factor, total));
}

inline void FinishState(std::size_t head_dim, const float* state, float* out) noexcept {
  const float total = state[PaddedDim(head_dim) + 1];
  for (std::size_t i = 0; i < head_dim; ++i) out[i] = state[i] / total;
}

// Scores of rows [begin, end) with positions [first, first + count).
inline void ScoreChunk(const CacheRows& keys, const std::byte* values, std::size_t first, std::size_t count,
                       std::size_t begin, std::size_t end, const AttentionScratch& scratch) {
  const std::size_t padded = PaddedDim(keys.dim), dim = (keys.dim + 3) / 4 * 4;
  for (std::size_t tile = 0; tile < count; tile += kTilePositions) {
    const std::size_t tile_end = std::min(count, tile + kTilePositions);
    PrefetchBytes(values + tile * keys.row_bytes, (tile_end - tile) * keys.row_bytes);
    LoadKeys(keys, first + tile, tile_end - tile, scratch.tile);
    const auto score = [&]<std::size_t rows>(std::size_t row) HWY_ATTR {
      // The last row sees the most.
      const std::size_t row_end = std::min(tile_end, scratch.seen[row + rows - 1]);
      for (std::size_t p = tile; p < row_end; p += kN)
        ScoreGroup<rows>(scratch.q + row * padded, scratch.tile + (p - tile) * padded, padded, dim,
                         scratch.scores + row * kScoreStride + p);
    };
    std::size_t row = begin;
    for (; row + kScoreRows <= end; row += kScoreRows) score.template operator()<kScoreRows>(row);
    for (; row < end; ++row) score.template operator()<1>(row);
  }
}

// The weights of `count` positions times the scales of their values.
inline void ScaleWeights(std::size_t count, std::size_t begin, std::size_t end, std::size_t blocks,
                         const AttentionScratch& scratch) {
  const DF d;
  for (std::size_t b = 0; b < blocks; ++b) {
    const float* scales = scratch.scales + b * kScaleStride;
    for (std::size_t row = begin; row < end; ++row) {
      const float* weights = scratch.scores + row * kScoreStride;
      float* scaled = scratch.scaled + (b * end + row) * kScoreStride;
      for (std::size_t p = 0; p < count; p += kN)
        hn::Store(hn::Mul(hn::Load(d, weights + p), hn::Load(d, scales + p)), d, scaled + p);
    }
  }
}

// Sums of values for rows [begin, end) of positions [first, first + count), with the weights in scratch.scores.
inline void ValueChunk(const CacheRows& cache, const std::byte* keys, std::size_t first, std::size_t count,
                       std::size_t begin, std::size_t end, float* states, const AttentionScratch& scratch) {
  const std::size_t padded = PaddedDim(cache.dim), stride = AttentionStateFloats(cache.dim);
  const bool q8 = cache.type == DType::kQ8_0;
  TileWeights weights{scratch.scores, 0};
  if (q8) {
    LoadValueScales(cache, first, count, scratch.scales);
    ScaleWeights(count, begin, end, padded / kLanes, scratch);
    weights = {scratch.scaled, end * kScoreStride};
  }
  for (std::size_t row = begin; row < end; ++row) std::fill_n(states + row * stride, padded, 0.0f);
  for (std::size_t tile = 0; tile < count; tile += kTilePositions, weights.data += kTilePositions) {
    const std::size_t in_tile = std::min(kTilePositions, count - tile);
    const std::byte* data = cache.row(first + tile);
    PrefetchBytes(keys + tile * cache.row_bytes, in_tile * cache.row_bytes);
    if (end - begin == 4 && padded == cache.dim && scratch.seen[begin] == count) {
      // Heads of one token, at once: each value is used by one product only, and need not be kept.
      if (q8) {
        AddAllDims<4>(weights, begin, CachedInt8{data, cache.row_bytes}, padded, 0, in_tile, states, stride);
      } else {
        AddAllDims<4>(weights, begin, CachedHalves{data, cache.row_bytes}, padded, 0, in_tile, states, stride);
      }
      continue;
    }
    const TileValues values = LoadValues(cache, first + tile, in_tile, scratch.tile);
    const auto seen = [&](std::size_t row) {
      return scratch.seen[row] <= tile ? 0 : std::min(in_tile, scratch.seen[row] - tile);
    };
    std::size_t row = begin;
    const auto add = [&]<std::size_t rows>() HWY_ATTR {
      // What all of them see, then what only the later ones see.
      const std::size_t shared = seen(row);
      AddAllDims<rows>(weights, row, values, padded, 0, shared, states, stride);
      for (std::size_t r = row + 1; r < row + rows; ++r)
        AddAllDims<1>(weights, r, values, padded, shared, seen(r), states, stride);
      row += rows;
    };
    while (row + kValueRows <= end) add.template operator()<kValueRows>();
    if (row + 4 <= end) add.template operator()<4>();
    while (row < end) add.template operator()<1>();
  }
}

inline void Attend(const AttentionJob& job, std::size_t kv_head, std::size_t t_begin, std::size_t t_end,
                   std::size_t p_begin, std::size_t p_end, float* states, std::byte* memory) noexcept {
  const std::size_t head_dim = job.kv.head_dim, padded = PaddedDim(head_dim), group = job.heads / job.kv.kv_heads;
  const std::size_t rows = (t_end - t_begin) * group, stride = AttentionStateFloats(head_dim);
  const DTypeTraits& traits = dtype_traits(job.kv.type);
  const std::size_t row_bytes = head_dim / traits.block * traits.bytes, head = kv_head * job.kv.capacity * row_bytes;
  const CacheRows keys{job.kv.keys + head, row_bytes, head_dim, job.kv.type};
  const CacheRows values{job.kv.values + head, row_bytes, head_dim, job.kv.type};
  const AttentionScratch scratch(memory, head_dim, rows);
  // Scores come in units of log 2.
  const float scale = job.scale * 1.44269504f;
  for (std::size_t r = 0; r < rows; ++r) {
    const float* from = job.q + ((t_begin + r / group) * job.heads + kv_head * group + r % group) * head_dim;
    float* to = scratch.q + r * padded;
    for (std::size_t i = 0; i < head_dim; ++i) to[i] = from[i] * scale;
    std::fill(to + head_dim, to + padded, 0.0f);
  }
  for (std::size_t first = p_begin; first < p_end; first += kAttentionChunk) {
    const std::size_t count = std::min(kAttentionChunk, p_end - first);
    std::size_t begin = 0;  // rows before it see nothing of the chunk
    for (std::size_t t = t_begin, r = 0; t < t_end; ++t) {
      const std::size_t end = job.position + t + 1, seen = end <= first ? 0 : std::min(count, end - first);
      for (std::size_t i = 0; i < group; ++i) scratch.seen[r++] = seen;
      if (seen == 0) begin = r;
    }
    float* chunk_states = first == p_begin ? states : scratch.states;
    ScoreChunk(keys, values.row(first), first, count, begin, rows, scratch);
    for (std::size_t r = begin; r < rows; ++r) {
      float* state = chunk_states + r * stride;
      Softmax(scratch.scores + r * kScoreStride, scratch.seen[r], state[padded], state[padded + 1]);
    }
    ValueChunk(values, keys.row(first + kAttentionChunk), first, count, begin, rows, chunk_states, scratch);
    if (first == p_begin) continue;
    for (std::size_t r = begin; r < rows; ++r) MergeStates(head_dim, states + r * stride, chunk_states + r * stride);
  }
}

inline constexpr AttentionKernels kAttention = {&AttentionScratchBytes, &Attend,             &MergeStates,
                                               &FinishState,           &RowF64ScratchBytes, &RowF64};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#endif
