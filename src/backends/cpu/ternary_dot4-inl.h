// Inner loops for processors that add four byte products to a 32-bit lane in one instruction: AVX-VNNI, AVX512-VNNI and
// Arm's SDOT. Highway 1.0.3 has none of them. The functions carry the extra target attribute, so they are a level of
// their own beside the target that they are compiled with.
#include "backends/cpu/ternary_common-inl.h"

#if defined(BITNET_CPU_TERNARY_DOT4_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_TERNARY_DOT4_INL_H_
#undef BITNET_CPU_TERNARY_DOT4_INL_H_
#else
#define BITNET_CPU_TERNARY_DOT4_INL_H_
#endif

#undef BITNET_DOT4_TARGET
#if HWY_TARGET == HWY_AVX2
#define BITNET_DOT4_TARGET HWY_TARGET_STR ",avxvnni"
#elif HWY_TARGET == HWY_AVX3
#define BITNET_DOT4_TARGET HWY_TARGET_STR ",avx512vnni"
#elif HWY_ARCH_ARM_A64 && (HWY_TARGET == HWY_NEON || HWY_TARGET == HWY_NEON_WITHOUT_AES)
#if HWY_COMPILER_CLANG
#define BITNET_DOT4_TARGET "dotprod"
#else
#define BITNET_DOT4_TARGET "arch=armv8.2-a+crypto+dotprod"
#endif
#endif

#ifdef BITNET_DOT4_TARGET
HWY_PUSH_ATTRIBUTES(BITNET_DOT4_TARGET)
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

// Codes count as unsigned on x86 and as signed on Arm: they stay below 128 in both.
HWY_INLINE VI Dot4(VI sum, VU8 codes, VI activations) {
#if HWY_TARGET == HWY_AVX2
  return VI{_mm256_dpbusd_avx_epi32(sum.raw, codes.raw, activations.raw)};
#elif HWY_TARGET == HWY_AVX3
  return VI{_mm512_dpbusd_epi32(sum.raw, codes.raw, activations.raw)};
#else
  return VI(vdotq_s32(sum.raw, vreinterpretq_s8_u8(codes.raw), vreinterpretq_s8_s32(activations.raw)));
#endif
}

struct Dot4Inner : TwoBitInner {
#if HWY_TARGET == HWY_AVX3
  static constexpr std::size_t kGemvTokens = 6;
  static constexpr std::size_t kGemmTokens = 12;
  static constexpr std::size_t kGemmVectors = 2;
#elif HWY_TARGET == HWY_AVX2
  static constexpr std::size_t kGemvTokens = 4;
  static constexpr std::size_t kGemmTokens = 6;
  static constexpr std::size_t kGemmVectors = 2;
#else
  static constexpr std::size_t kGemvTokens = 3;
  static constexpr std::size_t kGemmTokens = 6;
  static constexpr std::size_t kGemmVectors = 4;
#endif

