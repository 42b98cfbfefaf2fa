#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "bitnet/quantize.hpp"
#include "quant/ternary.hpp"
#include "support/file_builder.hpp"

namespace bitnet {
namespace {

using testing::expect_error;

std::vector<float> normal_values(std::size_t count, std::uint32_t seed, float outlier = 0) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, 1.0f);
  std::vector<float> values(count);
  for (float& v : values) v = normal(random);
  if (outlier != 0) values[count / 2] = outlier;
  return values;
}

std::vector<float> back(const QuantizedMatrix& q) {
  std::vector<float> values(q.rows * q.cols);
  dequantize(q, values);
  return values;
}

QuantFormat format_of(const std::string& name) {
  if (name == "ternary") return QuantFormat::kTernary;
  if (name == "int8") return QuantFormat::kInt8;
  if (name == "int4") return QuantFormat::kInt4;
  return name == "f16" ? QuantFormat::kF16 : QuantFormat::kBF16;
}

TEST(Quantizer, AgreesWithNumPy) {
  std::ifstream file(std::string(BITNET_SOURCE_DIR) + "/tests/quant/data/quantizer_cases.json");
  const auto json = nlohmann::json::parse(file);
  const std::vector<float> source = json["source"];
  const std::size_t rows = json["rows"], cols = json["cols"];
  for (const auto& c : json["cases"]) {
    const std::string granularity = c["granularity"];
    SCOPED_TRACE(c["format"].get<std::string>() + " " + granularity + (c["symmetric"] ? "" : " asymmetric"));
    QuantSpec spec{format_of(c["format"]), Granularity::kTensor, json["group"], c["symmetric"]};
    if (granularity == "channel") spec.granularity = Granularity::kChannel;
    if (granularity == "group") spec.granularity = Granularity::kGroup;
    const QuantizedMatrix q = quantize(source, rows, cols, spec);
    EXPECT_EQ(q.scales, c["scales"].get<std::vector<float>>());
    EXPECT_EQ(q.zero_points, c["zero_points"].get<std::vector<std::int32_t>>());
    EXPECT_EQ(back(q), c["values"].get<std::vector<float>>());
  }
  EXPECT_EQ(json["cases"].size(), 21u);
}

TEST(Quantizer, TernaryIsWhatTheEngineRuns) {
  const std::vector<float> values = normal_values(24 * 96, 3);
  const TensorView view{"w", DType::kF32, {24, 96}, std::as_bytes(std::span(values))};
  const TernarySource source = TernarySource::absmean(view);
  std::vector<std::int8_t> trits(values.size());
  source.read(0, 24, trits.data());
  const QuantizedMatrix q = quantize(values, 24, 96, {.format = QuantFormat::kTernary});
  EXPECT_EQ(q.scales, std::vector<float>{source.scale});
  const std::vector<float> got = back(q);
  for (std::size_t i = 0; i < trits.size(); ++i) ASSERT_EQ(got[i], static_cast<float>(trits[i]) * source.scale);
  EXPECT_EQ(q.bytes(), 24u * 24 + 4);
}

TEST(Quantizer, ErrorsStayWithinHalfAStepAndAgainIsTheSame) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const std::size_t rows = random() % 9, cols = random() % 70;
    std::vector<float> values = normal_values(rows * cols, random());
    const float size = std::ldexp(1.0f, static_cast<int>(random() % 60) - 30);
    for (float& v : values) v *= size;
    for (const QuantFormat format : {QuantFormat::kInt8, QuantFormat::kInt4})
      for (const bool symmetric : {true, false})
        for (const Granularity granularity : {Granularity::kTensor, Granularity::kChannel, Granularity::kGroup}) {
          const QuantSpec spec{format, granularity, 16, symmetric};
          const QuantizedMatrix q = quantize(values, rows, cols, spec);
          ASSERT_EQ(q.scales.size(), q.scale_count());
          const std::vector<float> got = back(q);
          const float most = q.scales.empty() ? 0 : *std::ranges::max_element(q.scales);
          for (std::size_t i = 0; i < values.size(); ++i) {
            // The zero point is rounded too, so that an end of the range may lie half a step outside.
            ASSERT_LE(std::fabs(got[i] - values[i]), most * (symmetric ? 0.5001f : 1.0001f));
            if (values[i] == 0) ASSERT_EQ(got[i], 0.0f);
          }
          if (symmetric) ASSERT_EQ(back(quantize(got, rows, cols, spec)), got);
        }
  }
}

