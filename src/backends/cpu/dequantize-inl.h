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

// What a codec prepares once a block. Factors are stored, because a broadcast from memory costs no arithmetic port.
struct BlockState {
  alignas(64) std::uint8_t codes[256];
  alignas(64) float factors[16];
};

// The first four halves of a block to state.factors: at most two are scales, the others are never used.
HWY_INLINE void PrepareHalves(const std::byte* block, BlockState& state) {
#if (HWY_ARCH_X86 && HWY_NATIVE_FMA) || HWY_ARCH_ARM_A64
  const hn::Rebind<hwy::float16_t, D4> dh;
  hn::Store(hn::PromoteTo(D4(), hn::LoadU(dh, reinterpret_cast<const hwy::float16_t*>(block))), D4(), state.factors);
#else
  state.factors[0] = HalfToFloat(block);
  state.factors[1] = HalfToFloat(block + 2);
#endif
}

// A codec takes a block apart kLanes values at a time.

// 32 values: f16 scale, 32 int8.
struct CodecQ8_0 {
  static constexpr std::size_t kElements = 32, kBytes = 34;
  static HWY_INLINE void Prepare(const std::byte* block, BlockState& state) { PrepareHalves(block, state); }
  static HWY_INLINE void Chunk(const std::byte* block, const BlockState& state, std::size_t, Lanes& w) {
    const VF scale = hn::Set(DF(), state.factors[0]);
    BITNET_UNROLL for (std::size_t v = 0; v < kLaneVectors; ++v) w[v] = hn::Mul(LoadInt8(block + 2 + v * kN), scale);
  }
};

// 32 values: f16 scale, 16 bytes, the low nibbles first; value = (code - 8) * scale.
struct CodecQ4_0 {
  static constexpr std::size_t kElements = 32, kBytes = 18;
  static HWY_INLINE void Prepare(const std::byte* block, BlockState& state) { PrepareHalves(block, state); }
  static HWY_INLINE void Chunk(const std::byte* block, const BlockState& state, std::size_t, Lanes& w) {
    const VF scale = hn::Set(DF(), state.factors[0]);
    const VI mask = hn::Set(DI(), 15), offset = hn::Set(DI(), 8);
    BITNET_UNROLL for (std::size_t v = 0; v < kLaneVectors / 2; ++v) {
      const VI bytes = LoadBytes(block + 2 + v * kN);
      w[v] = hn::Mul(hn::ConvertTo(DF(), hn::Sub(hn::And(bytes, mask), offset)), scale);
      w[kLaneVectors / 2 + v] = hn::Mul(hn::ConvertTo(DF(), hn::Sub(hn::ShiftRight<4>(bytes), offset)), scale);
    }
  }
};

// 32 values: f16 scale, f16 minimum, 16 bytes; value = code * scale + minimum.
struct CodecQ4_1 {
  static constexpr std::size_t kElements = 32, kBytes = 20;
  static HWY_INLINE void Prepare(const std::byte* block, BlockState& state) { PrepareHalves(block, state); }
  static HWY_INLINE void Chunk(const std::byte* block, const BlockState& state, std::size_t, Lanes& w) {
    const VF scale = hn::Set(DF(), state.factors[0]), minimum = hn::Set(DF(), state.factors[1]);
    const VI mask = hn::Set(DI(), 15);
    BITNET_UNROLL for (std::size_t v = 0; v < kLaneVectors / 2; ++v) {
      const VI bytes = LoadBytes(block + 4 + v * kN);
      w[v] = hn::Add(hn::Mul(hn::ConvertTo(DF(), hn::And(bytes, mask)), scale), minimum);
      w[kLaneVectors / 2 + v] = hn::Add(hn::Mul(hn::ConvertTo(DF(), hn::ShiftRight<4>(bytes)), scale), minimum);
    }
  }
};

