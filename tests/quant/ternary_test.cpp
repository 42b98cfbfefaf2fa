#include "quant/ternary.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "base/half.hpp"
#include "bitnet/packing.hpp"
#include "quant/block_codec.hpp"
#include "quant/packing/hf_packed.hpp"
#include "quant/packing/i2_s.hpp"
#include "quant/packing/iq_bn.hpp"
#include "quant/packing/tq1_0.hpp"
#include "quant/packing/tq2_0.hpp"
#include "support/file_builder.hpp"

namespace bitnet {
namespace {

using testing::expect_error;
using Trits = std::vector<std::int8_t>;

Trits random_trits(std::size_t count, unsigned seed = 1) {
  std::mt19937 random(seed);
  Trits trits(count);
  for (std::int8_t& t : trits) t = static_cast<std::int8_t>(static_cast<int>(random() % 3) - 1);
  return trits;
}

// A tensor that owns its bytes.
struct Stored {
  std::vector<std::byte> bytes;
  TensorView view;

  Stored(DType type, std::uint64_t rows, std::uint64_t cols, std::vector<std::byte> data) : bytes(std::move(data)) {
    view.name = "w";
    view.dtype = type;
    view.shape = {rows, cols};
    view.bytes = bytes;
  }
  Stored(const Stored&) = delete;
};

Stored floats(DType type, std::size_t rows, std::size_t cols, const std::vector<float>& values) {
  std::vector<std::byte> bytes(values.size() * dtype_traits(type).bytes);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t half = type == DType::kF16 ? f32_to_f16(values[i]) : f32_to_bf16(values[i]);
    if (type == DType::kF32)
      std::memcpy(bytes.data() + 4 * i, &values[i], 4);
    else
      std::memcpy(bytes.data() + 2 * i, &half, 2);
  }
  return {type, rows, cols, std::move(bytes)};
}

std::vector<float> scaled(const Trits& trits, float scale) {
  std::vector<float> values(trits.size());
  for (std::size_t i = 0; i < trits.size(); ++i) values[i] = static_cast<float>(trits[i]) * scale;
  return values;
}

Stored i2_s(std::size_t rows, std::size_t cols, const Trits& trits, float scale) {
  std::vector<std::byte> bytes(trits.size() / 4 + kI2STailBytes, std::byte{0xA5});
  encode_i2_s(trits.data(), trits.size(), bytes.data());
  std::memcpy(bytes.data() + trits.size() / 4, &scale, sizeof scale);
  return {DType::kI2_S, rows, cols, std::move(bytes)};
}

Stored tq(DType type, std::size_t rows, std::size_t cols, const Trits& trits, float scale) {
  std::vector<std::byte> bytes(trits.size() / 256 * dtype_traits(type).bytes);
  (type == DType::kTQ1_0 ? encode_tq1_0 : encode_tq2_0)(trits.data(), trits.size(), scale, bytes.data());
  return {type, rows, cols, std::move(bytes)};
}
void set_half(Stored& stored, std::size_t at, float value) {
  const std::uint16_t half = f32_to_f16(value);
  std::memcpy(stored.bytes.data() + at, &half, sizeof half);
}

Trits read_all(const TernarySource& source) {
  Trits trits(source.rows * source.cols, 99);
  source.read(0, source.rows, trits.data());
  return trits;
}
// Any rows read alone are the same rows.
void expect_reads(const TernarySource& source, const Trits& want) {
  ASSERT_EQ(read_all(source), want);
  for (std::size_t first = 0; first < source.rows; ++first) {
    const std::size_t count = std::min<std::size_t>(2, source.rows - first);
    Trits some(count * source.cols, 99);
    source.read(first, count, some.data());
    ASSERT_TRUE(std::equal(some.begin(), some.end(), want.begin() + static_cast<std::ptrdiff_t>(first * source.cols)))
        << first;
  }
}

TEST(Ternary, I2SReadsBack) {
  for (const std::size_t cols : {128, 64, 96, 256}) {
    const std::size_t rows = 8;
    const Trits trits = random_trits(rows * cols);
    const Stored stored = i2_s(rows, cols, trits, 0.25f);
    const auto source = TernarySource::detect(stored.view);
    ASSERT_TRUE(source);
    EXPECT_EQ(source->scale, 0.25f);
    EXPECT_EQ(source->rows, rows);
    EXPECT_EQ(source->cols, cols);
    expect_reads(*source, trits);
  }
}

// The layouts of other builds, written by hand from what ggml-bitnet-mad.cpp does.
TEST(Ternary, I2SOfOtherBuilds) {
  for (const std::size_t cols : {128, 96, 160}) {
    const std::size_t rows = 8;
    const Trits trits = random_trits(rows * cols);
    const auto code = [&](std::size_t i) { return static_cast<unsigned>(trits[i] + 1); };
    Stored arm = i2_s(rows, cols, trits, 0.25f), by_rows = i2_s(rows, cols, trits, 0.25f);
    for (Stored* stored : {&arm, &by_rows}) std::fill_n(stored->bytes.begin(), trits.size() / 4, std::byte{0});
    for (std::size_t i = 0; i < trits.size(); ++i) {
      arm.bytes[i / 64 * 16 + i % 16] |= static_cast<std::byte>(code(i) << (6 - 2 * (i % 64 / 16)));
      const std::size_t row = i / cols, col = i % cols;
      by_rows.bytes[row / 4 * cols + col] |= static_cast<std::byte>(code(i) << (6 - 2 * (row % 4)));
    }
    expect_reads(*TernarySource::detect(arm.view, {.i2_s = I2SLayout::kArm}), trits);
    const auto source = TernarySource::detect(by_rows.view, {.i2_s = I2SLayout::kRows});
    EXPECT_EQ(source->scale, 0.25f);
    expect_reads(*source, trits);
    EXPECT_NE(read_all(*TernarySource::detect(by_rows.view)), trits) << "nothing tells them apart";
  }
  const Stored odd = i2_s(2, 64, random_trits(128), 1.0f);
  expect_error(ErrorCode::kInvalidFile, "a multiple of 4",
               [&] { TernarySource::detect(odd.view, {.i2_s = I2SLayout::kRows}); });
}

TEST(Ternary, RowsWithOneScaleAreTernary) {
  const std::size_t rows = 8, cols = 192;
  Trits trits = random_trits(rows * cols);
  std::fill_n(trits.begin() + 3 * cols, cols, std::int8_t{0});  // a row of zeros may have any scale
  const auto stored = [&](DType type, float other) {
    std::vector<std::byte> bytes(*matrix_bytes(type, rows, cols));
    const std::size_t row_bytes = bytes.size() / rows;
    for (std::size_t r = 0; r < rows; ++r) {
      const float scale = r == 3 ? other : 0.5f;
      if (type == DType::kIQ1_BN) encode_iq1_bn_row(&trits[r * cols], cols, scale, &bytes[r * row_bytes]);
      if (type == DType::kIQ2_BN) encode_iq2_bn_row(&trits[r * cols], cols, scale, &bytes[r * row_bytes]);
    }
    const float four[][4] = {{0.5f, 0.5f, 0.5f, other}, {0.5f, 0.5f, 0.5f, 0.5f}};
    if (type == DType::kIQ2_BN_R4)
      for (std::size_t r = 0; r < rows; r += 4)
        encode_iq2_bn_r4_rows(&trits[r * cols], cols, four[r / 4], &bytes[r * row_bytes]);
    return Stored(type, rows, cols, std::move(bytes));
  };
  for (const DType type : {DType::kIQ1_BN, DType::kIQ2_BN, DType::kIQ2_BN_R4}) {
    SCOPED_TRACE(dtype_name(type));
    const Stored good = stored(type, 0.25f);
    const auto source = TernarySource::detect(good.view);
    ASSERT_TRUE(source);
    EXPECT_EQ(source->scale, 0.5f);
    expect_reads(*source, trits);
    trits[3 * cols] = 1;
    EXPECT_FALSE(TernarySource::detect(stored(type, 0.25f).view)) << "two scales";
    trits[3 * cols] = 0;
    const Stored bad = stored(type, INFINITY);
    expect_error(ErrorCode::kInvalidFile, "in row 3", [&] { TernarySource::detect(bad.view); });
  }
}

TEST(Ternary, PackedTensors) {
  const std::size_t rows = 700, cols = 2000;  // more than a segment
  const Trits trits = random_trits(rows * cols);
  for (std::size_t i = 0; i < kPackingStrategies; ++i) {
    auto bytes = pack_trits(trits, static_cast<PackingStrategy>(i));
    TensorView view{"w", DType::kI8, {bytes.size()}, bytes};
    ASSERT_TRUE(TernarySource::is_packed(view));
    Trits some(3 * cols);
    TernarySource source = TernarySource::packed(view, rows, cols);
    for (const std::size_t first : {0, 654, 655, 656, 697}) {
      source.read(first, 3, some.data());
      ASSERT_TRUE(std::equal(some.begin(), some.end(), trits.begin() + static_cast<std::ptrdiff_t>(first * cols)));
    }
    expect_error(ErrorCode::kInvalidFile, "the configuration asks for [700, 2001]",
                 [&] { TernarySource::packed(view, rows, cols + 1); });
    bytes.back() ^= std::byte{1};
    source = TernarySource::packed(view, rows, cols);
    source.read(0, 3, some.data());
    expect_error(ErrorCode::kInvalidFile, "tensor 'w'", [&] { source.read(697, 3, some.data()); });
  }
}

TEST(Ternary, I2SScalesMustBeFinite) {
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    const Stored stored = i2_s(1, 128, random_trits(128), bad);
    expect_error(ErrorCode::kInvalidFile, "tensor 'w' has the scale", [&] { TernarySource::detect(stored.view); });
  }
  for (const float odd : {0.0f, -0.5f}) {
    const Stored stored = i2_s(1, 128, random_trits(128), odd);
    EXPECT_EQ(TernarySource::detect(stored.view)->scale, odd);
  }
}

