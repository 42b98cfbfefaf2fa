// Ternary products: integers are exact, so every level, thread count and split of tokens gives the reference's bits.
#include <algorithm>
#include <cmath>
#include <limits>

#include "bitnet/error.hpp"
#include "parity/parity_support.hpp"

namespace bitnet::parity {
namespace {

using TernaryParity = LevelTest;

struct Shape {
  std::size_t cols, rows, tokens;
  auto operator<=>(const Shape&) const = default;
};

struct Problem {
  std::vector<std::int8_t> trits;
  std::vector<float> x, bias, y;  // y as the reference computes it
};

constexpr float kScale = 1.2188548f;

const Problem& problem(const Shape& s) {
  static std::map<Shape, Problem> problems;
  const auto [it, made] = problems.try_emplace(s);
  Problem& p = it->second;
  if (!made) return p;
  Random random(s.cols * 1000003 + s.rows * 1009 + s.tokens);
  p.trits.resize(s.rows * s.cols);
  for (std::int8_t& t : p.trits) t = random.trit();
  p.x = random.values(s.tokens * s.cols, 3.0f);
  p.bias = random.values(s.rows);
  OwnedActivations a(p.x, s.tokens, s.cols);
  const auto oracle = reference();
  const WeightMatrix w = oracle->pack_ternary(s.rows, s.cols, kScale, reader(p.trits, s.cols));
  oracle->quantize(a.view);
  p.y.resize(s.tokens * s.rows);
  oracle->matmul(w, a.view, p.bias.data(), p.y.data());
  return p;
}

std::vector<Shape> shapes() {
  std::vector<Shape> list;
  for (const std::size_t cols : {1, 15, 16, 17, 100, 255, 256, 1000, 2560, 6912, 8640})
    for (const std::size_t rows : {1, 31, 33, 320})
      for (const std::size_t tokens : {1, 2, 3, 5, 12, 13, 64})
        if (cols * rows * tokens < 16'000'000) list.push_back({cols, rows, tokens});
  return list;
}

TEST_P(TernaryParity, EqualsReferenceOnEveryShape) {
  const auto cpu = backend();
  for (const Shape& s : shapes()) {
    SCOPED_TRACE(::testing::Message() << s.cols << " columns, " << s.rows << " rows, " << s.tokens << " tokens");
    const Problem& p = problem(s);
    OwnedActivations a(p.x, s.tokens, s.cols);
    cpu->quantize(a.view);
    const WeightMatrix w = cpu->pack_ternary(s.rows, s.cols, kScale, reader(p.trits, s.cols));
    Guarded<float> y(s.tokens * s.rows);
    cpu->matmul(w, a.view, p.bias.data(), y.data());
    ASSERT_TRUE(same_bits(y.copy(), p.y));
    ASSERT_TRUE(y.intact());
    ASSERT_TRUE(a.q.intact() && a.scale.intact() && a.sum.intact());
  }
}

TEST_P(TernaryParity, SixteenBitSumsDoNotOverflow) {
  constexpr std::size_t kCols = 20000, kRows = 33;
  const auto cpu = backend();
  for (const int value : {127, -127, -128}) {
    for (const std::size_t tokens : {1, 2, 5, 13}) {
      for (const std::int8_t trit : {std::int8_t{1}, std::int8_t{-1}}) {
        SCOPED_TRACE(::testing::Message()
                     << "activations " << value << ", weights " << int{trit} << ", tokens " << tokens);
        const std::vector<std::int8_t> trits(kRows * kCols, trit);
        OwnedActivations a(std::vector<float>(tokens * kCols), tokens, kCols);
        for (std::size_t t = 0; t < tokens; ++t) {
          std::fill_n(a.view.q + t * a.view.q_stride, a.view.q_stride, std::int8_t{0});
          std::fill_n(a.view.q + t * a.view.q_stride, kCols, static_cast<std::int8_t>(value));
          a.scale[t] = 1.0f;
          a.sum[t] = value * static_cast<std::int32_t>(kCols);
        }
        const WeightMatrix w = cpu->pack_ternary(kRows, kCols, 1.0f, reader(trits, kCols));
        Guarded<float> y(tokens * kRows);
        cpu->matmul(w, a.view, nullptr, y.data());
        const auto expected = static_cast<float>(value * trit * static_cast<int>(kCols));
        ASSERT_EQ(y.copy(), std::vector<float>(tokens * kRows, expected));
      }
    }
  }
}

TEST_P(TernaryParity, ThreadsAndTokenSplitsKeepTheBits) {
  const Shape s{1000, 320, 13};
  const Problem& p = problem(s);
  for (const int threads : {1, 2, 4}) {
    const auto cpu = backend(threads);
    const WeightMatrix w = cpu->pack_ternary(s.rows, s.cols, kScale, reader(p.trits, s.cols));
    for (const std::size_t chunk : {1, 3, 4, 7, 13}) {
      OwnedActivations a(p.x, s.tokens, s.cols);
      std::vector<float> y(s.tokens * s.rows);
      for (std::size_t t = 0; t < s.tokens; t += chunk) {
        const Activations part = a.part(t, std::min(chunk, s.tokens - t));
        cpu->quantize(part);
        cpu->matmul(w, part, p.bias.data(), y.data() + t * s.rows);
      }
      EXPECT_TRUE(same_bits(y, p.y)) << threads << " threads, " << chunk << " tokens a call";
    }
  }
}

TEST_P(TernaryParity, QuantizeRoundsHalfToEven) {
  const auto cpu = backend();
  // absmax 127 makes the scale 1, so that halves stay halves.
  const std::vector<float> x = {127.0f, 0.5f,  1.5f, 2.5f,    -0.5f,       -1.5f, -2.5f, 126.5f, -126.5f, 0.49999997f,
                                0.0f,   -0.0f, 3.0f, -127.0f, 0.50000006f, 64.5f, 65.5f, -3.5f,  4.5f};
  const std::vector<int> expected = {127, 0, 2, 2, 0, -2, -2, 126, -126, 0, 0, 0, 3, -127, 1, 64, 66, -4, 4};
  OwnedActivations a(x, 1, x.size());
  cpu->quantize(a.view);
  EXPECT_EQ(a.scale[0], 1.0f);
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_EQ(a.q[i], expected[i]) << "at " << i;
    sum += expected[i];
  }
  EXPECT_EQ(a.sum[0], sum);
  for (std::size_t i = x.size(); i < a.view.q_stride; ++i) EXPECT_EQ(a.q[i], 0);
}

TEST_P(TernaryParity, QuantizeEqualsReference) {
  const auto cpu = backend();
  const auto oracle = reference();
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float denormal = std::numeric_limits<float>::denorm_min();
  Random random(7);
  std::vector<std::pair<std::string, std::vector<float>>> cases = {
      {"zeros", std::vector<float>(37, 0.0f)},
      {"denormals", {denormal, -denormal, 0.0f, 1e-40f, -1e-39f}},
      {"below the least absmax", {1e-6f, -4e-6f, 9.9e-6f}},
      {"largest", {std::numeric_limits<float>::max(), -std::numeric_limits<float>::max(), 1.0f}},
  };
  for (const std::size_t cols : {1, 3, 15, 16, 17, 63, 64, 65, 100, 2560, 6911})
    cases.emplace_back("random", random.values(cols, 5.0f));
  for (const float bad : {inf, -inf, nan, -nan}) {
    for (const std::size_t at : {0, 16, 40}) {
      std::vector<float> x = random.values(41);
      x[at] = bad;
      cases.emplace_back("not finite", x);
    }
  }
  for (const auto& [name, x] : cases) {
    SCOPED_TRACE(name);
    OwnedActivations ours(x, 1, x.size()), theirs(x, 1, x.size());
    cpu->quantize(ours.view);
    oracle->quantize(theirs.view);
    EXPECT_EQ(ours.q.copy(), theirs.q.copy());
    EXPECT_EQ(ours.sum[0], theirs.sum[0]);
    if (std::isnan(theirs.scale[0])) {
      EXPECT_TRUE(std::isnan(ours.scale[0]));
    } else {
      EXPECT_EQ(ours.scale[0], theirs.scale[0]);
    }
    EXPECT_TRUE(ours.q.intact());
  }
}

TEST_P(TernaryParity, WeightsOfAnotherLayoutAreRefused) {
  const auto cpu = backend();
  const auto oracle = reference();
  const std::vector<std::int8_t> trits(64 * 32, 1);
  WeightMatrix w = oracle->pack_ternary(32, 64, 1.0f, reader(trits, 64));
  OwnedActivations a(std::vector<float>(64, 1.0f), 1, 64);
  cpu->quantize(a.view);
  std::vector<float> y(32);
  EXPECT_THROW(cpu->matmul(w, a.view, nullptr, y.data()), Error);
  WeightMatrix ours = cpu->pack_ternary(32, 64, 1.0f, reader(trits, 64));
  ours.cols = 48;
  EXPECT_THROW(cpu->matmul(ours, a.view, nullptr, y.data()), Error);
}

INSTANTIATE_TEST_SUITE_P(Levels, TernaryParity, ::testing::ValuesIn(cpu_levels()), level_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TernaryParity);

}  // namespace
}  // namespace bitnet::parity
