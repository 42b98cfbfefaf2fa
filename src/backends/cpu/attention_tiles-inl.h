// Keys and values of a few cached positions, as floats in the order in which attention multiplies them.
#include <algorithm>
#include <cstring>

#include "backends/cpu/dequantize-inl.h"
#include "hwy/cache_control.h"

#if defined(BITNET_CPU_ATTENTION_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_ATTENTION_TILES_INL_H_
#undef BITNET_CPU_ATTENTION_TILES_INL_H_
#else
#define BITNET_CPU_ATTENTION_TILES_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

// Positions that are converted together, to be used by all query rows: their floats fit the first-level cache.
inline constexpr std::size_t kTilePositions = 32;
// Key vectors hold four dimensions of so many positions.
inline constexpr std::size_t kKeyPositions = kN / 4;

HWY_INLINE std::size_t PaddedDim(std::size_t head_dim) { return (head_dim + kLanes - 1) / kLanes * kLanes; }

// The cache of one head, keys or values.
struct CacheRows {
  const std::byte* data;
  std::size_t row_bytes, dim;
  DType type;
  const std::byte* row(std::size_t position) const { return data + position * row_bytes; }
};

HWY_INLINE void PrefetchBytes(const std::byte* data, std::size_t bytes) {
  for (std::size_t at = 0; at < bytes; at += 64) hwy::Prefetch(data + at);
}

// The scales of blocks of q8_0, one of each row, times `factor`: each in the four lanes of its row.
HWY_INLINE VF LoadScales(const std::byte* const* rows, float factor) {
#if HWY_MAX_BYTES >= 32
  const hn::Rebind<hwy::float16_t, DF> dh;
  const hn::Repartition<std::uint64_t, decltype(dh)> d64;
  std::uint64_t halves = 0;
  BITNET_UNROLL for (std::size_t i = 0; i < kKeyPositions; ++i) {
    std::uint16_t half;
    std::memcpy(&half, rows[i], sizeof(half));
    halves |= std::uint64_t{half} << (16 * i);
  }
  const VF scales = hn::Mul(hn::PromoteTo(DF(), hn::BitCast(dh, hn::Set(d64, halves))), hn::Set(DF(), factor));
  alignas(64) static constexpr std::int32_t kRow[16] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
  return hn::TableLookupLanes(scales, hn::SetTableIndices(DF(), kRow));
#else
  return hn::Set(DF(), HalfToFloat(rows[0]) * factor);
#endif
}

// The scale of a block to `out`, which has room for four: a conversion of four from memory is one instruction.
HWY_INLINE void StoreScale(const std::byte* block, float* out) {
#if (HWY_ARCH_X86 && HWY_NATIVE_FMA) || HWY_ARCH_ARM_A64
  const hn::Rebind<hwy::float16_t, D4> dh;
  hn::StoreU(hn::PromoteTo(D4(), hn::LoadU(dh, reinterpret_cast<const hwy::float16_t*>(block))), D4(), out);
#else
  *out = HalfToFloat(block);
#endif
}

// kN dimensions of the rows of one key vector, from halves: kN / 4 vectors, 4 * kN floats apart.
HWY_INLINE void TransposeHalves(const std::byte* const* rows, float* out) {
#if HWY_MAX_BYTES >= 32
  const hn::Rebind<std::uint16_t, DF> d16;
  const hn::Repartition<std::uint64_t, decltype(d16)> d64;
  const hn::Rebind<hwy::float16_t, DF> dh;
  const auto load = [&](std::size_t i) HWY_ATTR {
    return hn::LoadU(d64, reinterpret_cast<const std::uint64_t*>(rows[i]));
  };
  const auto store = [&](auto quads, std::size_t step) HWY_ATTR {
    hn::Store(hn::PromoteTo(DF(), hn::BitCast(dh, quads)), DF(), out + step * 4 * kN);
  };
  const auto a = load(0), b = load(1);
  const auto ab_even = hn::InterleaveLower(d64, a, b), ab_odd = hn::InterleaveUpper(d64, a, b);
#if HWY_MAX_BYTES >= 64
  const auto c = load(2), e = load(3);
  const auto ce_even = hn::InterleaveLower(d64, c, e), ce_odd = hn::InterleaveUpper(d64, c, e);
  store(hn::ConcatLowerLower(d64, ce_even, ab_even), 0);
  store(hn::ConcatLowerLower(d64, ce_odd, ab_odd), 1);
  store(hn::ConcatUpperUpper(d64, ce_even, ab_even), 2);
  store(hn::ConcatUpperUpper(d64, ce_odd, ab_odd), 3);
#else
  store(ab_even, 0);
  store(ab_odd, 1);
#endif
#else
  hn::Store(LoadHalf(rows[0]), DF(), out);
#endif
}

