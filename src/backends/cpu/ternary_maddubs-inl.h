// Inner loops for x86 without VNNI: maddubs adds two byte products to a 16-bit lane. Codes of 2 and activations of -128
// give -512, of 127 give 508, so 64 sums of two, -32768 to 32512, just fit before the lanes are widened to 32 bits.
#include "backends/cpu/ternary_common-inl.h"

#if defined(BITNET_CPU_TERNARY_MADDUBS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_TERNARY_MADDUBS_INL_H_
#undef BITNET_CPU_TERNARY_MADDUBS_INL_H_
#else
#define BITNET_CPU_TERNARY_MADDUBS_INL_H_
#endif

#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SSE2

HWY_BEFORE_NAMESPACE();
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

using D16 = hn::Repartition<std::int16_t, DI>;
using V16 = hn::Vec<D16>;

HWY_INLINE V16 MultiplyPairs(VU8 codes, VI activations) {
#if HWY_MAX_BYTES == 64
  return V16{_mm512_maddubs_epi16(codes.raw, activations.raw)};
#elif HWY_MAX_BYTES == 32
  return V16{_mm256_maddubs_epi16(codes.raw, activations.raw)};
#else
  return V16{_mm_maddubs_epi16(codes.raw, activations.raw)};
#endif
}

// Neighbouring lanes times `factor`, added.
HWY_INLINE VI WidenPairs(V16 sums, std::int16_t factor) {
  const V16 factors = hn::Set(D16(), factor);
#if HWY_MAX_BYTES == 64
  return VI{_mm512_madd_epi16(sums.raw, factors.raw)};
#elif HWY_MAX_BYTES == 32
  return VI{_mm256_madd_epi16(sums.raw, factors.raw)};
#else
  return VI{_mm_madd_epi16(sums.raw, factors.raw)};
#endif
}

struct MaddubsInner : TwoBitInner {
  static constexpr std::size_t kGemmTokens = HWY_MAX_BYTES == 64 ? 12 : 6;
  static constexpr std::size_t kGemvTokens = 3;
  static constexpr std::size_t kGemvChunk = 8;  // groups: two sums each, of codes times 4
  static constexpr std::size_t kGemmChunk = 64;

  static void Gemv(const std::uint8_t* tile, std::size_t groups, const std::int8_t* q, std::int32_t* out) noexcept {
    const DU8 d;
    const DI di;
    const D16 d16;
    alignas(64) std::int32_t sums[kTileRows] = {};  // times 4
    for (std::size_t begin = 0; begin < groups; begin += kGemvChunk) {
      const std::size_t count = groups - begin < kGemvChunk ? groups - begin : kGemvChunk;
      for (std::size_t g = 0; g < count; ++g) PrefetchGroup(tile + g * kGroupBytes);
      for (std::size_t v = 0; v < kGroupVectors; v += 2) {
        V16 ones0 = hn::Zero(d16), ones1 = hn::Zero(d16), fours0 = hn::Zero(d16), fours1 = hn::Zero(d16);
        for (std::size_t g = 0; g < count; ++g) {
          const std::int8_t* a = q + g * kGroupColumns;
          const VI a0 = BroadcastFour(a), a1 = BroadcastFour(a + 4), a2 = BroadcastFour(a + 8),
                   a3 = BroadcastFour(a + 12);
          VU8 w0 = hn::Load(d, tile + g * kGroupBytes + v * kBytes);
          VU8 w1 = hn::Load(d, tile + g * kGroupBytes + (v + 1) * kBytes);
          KeepInRegister(w0);
          KeepInRegister(w1);
          ones0 = hn::Add(ones0, MultiplyPairs(Masked(w0, 0x03), a0));
          ones1 = hn::Add(ones1, MultiplyPairs(Masked(w1, 0x03), a0));
          fours0 = hn::Add(fours0, MultiplyPairs(Masked(w0, 0x0c), a1));
          fours1 = hn::Add(fours1, MultiplyPairs(Masked(w1, 0x0c), a1));
          w0 = ShiftFour(w0);
          w1 = ShiftFour(w1);
          ones0 = hn::Add(ones0, MultiplyPairs(Masked(w0, 0x03), a2));
          ones1 = hn::Add(ones1, MultiplyPairs(Masked(w1, 0x03), a2));
          fours0 = hn::Add(fours0, MultiplyPairs(Masked(w0, 0x0c), a3));
          fours1 = hn::Add(fours1, MultiplyPairs(Masked(w1, 0x0c), a3));
        }
        std::int32_t* sum = sums + v * kVectorRows;
        const VI sum0 = hn::Add(WidenPairs(ones0, 4), WidenPairs(fours0, 1));
        const VI sum1 = hn::Add(WidenPairs(ones1, 4), WidenPairs(fours1, 1));
        hn::Store(hn::Add(hn::Load(di, sum), sum0), di, sum);
        hn::Store(hn::Add(hn::Load(di, sum + kVectorRows), sum1), di, sum + kVectorRows);
      }
      tile += count * kGroupBytes;
      q += count * kGroupColumns;
    }
    for (std::size_t r = 0; r < kTileRows; r += kVectorRows)
      hn::Store(hn::ShiftRight<2>(hn::Load(di, sums + r)), di, out + r);
  }

  template <std::size_t tokens>
  static void Gemm(const std::uint8_t* codes, std::size_t steps, const std::int8_t* q, std::size_t q_stride,
                   std::int32_t* out) noexcept {
    const DU8 d;
    const DI di;
    const D16 d16;
    for (std::size_t begin = 0; begin < steps; begin += kGemmChunk) {
      const std::size_t count = steps - begin < kGemmChunk ? steps - begin : kGemmChunk;
      for (std::size_t first = 0; first < kGroupVectors; first += 2) {
        const std::uint8_t* next = codes + begin * kGroupBytes + first * kBytes;
        const std::int8_t* a = q + 4 * begin;
        V16 sums[tokens][2];
        BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t) sums[t][0] = sums[t][1] = hn::Zero(d16);
        for (std::size_t k = 0; k < count; ++k, next += kGroupBytes, a += 4) {
          const VU8 w0 = hn::Load(d, next), w1 = hn::Load(d, next + kBytes);
          const std::int8_t* from = a;
          BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t) {
            const VI four = BroadcastFour(from + t * q_stride);
            sums[t][0] = hn::Add(sums[t][0], MultiplyPairs(w0, four));
            sums[t][1] = hn::Add(sums[t][1], MultiplyPairs(w1, four));
            InOrder(from, sums[t][0], sums[t][1]);
          }
        }
        BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t) {
          BITNET_UNROLL for (std::size_t v = 0; v < 2; ++v) {
            std::int32_t* sum = out + t * kTileRows + (first + v) * kVectorRows;
            hn::Store(hn::Add(hn::Load(di, sum), WidenPairs(sums[t][v], 1)), di, sum);
          }
        }
      }
    }
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#endif
#endif
