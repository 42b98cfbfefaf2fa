// Dense products, embedding rows and dequantization of every weight type.
#include <cmath>

#include "backends/dense_types.hpp"
#include "parity/parity_support.hpp"
#include "quant/block_codec.hpp"

namespace bitnet::parity {
namespace {

using DenseParity = LevelTest;

std::vector<DType> weight_types() {
  std::vector<DType> types;
  for (int i = 0; i < kDTypeCount; ++i)
    if (is_dense_weight_type(static_cast<DType>(i))) types.push_back(static_cast<DType>(i));
  return types;
}

// Weights at an odd address, as a mapped file may hold them.
struct Matrix {
  Matrix(DType type, std::size_t rows, std::size_t cols, Random& random) : bytes(rows * *dtype_bytes(type, cols), 1) {
    bytes.fill(random_blocks(type, rows * cols, random));
    view.dtype = type;
    view.rows = rows;
    view.cols = cols;
    view.data = bytes.data();
    view.bytes = bytes.size();
  }
  Guarded<std::byte> bytes;
  WeightMatrix view;
};

std::vector<std::size_t> column_counts(DType type) {
  const std::size_t block = dtype_traits(type).block;
  if (block == 1) return {1, 15, 16, 17, 31, 33, 100, 255, 256, 1000, 2560};
  if (block == 32) return {32, 96, 576, 2560};
  return {256, 768, 2560};
}

TEST_P(DenseParity, ProductsAreWithinTheBoundOfReference) {
  const auto cpu = backend();
  const auto oracle = reference();
  Random random(3);
  for (const DType type : weight_types()) {
    for (const std::size_t cols : column_counts(type)) {
      for (const std::size_t rows : {1, 3, 33}) {
        const Matrix matrix(type, rows, cols, random);
        const std::vector<float> bias = random.values(rows);
        std::vector<float> weights(rows * cols);
        dequantize(type, matrix.view.data, rows * cols, weights.data());
        for (const std::size_t tokens : {1, 2, 3, 5, 12, 13}) {
          SCOPED_TRACE(::testing::Message()
                       << dtype_name(type) << ' ' << rows << " x " << cols << ", " << tokens << " tokens");
          const std::vector<float> x = random.values(tokens * cols);
          const Activations a{x.data(), tokens, cols, nullptr, 0, nullptr, nullptr};
          Guarded<float> ours(tokens * rows);
          std::vector<float> theirs(tokens * rows);
          cpu->matmul(matrix.view, a, bias.data(), ours.data());
          oracle->matmul(matrix.view, a, bias.data(), theirs.data());
          ASSERT_TRUE(ours.intact());
          for (std::size_t t = 0; t < tokens; ++t) {
            for (std::size_t r = 0; r < rows; ++r) {
              double magnitude = std::fabs(bias[r]);
              for (std::size_t i = 0; i < cols; ++i)
                magnitude += std::fabs(static_cast<double>(weights[r * cols + i]) * x[t * cols + i]);
              // 32 lanes: a lane adds cols / 32 products, each sum rounded to half an ulp.
              const double bound = magnitude * 0x1p-24 * (static_cast<double>(cols) / 32 + 8);
              ASSERT_NEAR(ours[t * rows + r], theirs[t * rows + r], bound) << "token " << t << ", row " << r;
            }
          }
        }
      }
    }
  }
}

TEST_P(DenseParity, ThreadsAndTokenSplitsKeepTheBits) {
  constexpr std::size_t kRows = 70, kTokens = 13;
  Random random(4);
  for (const DType type : weight_types()) {
    const std::size_t cols = dtype_traits(type).block == 1 ? 1003 : 768;
    const Matrix matrix(type, kRows, cols, random);
    const std::vector<float> x = random.values(kTokens * cols);
    std::vector<float> expected;
    for (const int threads : {1, 2, 4}) {
      const auto cpu = backend(threads);
      for (const std::size_t chunk : {13, 1, 2, 3, 5}) {
        if (threads == 4 && chunk < 5) continue;  // more threads than cores: many short calls take long
        std::vector<float> y(kTokens * kRows);
        for (std::size_t t = 0; t < kTokens; t += chunk) {
          const Activations a{x.data() + t * cols, std::min(chunk, kTokens - t), cols, nullptr, 0, nullptr, nullptr};
          cpu->matmul(matrix.view, a, nullptr, y.data() + t * kRows);
        }
        if (expected.empty()) expected = y;
        EXPECT_TRUE(same_bits(y, expected))
            << dtype_name(type) << ", " << threads << " threads, " << chunk << " tokens a call";
      }
    }
  }
}

TEST_P(DenseParity, EmbeddingRowsAreTheCodecsBits) {
  const auto cpu = backend();
  Random random(5);
  for (const DType type : weight_types()) {
    for (const std::size_t cols : column_counts(type)) {
      const Matrix table(type, 9, cols, random);
      const std::vector<std::int32_t> ids = {8, 0, 3, 3, 7};
      Guarded<float> out(ids.size() * cols);
      cpu->embed(table.view, ids.data(), ids.size(), out.data());
      std::vector<float> expected(ids.size() * cols);
      reference()->embed(table.view, ids.data(), ids.size(), expected.data());
      ASSERT_TRUE(same_bits(out.copy(), expected)) << dtype_name(type) << ", " << cols << " columns";
      ASSERT_TRUE(out.intact());
    }
  }
}

// Every half-precision number, subnormals and infinities included.
TEST_P(DenseParity, EveryHalfIsExact) {
  const auto cpu = backend();
  std::vector<std::uint16_t> halves(65536);
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<std::uint16_t>(i);
  WeightMatrix table;
  table.dtype = DType::kF16;
  table.rows = 64;
  table.cols = 1024;
  table.data = reinterpret_cast<const std::byte*>(halves.data());
  std::vector<std::int32_t> ids(64);
  for (int i = 0; i < 64; ++i) ids[i] = i;
  std::vector<float> out(halves.size());
  cpu->embed(table, ids.data(), ids.size(), out.data());
  for (std::size_t i = 0; i < halves.size(); ++i) {
    const float expected = f16_to_f32(halves[i]);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(out[i])) << i;
    } else {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(out[i]), std::bit_cast<std::uint32_t>(expected)) << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, DenseParity, ::testing::ValuesIn(cpu_levels()), level_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DenseParity);

}  // namespace
}  // namespace bitnet::parity
