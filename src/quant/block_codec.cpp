#include "quant/block_codec.hpp"

#include <bit>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/half.hpp"
#include "quant/packing/tq1_0.hpp"
#include "quant/packing/tq2_0.hpp"

namespace bitnet {
namespace {

static_assert(std::endian::native == std::endian::little, "weights are little-endian in files and read as they lie");

using Byte = const std::uint8_t*;

std::uint16_t load16(Byte p) {
  std::uint16_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
std::uint32_t load32(Byte p) {
  std::uint32_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
float half_at(Byte p) { return f16_to_f32(load16(p)); }

// Blocks of 32: [d f16] [m f16] [high bits u32] [16 bytes of nibbles: value i low, value i + 16 high].
void q4_0(Byte p, float* y) {
  const float d = half_at(p);
  for (int i = 0; i < 16; ++i) {
    y[i] = static_cast<float>((p[2 + i] & 15) - 8) * d;
    y[i + 16] = static_cast<float>((p[2 + i] >> 4) - 8) * d;
  }
}
void q4_1(Byte p, float* y) {
  const float d = half_at(p), m = half_at(p + 2);
  for (int i = 0; i < 16; ++i) {
    y[i] = static_cast<float>(p[4 + i] & 15) * d + m;
    y[i + 16] = static_cast<float>(p[4 + i] >> 4) * d + m;
  }
}
void q5_0(Byte p, float* y) {
  const float d = half_at(p);
  const std::uint32_t high = load32(p + 2);
  for (int i = 0; i < 16; ++i) {
    const int low_value = (p[6 + i] & 15) | static_cast<int>((high >> i & 1) << 4);
    const int high_value = (p[6 + i] >> 4) | static_cast<int>((high >> (i + 16) & 1) << 4);
    y[i] = static_cast<float>(low_value - 16) * d;
    y[i + 16] = static_cast<float>(high_value - 16) * d;
  }
}
void q5_1(Byte p, float* y) {
  const float d = half_at(p), m = half_at(p + 2);
  const std::uint32_t high = load32(p + 4);
  for (int i = 0; i < 16; ++i) {
    const int low_value = (p[8 + i] & 15) | static_cast<int>((high >> i & 1) << 4);
    const int high_value = (p[8 + i] >> 4) | static_cast<int>((high >> (i + 16) & 1) << 4);
    y[i] = static_cast<float>(low_value) * d + m;
    y[i + 16] = static_cast<float>(high_value) * d + m;
  }
}
void q8_0(Byte p, float* y) {
  const float d = half_at(p);
  for (int i = 0; i < 32; ++i) y[i] = static_cast<float>(static_cast<std::int8_t>(p[2 + i])) * d;
}

// The 6-bit scale and minimum of sub-block j out of 12 packed bytes (get_scale_min_k4).
void k_scale(int j, Byte q, int& scale, int& minimum) {
  if (j < 4) {
    scale = q[j] & 63;
    minimum = q[j + 4] & 63;
  } else {
    scale = (q[j + 4] & 15) | ((q[j - 4] >> 6) << 4);
    minimum = (q[j + 4] >> 4) | ((q[j] >> 6) << 4);
  }
}

// Blocks of 256: [d f16] [dmin f16] [12 bytes of scales] ([32 bytes of fifth bits]) [128 bytes of nibbles].
void q45_k(Byte p, float* y, bool five) {
  const float d = half_at(p), dmin = half_at(p + 2);
  const Byte scales = p + 4, high = p + 16;
  Byte low = five ? p + 48 : p + 16;
  for (int j = 0; j < 8; j += 2, low += 32, y += 64) {
    for (int half = 0; half < 2; ++half) {
      int scale, minimum;
      k_scale(j + half, scales, scale, minimum);
      const float ds = d * static_cast<float>(scale), ms = dmin * static_cast<float>(minimum);
      for (int i = 0; i < 32; ++i) {
        int q = half == 0 ? low[i] & 15 : low[i] >> 4;
        if (five) q |= (high[i] >> (j + half) & 1) << 4;
        y[32 * half + i] = ds * static_cast<float>(q) - ms;
      }
    }
  }
}

// Blocks of 256: [128 bytes of low nibbles] [64 bytes of high pairs] [16 int8 scales] [d f16].
void q6_k(Byte p, float* y) {
  const float d = half_at(p + 208);
  Byte low = p, high = p + 128;
  const auto* scales = reinterpret_cast<const std::int8_t*>(p + 192);
  for (int n = 0; n < 2; ++n, y += 128, low += 64, high += 32, scales += 8) {
    for (int i = 0; i < 32; ++i) {
      const int s = i / 16;
      const int q[4] = {(low[i] & 15) | ((high[i] & 3) << 4), (low[i + 32] & 15) | ((high[i] >> 2 & 3) << 4),
                        (low[i] >> 4) | ((high[i] >> 4 & 3) << 4), (low[i + 32] >> 4) | ((high[i] >> 6) << 4)};
      for (int k = 0; k < 4; ++k)
        y[i + 32 * k] = d * static_cast<float>(scales[s + 2 * k]) * static_cast<float>(q[k] - 32);
    }
  }
}

void tq1_0(Byte p, float* y) {
  const auto* block = reinterpret_cast<const std::byte*>(p);
  std::int8_t trits[kTQ1Block];
  decode_tq1_0_block(block, trits);
  const float d = f16_to_f32(tq1_0_block_scale(block));
  for (std::size_t i = 0; i < kTQ1Block; ++i) y[i] = static_cast<float>(trits[i]) * d;
}
void tq2_0(Byte p, float* y) {
  const auto* block = reinterpret_cast<const std::byte*>(p);
  std::int8_t trits[kTQ2Block];
  decode_tq2_0_block(block, trits);
  const float d = f16_to_f32(tq2_0_block_scale(block));
  for (std::size_t i = 0; i < kTQ2Block; ++i) y[i] = static_cast<float>(trits[i]) * d;
}

// One loop a type: a choice per value would cost more than the value.
template <typename Decode>
void each_block(DType type, Byte p, std::size_t elements, float* y, const Decode& decode) {
  const DTypeTraits& traits = dtype_traits(type);
  for (std::size_t i = 0; i < elements; i += traits.block, p += traits.bytes) decode(p, y + i);
}

}  // namespace

bool can_dequantize(DType type) noexcept {
  return type == DType::kF32 || type == DType::kF16 || type == DType::kBF16 ||
         (is_block_type(type) && !is_matrix_type(type));
}

void dequantize(DType type, const std::byte* source, std::size_t elements, float* out) {
  const auto* p = reinterpret_cast<Byte>(source);
  const auto each = [&](const auto& decode) { each_block(type, p, elements, out, decode); };
  switch (type) {
    case DType::kF32:
      if (elements > 0) std::memcpy(out, p, elements * sizeof(float));
      return;
    case DType::kF16:
      for (std::size_t i = 0; i < elements; ++i) out[i] = half_at(p + 2 * i);
      return;
    case DType::kBF16:
      for (std::size_t i = 0; i < elements; ++i) out[i] = bf16_to_f32(load16(p + 2 * i));
      return;
    case DType::kQ4_0: return each(q4_0);
    case DType::kQ4_1: return each(q4_1);
    case DType::kQ5_0: return each(q5_0);
    case DType::kQ5_1: return each(q5_1);
    case DType::kQ8_0: return each(q8_0);
    case DType::kQ4_K: return each([](Byte b, float* y) { q45_k(b, y, false); });
    case DType::kQ5_K: return each([](Byte b, float* y) { q45_k(b, y, true); });
    case DType::kQ6_K: return each(q6_k);
    case DType::kTQ1_0: return each(tq1_0);
    case DType::kTQ2_0: return each(tq2_0);
    default: return;
  }
}

void quantize_q8_0(const float* source, std::size_t elements, std::byte* out) {
  for (std::size_t b = 0; b < elements; b += 32, source += 32, out += 34) {
    float absmax = 0;
    for (int i = 0; i < 32; ++i) absmax = std::fabs(source[i]) > absmax ? std::fabs(source[i]) : absmax;
    const float scale = absmax / 127.0f, inverse = scale > 0 ? 1.0f / scale : 0.0f;
    const std::uint16_t half = f32_to_f16(scale);
    std::memcpy(out, &half, sizeof half);
    for (int i = 0; i < 32; ++i) {
      const float code = std::nearbyint(source[i] * inverse);
      const auto bounded = static_cast<std::int8_t>(code >= 127 ? 127 : code <= -127 ? -127 : code == code ? code : 0);
      std::memcpy(out + 2 + i, &bounded, 1);
    }
  }
}

void quantize_q6_k(const float* source, std::size_t elements, std::byte* out) {
  for (std::size_t b = 0; b < elements; b += 256, source += 256, out += 210) {
    float steps[16], largest = 0;
    bool finite = true;
    for (int s = 0; s < 16; ++s) {
      float absmax = 0, sum = 0;
      for (int i = 16 * s; i < 16 * s + 16; ++i) {
        const float magnitude = std::fabs(source[i]);
        absmax = magnitude > absmax ? magnitude : absmax;
        sum += magnitude;
      }
      finite = finite && std::isfinite(sum);
      steps[s] = absmax / 31.0f;
      largest = std::max(largest, steps[s]);
    }
    const std::uint16_t half = finite ? f32_to_f16(largest / 127.0f) : std::uint16_t{0x7e00};
    const float scale = f16_to_f32(half);
    std::uint8_t codes[256];
    std::int8_t scales[16];
    for (int s = 0; s < 16; ++s) {
      const float code = scale > 0 && std::isfinite(scale) ? std::ceil(steps[s] / scale) : 0.0f;
      scales[s] = static_cast<std::int8_t>(code < 127 ? code : 127);
      const float step = scale * static_cast<float>(scales[s]), inverse = step > 0 ? 1.0f / step : 0.0f;
      for (int i = 16 * s; i < 16 * s + 16; ++i) {
        // Adding 1.5 * 2^23 rounds half to even and leaves the integer in the low bits.
        const float bounded = std::clamp(source[i] * inverse, -32.0f, 31.0f);
        codes[i] = static_cast<std::uint8_t>(std::bit_cast<std::uint32_t>(bounded + 12582912.0f) + 32u) & 63u;
      }
    }
    // Columns 32 i + l of a half (128): nibble in byte l (i = 0, 2) or 32 + l (i = 1, 3), pair i of byte l.
    std::uint8_t low[128], high[64];
    for (int h = 0; h < 2; ++h) {
      const std::uint8_t* c = codes + 128 * h;
      for (int l = 0; l < 32; ++l) {
        low[64 * h + l] = static_cast<std::uint8_t>((c[l] & 15) | c[64 + l] << 4);
        low[64 * h + 32 + l] = static_cast<std::uint8_t>((c[32 + l] & 15) | c[96 + l] << 4);
        high[32 * h + l] = static_cast<std::uint8_t>(c[l] >> 4 | c[32 + l] >> 4 << 2 | c[64 + l] >> 4 << 4 | c[96 + l] >> 4 << 6);
      }
    }
    std::memcpy(out, low, 128);
    std::memcpy(out + 128, high, 64);
    std::memcpy(out + 192, scales, 16);
    std::memcpy(out + 208, &half, 2);
  }
}

}  // namespace bitnet
