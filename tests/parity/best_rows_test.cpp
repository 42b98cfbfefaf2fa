// Heads of which only the best rows matter.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/half.hpp"
#include "parity/parity_support.hpp"

namespace bitnet::parity {
namespace {

using BestRowsParity = LevelTest;

constexpr std::size_t kRows = 4100, kCols = 512;

std::vector<std::byte> half_rows(Random& random) {
  std::vector<std::byte> bytes(kRows * kCols * 2);
  const std::vector<float> values = random.values(kRows * kCols, 0.1f);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t half = f32_to_f16(values[i]);
    std::memcpy(bytes.data() + 2 * i, &half, 2);
  }
  return bytes;
}

WeightMatrix matrix(const std::vector<std::byte>& bytes) {
  WeightMatrix w;
  w.dtype = DType::kF16;
  w.rows = kRows;
  w.cols = kCols;
  w.data = bytes.data();
  w.bytes = bytes.size();
  return w;
}

// The `count` largest, and what is less than `margin` below the last of them.
std::vector<std::size_t> best_of(const std::vector<float>& y, std::size_t count, float margin) {
  std::vector<std::size_t> order(y.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return y[a] > y[b]; });
  const float last = y[order[count - 1]];
  std::size_t end = count;
  while (end < order.size() && y[order[end]] > last - margin) ++end;
  order.resize(end);
  return order;
}

TEST_P(BestRowsParity, TheBestHaveTheBitsOfTheWholeProduct) {
  Random random(41);
  const std::vector<std::byte> bytes = half_rows(random);
  const auto cpu = backend();
  const WeightMatrix head = cpu->pack_head(matrix(bytes));
  ASSERT_TRUE(head.shortlist);
  const std::vector<float> bias = random.values(kRows, 0.2f);
  for (int trial = 0; trial < 8; ++trial) {
    std::vector<float> x = random.values(kCols);
    if (trial % 2 == 1) x[17] = 300.0f;  // one activation that outweighs all others
    std::vector<float> whole(kRows);
    cpu->matmul(head, {x.data(), 1, kCols, nullptr, 0, nullptr, nullptr}, bias.data(), whole.data());
    for (const auto& [count, margin] : {std::pair<std::size_t, float>{1, 0.0f}, {40, 0.0f}, {1, 0.5f}}) {
      const std::vector<std::int32_t> also = {3, 1000, 4099};
      Guarded<float> y(kRows);
      const std::size_t read = cpu->best_rows(head, x.data(), bias.data(), {count, margin, also}, y.data());
      ASSERT_TRUE(y.intact());
      if (trial % 2 == 0) EXPECT_LT(read, kRows / 4) << "the bound rules too little out";
      std::vector<std::size_t> wanted = best_of(whole, count, margin);
      wanted.insert(wanted.end(), also.begin(), also.end());
      for (const std::size_t row : wanted) ASSERT_EQ(y.data()[row], whole[row]) << "row " << row;
      for (std::size_t r = 0; r < kRows; ++r)
        ASSERT_TRUE(y.data()[r] == whole[r] || y.data()[r] == -std::numeric_limits<float>::infinity());
    }
  }
}

TEST_P(BestRowsParity, RowsAndActivationsThatAreNoNumbersAreNotRuledOut) {
  Random random(42);
  std::vector<std::byte> bytes = half_rows(random);
  const std::uint16_t nan = 0x7e00;
  std::memcpy(bytes.data() + (77 * kCols + 5) * 2, &nan, 2);
  const auto cpu = backend();
  const WeightMatrix head = cpu->pack_head(matrix(bytes));
  std::vector<float> x = random.values(kCols), y(kRows);
  cpu->best_rows(head, x.data(), nullptr, {}, y.data());
  EXPECT_TRUE(std::isnan(y[77]));
  EXPECT_TRUE(std::any_of(y.begin(), y.end(), [](float v) { return std::isfinite(v); }));
  x[9] = std::nanf("");
  EXPECT_EQ(cpu->best_rows(head, x.data(), nullptr, {}, y.data()), kRows);
  EXPECT_TRUE(std::isnan(y[0]));
}

TEST_P(BestRowsParity, SmallHeadsAreReadWhole) {
  Random random(43);
  const std::vector<std::byte> bytes = half_rows(random);
  WeightMatrix small = matrix(bytes);
  small.rows = 100;
  const auto cpu = backend();
  const WeightMatrix head = cpu->pack_head(std::move(small));
  EXPECT_FALSE(head.shortlist);
  const std::vector<float> x = random.values(kCols);
  std::vector<float> y(100);
  EXPECT_EQ(cpu->best_rows(head, x.data(), nullptr, {}, y.data()), 100u);
}

INSTANTIATE_TEST_SUITE_P(Levels, BestRowsParity, ::testing::ValuesIn(cpu_levels()), level_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BestRowsParity);

}  // namespace
}  // namespace bitnet::parity
