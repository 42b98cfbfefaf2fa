// Keys and values of a few cached positions, as floats in the order in which attention multiplies them.
#include <algorithm>
#include <cstring>

#include "backends/cpu/dequantize-inl.h"

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

// A half of each of up to four rows.
template <std::size_t count>
HWY_INLINE std::uint64_t Halves(const std::byte* const* rows, std::size_t offset) {
  std::uint64_t halves = 0;
  BITNET_UNROLL for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t half;
    std::memcpy(&half, rows[i] + offset, sizeof(half));
    halves |= std::uint64_t{half} << (16 * i);
  }
  return halves;
}

// The scales of q8_0 blocks of the rows of a key vector times 2^-24, each in the four lanes of its row.
HWY_INLINE VF KeyScales(const std::byte* const* rows, std::size_t offset) {
  const VF factor = hn::Set(DF(), 0x1p-24f);
#if HWY_MAX_BYTES >= 32
  const hn::Rebind<hwy::float16_t, DF> dh;
  const hn::Repartition<std::uint64_t, decltype(dh)> d64;
  const VF scales = hn::PromoteTo(DF(), hn::BitCast(dh, hn::Set(d64, Halves<kKeyPositions>(rows, offset))));
  alignas(64) static constexpr std::int32_t kRow[16] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
  return hn::TableLookupLanes(hn::Mul(scales, factor), hn::SetTableIndices(DF(), kRow));
#else
  return hn::Mul(hn::Set(DF(), HalfToFloat(rows[0] + offset)), factor);
#endif
}

// kN dimensions of the rows of a key vector, from halves: a vector for each four of them.
HWY_INLINE void TransposeHalves(const std::byte* const* rows, std::size_t offset, VF (&out)[kKeyPositions]) {
#if HWY_MAX_BYTES >= 32
  const hn::Rebind<std::uint16_t, DF> d16;
  const hn::Repartition<std::uint64_t, decltype(d16)> d64;
  const hn::Rebind<hwy::float16_t, DF> dh;
  const auto load = [&](std::size_t i)
                        HWY_ATTR { return hn::LoadU(d64, reinterpret_cast<const std::uint64_t*>(rows[i] + offset)); };
  const auto floats = [&](auto quads) HWY_ATTR { return hn::PromoteTo(DF(), hn::BitCast(dh, quads)); };
  const auto a = load(0), b = load(1);
  const auto ab_even = hn::InterleaveLower(d64, a, b), ab_odd = hn::InterleaveUpper(d64, a, b);
#if HWY_MAX_BYTES >= 64
  const auto c = load(2), e = load(3);
  const auto ce_even = hn::InterleaveLower(d64, c, e), ce_odd = hn::InterleaveUpper(d64, c, e);
  out[0] = floats(hn::ConcatLowerLower(d64, ce_even, ab_even));
  out[1] = floats(hn::ConcatLowerLower(d64, ce_odd, ab_odd));
  out[2] = floats(hn::ConcatUpperUpper(d64, ce_even, ab_even));
  out[3] = floats(hn::ConcatUpperUpper(d64, ce_odd, ab_odd));
#else
  out[0] = floats(ab_even);
  out[1] = floats(ab_odd);
#endif
#else
  out[0] = LoadHalf(rows[0] + offset);
#endif
}

using DKeyBytes = hn::Repartition<std::uint8_t, DF>;
using VKeyBytes = hn::Vec<DKeyBytes>;

// Sixteen bytes of each row of a key vector.
HWY_INLINE VKeyBytes LoadKeyBytes(const std::byte* const* rows, std::size_t offset) {
  const DKeyBytes d;
  const hn::CappedTag<std::uint8_t, 16> d16;
  const auto load = [&](std::size_t i)
                        HWY_ATTR { return hn::LoadU(d16, reinterpret_cast<const std::uint8_t*>(rows[i] + offset)); };
#if HWY_MAX_BYTES >= 64
  const hn::Half<DKeyBytes> d32;
  return hn::Combine(d, hn::Combine(d32, load(3), load(2)), hn::Combine(d32, load(1), load(0)));
#elif HWY_MAX_BYTES >= 32
  return hn::Combine(d, load(1), load(0));
#else
  (void)d;
  return load(0);
#endif
}