// 256 values: 128 bytes of low nibbles, 64 of upper bit pairs, 16 int8 scales of 16 values each, f16 scale of those;
// value = scale * scales[i / 16] * (code - 32).
struct CodecQ6_K {
  static constexpr std::size_t kElements = 256, kBytes = 210;
  static HWY_INLINE void Prepare(const std::byte* block, BlockState& state) {
    const hn::CappedTag<std::uint8_t, 32> d8;
    const hn::Repartition<std::uint16_t, decltype(d8)> d16;
    using V8 = hn::Vec<decltype(d8)>;
    const V8 nibble = hn::Set(d8, 15), pair = hn::Set(d8, 0x30), offset = hn::Set(d8, 32);
    const auto* low = reinterpret_cast<const std::uint8_t*>(block);
    const std::uint8_t* high = low + 128;
    for (std::size_t half = 0; half < 2; ++half, low += 64, high += 32) {
      for (std::size_t i = 0; i < 32; i += hn::MaxLanes(d8)) {
        const V8 l0 = hn::LoadU(d8, low + i), l1 = hn::LoadU(d8, low + 32 + i), h = hn::LoadU(d8, high + i);
        const auto h16 = hn::BitCast(d16, h);
        const V8 h0 = hn::BitCast(d8, hn::ShiftLeft<4>(h16)), h1 = hn::BitCast(d8, hn::ShiftLeft<2>(h16));
        const V8 h3 = hn::BitCast(d8, hn::ShiftRight<2>(h16));
        const V8 l2 = hn::BitCast(d8, hn::ShiftRight<4>(hn::BitCast(d16, l0)));
        const V8 l3 = hn::BitCast(d8, hn::ShiftRight<4>(hn::BitCast(d16, l1)));
        std::uint8_t* to = state.codes + 128 * half + i;  // minus 32: read back as signed
        hn::Store(hn::Sub(hn::Or(hn::And(l0, nibble), hn::And(h0, pair)), offset), d8, to);
        hn::Store(hn::Sub(hn::Or(hn::And(l1, nibble), hn::And(h1, pair)), offset), d8, to + 32);
        hn::Store(hn::Sub(hn::Or(hn::And(l2, nibble), hn::And(h, pair)), offset), d8, to + 64);
        hn::Store(hn::Sub(hn::Or(hn::And(l3, nibble), hn::And(h3, pair)), offset), d8, to + 96);
      }
    }
    const VF scale = hn::Set(DF(), HalfToFloat(block + 208));
    for (std::size_t i = 0; i < 16; i += kN)
      hn::Store(hn::Mul(scale, LoadInt8(block + 192 + i)), DF(), state.factors + i);
  }
  static HWY_INLINE void Chunk(const std::byte*, const BlockState& state, std::size_t chunk, Lanes& w) {
    const auto* from = reinterpret_cast<const std::byte*>(state.codes) + kLanes * chunk;
    BITNET_UNROLL for (std::size_t v = 0; v < kLaneVectors; ++v) {
      const VF factor = hn::Set(DF(), state.factors[2 * chunk + 2 * v / kLaneVectors]);
      w[v] = hn::Mul(factor, LoadInt8(from + v * kN));
    }
  }
};

template <class Codec>
void DequantizeBlocks(const std::byte* source, std::size_t count, float* out) {
  BlockState state;
  for (std::size_t b = 0; b < count / Codec::kElements; ++b, source += Codec::kBytes) {
    Codec::Prepare(source, state);
    for (std::size_t chunk = 0; chunk < Codec::kElements / kLanes; ++chunk, out += kLanes) {
      Lanes w;
      Codec::Chunk(source, state, chunk, w);
      BITNET_UNROLL for (std::size_t v = 0; v < kLaneVectors; ++v) hn::StoreU(w[v], DF(), out + v * kN);
    }
  }
}

inline void Dequantize(DType type, const std::byte* source, std::size_t count, float* out) noexcept {
  switch (type) {
    case DType::kF32: std::memcpy(out, source, count * sizeof(float)); break;
    case DType::kF16: DequantizeF16(source, count, out); break;
    case DType::kBF16: DequantizeBF16(source, count, out); break;
    case DType::kQ8_0: DequantizeBlocks<CodecQ8_0>(source, count, out); break;
    case DType::kQ4_0: DequantizeBlocks<CodecQ4_0>(source, count, out); break;
    case DType::kQ4_1: DequantizeBlocks<CodecQ4_1>(source, count, out); break;
    case DType::kQ6_K: DequantizeBlocks<CodecQ6_K>(source, count, out); break;
    default: dequantize(type, source, count, out);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_AFTER_NAMESPACE();

#endif
