// Inner loops for what has neither maddubs nor a dot product of bytes: Arm's NEON before SDOT, SSE2, and plain C++.
#include "backends/cpu/ternary_common-inl.h"

#if defined(BITNET_CPU_TERNARY_PLAIN_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_TERNARY_PLAIN_INL_H_
#undef BITNET_CPU_TERNARY_PLAIN_INL_H_
#else
#define BITNET_CPU_TERNARY_PLAIN_INL_H_
#endif

#if HWY_ARCH_X86
#include <emmintrin.h>
#endif

HWY_BEFORE_NAMESPACE();
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

#if HWY_ARCH_ARM_A64 && HWY_TARGET != HWY_EMU128

// vmlal adds one byte product to a 16-bit lane, so two vectors of sums take four rows. 128 products of a code of 2 with
// -128 to 127, or 32 of a code times 4, just fit.
struct PlainInner : TwoBitInner {
  static constexpr std::size_t kGemvTokens = 3;
  static constexpr std::size_t kGemmTokens = 4;
  static constexpr std::size_t kGemvChunk = 16;  // groups: two products each, of codes times 4
  static constexpr std::size_t kGemmChunk = 128;

  struct Sums {
    int16x8_t low = vdupq_n_s16(0), high = vdupq_n_s16(0);  // rows 0 and 1, rows 2 and 3, four columns each
  };
  static HWY_INLINE void Accumulate(Sums& sums, uint8x16_t codes, int8x16_t a) {
    const int8x16_t w = vreinterpretq_s8_u8(codes);
    sums.low = vmlal_s8(sums.low, vget_low_s8(w), vget_low_s8(a));
    sums.high = vmlal_high_s8(sums.high, w, a);
  }
  static HWY_INLINE int32x4_t Widen(const Sums& sums) {
    return vpaddq_s32(vpaddlq_s16(sums.low), vpaddlq_s16(sums.high));
  }
  static HWY_INLINE int8x16_t Four(const std::int8_t* q) { return vreinterpretq_s8_s32(vdupq_n_s32(LoadFour(q))); }

  static void Gemv(const std::uint8_t* tile, std::size_t groups, const std::int8_t* q, std::int32_t* out) noexcept {
    const uint8x16_t threes = vdupq_n_u8(0x03), twelves = vdupq_n_u8(0x0c);
    int32x4_t total[kGroupVectors];
    for (int32x4_t& sum : total) sum = vdupq_n_s32(0);
    for (std::size_t begin = 0; begin < groups; begin += kGemvChunk) {
      const std::size_t count = groups - begin < kGemvChunk ? groups - begin : kGemvChunk;
      for (std::size_t v = 0; v < kGroupVectors; v += 2) {
        Sums ones[2], fours[2];
        for (std::size_t g = 0; g < count; ++g) {
          const std::int8_t* a = q + g * kGroupColumns;
          const int8x16_t a0 = Four(a), a1 = Four(a + 4), a2 = Four(a + 8), a3 = Four(a + 12);
          if (v == 0) PrefetchGroup(tile + g * kGroupBytes);
          for (std::size_t i = 0; i < 2; ++i) {
            const uint8x16_t w = vld1q_u8(tile + g * kGroupBytes + (v + i) * kBytes);
            const uint8x16_t high = vshrq_n_u8(w, 4);
            Accumulate(ones[i], vandq_u8(w, threes), a0);
            Accumulate(fours[i], vandq_u8(w, twelves), a1);
            Accumulate(ones[i], vandq_u8(high, threes), a2);
            Accumulate(fours[i], vandq_u8(high, twelves), a3);
          }
        }
        for (std::size_t i = 0; i < 2; ++i)
          total[v + i] = vaddq_s32(total[v + i], vsraq_n_s32(Widen(ones[i]), Widen(fours[i]), 2));
      }
      tile += count * kGroupBytes;
      q += count * kGroupColumns;
    }
    for (std::size_t v = 0; v < kGroupVectors; ++v) vst1q_s32(out + v * kVectorRows, total[v]);
  }

  template <std::size_t tokens>
  static void Gemm(const std::uint8_t* codes, std::size_t steps, const std::int8_t* q, std::size_t q_stride,
                   std::int32_t* out) noexcept {
    for (std::size_t begin = 0; begin < steps; begin += kGemmChunk) {
      const std::size_t count = steps - begin < kGemmChunk ? steps - begin : kGemmChunk;
      for (std::size_t first = 0; first < kGroupVectors; first += 2) {
        const std::uint8_t* next = codes + begin * kGroupBytes + first * kBytes;
        const std::int8_t* a = q + 4 * begin;
        Sums sums[tokens][2];
        for (std::size_t k = 0; k < count; ++k, next += kGroupBytes, a += 4) {
          const uint8x16_t w0 = vld1q_u8(next), w1 = vld1q_u8(next + kBytes);
          BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t) {
            const int8x16_t four = Four(a + t * q_stride);
            Accumulate(sums[t][0], w0, four);
            Accumulate(sums[t][1], w1, four);
          }
        }
        BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t) {
          BITNET_UNROLL for (std::size_t v = 0; v < 2; ++v) {
            std::int32_t* sum = out + t * kTileRows + (first + v) * kVectorRows;
            vst1q_s32(sum, vaddq_s32(vld1q_s32(sum), Widen(sums[t][v])));
          }
        }
      }
    }
  }
};

#elif HWY_ARCH_X86 && (HWY_TARGET == HWY_EMU128 || HWY_TARGET == HWY_SSE2)