// Dimensions 4 * quarter and on of them. Bytes become the upper ones of integers, and so `scale` is 2^-24 of the
// block's.
HWY_INLINE VF KeyInt8(VKeyBytes bytes, std::size_t quarter, VF scale) {
  alignas(16) static constexpr std::uint8_t kUpper[4][16] = {
      {128, 128, 128, 0, 128, 128, 128, 1, 128, 128, 128, 2, 128, 128, 128, 3},
      {128, 128, 128, 4, 128, 128, 128, 5, 128, 128, 128, 6, 128, 128, 128, 7},
      {128, 128, 128, 8, 128, 128, 128, 9, 128, 128, 128, 10, 128, 128, 128, 11},
      {128, 128, 128, 12, 128, 128, 128, 13, 128, 128, 128, 14, 128, 128, 128, 15}};
  const auto upper = hn::TableLookupBytesOr0(bytes, hn::LoadDup128(DKeyBytes(), kUpper[quarter]));
  return hn::Mul(hn::ConvertTo(DF(), hn::BitCast(DI(), upper)), scale);
}

// Key vectors at once: products of two go on while those before them are added.
inline constexpr std::size_t kKeyVectors = 2;

// All dimensions of the key vectors of positions first, first + 4, ... and of those behind them, four at a time to
// sink(dim / 4, vectors). Behind position `last` it is repeated.
template <class Sink>
HWY_INLINE void ReadKeys(const CacheRows& cache, std::size_t first, std::size_t last, const Sink& sink) {
  const std::byte* rows[kKeyVectors][kKeyPositions];
  BITNET_UNROLL for (std::size_t v = 0; v < kKeyVectors; ++v) {
    const std::byte* row = cache.row(first + v);
    BITNET_UNROLL for (std::size_t i = 0; i < kKeyPositions; ++i, row += 4 * cache.row_bytes) {
      rows[v][i] = first + v + 4 * i <= last ? row : cache.row(last);
      asm("" : "+r"(rows[v][i]));  // or the compiler makes vectors of addresses
    }
  }
  std::size_t step = 0;
  if (cache.type == DType::kQ8_0) {
    for (std::size_t offset = 0; offset < cache.row_bytes; offset += CodecQ8_0::kBytes) {
      VF scale[kKeyVectors];
      BITNET_UNROLL for (std::size_t v = 0; v < kKeyVectors; ++v) scale[v] = KeyScales(rows[v], offset);
      BITNET_UNROLL for (std::size_t half = 0; half < 2; ++half) {
        VKeyBytes bytes[kKeyVectors];
        BITNET_UNROLL for (std::size_t v = 0; v < kKeyVectors; ++v) bytes[v] =
            LoadKeyBytes(rows[v], offset + 2 + 16 * half);
        BITNET_UNROLL for (std::size_t quarter = 0; quarter < 4; ++quarter) {
          VF keys[kKeyVectors];
          BITNET_UNROLL for (std::size_t v = 0; v < kKeyVectors; ++v) keys[v] = KeyInt8(bytes[v], quarter, scale[v]);
          sink(step++, keys);
        }
      }
    }
    return;
  }
  const auto read = [&](std::size_t offset) HWY_ATTR {
    VF floats[kKeyVectors][kKeyPositions];
    BITNET_UNROLL for (std::size_t v = 0; v < kKeyVectors; ++v) TransposeHalves(rows[v], offset, floats[v]);
    BITNET_UNROLL for (std::size_t i = 0; i < kKeyPositions; ++i) {
      VF keys[kKeyVectors];
      BITNET_UNROLL for (std::size_t v = 0; v < kKeyVectors; ++v) keys[v] = floats[v][i];
      sink(step++, keys);
    }
  };
  std::size_t i = 0;
  for (; i + kN <= cache.dim; i += kN) read(2 * i);
  if (i == cache.dim) return;
  HWY_ALIGN std::byte rest[kKeyVectors][kKeyPositions][2 * kN] = {};
  for (std::size_t v = 0; v < kKeyVectors; ++v) {
    for (std::size_t row = 0; row < kKeyPositions; ++row) {
      std::memcpy(rest[v][row], rows[v][row] + 2 * i, 2 * (cache.dim - i));
      rows[v][row] = rest[v][row];
    }
  }
  read(0);
}