TEST(Quantizer, StaticRangesCutOff) {
  const std::vector<float> values{-3, -1, 0, 0.5f, 1, 9};
  const ValueRange range{-1, 1};
  const auto q = quantize(values, 1, 6, {.format = QuantFormat::kInt8}, std::span(&range, 1));
  EXPECT_EQ(q.scales[0], 1.0f / 127);
  EXPECT_EQ(back(q), (std::vector<float>{-1, -1, 0, 64 * q.scales[0], 1, 1}));
  const ValueRange positive{0, 2};
  const auto u = quantize(values, 1, 6, {.format = QuantFormat::kInt4, .symmetric = false}, std::span(&positive, 1));
  EXPECT_EQ(u.zero_points[0], -8);
  EXPECT_EQ(back(u)[0], 0.0f);
  EXPECT_EQ(back(u)[5], 2.0f);
}

TEST(Quantizer, NonsenseIsRefused) {
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  const auto refuse = [&](const char* part, const QuantSpec& spec, std::size_t rows = 2, std::size_t cols = 3) {
    expect_error(ErrorCode::kInvalidArgument, part, [&] { (void)quantize(values, rows, cols, spec); });
  };
  refuse("groups of 0", {.granularity = Granularity::kGroup, .group = 0});
  refuse("symmetric is needed", {.format = QuantFormat::kTernary, .symmetric = false});
  refuse("are not the 6 values", {}, 2, 4);
  refuse("are not the 6 values", {}, std::size_t{1} << 63, 6);
  const std::vector<float> bad{1, NAN, 70000};
  expect_error(ErrorCode::kInvalidArgument, "value 1 is nan", [&] { (void)quantize(bad, 1, 3, {}); });
  expect_error(ErrorCode::kInvalidArgument, "which f16 cannot hold",
               [&] { (void)quantize(std::span(bad).last(1), 1, 1, {.format = QuantFormat::kF16}); });
  const ValueRange upside_down{1, -1};
  expect_error(ErrorCode::kInvalidArgument, "range 0 is 1 to -1",
               [&] { (void)quantize(values, 2, 3, {}, std::span(&upside_down, 1)); });
  expect_error(ErrorCode::kInvalidArgument, "0 ranges are given for 1", [&] { (void)quantize(values, 2, 3, {}, {}); });
  std::vector<float> small(5);
  expect_error(ErrorCode::kInvalidArgument, "room for 5", [&] { dequantize(quantize(values, 2, 3, {}), small); });
}

TEST(Quantizer, Errors) {
  const std::vector<float> a{3, 4, 0}, b{3, 3, 0};
  const QuantError error = quant_error(a, b);
  EXPECT_DOUBLE_EQ(error.mse, 1.0 / 3);
  EXPECT_DOUBLE_EQ(error.sqnr_db, 10 * std::log10(25.0));
  EXPECT_DOUBLE_EQ(error.cosine, 21 / (5 * std::sqrt(18.0)));
  EXPECT_DOUBLE_EQ(error.max_abs, 1);
  EXPECT_EQ(quant_error(a, a).sqnr_db, INFINITY);
  EXPECT_EQ(quant_error({}, {}).cosine, 1);
}

double mse_over(const std::vector<float>& values, ValueRange range, QuantFormat format) {
  std::vector<float> got(values.size());
  dequantize(quantize(values, 1, values.size(), {.format = format}, std::span(&range, 1)), got);
  return quant_error(values, got).mse;
}