TEST(Ternary, BlocksThatShareOneScaleAreTernary) {
  for (const DType type : {DType::kTQ1_0, DType::kTQ2_0}) {
    const std::size_t block = dtype_traits(type).bytes;
    Trits trits = random_trits(3 * 512);
    std::fill_n(trits.begin() + 256, 256, std::int8_t{0});  // a block of zeros may have any scale
    Stored stored = tq(type, 3, 512, trits, 0.75f);
    set_half(stored, 2 * block - 2, 0.0f);
    const auto source = TernarySource::detect(stored.view);
    ASSERT_TRUE(source) << dtype_name(type);
    EXPECT_EQ(source->scale, 0.75f);
    expect_reads(*source, trits);

    set_half(stored, 3 * block - 2, 0.5f);
    EXPECT_FALSE(TernarySource::detect(stored.view)) << "two scales";
    set_half(stored, 3 * block - 2, 0.0f);
    EXPECT_FALSE(TernarySource::detect(stored.view)) << "codes under a scale of zero";
    set_half(stored, 3 * block - 2, -0.75f);
    EXPECT_FALSE(TernarySource::detect(stored.view)) << "two signs";
    for (const float bad : {NAN, INFINITY}) {
      set_half(stored, 3 * block - 2, bad);
      expect_error(ErrorCode::kInvalidFile, "block scale", [&] { TernarySource::detect(stored.view); });
    }
  }
}

