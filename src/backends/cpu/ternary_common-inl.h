// What the ternary inner loops share: byte vectors over a tile's 128-byte groups.
#include "backends/cpu/simd-inl.h"
#include "backends/cpu/ternary_layout.hpp"

#if defined(BITNET_CPU_TERNARY_COMMON_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_TERNARY_COMMON_INL_H_
#undef BITNET_CPU_TERNARY_COMMON_INL_H_
#else
#define BITNET_CPU_TERNARY_COMMON_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

using DU8 = hn::CappedTag<std::uint8_t, 64>;
using VU8 = hn::Vec<DU8>;
inline constexpr std::size_t kBytes = hn::MaxLanes(DU8());
inline constexpr std::size_t kGroupVectors = kGroupBytes / kBytes;  // 2, 4 or 8
inline constexpr std::size_t kVectorRows = kBytes / 4;

HWY_INLINE std::int32_t LoadFour(const std::int8_t* q) {
  std::int32_t four;
  std::memcpy(&four, q, sizeof(four));
  return four;
}

// Four activations in each 32-bit lane.
HWY_INLINE VI BroadcastFour(const std::int8_t* q) { return hn::Set(DI(), LoadFour(q)); }

// Two sums stay in registers, and what is loaded through `p` afterwards is loaded afterwards: GCC otherwise moves the
// products of all tokens to the front of the loop and has no register left for their sums.
template <class V>
HWY_INLINE void InOrder([[maybe_unused]] const std::int8_t*& p, [[maybe_unused]] V& a, [[maybe_unused]] V& b) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128
  auto raw_a = a.raw, raw_b = b.raw;  // copies: operands of asm that are elements of arrays would stay in memory
  asm volatile("" : "+r"(p), "+v"(raw_a), "+v"(raw_b));
  a.raw = raw_a;
  b.raw = raw_b;
#elif HWY_ARCH_ARM_A64 && HWY_TARGET != HWY_EMU128
  auto raw_a = a.raw, raw_b = b.raw;
  asm volatile("" : "+r"(p), "+w"(raw_a), "+w"(raw_b));
  a.raw = raw_a;
  b.raw = raw_b;
#endif
}

// Bytes shifted right by four; the upper halves of bytes receive their neighbours' bits and must be masked.
HWY_INLINE VU8 ShiftFour(VU8 v) {
  const hn::Repartition<std::uint16_t, DU8> d16;
  return hn::BitCast(DU8(), hn::ShiftRight<4>(hn::BitCast(d16, v)));
}

HWY_INLINE VU8 Masked(VU8 v, std::uint8_t mask) { return hn::And(v, hn::Set(DU8(), mask)); }

HWY_INLINE void PrefetchGroup(const std::uint8_t* group) {
  PrefetchStream(group);
  PrefetchStream(group + 64);
}

// What inner loops over kTwoBitLayout share.
struct TwoBitInner {
  static constexpr std::size_t kGroupColumns = kTwoBitColumns;
  // Groups that are unpacked at once: 16 KiB of codes, which stay in the first-level cache while all tokens use them.
  static constexpr std::size_t kBlockGroups = 32;

  // Codes of some groups, a byte each: [columns / 4][32 rows][4 columns].
  static void Unpack(const std::uint8_t* tile, std::size_t groups, std::uint8_t* codes) noexcept {
    const DU8 d;
    for (std::size_t g = 0; g < groups; ++g, tile += kGroupBytes, codes += 4 * kGroupBytes) {
      PrefetchGroup(tile);
      for (std::size_t v = 0; v < kGroupVectors; ++v) {
        VU8 w = hn::Load(d, tile + v * kBytes);
        KeepInRegister(w);
        const hn::Repartition<std::uint16_t, DU8> d16;
        const auto wide = hn::BitCast(d16, w);
        hn::Store(Masked(w, 3), d, codes + v * kBytes);
        hn::Store(Masked(hn::BitCast(d, hn::ShiftRight<2>(wide)), 3), d, codes + kGroupBytes + v * kBytes);
        hn::Store(Masked(hn::BitCast(d, hn::ShiftRight<4>(wide)), 3), d, codes + 2 * kGroupBytes + v * kBytes);
        hn::Store(Masked(hn::BitCast(d, hn::ShiftRight<6>(wide)), 3), d, codes + 3 * kGroupBytes + v * kBytes);
      }
    }
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#endif