// Sixteen dimensions of the rows of one key vector, from int8: four vectors, 4 * kN floats apart. `scale` is 2^-24 of
// the block's: bytes become the upper ones of integers.
HWY_INLINE void TransposeInt8(const std::byte* const* rows, std::size_t offset, VF scale, float* out) {
  const hn::Repartition<std::uint8_t, DF> d8;
  const hn::CappedTag<std::uint8_t, 16> d16;
  const auto load = [&](std::size_t i) HWY_ATTR {
    return hn::LoadU(d16, reinterpret_cast<const std::uint8_t*>(rows[i] + offset));
  };
#if HWY_MAX_BYTES >= 64
  const hn::Half<decltype(d8)> d32;
  const auto bytes = hn::Combine(d8, hn::Combine(d32, load(3), load(2)), hn::Combine(d32, load(1), load(0)));
#elif HWY_MAX_BYTES >= 32
  const auto bytes = hn::Combine(d8, load(1), load(0));
#else
  const auto bytes = load(0);
#endif
  alignas(16) static constexpr std::uint8_t kUpper[4][16] = {
      {128, 128, 128, 0, 128, 128, 128, 1, 128, 128, 128, 2, 128, 128, 128, 3},
      {128, 128, 128, 4, 128, 128, 128, 5, 128, 128, 128, 6, 128, 128, 128, 7},
      {128, 128, 128, 8, 128, 128, 128, 9, 128, 128, 128, 10, 128, 128, 128, 11},
      {128, 128, 128, 12, 128, 128, 128, 13, 128, 128, 128, 14, 128, 128, 128, 15}};
  BITNET_UNROLL for (std::size_t step = 0; step < 4; ++step) {
    const auto upper = hn::TableLookupBytesOr0(bytes, hn::LoadDup128(d8, kUpper[step]));
    hn::Store(hn::Mul(hn::ConvertTo(DF(), hn::BitCast(DI(), upper)), scale), DF(), out + step * 4 * kN);
  }
}

// The vectors of positions `vector`, 4 + vector, ... of a group.
HWY_INLINE void LoadKeyVectors(const CacheRows& cache, std::size_t first, std::size_t last, float* out) {
  const std::byte* rows[kKeyPositions];
  BITNET_UNROLL for (std::size_t i = 0; i < kKeyPositions; ++i) rows[i] = cache.row(std::min(first + 4 * i, last));
  if (cache.type == DType::kQ8_0) {
    for (std::size_t i = 0; i < cache.dim; i += CodecQ8_0::kElements) {
      const VF scale = LoadScales(rows, 0x1p-24f);
      TransposeInt8(rows, 2, scale, out + i * kN);
      TransposeInt8(rows, 18, scale, out + (i + 16) * kN);
      BITNET_UNROLL for (const std::byte*& row : rows) row += CodecQ8_0::kBytes;
    }
    return;
  }
  std::size_t i = 0;
  for (; i + kN <= cache.dim; i += kN) {
    TransposeHalves(rows, out + i * kN);
    for (const std::byte*& row : rows) row += 2 * kN;
  }
  if (i == cache.dim) return;
  HWY_ALIGN std::byte rest[kKeyPositions][2 * kN] = {};
  for (std::size_t row = 0; row < kKeyPositions; ++row) {
    std::memcpy(rest[row], rows[row], 2 * (cache.dim - i));
    rows[row] = rest[row];
  }
  TransposeHalves(rows, out + i * kN);
}

// Keys [first, first + count) in groups of kN positions: [dim / 4][position % 4][position / 4][dim % 4]. A score is
// then a sum over four lanes on every level, and sums of four vectors fold into kN scores at once. Behind the last
// position it is repeated.
inline void LoadKeys(const CacheRows& cache, std::size_t first, std::size_t count, float* keys) {
  const std::size_t last = first + count - 1;
  for (std::size_t group = first; group <= last; group += kN, keys += kN * PaddedDim(cache.dim))
    for (std::size_t vector = 0; vector < 4; ++vector)
      LoadKeyVectors(cache, group + vector, last, keys + vector * kN);
}

// Floats between the scales of two blocks: room for what a store of four writes behind the last position.
inline constexpr std::size_t kScaleStride = kAttentionChunk + 16;

// The scales of q8_0 rows [first, first + count): [dim / 32][kScaleStride].
inline void LoadValueScales(const CacheRows& cache, std::size_t first, std::size_t count, float* scales) {
  const std::size_t blocks = cache.dim / CodecQ8_0::kElements;
  const std::byte* block = cache.row(first);
  for (std::size_t p = 0; p < count; ++p, ++scales)
    for (std::size_t b = 0; b < blocks; ++b, block += CodecQ8_0::kBytes) StoreScale(block, scales + b * kScaleStride);
}

// Where kN values of a position of a tile come from: the tile, or the cache itself, without their scales.
struct TileValues {
  const float* data;
  std::size_t padded;
  HWY_INLINE VF operator()(std::size_t p, std::size_t dim) const { return hn::Load(DF(), data + p * padded + dim); }
};
struct CachedHalves {
  const std::byte* data;
  std::size_t row_bytes;
  HWY_INLINE VF operator()(std::size_t p, std::size_t dim) const { return LoadHalf(data + p * row_bytes + 2 * dim); }
};
struct CachedInt8 {
  const std::byte* data;
  std::size_t row_bytes;
  HWY_INLINE VF operator()(std::size_t p, std::size_t dim) const {
    return LoadInt8(data + p * row_bytes + dim / CodecQ8_0::kElements * 2 + dim + 2);
  }
};

// Values [first, first + count): [position][padded dim]. Those of q8_0 come without their scales: multiplied by the
// weights, these cost a product for each row and block, not for each value.
inline TileValues LoadValues(const CacheRows& cache, std::size_t first, std::size_t count, float* values) {
  const std::size_t padded = PaddedDim(cache.dim);
  float* to = values;
  for (std::size_t p = 0; p < count; ++p, to += padded) {
    const std::byte* row = cache.row(first + p);
    if (cache.type == DType::kF16) {
      DequantizeF16(row, cache.dim, to);
      std::fill(to + cache.dim, to + padded, 0.0f);
    } else {
      const CachedInt8 source{row, cache.row_bytes};
      for (std::size_t i = 0; i < cache.dim; i += kN) hn::Store(source(0, i), DF(), to + i);
    }
  }
  return {values, padded};
}

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#endif
