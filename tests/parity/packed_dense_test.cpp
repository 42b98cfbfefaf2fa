// Dense matrices in the layout that the backend packs them into.
#include <cmath>

#include "parity/parity_support.hpp"
#include "quant/block_codec.hpp"

namespace bitnet::parity {
namespace {

using PackedDenseParity = LevelTest;

struct Matrix {
  Matrix(std::size_t rows, std::size_t cols, Random& random)
      : bytes(rows * *dtype_bytes(DType::kQ6_K, cols), 1), weights(rows * cols) {
    bytes.fill(random_blocks(DType::kQ6_K, rows * cols, random));
    dequantize(DType::kQ6_K, bytes.data(), rows * cols, weights.data());
  }
  WeightMatrix as_stored(std::size_t rows, std::size_t cols) const {
    WeightMatrix w;
    w.dtype = DType::kQ6_K;
    w.rows = rows;
    w.cols = cols;
    w.data = bytes.data();
    w.bytes = bytes.size();
    return w;
  }
  Guarded<std::byte> bytes;
  std::vector<float> weights;
};

TEST_P(PackedDenseParity, ProductsAreWithinTheBoundOfReference) {
  const auto cpu = backend();
  const auto oracle = reference();
  Random random(31);
  for (const std::size_t cols : {256, 768, 2560}) {
    for (const std::size_t rows : {32, 33, 95, 320}) {
      const Matrix matrix(rows, cols, random);
      const WeightMatrix packed = cpu->pack_dense(matrix.as_stored(rows, cols));
      ASSERT_NE(packed.layout, 0u);
      const std::vector<float> bias = random.values(rows);
      for (const std::size_t tokens : {1, 2, 3, 4, 5, 9}) {
        SCOPED_TRACE(::testing::Message() << rows << " x " << cols << ", " << tokens << " tokens");
        std::vector<float> x = random.values(tokens * cols);
        for (std::size_t i = 0; i < x.size(); i += 97) x[i] *= 1000.0f;  // outliers, as hidden states have them
        const Activations a{x.data(), tokens, cols, nullptr, 0, nullptr, nullptr};
        Guarded<float> ours(tokens * rows);
        std::vector<float> theirs(tokens * rows);
        cpu->matmul(packed, a, bias.data(), ours.data());
        oracle->matmul(matrix.as_stored(rows, cols), a, bias.data(), theirs.data());
        ASSERT_TRUE(ours.intact());
        for (std::size_t t = 0; t < tokens; ++t) {
          for (std::size_t r = 0; r < rows; ++r) {
            double bound = 0.0, magnitude = std::fabs(bias[r]);
            for (std::size_t b = 0; b < cols; b += 16) {
              double absmax = 0.0, weights = 0.0;
              for (std::size_t i = b; i < b + 16; ++i) {
                const double w = std::fabs(matrix.weights[r * cols + i]), v = std::fabs(x[t * cols + i]);
                absmax = std::max(absmax, v);
                weights += w;
                magnitude += w * v;
              }
              bound += weights * absmax / (127 * 128) / 2;  // activations rounded to 127 * 128 steps a block
            }
            bound += magnitude * 0x1p-24 * 64;
            ASSERT_NEAR(ours[t * rows + r], theirs[t * rows + r], bound) << "token " << t << ", row " << r;
          }
        }
      }
    }
  }
}

TEST_P(PackedDenseParity, ThreadsAndTokenSplitsKeepTheBits) {
  constexpr std::size_t kRows = 330, kCols = 768, kTokens = 13;
  Random random(32);
  const Matrix matrix(kRows, kCols, random);
  const std::vector<float> x = random.values(kTokens * kCols);
  std::vector<float> expected;
  for (const int threads : {1, 2, 4}) {
    const auto cpu = backend(threads);
    const WeightMatrix packed = cpu->pack_dense(matrix.as_stored(kRows, kCols));
    for (const std::size_t chunk : {13, 1, 2, 3, 5}) {
      std::vector<float> y(kTokens * kRows);
      for (std::size_t t = 0; t < kTokens; t += chunk) {
        const Activations a{x.data() + t * kCols, std::min(chunk, kTokens - t), kCols, nullptr, 0, nullptr, nullptr};
        cpu->matmul(packed, a, nullptr, y.data() + t * kRows);
      }
      if (expected.empty()) expected = y;
      EXPECT_TRUE(same_bits(y, expected)) << threads << " threads, " << chunk << " tokens a call";
    }
  }
}

TEST_P(PackedDenseParity, EmbeddingRowsAreTheCodecsBits) {
  constexpr std::size_t kRows = 70, kCols = 512;
  Random random(33);
  const Matrix matrix(kRows, kCols, random);
  const auto cpu = backend();
  const WeightMatrix packed = cpu->pack_dense(matrix.as_stored(kRows, kCols));
  const std::vector<std::int32_t> ids = {69, 0, 31, 32, 33, 5};
  Guarded<float> out(ids.size() * kCols);
  cpu->embed(packed, ids.data(), ids.size(), out.data());
  std::vector<float> expected;
  for (const std::int32_t id : ids)
    expected.insert(expected.end(), matrix.weights.begin() + id * kCols, matrix.weights.begin() + (id + 1) * kCols);
  EXPECT_TRUE(same_bits(out.copy(), expected));
  EXPECT_TRUE(out.intact());
}

// A bad activation shows in every product of its token, and in no other token's.
TEST_P(PackedDenseParity, NotANumberStaysWithItsToken) {
  constexpr std::size_t kRows = 32, kCols = 256;
  Random random(34);
  const Matrix matrix(kRows, kCols, random);
  const auto cpu = backend();
  const WeightMatrix packed = cpu->pack_dense(matrix.as_stored(kRows, kCols));
  std::vector<float> x = random.values(3 * kCols);
  x[kCols + 7] = std::nanf("");
  const Activations a{x.data(), 3, kCols, nullptr, 0, nullptr, nullptr};
  std::vector<float> y(3 * kRows);
  cpu->matmul(packed, a, nullptr, y.data());
  for (std::size_t r = 0; r < kRows; ++r) {
    EXPECT_TRUE(std::isfinite(y[r]));
    EXPECT_TRUE(std::isnan(y[kRows + r]));
    EXPECT_TRUE(std::isfinite(y[2 * kRows + r]));
  }
}

// Few rows, and types that have no packed form, stay as the file has them.
TEST_P(PackedDenseParity, OtherMatricesStayAsTheyAre) {
  Random random(35);
  const Matrix matrix(8, 256, random);
  const auto cpu = backend();
  EXPECT_EQ(cpu->pack_dense(matrix.as_stored(8, 256)).layout, 0u);
  WeightMatrix floats;
  floats.rows = 64;
  floats.cols = 256;
  EXPECT_EQ(cpu->pack_dense(std::move(floats)).layout, 0u);
}

INSTANTIATE_TEST_SUITE_P(Levels, PackedDenseParity, ::testing::ValuesIn(cpu_levels()), level_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PackedDenseParity);

}  // namespace
}  // namespace bitnet::parity
