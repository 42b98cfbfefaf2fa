// Products of float activations with dense weights. The order of additions is that of kLanes (kernels.hpp) for each row
// and token, whichever blocking below computes them.
#include <algorithm>

#include "backends/cpu/dequantize-inl.h"

#if defined(BITNET_CPU_DENSE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_DENSE_INL_H_
#undef BITNET_CPU_DENSE_INL_H_
#else
#define BITNET_CPU_DENSE_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

// Rows that are taken apart, and folded, together.
inline constexpr std::size_t kRowBlock = 4;
// Sums of kLanes that the registers hold: rows at once, times tokens at once.
#if HWY_MAX_BYTES >= 64
inline constexpr std::size_t kRowsAtOnce = 4, kTokensAtOnce = 3;
#elif HWY_MAX_BYTES >= 32
inline constexpr std::size_t kRowsAtOnce = 1, kTokensAtOnce = 3;
#elif HWY_ARCH_ARM_A64
inline constexpr std::size_t kRowsAtOnce = 1, kTokensAtOnce = 3;
#else
inline constexpr std::size_t kRowsAtOnce = 1, kTokensAtOnce = 1;
#endif
inline constexpr std::size_t kRowsAtOnceOneToken = HWY_MAX_BYTES >= 64 ? 4 : HWY_MAX_BYTES >= 32 ? 2 : 1;

struct FloatSource {
  static constexpr std::size_t kSize = 4;
  static HWY_INLINE VF Load(const std::byte* p) { return hn::LoadU(DF(), reinterpret_cast<const float*>(p)); }
};
struct HalfSource {
  static constexpr std::size_t kSize = 2;
  static HWY_INLINE VF Load(const std::byte* p) { return LoadHalf(p); }
};
struct BrainSource {
  static constexpr std::size_t kSize = 2;
  static HWY_INLINE VF Load(const std::byte* p) { return LoadBrain(p); }
};

// Rows of weights, `stride` bytes apart, and tokens. Columns behind the last whole kLanes stand in the tails, kLanes
// floats each with zeros behind; null when there are none.
struct DenseTile {
  const std::byte* weights;
  std::size_t stride;
  const float* weight_tails;
  const float* x;
  std::size_t x_stride;
  const float* x_tails;
  std::size_t whole;  // columns, a multiple of kLanes
};

template <std::size_t rows, std::size_t tokens, class Source>
HWY_INLINE void DotTile(const DenseTile& tile, V4 (*folded)[kTokensAtOnce]) {
  const DF d;
  Lanes sums[rows][tokens];
  BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t)
      SetZero(sums[r][t]);
  for (std::size_t i = 0; i < tile.whole; i += kLanes) {
    BITNET_UNROLL for (std::size_t v = 0; v < kLaneVectors; ++v) {
      VF w[rows];
      BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) {
        w[r] = Source::Load(tile.weights + r * tile.stride + (i + v * kN) * Source::kSize);
        if (tokens > 1) KeepInRegister(w[r]);
      }
      BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t) {
        const VF x = hn::LoadU(d, tile.x + t * tile.x_stride + i + v * kN);
        BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) sums[r][t][v] = hn::MulAdd(w[r], x, sums[r][t][v]);
      }
    }
  }
  if (tile.weight_tails != nullptr) {
    BITNET_UNROLL for (std::size_t v = 0; v < kLaneVectors; ++v) {
      BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t) {
        const VF x = hn::LoadU(d, tile.x_tails + t * kLanes + v * kN);
        BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) sums[r][t][v] =
            hn::MulAdd(hn::LoadU(d, tile.weight_tails + r * kLanes + v * kN), x, sums[r][t][v]);
      }
    }
  }
  BITNET_UNROLL for (std::size_t r = 0; r < rows; ++r) BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t)
      folded[r][t] = FoldLanes(sums[r][t]);
}

HWY_INLINE void StoreRows(const DenseJob& job, V4 sums, std::size_t row, std::size_t rows, std::size_t token) {
  alignas(16) float values[kRowBlock];
  hn::Store(sums, D4(), values);
  float* y = job.y + token * job.rows + row;
  for (std::size_t i = 0; i < rows; ++i) y[i] = job.bias != nullptr ? values[i] + job.bias[row + i] : values[i];
}

// All rows of a block for `tokens` tokens from `token` on, stored and biased.
template <std::size_t at_once, std::size_t tokens, class Source>
HWY_INLINE void DotBlock(const DenseJob& job, const DenseTile& tile, std::size_t row, std::size_t rows,
                         std::size_t token) {
  V4 folded[kRowBlock][kTokensAtOnce];
  for (auto& sums : folded)
    for (V4& sum : sums) sum = hn::Zero(D4());
  DenseTile part = tile;
  const auto advance = [&](std::size_t count) HWY_ATTR {
    part.weights += count * tile.stride;
    if (part.weight_tails != nullptr) part.weight_tails += count * kLanes;
  };
  std::size_t r = 0;
  for (; r + at_once <= rows; r += at_once, advance(at_once)) DotTile<at_once, tokens, Source>(part, folded + r);
  for (; r < rows; ++r, advance(1)) DotTile<1, tokens, Source>(part, folded + r);
  for (std::size_t t = 0; t < tokens; ++t)
    StoreRows(job, FoldFour(folded[0][t], folded[1][t], folded[2][t], folded[3][t]), row, rows, token + t);
}

inline std::size_t DenseScratchBytes(std::size_t cols, std::size_t tokens) noexcept {
  const std::size_t padded = (cols + kLanes - 1) / kLanes * kLanes;
  return (kRowBlock * (padded + kLanes) + tokens * kLanes) * sizeof(float);
}