// Sixteen-bit multiply-add on columns 0 and 2, then on 1 and 3, of each row: the bytes are split by mask and shift, and
// the 32-bit sums stand in row order. Intrinsics, because Highway 1.0.3 has no SSE2 target.
struct PlainInner : TwoBitInner {
  static constexpr std::size_t kGemvTokens = 3;
  static constexpr std::size_t kGemmTokens = 4;

  static HWY_INLINE __m128i Four(const std::int8_t* q) { return _mm_set1_epi32(LoadFour(q)); }
  static HWY_INLINE __m128i Even(__m128i four) { return _mm_srai_epi16(_mm_slli_epi16(four, 8), 8); }
  static HWY_INLINE __m128i Odd(__m128i four) { return _mm_srai_epi16(four, 8); }
  static HWY_INLINE __m128i Accumulate(__m128i sum, __m128i even, __m128i odd, __m128i a) {
    const __m128i products = _mm_add_epi32(_mm_madd_epi16(even, Even(a)), _mm_madd_epi16(odd, Odd(a)));
    return _mm_add_epi32(sum, products);
  }

  static HWY_INLINE void AddTo(std::int32_t* out, __m128i sum) {
    auto* to = reinterpret_cast<__m128i*>(out);
    _mm_store_si128(to, _mm_add_epi32(_mm_load_si128(to), sum));
  }

  // Codes times 4^plane, each plane with a sum of its own.
  static void Gemv(const std::uint8_t* tile, std::size_t groups, const std::int8_t* q, std::int32_t* out) noexcept {
    const __m128i masks[4] = {_mm_set1_epi16(0x03), _mm_set1_epi16(0x0c), _mm_set1_epi16(0x30), _mm_set1_epi16(0xc0)};
    for (std::size_t v = 0; v < kGroupVectors; ++v) {
      __m128i sums[4] = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
      for (std::size_t g = 0; g < groups; ++g) {
        const std::uint8_t* group = tile + g * kGroupBytes;
        if (v == 0) PrefetchGroup(group);
        const __m128i w = _mm_load_si128(reinterpret_cast<const __m128i*>(group + v * kBytes));
        const __m128i odd = _mm_srli_epi16(w, 8);
        BITNET_UNROLL for (int s = 0; s < 4; ++s) sums[s] = Accumulate(
            sums[s], _mm_and_si128(w, masks[s]), _mm_and_si128(odd, masks[s]), Four(q + g * kGroupColumns + 4 * s));
      }
      const __m128i low = _mm_add_epi32(sums[0], _mm_srai_epi32(sums[1], 2));
      const __m128i high = _mm_add_epi32(_mm_srai_epi32(sums[2], 4), _mm_srai_epi32(sums[3], 6));
      _mm_store_si128(reinterpret_cast<__m128i*>(out + v * kVectorRows), _mm_add_epi32(low, high));
    }
  }

  template <std::size_t tokens>
  static void Gemm(const std::uint8_t* codes, std::size_t steps, const std::int8_t* q, std::size_t q_stride,
                   std::int32_t* out) noexcept {
    const __m128i low_bytes = _mm_set1_epi16(0x00ff);
    for (std::size_t first = 0; first < kGroupVectors; first += 2) {
      const std::uint8_t* next = codes + first * kBytes;
      __m128i sums[tokens][2];
      BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t) sums[t][0] = sums[t][1] = _mm_setzero_si128();
      for (std::size_t k = 0; k < steps; ++k, next += kGroupBytes) {
        const __m128i w0 = _mm_load_si128(reinterpret_cast<const __m128i*>(next));
        const __m128i w1 = _mm_load_si128(reinterpret_cast<const __m128i*>(next + kBytes));
        const __m128i even0 = _mm_and_si128(w0, low_bytes), odd0 = _mm_srli_epi16(w0, 8);
        const __m128i even1 = _mm_and_si128(w1, low_bytes), odd1 = _mm_srli_epi16(w1, 8);
        BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t) {
          const __m128i a = Four(q + t * q_stride + 4 * k);
          sums[t][0] = Accumulate(sums[t][0], even0, odd0, a);
          sums[t][1] = Accumulate(sums[t][1], even1, odd1, a);
        }
      }
      BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t) BITNET_UNROLL for (std::size_t v = 0; v < 2; ++v)
          AddTo(out + t * kTileRows + (first + v) * kVectorRows, sums[t][v]);
    }
  }
};

#elif HWY_TARGET == HWY_EMU128

struct PlainInner : TwoBitInner {
  static constexpr std::size_t kGemvTokens = 3;
  static constexpr std::size_t kGemmTokens = 4;

  static void Gemv(const std::uint8_t* tile, std::size_t groups, const std::int8_t* q, std::int32_t* out) noexcept {
    std::int32_t sums[kTileRows] = {};
    for (std::size_t g = 0; g < groups; ++g, tile += kGroupBytes, q += kGroupColumns)
      for (std::size_t s = 0; s < 4; ++s)
        for (std::size_t i = 0; i < kGroupBytes; ++i) sums[i / 4] += (tile[i] >> (2 * s) & 3) * q[4 * s + i % 4];
    std::memcpy(out, sums, sizeof(sums));
  }

  template <std::size_t tokens>
  static void Gemm(const std::uint8_t* codes, std::size_t steps, const std::int8_t* q, std::size_t q_stride,
                   std::int32_t* out) noexcept {
    for (std::size_t t = 0; t < tokens; ++t) {
      std::int32_t sums[kTileRows] = {};
      for (std::size_t k = 0; k < steps; ++k)
        for (std::size_t i = 0; i < kGroupBytes; ++i)
          sums[i / 4] += codes[k * kGroupBytes + i] * q[t * q_stride + 4 * k + i % 4];
      for (std::size_t r = 0; r < kTileRows; ++r) out[t * kTileRows + r] += sums[r];
    }
  }
};

#endif

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#endif
