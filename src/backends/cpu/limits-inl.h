// Loops that are nothing but multiply-adds: what a level's kernels can reach at most.
#include "backends/cpu/ternary_amx-inl.h"
#include "backends/cpu/ternary_dot4-inl.h"
#include "backends/cpu/ternary_i8mm-inl.h"
#include "backends/cpu/ternary_maddubs-inl.h"
#include "backends/limit_loops.hpp"

#if defined(BITNET_CPU_LIMITS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_LIMITS_INL_H_
#undef BITNET_CPU_LIMITS_INL_H_
#else
#define BITNET_CPU_LIMITS_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

// Sums that wait for none of the others: more than an instruction's latency times how many start in a cycle, and no
// more than there are registers for.
#if HWY_ARCH_X86
inline constexpr std::size_t kLimitSums = 12;
#else
inline constexpr std::size_t kLimitSums = 16;
#endif

template <typename Lane, typename Vector>
HWY_INLINE std::int64_t SumOfLanes(Vector vector) {
  Lane lanes[sizeof(vector) / sizeof(Lane)];
  std::memcpy(lanes, &vector, sizeof(vector));
  std::int64_t sum = 0;
  for (const Lane lane : lanes) sum += lane;
  return sum;
}

// A multiply-add as the kernels of a level without a dot product of bytes do it. They widen 16-bit sums every 64 or 128
// products, which is left out here: a limit is what nothing can pass.
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SSE2
struct LimitStep {
  using Vector = decltype(VI().raw);
  using Lane = std::int16_t;
  static constexpr std::size_t kMacs = sizeof(Vector);
  static HWY_INLINE Vector Bytes(std::int8_t value) { return hn::Set(DI(), value * 0x01010101).raw; }
  static HWY_INLINE void Opaque(Vector& v) { asm volatile("" : "+v"(v)); }
  static HWY_INLINE Vector Add(Vector sum, Vector codes, Vector activations) {
    return hn::Add(V16{sum}, MultiplyPairs(VU8{codes}, VI{activations})).raw;
  }
};
#define BITNET_LIMIT_STEP 1
#elif HWY_ARCH_X86
struct LimitStep {
  using Vector = __m128i;
  using Lane = std::int32_t;
  static constexpr std::size_t kMacs = 8;
  static HWY_INLINE Vector Bytes(std::int8_t value) { return _mm_set1_epi16(value); }  // widened as the kernels do
  static HWY_INLINE void Opaque(Vector& v) { asm volatile("" : "+x"(v)); }
  static HWY_INLINE Vector Add(Vector sum, Vector codes, Vector activations) {
    return _mm_add_epi32(sum, _mm_madd_epi16(codes, activations));
  }
};
#define BITNET_LIMIT_STEP 1
#elif HWY_ARCH_ARM_A64 && HWY_TARGET != HWY_EMU128
struct LimitStep {
  using Vector = int16x8_t;
  using Lane = std::int16_t;
  static constexpr std::size_t kMacs = 8;
  static HWY_INLINE Vector Bytes(std::int8_t value) { return vreinterpretq_s16_s8(vdupq_n_s8(value)); }
  static HWY_INLINE void Opaque(Vector& v) { asm volatile("" : "+w"(v)); }
  static HWY_INLINE Vector Add(Vector sum, Vector codes, Vector activations) {
    return vmlal_s8(sum, vget_low_s8(vreinterpretq_s8_s16(codes)), vget_low_s8(vreinterpretq_s8_s16(activations)));
  }
};
#define BITNET_LIMIT_STEP 1
#endif

#ifdef BITNET_LIMIT_STEP
#undef BITNET_LIMIT_STEP
HWY_NOINLINE inline std::uint64_t Int8Macs(std::size_t rounds, std::int64_t& sum) noexcept {
  using Vector = LimitStep::Vector;
  Vector sums[kLimitSums], codes = LimitStep::Bytes(2);
  const Vector activations = LimitStep::Bytes(3);
  BITNET_UNROLL for (Vector& s : sums) s = LimitStep::Bytes(0);
  for (std::size_t r = 0; r < rounds; ++r) {
    BITNET_UNROLL for (Vector& s : sums) {
      // Otherwise one product would do for all sums, and sums would move between registers and memory.
      LimitStep::Opaque(codes);
      s = LimitStep::Add(s, codes, activations);
      LimitStep::Opaque(s);
    }
  }
  sum = 0;
  BITNET_UNROLL for (const Vector& s : sums) sum += SumOfLanes<LimitStep::Lane>(s);
  return rounds * kLimitSums * LimitStep::kMacs;
}
constexpr LimitLoops kLimits{&Int8Macs, nullptr};
#else
inline const LimitLoops& kLimits = plain_limit_loops();
#endif

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#ifdef BITNET_DOT4_TARGET
HWY_PUSH_ATTRIBUTES(BITNET_DOT4_TARGET)
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