// One token, weights converted on their way into the registers.
template <class Source>
void StreamRows(const DenseJob& job, std::size_t row_begin, std::size_t row_end, const float* x_tails,
                float* weight_tails) {
  const std::size_t whole = job.cols / kLanes * kLanes, rest = job.cols - whole;
  for (std::size_t row = row_begin; row < row_end; row += kRowBlock) {
    const std::size_t rows = std::min(kRowBlock, row_end - row);
    const std::byte* data = job.rows_data + row * job.row_bytes;
    if (rest != 0)
      for (std::size_t r = 0; r < rows; ++r)
        Dequantize(job.type, data + r * job.row_bytes + whole * Source::kSize, rest, weight_tails + r * kLanes);
    const DenseTile tile{data, job.row_bytes, rest != 0 ? weight_tails : nullptr, job.x, job.cols, x_tails, whole};
    DotBlock<kRowsAtOnceOneToken, 1, Source>(job, tile, row, rows, 0);
  }
}

// One token, blocks taken apart into the registers that they are multiplied from.
template <class Codec>
void StreamBlocks(const DenseJob& job, std::size_t row_begin, std::size_t row_end) {
  const DF d;
  const std::size_t blocks = job.cols / Codec::kElements;
  BlockState state;
  for (std::size_t row = row_begin; row < row_end; row += kRowBlock) {
    const std::size_t rows = std::min(kRowBlock, row_end - row);
    V4 folded[kRowBlock];
    for (V4& sum : folded) sum = hn::Zero(D4());
    for (std::size_t r = 0; r < rows; ++r) {
      const std::byte* block = job.rows_data + (row + r) * job.row_bytes;
      const float* x = job.x;
      Lanes sums;
      SetZero(sums);
      for (std::size_t b = 0; b < blocks; ++b, block += Codec::kBytes) {
        for (std::size_t i = 0; i < Codec::kBytes; i += 64) PrefetchStream(block + i);
        Codec::Prepare(block, state);
        for (std::size_t chunk = 0; chunk < Codec::kElements / kLanes; ++chunk, x += kLanes) {
          Lanes w;
          Codec::Chunk(block, state, chunk, w);
          BITNET_UNROLL for (std::size_t v = 0; v < kLaneVectors; ++v) sums[v] =
              hn::MulAdd(w[v], hn::LoadU(d, x + v * kN), sums[v]);
        }
      }
      folded[r] = FoldLanes(sums);
    }
    StoreRows(job, FoldFour(folded[0], folded[1], folded[2], folded[3]), row, rows, 0);
  }
}

inline void DenseProduct(const DenseJob& job, std::size_t row_begin, std::size_t row_end, std::byte* scratch) noexcept {
  const std::size_t whole = job.cols / kLanes * kLanes, rest = job.cols - whole;
  const std::size_t padded = rest != 0 ? whole + kLanes : whole;
  auto* weights = reinterpret_cast<float*>(scratch);
  float* weight_tails = weights + kRowBlock * padded;
  float* x_tails = weight_tails + kRowBlock * kLanes;
  if (rest != 0) {
    std::fill(weight_tails, weight_tails + kRowBlock * kLanes, 0.0f);
    std::fill(x_tails, x_tails + job.tokens * kLanes, 0.0f);
    for (std::size_t t = 0; t < job.tokens; ++t)
      std::copy(job.x + t * job.cols + whole, job.x + (t + 1) * job.cols, x_tails + t * kLanes);
  }
  if (job.tokens == 1) {
    switch (job.type) {
      case DType::kF32: return StreamRows<FloatSource>(job, row_begin, row_end, x_tails, weight_tails);
      case DType::kF16: return StreamRows<HalfSource>(job, row_begin, row_end, x_tails, weight_tails);
      case DType::kBF16: return StreamRows<BrainSource>(job, row_begin, row_end, x_tails, weight_tails);
      case DType::kQ4_0: return StreamBlocks<CodecQ4_0>(job, row_begin, row_end);
      case DType::kQ4_1: return StreamBlocks<CodecQ4_1>(job, row_begin, row_end);
      case DType::kQ8_0: return StreamBlocks<CodecQ8_0>(job, row_begin, row_end);
      case DType::kQ6_K: return StreamBlocks<CodecQ6_K>(job, row_begin, row_end);
      default: break;
    }
  }
  for (std::size_t row = row_begin; row < row_end; row += kRowBlock) {
    const std::size_t rows = std::min(kRowBlock, row_end - row);
    for (std::size_t r = 0; r < rows; ++r) {
      Dequantize(job.type, job.rows_data + (row + r) * job.row_bytes, job.cols, weights + r * padded);
      if (rest != 0)
        std::copy(weights + r * padded + whole, weights + r * padded + job.cols, weight_tails + r * kLanes);
    }
    DenseTile tile{reinterpret_cast<const std::byte*>(weights),
                   padded * sizeof(float),
                   rest != 0 ? weight_tails : nullptr,
                   job.x,
                   job.cols,
                   x_tails,
                   whole};
    std::size_t t = 0;
    for (; t + kTokensAtOnce <= job.tokens; t += kTokensAtOnce) {
      DotBlock<kRowsAtOnce, kTokensAtOnce, FloatSource>(job, tile, row, rows, t);
      tile.x += kTokensAtOnce * job.cols;
      tile.x_tails += kTokensAtOnce * kLanes;
    }
    for (; t < job.tokens; ++t) {
      DotBlock<kRowsAtOnceOneToken, 1, FloatSource>(job, tile, row, rows, t);
      tile.x += job.cols;
      tile.x_tails += kLanes;
    }
  }
}

inline constexpr DenseKernels kDense = {&Dequantize, &DenseScratchBytes, &DenseProduct};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#endif
