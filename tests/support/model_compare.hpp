// Comparing logits with values that another implementation computed.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace bitnet::testing {

/// sum (a - b)^2 / sum b^2.
inline double normalized_mse(std::span<const float> a, std::span<const float> b) {
  double error = 0, power = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double d = static_cast<double>(a[i]) - b[i];
    error += d * d;
    power += static_cast<double>(b[i]) * b[i];
  }
  return error / power;
}

inline std::size_t argmax(std::span<const float> x) {
  return static_cast<std::size_t>(std::max_element(x.begin(), x.end()) - x.begin());
}

/// Whether the largest value leads the second by more than `fraction` of the standard deviation: only then must two
/// correct implementations agree on it.
inline bool clear_winner(std::span<const float> x, double fraction = 0.05) {
  double mean = 0, square = 0;
  float first = -INFINITY, second = -INFINITY;
  for (const float v : x) {
    mean += v;
    square += static_cast<double>(v) * v;
    if (v > first) second = first, first = v;
    else if (v > second) second = v;
  }
  mean /= static_cast<double>(x.size());
  const double deviation = std::sqrt(std::max(0.0, square / static_cast<double>(x.size()) - mean * mean));
  return first - second > fraction * deviation;
}

}  // namespace bitnet::testing
