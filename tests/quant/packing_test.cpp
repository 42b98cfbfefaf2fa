// Each packed format against its layout written down again from the specification, and there and back.
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "base/half.hpp"
#include "quant/packing/hf_packed.hpp"
#include "quant/packing/i2_s.hpp"
#include "quant/packing/tq1_0.hpp"
#include "quant/packing/tq2_0.hpp"

namespace bitnet {
namespace {

std::vector<std::int8_t> random_trits(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::int8_t> trits(count);
  for (std::int8_t& t : trits) t = static_cast<std::int8_t>(static_cast<int>(random() % 3) - 1);
  return trits;
}

TEST(I2S, PlacesCodesInPlanesOf32) {
  const auto trits = random_trits(3 * kI2SBlock, 1);
  std::vector<std::byte> packed(trits.size() / 4);
  encode_i2_s(trits.data(), trits.size(), packed.data());
  for (std::size_t i = 0; i < trits.size(); ++i) {
    const std::size_t block = i / 128, inside = i % 128;
    const unsigned byte = std::to_integer<unsigned>(packed[32 * block + inside % 32]);
    ASSERT_EQ(static_cast<int>(byte >> (6 - 2 * (inside / 32)) & 3), trits[i] + 1) << i;
  }
  std::vector<std::int8_t> back(trits.size());
  decode_i2_s(packed.data(), back.size(), back.data());
  EXPECT_EQ(back, trits);
  EXPECT_EQ(count_undefined_i2_s(packed.data(), trits.size()), 0u);
}

TEST(I2S, TheCodeWithoutMeaningIsZeroAndCounted) {
  std::vector<std::byte> packed(32, std::byte{0b11'00'11'10});
  std::vector<std::int8_t> trits(128);
  decode_i2_s(packed.data(), 128, trits.data());
  EXPECT_EQ(trits[0], 0);
  EXPECT_EQ(trits[32], -1);
  EXPECT_EQ(trits[64], 0);
  EXPECT_EQ(trits[96], 1);
  EXPECT_EQ(count_undefined_i2_s(packed.data(), 128), 64u);
}

TEST(TQ1, DigitsStandMostSignificantFirst) {
  const auto trits = random_trits(2 * kTQ1Block, 2);
  std::vector<std::byte> packed(2 * kTQ1BlockBytes);
  encode_tq1_0(trits.data(), trits.size(), -0.5f, packed.data());
  for (std::size_t block = 0; block < 2; ++block) {
    const auto digit = [&](std::size_t byte, int n) {
      const int powers[] = {1, 3, 9, 27, 81};
      const auto q = static_cast<std::uint8_t>(std::to_integer<int>(packed[block * kTQ1BlockBytes + byte]) * powers[n]);
      return (static_cast<std::uint16_t>(q) * 3 >> 8) - 1;
    };
    const std::int8_t* want = trits.data() + block * kTQ1Block;
    for (int n = 0; n < 5; ++n)
      for (int m = 0; m < 32; ++m) ASSERT_EQ(digit(static_cast<std::size_t>(m), n), want[n * 32 + m]);
    for (int n = 0; n < 5; ++n)
      for (int m = 0; m < 16; ++m) ASSERT_EQ(digit(static_cast<std::size_t>(32 + m), n), want[160 + n * 16 + m]);
    for (int n = 0; n < 4; ++n)
      for (int m = 0; m < 4; ++m) ASSERT_EQ(digit(static_cast<std::size_t>(48 + m), n), want[240 + n * 4 + m]);
    std::vector<std::int8_t> back(kTQ1Block);
    decode_tq1_0_block(packed.data() + block * kTQ1BlockBytes, back.data());
    EXPECT_TRUE(std::equal(back.begin(), back.end(), want));
    EXPECT_EQ(tq1_0_block_scale(packed.data() + block * kTQ1BlockBytes), f32_to_f16(-0.5f));
  }
}

TEST(TQ2, CodesStandLowestBitsFirst) {
  const auto trits = random_trits(2 * kTQ2Block, 3);
  std::vector<std::byte> packed(2 * kTQ2BlockBytes);
  encode_tq2_0(trits.data(), trits.size(), 3.0f, packed.data());
  for (std::size_t i = 0; i < trits.size(); ++i) {
    const std::size_t block = i / 256, half = i % 256 / 128, inside = i % 128;
    const unsigned byte = std::to_integer<unsigned>(packed[66 * block + 32 * half + inside % 32]);
    ASSERT_EQ(static_cast<int>(byte >> (2 * (inside / 32)) & 3), trits[i] + 1) << i;
  }
  for (std::size_t block = 0; block < 2; ++block) {
    std::vector<std::int8_t> back(kTQ2Block);
    decode_tq2_0_block(packed.data() + block * kTQ2BlockBytes, back.data());
    EXPECT_TRUE(std::equal(back.begin(), back.end(), trits.begin() + static_cast<std::ptrdiff_t>(block * kTQ2Block)));
    EXPECT_EQ(f16_to_f32(tq2_0_block_scale(packed.data() + block * kTQ2BlockBytes)), 3.0f);
  }
}

// What gguf-py wrote is what these encoders write: the last lines of data/block_values.txt.
TEST(TQ, EncodesAsGgufPyDoes) {
  std::ifstream file(std::string(BITNET_SOURCE_DIR) + "/tests/quant/data/block_values.txt");
  int compared = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string name, hex;
    fields >> name >> hex;
    const bool one = name == "tq1_0";
    if (!one && name != "tq2_0") continue;
    std::vector<std::byte> bytes(hex.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::byte>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
    const std::size_t size = one ? kTQ1BlockBytes : kTQ2BlockBytes;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      const std::byte* block = bytes.data() + at;
      const float scale = f16_to_f32(one ? tq1_0_block_scale(block) : tq2_0_block_scale(block));
      if (scale != 0.75f) continue;  // random bytes, which no encoder writes
      std::vector<std::int8_t> trits(256);
      std::vector<std::byte> again(size);
      if (one) {
        decode_tq1_0_block(block, trits.data());
        encode_tq1_0(trits.data(), 256, scale, again.data());
      } else {
        decode_tq2_0_block(block, trits.data());
        encode_tq2_0(trits.data(), 256, scale, again.data());
      }
      EXPECT_TRUE(std::equal(again.begin(), again.end(), block)) << name;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 5);
}

TEST(HfPacked, RowsStandAQuarterApart) {
  for (const std::size_t rows : {std::size_t{1}, std::size_t{4}, std::size_t{7}, std::size_t{8}}) {
    const std::size_t cols = 5, packed_rows = hf_packed_rows(rows);
    const auto trits = random_trits(rows * cols, static_cast<unsigned>(rows));
    std::vector<std::byte> packed(packed_rows * cols);
    encode_hf_packed(trits.data(), rows, cols, packed.data());
    std::vector<std::int8_t> back(cols);
    for (std::size_t r = 0; r < rows; ++r) {
      EXPECT_TRUE(decode_hf_packed_row(packed.data(), rows, cols, r, back.data()));
      for (std::size_t c = 0; c < cols; ++c) {
        EXPECT_EQ(back[c], trits[r * cols + c]);
        const unsigned byte = std::to_integer<unsigned>(packed[r % packed_rows * cols + c]);
        EXPECT_EQ(static_cast<int>(byte >> (2 * (r / packed_rows)) & 3), trits[r * cols + c] + 1);
      }
    }
  }
}

TEST(HfPacked, TellsOfTheCodeWithoutMeaning) {
  std::vector<std::byte> packed(3, std::byte{0b00'11'01'10});
  std::int8_t trits[3];
  EXPECT_TRUE(decode_hf_packed_row(packed.data(), 4, 3, 0, trits));
  EXPECT_TRUE(decode_hf_packed_row(packed.data(), 4, 3, 1, trits));
  EXPECT_FALSE(decode_hf_packed_row(packed.data(), 4, 3, 2, trits));
  EXPECT_TRUE(decode_hf_packed_row(packed.data(), 4, 3, 3, trits));
}

}  // namespace
}  // namespace bitnet