TEST(Observer, OutliersCostLessWhenTheyAreCutOff) {
  const std::vector<float> values = normal_values(100'000, 11, 300);
  for (const auto& [bits, format] : {std::pair{8, QuantFormat::kInt8}, {4, QuantFormat::kInt4}}) {
    std::map<ObserverKind, double> mse;
    for (const ObserverKind kind : kObserverKinds) {
      RangeObserver observer(kind, bits);
      observer.observe(values);
      mse[kind] = mse_over(values, observer.range(), format);
    }
    if (bits == 4) {
      // At 4 bits steps of 300 / 7 round everything else to 0.
      EXPECT_LT(mse[ObserverKind::kMse], mse[ObserverKind::kMinMax] * 1.001);
      EXPECT_LT(mse[ObserverKind::kHistogram], mse[ObserverKind::kMinMax] * 1.001);
    }
    // No range of a hundred is much better than what the searches found.
    double best = INFINITY;
    for (int i = 1; i <= 100; ++i) best = std::min(best, mse_over(values, {-3.0f * i, 3.0f * i}, format));
    EXPECT_LT(mse[ObserverKind::kMse], best * 1.05) << bits;
    EXPECT_LT(mse[ObserverKind::kHistogram], best * 1.05) << bits;
  }
  const std::vector<float> clean = normal_values(100'000, 12);
  RangeObserver wide(ObserverKind::kMinMax, 4), narrow(ObserverKind::kMse, 4);
  wide.observe(clean), narrow.observe(clean);
  EXPECT_LT(mse_over(clean, narrow.range(), QuantFormat::kInt4),
            0.8 * mse_over(clean, wide.range(), QuantFormat::kInt4));
}

TEST(Observer, PercentilesOfAKnownDistribution) {
  std::vector<float> values(100'001);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 1000;  // 0 to 100
  RangeObserver observer(ObserverKind::kPercentile, 8, false, 99);
  observer.observe(values);
  const ValueRange range = observer.range();
  EXPECT_EQ(range.min, 0.0f);
  EXPECT_NEAR(range.max, 99.5f, 0.13f);  // a bin is 1/8
  RangeObserver all(ObserverKind::kPercentile, 8, false, 100);
  all.observe(values);
  EXPECT_EQ(all.range().max, 100.0f);
}

TEST(Observer, OrderAndPiecesChangeNothing) {
  std::vector<float> values = normal_values(5000, 4, 77);
  for (const ObserverKind kind : kObserverKinds)
    for (const bool symmetric : {true, false}) {
      RangeObserver once(kind, 8, symmetric), pieces(kind, 8, symmetric);
      once.observe(values);
      std::vector<float> sorted(values);
      std::ranges::sort(sorted, {}, [](float v) { return std::fabs(v); });
      for (std::size_t i = 0; i < sorted.size(); i += 7)
        pieces.observe(std::span(sorted).subspan(i, std::min<std::size_t>(7, sorted.size() - i)));
      EXPECT_EQ(once.range().min, pieces.range().min) << observer_name(kind);
      EXPECT_EQ(once.range().max, pieces.range().max) << observer_name(kind);
      if (symmetric) EXPECT_EQ(once.range().min, -once.range().max);
    }
}

TEST(Observer, MinMaxIsExactAndHasZeroInside) {
  RangeObserver observer(ObserverKind::kMinMax, 8, false);
  observer.observe(std::vector<float>{3, 5});
  EXPECT_EQ(observer.range().min, 0.0f);
  EXPECT_EQ(observer.range().max, 5.0f);
  observer.observe(std::vector<float>{-1e-30f, 1e30f});
  EXPECT_EQ(observer.range().min, -1e-30f);
  EXPECT_EQ(observer.range().max, 1e30f);
  EXPECT_EQ(observer.count(), 4u);
  for (const ObserverKind kind : kObserverKinds) {
    RangeObserver zeros(kind);
    zeros.observe(std::vector<float>(10));
    EXPECT_EQ(zeros.range().max, 0.0f);
  }
}

TEST(Observer, NonsenseIsRefused) {
  expect_error(ErrorCode::kInvalidArgument, "no value", [] { (void)RangeObserver(ObserverKind::kMse).range(); });
  expect_error(ErrorCode::kInvalidArgument, "17 bits", [] { RangeObserver(ObserverKind::kMse, 17); });
  expect_error(ErrorCode::kInvalidArgument, "percentile", [] { RangeObserver(ObserverKind::kMse, 8, true, 50); });
  RangeObserver observer(ObserverKind::kMinMax);
  expect_error(ErrorCode::kInvalidArgument, "value 1 is inf", [&] {
    observer.observe(std::vector<float>{1, INFINITY});
  });
}

}  // namespace
}  // namespace bitnet