TEST(Ternary, TwiceTheScaleIsNotTernary) {
  Stored stored = tq(DType::kTQ2_0, 1, 256, random_trits(256), 1.0f);
  stored.bytes[0] |= std::byte{3};
  EXPECT_FALSE(TernarySource::detect(stored.view));
}

TEST(Ternary, FloatsOfOneMagnitudeAreTernary) {
  for (const DType type : {DType::kF32, DType::kF16, DType::kBF16}) {
    Trits trits = random_trits(5 * 333);
    std::fill_n(trits.begin(), 1500, std::int8_t{0});  // the magnitude may come late
    std::vector<float> values = scaled(trits, 0.625f);
    values[3] = -0.0f;
    const Stored stored = floats(type, 5, 333, values);
    const auto source = TernarySource::detect(stored.view);
    ASSERT_TRUE(source) << dtype_name(type);
    EXPECT_EQ(source->scale, 0.625f);
    expect_reads(*source, trits);

    for (const float other : {0.6f, -0.7f, NAN, INFINITY, 1e-30f}) {
      if (type == DType::kF16 && other == 1e-30f) continue;  // 0 in f16
      std::vector<float> spoiled = values;
      spoiled.back() = other;
      spoiled[spoiled.size() - 2] = 0.625f;
      EXPECT_FALSE(TernarySource::detect(floats(type, 5, 333, spoiled).view)) << dtype_name(type) << other;
    }
    EXPECT_FALSE(TernarySource::detect(floats(type, 1, 2, {INFINITY, -INFINITY}).view));
    EXPECT_FALSE(TernarySource::detect(floats(type, 1, 2, {NAN, NAN}).view));
    EXPECT_EQ(TernarySource::detect(floats(type, 1, 2, {0, 0}).view)->scale, 0.0f);
  }
}

TEST(Ternary, Q8OfOneMagnitudeIsTernary) {
  const Trits trits = random_trits(4 * 64);
  const std::vector<float> values = scaled(trits, 2.0f);
  std::vector<std::byte> bytes(values.size() / 32 * 34);
  quantize_q8_0(values.data(), values.size(), bytes.data());
  Stored stored(DType::kQ8_0, 4, 64, std::move(bytes));
  const auto source = TernarySource::detect(stored.view);
  ASSERT_TRUE(source);
  EXPECT_EQ(source->scale, 127 * f16_to_f32(f32_to_f16(2.0f / 127)));
  expect_reads(*source, trits);
  stored.bytes[34 + 2] = std::byte{126};
  EXPECT_FALSE(TernarySource::detect(stored.view));
}

TEST(Ternary, OtherTypesAreNot) {
  const Stored stored(DType::kQ4_0, 1, 32, std::vector<std::byte>(18));
  EXPECT_FALSE(TernarySource::detect(stored.view));
  Stored cube = floats(DType::kF32, 1, 1, {1});
  cube.view.shape = {1};
  expect_error(ErrorCode::kInvalidFile, "are a matrix", [&] { TernarySource::detect(cube.view); });
}

