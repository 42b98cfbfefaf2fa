#include "quant/block_codec.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/half.hpp"

namespace bitnet {
namespace {

std::vector<std::byte> from_hex(const std::string& hex) {
  std::vector<std::byte> bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
  return bytes;
}

// data/block_values.txt: blocks and their values as gguf-py decodes them (data/make_block_values.py).
TEST(BlockCodec, DecodesAsGgufPyDoes) {
  std::ifstream file(std::string(BITNET_SOURCE_DIR) + "/tests/quant/data/block_values.txt");
  ASSERT_TRUE(file);
  std::set<std::string> seen;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string name, blocks, values;
    fields >> name >> blocks >> values;
    const auto type = parse_dtype(name);
    ASSERT_TRUE(type) << name;
    seen.insert(name);
    EXPECT_TRUE(can_dequantize(*type));
    const auto bytes = from_hex(blocks), want = from_hex(values);
    const std::size_t count = want.size() / sizeof(float);
    ASSERT_EQ(dtype_bytes(*type, count), bytes.size()) << name;
    // One byte off any alignment.
    std::vector<std::byte> shifted(bytes.size() + 1);
    std::copy(bytes.begin(), bytes.end(), shifted.begin() + 1);
    std::vector<float> got(count);
    dequantize(*type, shifted.data() + 1, count, got.data());
    for (std::size_t i = 0; i < count; ++i) {
      float expected;
      std::memcpy(&expected, want.data() + i * sizeof expected, sizeof expected);
      ASSERT_EQ(got[i], expected) << name << " value " << i;
    }
  }
  for (int t = 0; t < kDTypeCount; ++t) {
    const auto type = static_cast<DType>(t);
    if (is_block_type(type) && !is_matrix_type(type)) {
      EXPECT_TRUE(seen.count(std::string(dtype_name(type)))) << dtype_name(type) << " has no values to compare with";
    }
  }
}

TEST(BlockCodec, DecodesPlainFloats) {
  const float f32[] = {1.5f, -0.0f, INFINITY};
  float out[3];
  dequantize(DType::kF32, reinterpret_cast<const std::byte*>(f32), 3, out);
  EXPECT_EQ(std::memcmp(out, f32, sizeof f32), 0);
  const std::uint16_t f16[] = {0x3E00, 0x8001, 0xFC00}, bf16[] = {0x3FC0, 0x8000, 0x7F80};
  dequantize(DType::kF16, reinterpret_cast<const std::byte*>(f16), 3, out);
  EXPECT_EQ(out[0], 1.5f);
  EXPECT_EQ(out[1], -0x1p-24f);
  EXPECT_EQ(out[2], -INFINITY);
  dequantize(DType::kBF16, reinterpret_cast<const std::byte*>(bf16), 3, out);
  EXPECT_EQ(out[0], 1.5f);
  EXPECT_TRUE(out[1] == 0 && std::signbit(out[1]));
  EXPECT_EQ(out[2], INFINITY);
  dequantize(DType::kF32, nullptr, 0, out);
  EXPECT_FALSE(can_dequantize(DType::kI2_S));
  EXPECT_FALSE(can_dequantize(DType::kI32));
}

// Codes are absmax / 127 steps: half a step off at most, and the scale's own rounding on top.
TEST(BlockCodec, Q8EncodesWithinHalfAStep) {
  std::vector<float> values(64);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(static_cast<float>(i) * 1.7f) * (i < 32 ? 3.0f : 1e-4f);
  std::vector<std::byte> blocks(2 * 34);
  quantize_q8_0(values.data(), values.size(), blocks.data());
  std::vector<float> back(values.size());
  dequantize(DType::kQ8_0, blocks.data(), back.size(), back.data());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float absmax = i < 32 ? 3.0f : 1e-4f;
    EXPECT_NEAR(back[i], values[i], absmax / 127 * 0.51f + absmax * (i < 32 ? 0x1p-11f : 0.04f)) << i;
  }
}

// A block of zeros stays zeros, and one value that is no number does not spoil its neighbours.
TEST(BlockCodec, Q6KEncodesWithinAStep) {
  std::vector<float> values(512), back(512);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(static_cast<float>(i * i)) * std::pow(2.0f, static_cast<float>(i / 64));
  std::vector<std::byte> blocks(2 * 210);
  quantize_q6_k(values.data(), values.size(), blocks.data());
  dequantize(DType::kQ6_K, blocks.data(), back.size(), back.data());
  for (std::size_t block = 0; block < values.size(); block += 256) {
    float largest = 0;
    for (std::size_t i = block; i < block + 256; ++i) largest = std::max(largest, std::fabs(values[i]));
    for (std::size_t i = block; i < block + 256; i += 16) {
      float absmax = 0;
      for (std::size_t j = i; j < i + 16; ++j) absmax = std::max(absmax, std::fabs(values[j]));
      // Half of a step of absmax / 31, which the scale's own step of largest / 31 / 127 may widen.
      const float step = absmax / 31 + largest / 31 / 127;
      for (std::size_t j = i; j < i + 16; ++j) ASSERT_NEAR(back[j], values[j], 0.51f * step) << "at " << j;
    }
  }
}

