// Inner loops over kFiveTritLayout: AVX512-VBMI permutes the 64 bytes of a vector by themselves, which turns five trits
// into codes in six instructions.
#include "backends/cpu/ternary_dot4-inl.h"

#if defined(BITNET_CPU_TERNARY_VBMI_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_TERNARY_VBMI_INL_H_
#undef BITNET_CPU_TERNARY_VBMI_INL_H_
#else
#define BITNET_CPU_TERNARY_VBMI_INL_H_
#endif

#undef BITNET_VBMI_TARGET
#if HWY_TARGET == HWY_AVX3
#define BITNET_VBMI_TARGET BITNET_DOT4_TARGET ",avx512vbmi"
#endif

#ifdef BITNET_VBMI_TARGET
HWY_PUSH_ATTRIBUTES(BITNET_VBMI_TARGET)
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

// Four codes, two bits each, and the fifth in bits 6 and 7 of another vector, over bits to be masked.
struct FiveTrits {
  __m512i four, fifth;
};

class FiveTritDecoder {
 public:
  HWY_INLINE FiveTritDecoder()
      : four_(_mm512_loadu_si512(kFiveTrit.four.data())),
        four_rare_(_mm512_loadu_si512(kFiveTrit.four_rare.data())),
        fifth_rare_(_mm512_loadu_si512(kFiveTrit.fifth_rare.data())),
        first_rare_(_mm512_set1_epi8(static_cast<char>(192))) {}
  HWY_INLINE FiveTrits operator()(__m512i bytes) const {
    const __mmask64 rare = _mm512_cmpge_epu8_mask(bytes, first_rare_);
    const __m512i common = _mm512_permutexvar_epi8(bytes, four_);
    return {_mm512_mask_permutexvar_epi8(common, rare, bytes, four_rare_),
            _mm512_mask_permutexvar_epi8(bytes, rare, bytes, fifth_rare_)};
  }

 private:
  __m512i four_, four_rare_, fifth_rare_, first_rare_;
};

// Many tokens multiply unpacked codes as Dot4Inner does.
struct VbmiInner : Dot4Inner {
  static constexpr std::size_t kGroupColumns = kFiveTritColumns;
  static constexpr std::size_t kBlockGroups = 24;
  static constexpr std::size_t kGemvTokens = 4;

  // As Dot4Inner::Gemv, codes used where their bits stand.
  static HWY_NOINLINE void Gemv(const std::uint8_t* tile, std::size_t groups, const std::int8_t* q,
                                std::int32_t* out) noexcept {
    const FiveTritDecoder decode;
    const DI di;
    VI sums[kGroupVectors][4];
    for (auto& row : sums)
      for (VI& sum : row) sum = hn::Zero(di);
    for (std::size_t g = 0; g < groups; ++g, tile += kGroupBytes, q += kGroupColumns) {
      PrefetchGroup(tile);
      const VI a0 = BroadcastFour(q), a1 = BroadcastFour(q + 4), a2 = BroadcastFour(q + 8), a3 = BroadcastFour(q + 12),
               a4 = BroadcastFour(q + 16);
      for (std::size_t v = 0; v < kGroupVectors; ++v) {
        VU8 w = hn::Load(DU8(), tile + v * kBytes);
        KeepInRegister(w);
        const FiveTrits trits = decode(w.raw);
        const VU8 four{trits.four};
        sums[v][0] = Dot4(sums[v][0], Masked(four, 0x03), a0);
        sums[v][1] = Dot4(sums[v][1], Masked(four, 0x0c), a1);
        sums[v][2] = Dot4(sums[v][2], Masked(four, 0x30), a2);
        sums[v][3] = Dot4(sums[v][3], Masked(four, 0xc0), a3);
        sums[v][3] = Dot4(sums[v][3], Masked(VU8{trits.fifth}, 0xc0), a4);
      }
    }
    for (std::size_t v = 0; v < kGroupVectors; ++v) {
      const VI low = hn::Add(sums[v][0], hn::ShiftRight<2>(sums[v][1]));
      const VI high = hn::Add(hn::ShiftRight<4>(sums[v][2]), hn::ShiftRight<6>(sums[v][3]));
      hn::Store(hn::Add(low, high), di, out + v * kVectorRows);
    }
  }

  static void Unpack(const std::uint8_t* tile, std::size_t groups, std::uint8_t* codes) noexcept {
    const FiveTritDecoder decode;
    const DU8 d;
    const hn::Repartition<std::uint16_t, DU8> d16;
    for (std::size_t g = 0; g < groups; ++g, tile += kGroupBytes, codes += 5 * kGroupBytes) {
      PrefetchGroup(tile);
      for (std::size_t v = 0; v < kGroupVectors; ++v) {
        const FiveTrits trits = decode(_mm512_load_si512(tile + v * kBytes));
        const auto four = hn::BitCast(d16, VU8{trits.four}), fifth = hn::BitCast(d16, VU8{trits.fifth});
        std::uint8_t* to = codes + v * kBytes;
        hn::Store(Masked(VU8{trits.four}, 3), d, to);
        hn::Store(Masked(hn::BitCast(d, hn::ShiftRight<2>(four)), 3), d, to + kGroupBytes);
        hn::Store(Masked(hn::BitCast(d, hn::ShiftRight<4>(four)), 3), d, to + 2 * kGroupBytes);
        hn::Store(Masked(hn::BitCast(d, hn::ShiftRight<6>(four)), 3), d, to + 3 * kGroupBytes);
        hn::Store(Masked(hn::BitCast(d, hn::ShiftRight<6>(fifth)), 3), d, to + 4 * kGroupBytes);
      }
    }
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_POP_ATTRIBUTES
#endif  // BITNET_VBMI_TARGET

#endif
