// Bytes in, planes of trits out, and back; every level runs the same steps on its own vectors.
#include <cstddef>
#include <cstdint>

#include "base/simd/isa.hpp"
#include "hwy/highway.h"
#include "quant/packing/trit_kernels.hpp"

#if defined(BITNET_TRIT_KERNELS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_TRIT_KERNELS_INL_H_
#undef BITNET_TRIT_KERNELS_INL_H_
#else
#define BITNET_TRIT_KERNELS_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace bitnet::trits {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A vector of at most the width of a plane.
template <std::size_t kWidth>
using Bytes = hn::CappedTag<std::uint8_t, kWidth>;

template <class D>
HWY_INLINE hn::Vec<D> LoadBytes(D d, const std::byte* from) {
  return hn::LoadU(d, reinterpret_cast<const std::uint8_t*>(from));
}
template <class D>
HWY_INLINE void StoreBytes(hn::Vec<D> v, D d, std::byte* to) {
  hn::StoreU(v, d, reinterpret_cast<std::uint8_t*>(to));
}
// There are no shifts of bytes on x86: words are shifted, and the caller masks what came from the neighbour.
template <int kBits, class D>
HWY_INLINE hn::Vec<D> ShiftWords(D d, hn::Vec<D> v) {
  const hn::Repartition<std::uint16_t, D> d16;
  return hn::BitCast(d, hn::ShiftRight<kBits>(hn::BitCast(d16, v)));
}

template <std::size_t kWidth>
HWY_NOINLINE bool UnpackPlanes(const std::byte* codes, std::size_t blocks, std::int8_t* trits) noexcept {
  const Bytes<kWidth> d;
  const auto three = hn::Set(d, 3), one = hn::Set(d, 1);
  auto undefined = hn::Zero(d);
  for (; blocks > 0; --blocks, codes += kWidth, trits += 4 * kWidth)
    for (std::size_t p = 0; p < kWidth; p += hn::Lanes(d)) {
      const auto bytes = LoadBytes(d, codes + p);
      const auto put = [&](std::size_t plane, auto shifted) HWY_ATTR {
        const auto code = hn::And(shifted, three);
        const auto none = hn::Eq(code, three);
        undefined = hn::Or(undefined, hn::VecFromMask(d, none));
        hn::StoreU(hn::IfThenZeroElse(none, hn::Sub(code, one)), d,
                   reinterpret_cast<std::uint8_t*>(trits + kWidth * plane + p));
      };
      put(0, ShiftWords<6>(d, bytes));
      put(1, ShiftWords<4>(d, bytes));
      put(2, ShiftWords<2>(d, bytes));
      put(3, bytes);
    }
  return hn::AllTrue(d, hn::Eq(undefined, hn::Zero(d)));
}

template <std::size_t kWidth>
HWY_NOINLINE void PackPlanes(const std::int8_t* trits, std::size_t blocks, std::byte* codes) noexcept {
  const Bytes<kWidth> d;
  const auto one = hn::Set(d, 1);
  for (; blocks > 0; --blocks, codes += kWidth, trits += 4 * kWidth)
    for (std::size_t p = 0; p < kWidth; p += hn::Lanes(d)) {
      const auto code = [&](std::size_t plane) HWY_ATTR {
        return hn::Add(hn::LoadU(d, reinterpret_cast<const std::uint8_t*>(trits + kWidth * plane + p)), one);
      };
      auto bytes = code(0);
      for (std::size_t plane = 1; plane < 4; ++plane) {
        bytes = hn::Add(bytes, bytes);
        bytes = hn::Or(hn::Add(bytes, bytes), code(plane));
      }
      StoreBytes(bytes, d, codes + p);
    }
}

HWY_NOINLINE inline void UnpackBase3(const std::byte* bytes, std::size_t blocks, std::int8_t* trits) noexcept {
  const Bytes<kBase3BlockBytes> d;
  const hn::RebindToSigned<decltype(d)> di;
  // Signed comparisons are the ones that every level has: bytes are moved by 128. Three times the fraction carries over
  // twice from 171 on, once from 86 on.
  const auto moved = hn::Set(d, 0x80);
  const auto once = hn::Set(di, 85 - 128), twice = hn::Set(di, 170 - 128), one = hn::Set(di, 1);
  for (; blocks > 0; --blocks, bytes += kBase3BlockBytes, trits += kBase3Block)
    for (std::size_t m = 0; m < kBase3BlockBytes; m += hn::Lanes(d)) {
      auto rest = LoadBytes(d, bytes + m);
      for (std::size_t n = 0; n < 5; ++n) {
        const auto compared = hn::BitCast(di, hn::Xor(rest, moved));
        const auto above = hn::Add(hn::VecFromMask(di, hn::Gt(compared, once)),  // -1 where it is
                                   hn::VecFromMask(di, hn::Gt(compared, twice)));
        hn::StoreU(hn::Neg(hn::Add(above, one)), di, trits + kBase3BlockBytes * n + m);
        rest = hn::Add(rest, hn::Add(rest, rest));
      }
    }
}

