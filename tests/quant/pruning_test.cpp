#include "quant/pruning.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "base/half.hpp"
#include "quant/block_codec.hpp"
#include "quant/ternary.hpp"
#include "support/file_builder.hpp"

namespace bitnet {
namespace {

using testing::expect_error;

std::vector<float> random_values(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, 0.02f);
  std::vector<float> values(count);
  for (float& v : values) v = normal(random);
  return values;
}

TensorView view_of(const std::vector<float>& values, std::size_t rows) {
  return {"w", DType::kF32, {rows, values.size() / rows}, std::as_bytes(std::span(values))};
}

TEST(Pruning, OptionsAreRead) {
  EXPECT_EQ(Pruning::parse("0.25").fraction, 0.25);
  const Pruning groups = Pruning::parse("2:4");
  EXPECT_EQ(groups.kind, Pruning::Kind::kNofM);
  EXPECT_EQ(groups.n, 2u);
  EXPECT_EQ(groups.m, 4u);
  for (const char* bad : {"", "0", "1", "-0.5", "nan", "2:2", "0:4", "4:2", "2:65", ":", "2:", "half", "0.5x"})
    expect_error(ErrorCode::kInvalidArgument, bad, [&] { Pruning::parse(bad); });
}

TEST(Pruning, MagnitudeDropsTheSmallestExactly) {
  for (const double fraction : {0.01, 0.5, 0.9, 0.999}) {
    std::vector<float> values = random_values(64 * 100, 3);
    const Pruner pruner(view_of(values, 64), {.fraction = fraction});
    std::vector<float> magnitudes(values);
    for (float& v : magnitudes) v = std::fabs(v);
    std::ranges::sort(magnitudes);
    const auto dropped = static_cast<std::size_t>(fraction * static_cast<double>(values.size()));
    pruner.apply(values);
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(values, 0.0f)), dropped);
    float least = INFINITY;
    for (const float v : values)
      if (v != 0) least = std::min(least, std::fabs(v));
    EXPECT_EQ(least, magnitudes[dropped]);
  }
  // Of equal magnitudes none goes where not all may.
  std::vector<float> equal(100, -0.5f);
  Pruner(view_of(equal, 10), {.fraction = 0.5}).apply(equal);
  EXPECT_EQ(std::ranges::count(equal, -0.5f), 100);
}

TEST(Pruning, NOfMKeepsTheLargestOfEveryGroup) {
  std::vector<float> row{1, -4, 2, 3, 5, 5, 5, 5, -1, 7};
  Pruner(view_of(row, 1), Pruning::parse("2:4")).apply(row);
  EXPECT_EQ(row, (std::vector<float>{0, -4, 0, 3, 5, 5, 0, 0, 0, 7}));
}

TEST(Pruning, TernaryMastersArePrunedFirst) {
  const std::size_t rows = 8, cols = 96;
  const std::vector<float> values = random_values(rows * cols, 5);
  const TensorView view = view_of(values, rows);
  for (const char* how : {"0.6", "1:4"}) {
    const auto pruner = std::make_shared<const Pruner>(view, Pruning::parse(how));
    const TernarySource source = TernarySource::absmean(view, pruner);
    double sum = 0, kept = 0;
    std::vector<float> pruned = values;
    for (std::size_t r = 0; r < rows; ++r) pruner->apply(std::span(pruned).subspan(r * cols, cols));
    for (const float v : pruned) sum += std::fabs(v), kept += v != 0;
    EXPECT_FLOAT_EQ(source.scale, static_cast<float>(sum / kept));
    std::vector<std::int8_t> trits(rows * cols);
    source.read(0, rows, trits.data());
    for (std::size_t i = 0; i < trits.size(); ++i)
      ASSERT_EQ(trits[i], std::clamp(std::nearbyint(pruned[i] / source.scale), -1.0f, 1.0f)) << i;
  }
}

TEST(Pruning, TypesWithoutFloatsAreRefused) {
  const std::vector<std::byte> bytes(64);
  const TensorView view{"w", DType::kI2_S, {1, 128}, bytes};
  expect_error(ErrorCode::kUnsupported, "tensor 'w' is i2_s", [&] { Pruner(view, {.fraction = 0.5}); });
}

}  // namespace
}  // namespace bitnet
