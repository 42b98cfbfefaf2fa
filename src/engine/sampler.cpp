#include "engine/sampler.hpp"

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"

namespace bitnet {
namespace {

std::uint64_t splitmix64(std::uint64_t& x) {
  x += 0x9E3779B97F4A7C15ull;
  std::uint64_t z = x;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

constexpr std::uint64_t rotate_left(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

// Uniform in [0, 1), 53 bits of xoshiro256** (Blackman and Vigna): the standard library's distributions differ by vendor.
double next_uniform(std::uint64_t (&s)[4]) {
  const std::uint64_t result = rotate_left(s[1] * 5, 7) * 9;
  const std::uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate_left(s[3], 45);
  return static_cast<double>(result >> 11) * 0x1p-53;
}

// Larger logits first, smaller ids among equals: a total order, so that results do not depend on the sort.
bool more_probable(const std::pair<float, TokenId>& a, const std::pair<float, TokenId>& b) {
  return a.first != b.first ? a.first > b.first : a.second < b.second;
}

}  // namespace

Sampler::Sampler(const SamplerOptions& options) : options_(options) {
  options_.validate();
  std::uint64_t seed = options.seed;
  for (std::uint64_t& s : state_) s = splitmix64(seed);
}

TokenId Sampler::sample(std::span<const float> logits, std::span<const TokenId> history) {
  candidates_.clear();
  candidates_.reserve(logits.size());
  for (std::size_t i = 0; i < logits.size(); ++i)
    if (!std::isnan(logits[i])) candidates_.emplace_back(logits[i], static_cast<TokenId>(i));
  if (candidates_.empty()) fail(ErrorCode::kInternal, "every logit is NaN: the model's weights are damaged");

  if (options_.repeat_penalty != 1.0f) {
    // Each recent token once, however often it occurred: positive logits divided, negative ones multiplied.
    const std::size_t window = std::min<std::size_t>(history.size(), static_cast<std::size_t>(options_.repeat_window));
    std::vector<TokenId> recent(history.end() - static_cast<std::ptrdiff_t>(window), history.end());
    std::sort(recent.begin(), recent.end());
    for (auto& [logit, id] : candidates_)
      if (std::binary_search(recent.begin(), recent.end(), id))
        logit = logit > 0 ? logit / options_.repeat_penalty : logit * options_.repeat_penalty;
  }

  const auto best = *std::min_element(candidates_.begin(), candidates_.end(), more_probable);
  if (options_.temperature == 0.0f || std::isinf(best.first)) return best.second;

  const std::size_t most = options_.top_k > 0 ? std::min<std::size_t>(candidates_.size(), static_cast<std::size_t>(options_.top_k)) : candidates_.size();
  if (most < candidates_.size()) {
    std::nth_element(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(most) - 1, candidates_.end(), more_probable);
    candidates_.resize(most);
  }
  const auto weight = [&](float logit) { return std::exp((static_cast<double>(logit) - best.first) / options_.temperature); };
  double total = 0;
  for (const auto& c : candidates_) total += weight(c.first);
  // Both filters keep a front of the sorted candidates; cutting min-p's first leaves fewer to sort.
  if (options_.min_p > 0.0f)
    std::erase_if(candidates_, [&](const auto& c) { return weight(c.first) < options_.min_p; });
  std::sort(candidates_.begin(), candidates_.end(), more_probable);
  cumulative_.clear();
  double sum = 0;
  for (const auto& c : candidates_) {
    cumulative_.push_back(sum += weight(c.first));
    // The fewest candidates whose probabilities reach top_p, at least one.
    if (options_.top_p < 1.0f && sum >= options_.top_p * total) break;
  }
  const double point = next_uniform(state_) * sum;
  const auto chosen = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, point);
  return candidates_[static_cast<std::size_t>(chosen - cumulative_.begin())].second;
}

}  // namespace bitnet