TEST(Ternary, HuggingFacePackedReadsBack) {
  for (const std::size_t rows : {8, 6}) {
    const std::size_t cols = 33;
    const Trits trits = random_trits(rows * cols);
    std::vector<std::byte> bytes(hf_packed_rows(rows) * cols);
    encode_hf_packed(trits.data(), rows, cols, bytes.data());
    const Stored stored(DType::kU8, hf_packed_rows(rows), cols, std::move(bytes));
    const auto multiplied = TernarySource::hf_packed(stored.view, rows, cols, 4.0f, false);
    EXPECT_EQ(multiplied.scale, 4.0f);
    EXPECT_EQ(multiplied.rows, rows);
    expect_reads(multiplied, trits);
    EXPECT_EQ(TernarySource::hf_packed(stored.view, rows, cols, 4.0f, true).scale, 0.25f);
  }
}

TEST(Ternary, HuggingFacePackedIsChecked) {
  Stored stored(DType::kU8, 2, 3, std::vector<std::byte>(6));
  const auto bad = [&](std::string_view part, std::size_t rows, std::size_t cols, float scale, bool divides = false) {
    expect_error(ErrorCode::kInvalidFile, part,
                 [&] { TernarySource::hf_packed(stored.view, rows, cols, scale, divides); });
  };
  bad("packed weights of [9, 3] are [3, 3]", 9, 3, 1.0f);
  bad("packed weights of [8, 4] are [2, 4]", 8, 4, 1.0f);
  for (const float scale : {0.0f, -1.0f, NAN, INFINITY}) bad("weight_scale of 'w' is", 8, 3, scale);
  bad("weight_scale of 'w' is", 8, 3, 1e-42f, true);  // its inverse is infinite
  stored.bytes[4] = std::byte{0b00'11'00'00};
  const auto source = TernarySource::hf_packed(stored.view, 8, 3, 1.0f, false);
  Trits trits(3);
  source.read(1, 1, trits.data());
  expect_error(ErrorCode::kInvalidFile, "tensor 'w' holds the code 3", [&] { source.read(5, 1, trits.data()); });
  stored.view.dtype = DType::kI8;
  bad("packed weights are u8", 8, 3, 1.0f);
}

TEST(Ternary, MastersAreRoundedAsTheyWereTrained) {
  // mean|W| is 1: one half goes to even, which is 0, and more than that away from it.
  const std::vector<float> values{0.5f, -0.5f, 0.5000001f, -0.5000001f, 1.4999f, -9.0f,
                                  0.0f, 0.0f,  0.25f,      -0.25f,      0.0f,    0.0f};
  std::vector<float> filled = values;
  double total = 0;
  for (const float v : values) total += std::fabs(v);
  filled.push_back(static_cast<float>(14 - total));
  filled.push_back(0.0f);
  const Stored stored = floats(DType::kF32, 2, 7, filled);
  const auto source = TernarySource::absmean(stored.view);
  EXPECT_EQ(source.scale, 1.0f);
  expect_reads(source, {0, 0, 1, -1, 1, -1, 0, 0, 0, 0, 0, 0, static_cast<std::int8_t>(14 - total > 0.5), 0});
}

TEST(Ternary, MastersOfEveryFloatType) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0.0f, 0.02f);
  std::vector<float> values(9 * 1000);
  for (float& v : values) v = bf16_to_f32(f32_to_bf16(normal(random)));
  for (const DType type : {DType::kF32, DType::kBF16}) {
    const auto stored = floats(type, 9, 1000, values);
    const auto source = TernarySource::absmean(stored.view);
    double mean = 0;
    for (const float v : values) mean += std::fabs(v);
    mean /= static_cast<double>(values.size());
    const float s = 1.0f / static_cast<float>(mean);
    EXPECT_FLOAT_EQ(source.scale, 1.0f / s);
    Trits want(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      want[i] = static_cast<std::int8_t>(std::clamp(std::nearbyint(values[i] * s), -1.0f, 1.0f));
    expect_reads(source, want);
  }
}

TEST(Ternary, MastersAreChecked) {
  const Stored tiny = floats(DType::kF32, 1, 2, {0, 0});
  EXPECT_EQ(TernarySource::absmean(tiny.view).scale, 1.0f / (1.0f / 1e-5f));
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    const Stored stored = floats(DType::kBF16, 1, 2, {1.0f, bad});
    expect_error(ErrorCode::kInvalidFile, "not finite", [&] { TernarySource::absmean(stored.view); });
  }
  const Stored wrong(DType::kI2_S, 1, 128, std::vector<std::byte>(64));
  expect_error(ErrorCode::kUnsupported, "'w' is i2_s", [&] { TernarySource::absmean(wrong.view); });
}

}  // namespace
}  // namespace bitnet
