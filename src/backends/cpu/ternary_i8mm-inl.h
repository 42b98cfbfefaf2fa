// Products of many tokens with Arm's SMMLA: 2 rows by 2 tokens by 8 columns an instruction, twice what SDOT does.
#include "backends/cpu/ternary_dot4-inl.h"

#if defined(BITNET_CPU_TERNARY_I8MM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_TERNARY_I8MM_INL_H_
#undef BITNET_CPU_TERNARY_I8MM_INL_H_
#else
#define BITNET_CPU_TERNARY_I8MM_INL_H_
#endif

#undef BITNET_I8MM_TARGET
#if defined(BITNET_DOT4_TARGET) && HWY_ARCH_ARM_A64
#if HWY_COMPILER_CLANG
#define BITNET_I8MM_TARGET "dotprod,i8mm"
#else
#define BITNET_I8MM_TARGET BITNET_DOT4_TARGET "+i8mm"
#endif
#endif

#ifdef BITNET_I8MM_TARGET
HWY_PUSH_ATTRIBUTES(BITNET_I8MM_TARGET)
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

// Few tokens multiply as Dot4Inner does: half of each instruction would go to a token that is not there.
struct I8mmInner : Dot4Inner {
  static constexpr std::size_t kGemmTokens = 8;

  // Codes of some groups: [columns / 8][32 rows][8 columns].
  static void Unpack(const std::uint8_t* tile, std::size_t groups, std::uint8_t* codes) noexcept {
    const uint8x16_t three = vdupq_n_u8(3);
    for (std::size_t g = 0; g < groups; ++g, tile += kGroupBytes, codes += 4 * kGroupBytes) {
      PrefetchGroup(tile);
      for (std::size_t v = 0; v < kGroupVectors; ++v) {
        const uint8x16_t w = vld1q_u8(tile + v * kBytes);
        std::uint8_t* to = codes + 2 * v * kBytes;
        StorePair(vandq_u8(w, three), vandq_u8(vshrq_n_u8(w, 2), three), to);
        StorePair(vandq_u8(vshrq_n_u8(w, 4), three), vshrq_n_u8(w, 6), to + 2 * kGroupBytes);
      }
    }
  }

  // As Dot4Inner::Gemm: `steps`, which is even, of four columns. An odd last token stands in for the one behind it.
  template <std::size_t tokens>
  static HWY_NOINLINE void Gemm(const std::uint8_t* codes, std::size_t steps, const std::int8_t* q,
                                std::size_t q_stride, std::int32_t* out) noexcept {
    constexpr std::size_t kPairs = (tokens + 1) / 2;
    constexpr std::size_t kRows = 2 * kRowPairs;
    for (std::size_t first = 0; first < kTileRows; first += kRows) {
      const std::uint8_t* next = codes + 8 * first;
      int32x4_t sums[kPairs][kRowPairs];  // row 0: token 0, token 1; row 1: token 0, token 1
      BITNET_UNROLL for (std::size_t t = 0; t < kPairs; ++t) BITNET_UNROLL for (std::size_t r = 0; r < kRowPairs; ++r)
          sums[t][r] = vdupq_n_s32(0);
      for (std::size_t k = 0; k < steps / 2; ++k, next += 2 * kGroupBytes) {
        int8x16_t w[kRowPairs];
        BITNET_UNROLL for (std::size_t r = 0; r < kRowPairs; ++r) w[r] = vreinterpretq_s8_u8(vld1q_u8(next + 16 * r));
        BITNET_UNROLL for (std::size_t t = 0; t < kPairs; ++t) {
          const std::int8_t* even = q + 2 * t * q_stride + 8 * k;
          const std::int8_t* odd = 2 * t + 1 < tokens ? even + q_stride : even;
          const int8x16_t a = vcombine_s8(vld1_s8(even), vld1_s8(odd));
          BITNET_UNROLL for (std::size_t r = 0; r < kRowPairs; ++r) sums[t][r] = vmmlaq_s32(sums[t][r], w[r], a);
        }
      }
      BITNET_UNROLL for (std::size_t t = 0; t < kPairs; ++t) {
        BITNET_UNROLL for (std::size_t r = 0; r < kRowPairs; r += 2) {
          std::int32_t* to = out + 2 * t * kTileRows + first + 2 * r;
          AddTo(to, vuzp1q_s32(sums[t][r], sums[t][r + 1]));
          if (2 * t + 1 < tokens) AddTo(to + kTileRows, vuzp2q_s32(sums[t][r], sums[t][r + 1]));
        }
      }
    }
  }

 private:
  static constexpr std::size_t kRowPairs = 4;

  // Four columns of four rows each, and the four columns behind them.
  static HWY_INLINE void StorePair(uint8x16_t columns, uint8x16_t next, std::uint8_t* to) {
    const uint32x4_t a = vreinterpretq_u32_u8(columns), b = vreinterpretq_u32_u8(next);
    vst1q_u8(to, vreinterpretq_u8_u32(vzip1q_u32(a, b)));
    vst1q_u8(to + 16, vreinterpretq_u8_u32(vzip2q_u32(a, b)));
  }
  static HWY_INLINE void AddTo(std::int32_t* to, int32x4_t sums) { vst1q_s32(to, vaddq_s32(vld1q_s32(to), sums)); }
};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_POP_ATTRIBUTES
#endif  // BITNET_I8MM_TARGET

#endif