TEST(BlockCodec, Q6KTakesAnyFloat) {
  std::vector<float> values(256, 0.0f), back(256);
  std::vector<std::byte> block(210);
  quantize_q6_k(values.data(), 256, block.data());
  dequantize(DType::kQ6_K, block.data(), 256, back.data());
  EXPECT_EQ(back, values);
  for (const float extreme : {1e38f, 1e-38f}) {
    values[100] = extreme;
    quantize_q6_k(values.data(), 256, block.data());    // too large or too small for the f16 scale: no crash
  }
  values[100] = std::nanf("");
  quantize_q6_k(values.data(), 256, block.data());
  dequantize(DType::kQ6_K, block.data(), 256, back.data());
  EXPECT_TRUE(std::isnan(back[0]));
}

TEST(BlockCodec, Q8TakesAnyFloat) {
  std::vector<std::byte> block(34);
  std::vector<float> values(32, -0.0f), back(32, -1.0f);
  quantize_q8_0(values.data(), 32, block.data());
  dequantize(DType::kQ8_0, block.data(), 32, back.data());
  for (const float v : back) EXPECT_EQ(v, 0.0f);
  values.assign(32, 1.0f);
  values[7] = std::nanf("");
  quantize_q8_0(values.data(), 32, block.data());
  dequantize(DType::kQ8_0, block.data(), 32, back.data());
  EXPECT_EQ(back[7], 0.0f);
  EXPECT_NEAR(back[8], 1.0f, 1e-3f);
  for (const float odd :
       {INFINITY, -INFINITY, std::numeric_limits<float>::max(), std::numeric_limits<float>::denorm_min()}) {
    values.assign(32, odd);
    quantize_q8_0(values.data(), 32, block.data());
  }
}

// Every half there is, and the values between and beyond: the nearest, ties to even.
TEST(Half, RoundTripsAndRoundsToNearestEven) {
  for (unsigned h = 0; h < 0x10000; ++h) {
    const auto half = static_cast<std::uint16_t>(h);
    const float value = f16_to_f32(half);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(f16_to_f32(f32_to_f16(value))));
      continue;
    }
    ASSERT_EQ(f32_to_f16(value), half);
    if ((half & 0x7FFF) >= 0x7BFF) continue;
    const float next = f16_to_f32(static_cast<std::uint16_t>(half + 1)), middle = value + (next - value) / 2;
    const auto even = static_cast<std::uint16_t>(half + (half & 1));
    ASSERT_EQ(f32_to_f16(middle), even) << h;
    ASSERT_EQ(f32_to_f16(std::nextafter(middle, value)), half) << h;
    ASSERT_EQ(f32_to_f16(std::nextafter(middle, next)), static_cast<std::uint16_t>(half + 1)) << h;
  }
  EXPECT_EQ(f32_to_f16(65519.0f), 0x7BFF);
  EXPECT_EQ(f32_to_f16(65520.0f), 0x7C00);
  EXPECT_EQ(f32_to_f16(-1e30f), 0xFC00);
}

TEST(BFloat, RoundTripsAndRoundsToNearestEven) {
  for (unsigned b = 0; b < 0x10000; ++b) {
    const auto bits = static_cast<std::uint16_t>(b);
    const float value = bf16_to_f32(bits);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(bf16_to_f32(f32_to_bf16(value))));
      continue;
    }
    ASSERT_EQ(f32_to_bf16(value), bits);
  }
  EXPECT_EQ(f32_to_bf16(std::bit_cast<float>(0x3F808000u)), 0x3F80);
  EXPECT_EQ(f32_to_bf16(std::bit_cast<float>(0x3F818000u)), 0x3F82);
  EXPECT_EQ(f32_to_bf16(std::numeric_limits<float>::max()), 0x7F80);
  EXPECT_TRUE(std::isnan(bf16_to_f32(f32_to_bf16(std::bit_cast<float>(0x7F800001u)))));
}

}  // namespace
}  // namespace bitnet