HWY_NOINLINE inline std::uint64_t Int8MacsDot4(std::size_t rounds, std::int64_t& sum) noexcept {
  VI sums[kLimitSums];
  const VI activations = hn::Set(DI(), 0x03030303);
  VU8 codes = hn::Set(DU8(), 2);
  BITNET_UNROLL for (VI& s : sums) s = hn::Zero(DI());
  for (std::size_t r = 0; r < rounds; ++r) {
    KeepInRegister(codes);
    BITNET_UNROLL for (VI& s : sums) {
      s = Dot4(s, codes, activations);
      // Each round needs the one before it, so that the compiler cannot multiply by their number.
      KeepInRegister(s);
    }
  }
  sum = 0;
  BITNET_UNROLL for (const VI& s : sums) sum += SumOfLanes<std::int32_t>(s);
  return rounds * kLimitSums * kBytes;
}
constexpr LimitLoops kLimitsDot4{&Int8MacsDot4, nullptr};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_POP_ATTRIBUTES
#endif  // BITNET_DOT4_TARGET

#ifdef BITNET_I8MM_TARGET
HWY_PUSH_ATTRIBUTES(BITNET_I8MM_TARGET)
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

HWY_NOINLINE inline std::uint64_t Int8MacsI8mm(std::size_t rounds, std::int64_t& sum) noexcept {
  int32x4_t sums[kLimitSums];
  const int8x16_t activations = vdupq_n_s8(3);
  int8x16_t codes = vdupq_n_s8(2);
  BITNET_UNROLL for (int32x4_t& s : sums) s = vdupq_n_s32(0);
  for (std::size_t r = 0; r < rounds; ++r) {
    asm("" : "+w"(codes));
    BITNET_UNROLL for (int32x4_t& s : sums) {
      s = vmmlaq_s32(s, codes, activations);
      asm("" : "+w"(s));  // as KeepInRegister above
    }
  }
  sum = 0;
  BITNET_UNROLL for (const int32x4_t s : sums) sum += vaddvq_s32(s);
  constexpr std::size_t kMacs = 2 * 2 * 8;
  return rounds * kLimitSums * kMacs;
}
constexpr LimitLoops kLimitsI8mm{&Int8MacsI8mm, nullptr};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_POP_ATTRIBUTES
#endif  // BITNET_I8MM_TARGET

#ifdef BITNET_VBMI_TARGET
HWY_PUSH_ATTRIBUTES(BITNET_VBMI_TARGET ",amx-tile,amx-int8")
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

// Four tiles of sums, two of tokens and two of codes, as the widest kernel has them.
HWY_NOINLINE inline std::uint64_t TileMacs(std::size_t rounds, std::int64_t& sum) noexcept {
  constexpr std::size_t kRows = 16, kRowBytes = 64, kTile = kRows * kRowBytes, kSumTiles = 4;
  alignas(64) std::uint8_t codes[kTile];
  alignas(64) std::int8_t activations[kTile];
  alignas(64) std::int32_t sums[kSumTiles][kTile / sizeof(std::int32_t)];
  std::memset(codes, 2, sizeof(codes));
  std::memset(activations, 3, sizeof(activations));
  const TileConfig config;
  _tile_loadconfig(&config);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, activations, kRowBytes);
  _tile_loadd(5, activations, kRowBytes);
  _tile_loadd(6, codes, kRowBytes);
  _tile_loadd(7, codes, kRowBytes);
  for (std::size_t r = 0; r < rounds; ++r) {
    _tile_dpbsud(0, 4, 6);
    _tile_dpbsud(1, 4, 7);
    _tile_dpbsud(2, 5, 6);
    _tile_dpbsud(3, 5, 7);
  }
  _tile_stored(0, sums[0], kRowBytes);
  _tile_stored(1, sums[1], kRowBytes);
  _tile_stored(2, sums[2], kRowBytes);
  _tile_stored(3, sums[3], kRowBytes);
  _tile_release();
  sum = 0;
  for (const auto& tile : sums)
    for (const std::int32_t value : tile) sum += value;
  return rounds * kSumTiles * kRows * kRows * kRowBytes;
}
constexpr LimitLoops kLimitsAmx{&Int8MacsDot4, &TileMacs};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_POP_ATTRIBUTES
#endif  // BITNET_VBMI_TARGET

#endif