struct KeyTile {
  float* out;
  HWY_INLINE void operator()(std::size_t step, const VF (&keys)[kKeyVectors]) const {
    BITNET_UNROLL for (std::size_t v = 0; v < kKeyVectors; ++v) hn::Store(keys[v], DF(), out + (4 * step + v) * kN);
  }
};

// Keys [first, first + count) in groups of kN positions: [dim / 4][position % 4][position / 4][dim % 4]. A score is
// then a sum over four lanes on every level, and sums of four vectors fold into kN scores at once.
inline void LoadKeys(const CacheRows& cache, std::size_t first, std::size_t count, float* keys) {
  const std::size_t last = first + count - 1;
  for (std::size_t group = first; group <= last; group += kN, keys += kN * PaddedDim(cache.dim))
    for (std::size_t v = 0; v < 4; v += kKeyVectors) ReadKeys(cache, group + v, last, KeyTile{keys + v * kN});
}

// Floats between the scales of two blocks.
inline constexpr std::size_t kScaleStride = kAttentionChunk + 16;

// The scales of q8_0 rows [first, first + count): [dim / 32][kScaleStride].
inline HWY_NOINLINE void LoadValueScales(const CacheRows& cache, std::size_t first, std::size_t count, float* scales) {
  const std::size_t blocks = cache.dim / CodecQ8_0::kElements;
  for (std::size_t p = 0; p < count; p += 4) {
    const std::byte* rows[4];
    BITNET_UNROLL for (std::size_t i = 0; i < 4; ++i) rows[i] = cache.row(first + std::min(p + i, count - 1));
    for (std::size_t b = 0; b < blocks; ++b) {
      float* out = scales + b * kScaleStride + p;
#if (HWY_ARCH_X86 && HWY_NATIVE_FMA) || HWY_ARCH_ARM_A64
      const hn::Rebind<hwy::float16_t, D4> dh;
      const hn::Repartition<std::uint64_t, decltype(dh)> d64;
      hn::Store(hn::PromoteTo(D4(), hn::BitCast(dh, hn::Set(d64, Halves<4>(rows, b * CodecQ8_0::kBytes)))), D4(), out);
#else
      for (std::size_t i = 0; i < 4; ++i) out[i] = HalfToFloat(rows[i] + b * CodecQ8_0::kBytes);
#endif
    }
  }
}

// Where kN values of a position of a chunk come from, without their scales: the cache, or floats made of it.
struct CachedHalves {
  const CacheRows& cache;
  std::size_t first;
  HWY_INLINE VF operator()(std::size_t p, std::size_t dim) const { return LoadHalf(cache.row(first + p) + 2 * dim); }
};
struct CachedInt8 {
  const CacheRows& cache;
  std::size_t first;
  HWY_INLINE VF operator()(std::size_t p, std::size_t dim) const {
    return LoadInt8(cache.row(first + p) + dim / CodecQ8_0::kElements * 2 + dim + 2);
  }
};
struct LoadedValues {
  const float* data;  // [position][kLanes]
  HWY_INLINE VF operator()(std::size_t p, std::size_t dim) const {
    return hn::Load(DF(), data + p * kLanes + dim % kLanes);
  }
};

// kLanes dimensions from `dim` on.
inline LoadedValues LoadValues(const CacheRows& cache, std::size_t first, std::size_t count, std::size_t dim,
                               float* values) {
  const std::size_t inside = std::min(kLanes, cache.dim - dim);
  for (std::size_t p = 0; p < count; ++p) {
    float* to = values + p * kLanes;
    if (cache.type == DType::kQ8_0) {
      BITNET_UNROLL for (std::size_t i = 0; i < kLanes; i += kN)
          hn::Store(CachedInt8{cache, first}(p, dim + i), DF(), to + i);
    } else if (inside == kLanes) {
      BITNET_UNROLL for (std::size_t i = 0; i < kLanes; i += kN)
          hn::Store(CachedHalves{cache, first}(p, dim + i), DF(), to + i);
    } else {
      DequantizeF16(cache.row(first + p) + 2 * dim, inside, to);
      std::fill(to + inside, to + kLanes, 0.0f);
    }
  }
  return {values};
}

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#endif