  // out[r] = sum of code * q over all columns. Two bits are used where they stand: a mask makes them the code times 1
  // or 4 (times 16 or 64 too with AVX-512, which has registers for a sum each and then needs no shift), and the sums
  // are divided at the end. Below 2^18 columns no sum reaches 2^31.
  static HWY_NOINLINE void Gemv(const std::uint8_t* tile, std::size_t groups, const std::int8_t* q,
                                std::int32_t* out) noexcept {
    const DU8 d;
    const DI di;
#if HWY_TARGET == HWY_AVX3
    VI sums[kGroupVectors][4];
    for (auto& row : sums)
      for (VI& sum : row) sum = hn::Zero(di);
    for (std::size_t g = 0; g < groups; ++g, tile += kGroupBytes, q += kGroupColumns) {
      PrefetchGroup(tile);
      const VI a0 = BroadcastFour(q), a1 = BroadcastFour(q + 4), a2 = BroadcastFour(q + 8), a3 = BroadcastFour(q + 12);
      for (std::size_t v = 0; v < kGroupVectors; ++v) {
        VU8 w = hn::Load(d, tile + v * kBytes);
        KeepInRegister(w);
        sums[v][0] = Dot4(sums[v][0], Masked(w, 0x03), a0);
        sums[v][1] = Dot4(sums[v][1], Masked(w, 0x0c), a1);
        sums[v][2] = Dot4(sums[v][2], Masked(w, 0x30), a2);
        sums[v][3] = Dot4(sums[v][3], Masked(w, 0xc0), a3);
      }
    }
    for (std::size_t v = 0; v < kGroupVectors; ++v) {
      const VI low = hn::Add(sums[v][0], hn::ShiftRight<2>(sums[v][1]));
      const VI high = hn::Add(hn::ShiftRight<4>(sums[v][2]), hn::ShiftRight<6>(sums[v][3]));
      hn::Store(hn::Add(low, high), di, out + v * kVectorRows);
    }
#else
    VI sums[kGroupVectors][2];
    for (auto& row : sums)
      for (VI& sum : row) sum = hn::Zero(di);
    for (std::size_t g = 0; g < groups; ++g, tile += kGroupBytes, q += kGroupColumns) {
      PrefetchGroup(tile);
      const VI a0 = BroadcastFour(q), a1 = BroadcastFour(q + 4), a2 = BroadcastFour(q + 8), a3 = BroadcastFour(q + 12);
      for (std::size_t v = 0; v < kGroupVectors; ++v) {
        VU8 w = hn::Load(d, tile + v * kBytes);
        KeepInRegister(w);
        const VU8 high = ShiftFour(w);
        sums[v][0] = Dot4(sums[v][0], Masked(w, 0x03), a0);
        sums[v][1] = Dot4(sums[v][1], Masked(w, 0x0c), a1);
        sums[v][0] = Dot4(sums[v][0], Masked(high, 0x03), a2);
        sums[v][1] = Dot4(sums[v][1], Masked(high, 0x0c), a3);
      }
    }
    for (std::size_t v = 0; v < kGroupVectors; ++v)
      hn::Store(hn::Add(sums[v][0], hn::ShiftRight<2>(sums[v][1])), di, out + v * kVectorRows);
#endif
  }

  // Adds to out[t, r], 32 rows a token, the products of unpacked codes: `steps` of four columns.
  template <std::size_t tokens>
  static HWY_NOINLINE void Gemm(const std::uint8_t* codes, std::size_t steps, const std::int8_t* q,
                                std::size_t q_stride, std::int32_t* out) noexcept {
    const DU8 d;
    const DI di;
    for (std::size_t first = 0; first < kGroupVectors; first += kGemmVectors) {
      const std::uint8_t* next = codes + first * kBytes;
      VI sums[tokens][kGemmVectors];
      BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t)
          BITNET_UNROLL for (std::size_t v = 0; v < kGemmVectors; ++v) sums[t][v] =
              hn::Load(di, out + t * kTileRows + (first + v) * kVectorRows);
      for (std::size_t k = 0; k < steps; ++k, next += kGroupBytes) {
        VU8 w[kGemmVectors];
        BITNET_UNROLL for (std::size_t v = 0; v < kGemmVectors; ++v) w[v] = hn::Load(d, next + v * kBytes);
        BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t) {
          const VI a = BroadcastFour(q + t * q_stride + 4 * k);
          BITNET_UNROLL for (std::size_t v = 0; v < kGemmVectors; ++v) sums[t][v] = Dot4(sums[t][v], w[v], a);
        }
      }
      BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t)
          BITNET_UNROLL for (std::size_t v = 0; v < kGemmVectors; ++v)
              hn::Store(sums[t][v], di, out + t * kTileRows + (first + v) * kVectorRows);
    }
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_POP_ATTRIBUTES
#endif  // BITNET_DOT4_TARGET

#endif
