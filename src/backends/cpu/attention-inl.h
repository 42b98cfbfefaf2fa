// Causal attention over f16 and q8_0 caches, kAttentionChunk positions at a time: scores, softmax relative to the
// chunk's largest score, sums of values; chunks are then merged in order. Chunks lie at fixed positions, and so results
// are the same whether one thread takes all chunks of many tokens or each thread one chunk of one token. A score is one
// sum over four lanes, a sum of values one chain of additions a chunk, whatever the width of vectors.
#include <limits>
#include <utility>

#include "backends/cpu/attention_f64-inl.h"
#include "backends/cpu/attention_tiles-inl.h"
#include "hwy/cache_control.h"

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
      : seen(reinterpret_cast<std::size_t*>(memory)) {
    const std::size_t padded = PaddedDim(head_dim), blocks = padded / kLanes;
    auto* next = reinterpret_cast<float*>(memory + SeenBytes(rows));
    const auto take = [&next](std::size_t floats) { return std::exchange(next, next + floats); };
    tile = take(kTilePositions * padded);
    values = take(kAttentionChunk * kLanes);
    scales = take(blocks * kScaleStride);
    q = take(rows * padded);
    scores = take(rows * kScoreStride);
    scaled = take(blocks * rows * kScoreStride);
    states = take(rows * AttentionStateFloats(head_dim));
  }
  static std::size_t SeenBytes(std::size_t rows) { return (rows * sizeof(std::size_t) + 63) / 64 * 64; }

  std::size_t* seen;  // [rows] positions of the chunk that the row sees
  float* tile;        // keys
  float* values;      // [kAttentionChunk, kLanes]
  float* scales;      // of values: [padded dim / kLanes, kScaleStride]
  float* q;           // [rows, padded dim]
  float* scores;      // [rows, kScoreStride], then weights
  float* scaled;      // weights times scales: [padded dim / kLanes, rows, kScoreStride]
  float* states;      // [rows] of the chunk
};

inline std::size_t AttentionScratchBytes(std::size_t head_dim, std::size_t rows) noexcept {
  const std::size_t padded = PaddedDim(head_dim), blocks = padded / kLanes;
  const std::size_t row = padded + (1 + blocks) * kScoreStride + AttentionStateFloats(head_dim);
  const std::size_t floats = kTilePositions * padded + kAttentionChunk * kLanes + blocks * kScaleStride + rows * row;
  return AttentionScratch::SeenBytes(rows) + floats * sizeof(float);
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

// Adds positions [begin, end) of a chunk to kValueVectors vectors of dimensions, from `dim` on, of the sums of `rows`
// rows; from 0 on, they start as zero.
template <std::size_t rows, class Values>
HWY_INLINE void AddValues(const float* weights, const Values& values, std::size_t dim, std::size_t begin,
                          std::size_t end, float* sums, std::size_t sums_stride) {
  const DF d;
  VF acc[rows][kValueVectors];
  BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) BITNET_UNROLL for (std::size_t v = 0; v < kValueVectors; ++v)
      acc[r][v] = begin == 0 ? hn::Zero(d) : hn::Load(d, sums + r * sums_stride + v * kN);
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
      hn::Store(acc[r][v], d, sums + r * sums_stride + v * kN);
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

// Keys that meet `rows` rows only: floats of them are not worth keeping.
template <std::size_t rows>
struct KeySums {
  const float* q;
  std::size_t padded;
  VF (&sums)[kKeyVectors][rows];
  const std::byte* ahead;
  std::size_t ahead_bytes;
  HWY_INLINE void operator()(std::size_t step, const VF (&keys)[kKeyVectors]) const {
    hwy::Prefetch(ahead + step * ahead_bytes);
    BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) {
      const VF x = hn::LoadDup128(DF(), q + r * padded + 4 * step);
      BITNET_UNROLL for (std::size_t v = 0; v < kKeyVectors; ++v) sums[v][r] = hn::MulAdd(x, keys[v], sums[v][r]);
    }
  }
};

template <std::size_t rows>
HWY_INLINE void ScoreCached(const CacheRows& cache, std::size_t first, std::size_t last, const float* q,
                            float* scores) {
  const DF d;
  VF sums[4 / kKeyVectors][kKeyVectors][rows];
  // What lies a tile ahead is asked for a little at a time: memory then never waits for arithmetic.
  constexpr std::size_t kReadPositions = kN * kKeyVectors / 4;
  const std::size_t step_bytes = kReadPositions * cache.row_bytes / (cache.dim / 4);
  BITNET_UNROLL for (std::size_t i = 0; i < 4 / kKeyVectors; ++i) {
    BITNET_UNROLL for (std::size_t v = 0; v < kKeyVectors; ++v) BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r)
        sums[i][v][r] = hn::Zero(d);
    ReadKeys(cache, first + i * kKeyVectors, last,
             KeySums<rows>{q, cache.dim, sums[i], cache.row(first + kTilePositions + i * kReadPositions), step_bytes});
  }
  BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r)
      hn::Store(FoldBlocks(sums[0][0][r], sums[0][1][r], sums[1][0][r], sums[1][1][r]), d, scores + r * kScoreStride);
}

