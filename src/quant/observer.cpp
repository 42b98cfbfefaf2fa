#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "bitnet/quantize.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kHalf = RangeObserver::kBins / 2;
constexpr int kShrinks = 100;
constexpr int kLeastExponent = -140;  // below it no float needs bins

}  // namespace

std::string_view observer_name(ObserverKind kind) noexcept {
  switch (kind) {
    case ObserverKind::kMinMax: return "min-max";
    case ObserverKind::kPercentile: return "percentile";
    case ObserverKind::kHistogram: return "histogram";
    case ObserverKind::kMse: return "mse";
  }
  return "";
}

RangeObserver::RangeObserver(ObserverKind kind, int bits, bool symmetric, double percentile)
    : kind_(kind),
      bits_(bits),
      symmetric_(symmetric),
      percentile_(percentile),
      exponent_(kLeastExponent),
      bins_(kBins) {
  if (bits < 2 || bits > 16) fail_argument("codes of {} bits: 2 to 16 are possible", bits);
  if (!(percentile > 50) || !(percentile <= 100))
    fail_argument("the percentile {} is not above 50 and at most 100", percentile);
}

double RangeObserver::bin_low(std::size_t bin) const noexcept {
  return std::ldexp(static_cast<double>(bin) - static_cast<double>(kHalf), exponent_);
}

void RangeObserver::observe(std::span<const float> values) {
  float min = count_ > 0 ? min_ : values.empty() ? 0 : values[0], max = count_ > 0 ? max_ : min;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) fail_argument("value {} is {}: observers take finite ones", i, values[i]);
    min = std::min(min, values[i]), max = std::max(max, values[i]);
  }
  if (values.empty()) return;
  min_ = min, max_ = max;
  count_ += values.size();
  // Bins are powers of two wide and 0 lies between two of them, so that merging neighbours puts every value where it
  // would have been counted from the beginning.
  const double most = std::max(std::fabs(static_cast<double>(min_)), std::fabs(static_cast<double>(max_)));
  while (most >= std::ldexp(static_cast<double>(kHalf), exponent_)) {
    std::vector<std::uint64_t> merged(kBins);
    for (std::size_t bin = 0; bin < kBins; ++bin) merged[kHalf / 2 + bin / 2] += bins_[bin];
    bins_ = std::move(merged);
    ++exponent_;
  }
  for (const float value : values) {
    const double place = std::floor(std::ldexp(static_cast<double>(value), -exponent_)) + static_cast<double>(kHalf);
    ++bins_[static_cast<std::size_t>(place)];
  }
}

ValueRange RangeObserver::range() const {
  if (count_ == 0) fail_argument("no value was observed");
  ValueRange range{std::min(min_, 0.0f), std::max(max_, 0.0f)};
  if (kind_ == ObserverKind::kPercentile) range = percentile_range();
  if (kind_ == ObserverKind::kHistogram) range = histogram_range();
  if (kind_ == ObserverKind::kMse) range = mse_range();
  // A bin may end beyond what was seen.
  range = {std::max(std::min(range.min, 0.0f), std::min(min_, 0.0f)),
           std::min(std::max(range.max, 0.0f), std::max(max_, 0.0f))};
  if (symmetric_) {
    const float most = std::max(-range.min, range.max);
    range = {-most, most};
  }
  return range;
}

ValueRange RangeObserver::percentile_range() const {
  const double outside = static_cast<double>(count_) * (1 - percentile_ / 100) / 2;
  std::size_t low = 0, high = kBins - 1;
  for (double seen = 0; low < high && seen + static_cast<double>(bins_[low]) <= outside; ++low)
    seen += static_cast<double>(bins_[low]);
  for (double seen = 0; high > low && seen + static_cast<double>(bins_[high]) <= outside; --high)
    seen += static_cast<double>(bins_[high]);
  return {static_cast<float>(bin_low(low)), static_cast<float>(bin_low(high + 1))};
}

// Expected error of codes over [min, max] that 0 lies in: values of a bin lie evenly in it, rounding costs a twelfth of
// a step's square, and what lies outside is as far off as it lies outside.
double RangeObserver::squared_error(double min, double max) const {
  if (symmetric_) {
    max = std::max(-min, max);
    min = -max;
  }
  const double steps = std::ldexp(1.0, bits_) - (symmetric_ ? 2 : 1), step = (max - min) / steps;
  double error = 0;
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    if (bins_[bin] == 0) continue;
    const double middle = bin_low(bin) + std::ldexp(0.5, exponent_);
    const double outside = middle < min ? min - middle : middle > max ? middle - max : 0;
    error += static_cast<double>(bins_[bin]) * (outside > 0 ? outside * outside : step * step / 12);
  }
  return error;
}

ValueRange RangeObserver::histogram_range() const {
  std::size_t low = 0, high = kBins;
  while (low < high && bins_[low] == 0) ++low;
  while (high > low && bins_[high - 1] == 0) --high;
  low = std::min(low, kHalf), high = std::max(high, kHalf);  // 0 stays inside
  std::size_t best_low = low, best_high = high;
  double best = squared_error(bin_low(low), bin_low(high));
  // A bin at a time from where less is lost: outliers are few, so that the first steps gain most.
  while (low < kHalf || high > kHalf) {
    const double from_low = low < kHalf ? squared_error(bin_low(low + 1), bin_low(high)) : INFINITY;
    const double from_high = high > kHalf ? squared_error(bin_low(low), bin_low(high - 1)) : INFINITY;
    if (symmetric_ && low < kHalf && high > kHalf && kBins - high == low) {
      ++low, --high;
    } else if (from_low <= from_high) {
      ++low;
    } else {
      --high;
    }
    const double error = squared_error(bin_low(low), bin_low(high));
    if (error < best) best = error, best_low = low, best_high = high;
  }
  return {static_cast<float>(bin_low(best_low)), static_cast<float>(bin_low(best_high))};
}

ValueRange RangeObserver::mse_range() const {
  const double min = std::min(min_, 0.0f), max = std::max(max_, 0.0f);
  double best = INFINITY;
  ValueRange range;
  for (int i = kShrinks; i > 0; --i) {
    const double factor = i / static_cast<double>(kShrinks), error = squared_error(min * factor, max * factor);
    if (error < best) best = error, range = {static_cast<float>(min * factor), static_cast<float>(max * factor)};
  }
  return range;
}

}  // namespace bitnet
