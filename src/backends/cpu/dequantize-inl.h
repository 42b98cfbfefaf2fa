// Blocks of weights as floats, with the products and roundings of quant/block_codec, so that both give the same bits.
// Layouts: ggml-common.h. Types that no fast path below takes go to the plain loops there.
#include "backends/cpu/simd-inl.h"
#include "quant/block_codec.hpp"

#if defined(BITNET_CPU_DEQUANTIZE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_DEQUANTIZE_INL_H_
#undef BITNET_CPU_DEQUANTIZE_INL_H_
#else
#define BITNET_CPU_DEQUANTIZE_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

inline void DequantizeF16(const std::byte* source, std::size_t count, float* out) {
  std::size_t i = 0;
  for (; i + kN <= count; i += kN) hn::StoreU(LoadHalf(source + 2 * i), DF(), out + i);
  for (; i < count; ++i) out[i] = HalfToFloat(source + 2 * i);
}

inline void DequantizeBF16(const std::byte* source, std::size_t count, float* out) {
  std::size_t i = 0;
  for (; i + kN <= count; i += kN) hn::StoreU(LoadBrain(source + 2 * i), DF(), out + i);
  for (; i < count; ++i) {
    std::uint16_t bits;
    std::memcpy(&bits, source + 2 * i, sizeof(bits));
    out[i] = bf16_to_f32(bits);
  }
}

// 32 values: f16 scale, 32 int8.
inline void DequantizeQ8_0(const std::byte* source, std::size_t count, float* out) {
  for (std::size_t b = 0; b < count / 32; ++b, source += 34, out += 32) {
    const VF scale = hn::Set(DF(), HalfToFloat(source));
    for (std::size_t i = 0; i < 32; i += kN) hn::StoreU(hn::Mul(LoadInt8(source + 2 + i), scale), DF(), out + i);
  }
}

// 32 values: f16 scale, 16 bytes, the low nibbles first; value = (code - 8) * scale.
inline void DequantizeQ4_0(const std::byte* source, std::size_t count, float* out) {
  const DI di;
  const VI mask = hn::Set(di, 15), offset = hn::Set(di, 8);
  for (std::size_t b = 0; b < count / 32; ++b, source += 18, out += 32) {
    const VF scale = hn::Set(DF(), HalfToFloat(source));
    for (std::size_t i = 0; i < 16; i += kN) {
      const VI bytes = LoadBytes(source + 2 + i);
      const VF low = hn::ConvertTo(DF(), hn::Sub(hn::And(bytes, mask), offset));
      const VF high = hn::ConvertTo(DF(), hn::Sub(hn::ShiftRight<4>(bytes), offset));
      hn::StoreU(hn::Mul(low, scale), DF(), out + i);
      hn::StoreU(hn::Mul(high, scale), DF(), out + 16 + i);
    }
  }
}

// 32 values: f16 scale, f16 minimum, 16 bytes; value = code * scale + minimum.
inline void DequantizeQ4_1(const std::byte* source, std::size_t count, float* out) {
  const VI mask = hn::Set(DI(), 15);
  for (std::size_t b = 0; b < count / 32; ++b, source += 20, out += 32) {
    const VF scale = hn::Set(DF(), HalfToFloat(source)), minimum = hn::Set(DF(), HalfToFloat(source + 2));
    for (std::size_t i = 0; i < 16; i += kN) {
      const VI bytes = LoadBytes(source + 4 + i);
      const VF low = hn::ConvertTo(DF(), hn::And(bytes, mask));
      const VF high = hn::ConvertTo(DF(), hn::ShiftRight<4>(bytes));
      hn::StoreU(hn::Add(hn::Mul(low, scale), minimum), DF(), out + i);
      hn::StoreU(hn::Add(hn::Mul(high, scale), minimum), DF(), out + 16 + i);
    }
  }
}

// 256 values: 128 bytes of low nibbles, 64 of upper bit pairs, 16 int8 scales of 16 values each, f16 scale of those;
// value = scale * scales[i / 16] * (code - 32).
inline void DequantizeQ6_K(const std::byte* source, std::size_t count, float* out) {
  const hn::CappedTag<std::uint8_t, 32> d8;
  const hn::Repartition<std::uint16_t, decltype(d8)> d16;
  using V8 = hn::Vec<decltype(d8)>;
  const std::size_t width = hn::Lanes(d8);
  const V8 nibble = hn::Set(d8, 15), pair = hn::Set(d8, 0x30), offset = hn::Set(d8, 32);
  alignas(64) std::uint8_t codes[256];   // minus 32: read back as signed
  for (std::size_t b = 0; b < count / 256; ++b, source += 210) {
    const auto* low = reinterpret_cast<const std::uint8_t*>(source);
    const std::uint8_t* high = low + 128;
    for (std::size_t half = 0; half < 2; ++half, low += 64, high += 32) {
      for (std::size_t i = 0; i < 32; i += width) {
        const V8 l0 = hn::LoadU(d8, low + i), l1 = hn::LoadU(d8, low + 32 + i), h = hn::LoadU(d8, high + i);
        const auto h16 = hn::BitCast(d16, h);
        const V8 h0 = hn::BitCast(d8, hn::ShiftLeft<4>(h16)), h1 = hn::BitCast(d8, hn::ShiftLeft<2>(h16));
        const V8 h3 = hn::BitCast(d8, hn::ShiftRight<2>(h16));
        const V8 l2 = hn::BitCast(d8, hn::ShiftRight<4>(hn::BitCast(d16, l0)));
        const V8 l3 = hn::BitCast(d8, hn::ShiftRight<4>(hn::BitCast(d16, l1)));
        std::uint8_t* to = codes + 128 * half + i;
        hn::Store(hn::Sub(hn::Or(hn::And(l0, nibble), hn::And(h0, pair)), offset), d8, to);
        hn::Store(hn::Sub(hn::Or(hn::And(l1, nibble), hn::And(h1, pair)), offset), d8, to + 32);
        hn::Store(hn::Sub(hn::Or(hn::And(l2, nibble), hn::And(h, pair)), offset), d8, to + 64);
        hn::Store(hn::Sub(hn::Or(hn::And(l3, nibble), hn::And(h3, pair)), offset), d8, to + 96);
      }
    }
    const auto* scales = reinterpret_cast<const std::int8_t*>(source + 192);
    const float scale = HalfToFloat(source + 208);
    for (std::size_t group = 0; group < 16; ++group, out += 16) {
      const VF factor = hn::Set(DF(), scale * static_cast<float>(scales[group]));
      for (std::size_t i = 0; i < 16; i += kN) {
        const VF code = LoadInt8(reinterpret_cast<const std::byte*>(codes) + 16 * group + i);
        hn::StoreU(hn::Mul(factor, code), DF(), out + i);
      }
    }
  }
}

inline void Dequantize(DType type, const std::byte* source, std::size_t count, float* out) noexcept {
  switch (type) {
    case DType::kF32: std::memcpy(out, source, count * sizeof(float)); break;
    case DType::kF16: DequantizeF16(source, count, out); break;
    case DType::kBF16: DequantizeBF16(source, count, out); break;
    case DType::kQ8_0: DequantizeQ8_0(source, count, out); break;
    case DType::kQ4_0: DequantizeQ4_0(source, count, out); break;
    case DType::kQ4_1: DequantizeQ4_1(source, count, out); break;
    case DType::kQ6_K: DequantizeQ6_K(source, count, out); break;
    default: dequantize(type, source, count, out);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#endif