// Scores of rows [begin, end) with positions [first, first + count). Where that reads the cache itself, memory is asked
// for the values meanwhile.
inline void ScoreChunk(const CacheRows& keys, const CacheRows& values, std::size_t first, std::size_t count,
                       std::size_t begin, std::size_t end, const AttentionScratch& scratch) {
  const std::size_t padded = PaddedDim(keys.dim), dim = (keys.dim + 3) / 4 * 4;
  if (end - begin == 4 && padded == keys.dim) {
    for (std::size_t p = 0; p < count; p += kN) {
      const std::byte* next = values.row(first + p);
      for (std::size_t i = 0; i < kN * values.row_bytes; i += 64) __builtin_prefetch(next + i, 0, 2);
      ScoreCached<4>(keys, first + p, first + count - 1, scratch.q + begin * padded,
                     scratch.scores + begin * kScoreStride + p);
    }
    return;
  }
  for (std::size_t tile = 0; tile < count; tile += kTilePositions) {
    const std::size_t tile_end = std::min(count, tile + kTilePositions);
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
inline HWY_NOINLINE void ScaleWeights(std::size_t count, std::size_t begin, std::size_t end, std::size_t blocks,
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

// Sums of kLanes dimensions of values, from `dim` on, for rows [begin, end).
template <class Values>
inline void SumValues(const Values& values, const float* weights, std::size_t dim, std::size_t begin, std::size_t end,
                      const std::size_t* seen, float* states, std::size_t stride) {
  for (const std::size_t block_end = dim + kLanes; dim < block_end; dim += kValueVectors * kN) {
    std::size_t row = begin;
    const auto add_range = [&]<std::size_t rows>(std::size_t r, std::size_t from, std::size_t to) HWY_ATTR {
      AddValues<rows>(weights + r * kScoreStride, values, dim, from, to, states + r * stride + dim, stride);
    };
    const auto add = [&]<std::size_t rows>() HWY_ATTR {
      // What all of them see, then what only the later ones see.
      const std::size_t shared = seen[row];
      add_range.template operator()<rows>(row, 0, shared);
      if (seen[row + rows - 1] > shared)
        for (std::size_t r = row + 1; r < row + rows; ++r) add_range.template operator()<1>(r, shared, seen[r]);
      row += rows;
    };
    while (row + kValueRows <= end) add.template operator()<kValueRows>();
    while (row + 4 <= end) add.template operator()<4>();
    while (row < end) add.template operator()<1>();
  }
}

// Sums of values for rows [begin, end) of positions [first, first + count), with the weights in scratch.scores.
inline void ValueChunk(const CacheRows& cache, std::size_t first, std::size_t count, std::size_t begin, std::size_t end,
                       float* states, const AttentionScratch& scratch) {
  const std::size_t padded = PaddedDim(cache.dim), stride = AttentionStateFloats(cache.dim);
  const bool q8 = cache.type == DType::kQ8_0;
  if (q8) {
    LoadValueScales(cache, first, count, scratch.scales);
    ScaleWeights(count, begin, end, padded / kLanes, scratch);
  }
  for (std::size_t dim = 0; dim < padded; dim += kLanes) {
    const float* weights = q8 ? scratch.scaled + dim / kLanes * end * kScoreStride : scratch.scores;
    const auto sum = [&](const auto& values)
                         HWY_ATTR { SumValues(values, weights, dim, begin, end, scratch.seen, states, stride); };
    // Where a value meets few rows, floats of it are not worth keeping.
    if (end - begin > 4 || padded != cache.dim) {
      sum(LoadValues(cache, first, count, dim, scratch.values));
    } else if (q8) {
      sum(CachedInt8{cache, first});
    } else {
      sum(CachedHalves{cache, first});
    }
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
    ScoreChunk(keys, values, first, count, begin, rows, scratch);
    for (std::size_t r = begin; r < rows; ++r) {
      float* state = chunk_states + r * stride;
      Softmax(scratch.scores + r * kScoreStride, scratch.seen[r], state[padded], state[padded + 1]);
    }
    ValueChunk(values, first, count, begin, rows, chunk_states, scratch);
    if (first == p_begin) continue;
    for (std::size_t r = begin; r < rows; ++r) MergeStates(head_dim, states + r * stride, chunk_states + r * stride);
  }
}

inline constexpr AttentionKernels kAttention = {&AttentionScratchBytes, &Attend, &MergeStates, &FinishState,
                                                &RowF64ScratchBytes,    &RowF64};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#endif