HWY_NOINLINE inline void PackBase3(const std::int8_t* trits, std::size_t blocks, std::byte* bytes) noexcept {
  const Bytes<kBase3BlockBytes> d;
  const hn::Repartition<std::uint16_t, decltype(d)> d16;
  const auto one = hn::Set(d, 1);
  const auto thirteen = hn::Set(d16, 13), round = hn::Set(d16, 242), low = hn::Set(d16, 0xff);
  const auto inverse = hn::Set(d16, 270);  // 65536 / 243, and enough for the numbers up to 3388 that are divided here
  for (; blocks > 0; --blocks, bytes += kBase3BlockBytes, trits += kBase3Block)
    for (std::size_t m = 0; m < kBase3BlockBytes; m += hn::Lanes(d)) {
      auto number = hn::Zero(d);
      for (std::size_t n = 0; n < 5; ++n) {
        const auto digit =
            hn::Add(hn::LoadU(d, reinterpret_cast<const std::uint8_t*>(trits + kBase3BlockBytes * n + m)), one);
        number = hn::Add(hn::Add(number, hn::Add(number, number)), digit);
      }
      // ceil(256 number / 243) is number + ceil(13 number / 243).
      const auto quotient = [&](auto words)
                                HWY_ATTR { return hn::MulHigh(hn::Add(hn::Mul(words, thirteen), round), inverse); };
      const auto words = hn::BitCast(d16, number);
      const auto even = quotient(hn::And(words, low)), odd = quotient(hn::ShiftRight<8>(words));
      StoreBytes(hn::Add(number, hn::BitCast(d, hn::Or(even, hn::ShiftLeft<8>(odd)))), d, bytes + m);
    }
}

HWY_NOINLINE inline void ExpandBits(const std::uint64_t* present, const std::uint64_t* negative, std::size_t words,
                                    std::int8_t* trits) noexcept {
  const Bytes<64> d;
  const auto one = hn::Set(d, 1);
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t w = 0; w < words; ++w, trits += 64)
    for (std::size_t i = 0; i < 64; i += lanes) {
      // Loads of mask bits read eight bytes.
      std::uint64_t there = present[w] >> i, minus = negative[w] >> i;
      const auto ones = hn::IfThenElseZero(hn::LoadMaskBits(d, reinterpret_cast<const std::uint8_t*>(&there)), one);
      const auto signs = hn::VecFromMask(d, hn::LoadMaskBits(d, reinterpret_cast<const std::uint8_t*>(&minus)));
      hn::StoreU(hn::Or(ones, signs), d, reinterpret_cast<std::uint8_t*>(trits + i));
    }
}

constexpr TritKernels table(std::string_view level) {
  return {level,           &UnpackPlanes<32>, &UnpackPlanes<64>, &PackPlanes<32>,
          &PackPlanes<64>, &UnpackBase3,      &PackBase3,        &ExpandBits};
}
#if HWY_TARGET == HWY_SSE2 || (HWY_TARGET == HWY_EMU128 && HWY_ARCH_X86)
constexpr TritKernels kTrits = table("sse2");
#elif HWY_TARGET == HWY_EMU128
constexpr TritKernels kTrits = table("generic");
#elif HWY_TARGET == HWY_SSSE3
constexpr TritKernels kTrits = table("ssse3");
#elif HWY_TARGET == HWY_SSE4
constexpr TritKernels kTrits = table("sse4");
#elif HWY_TARGET == HWY_AVX2
constexpr TritKernels kTrits = table("avx2");
#elif HWY_TARGET == HWY_AVX3
constexpr TritKernels kTrits = table("avx512");
#else
constexpr TritKernels kTrits = table("neon");
#endif

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::trits
HWY_AFTER_NAMESPACE();

#endif
