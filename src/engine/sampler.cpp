#include "engine/sampler.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/fail.hpp"

namespace bitnet {
namespace {

// e^x for x <= 0 in IEEE operations only: libraries' exp differ in the last bits, and with them samples would.
// x = k ln 2 + r with |r| <= ln(2) / 2; Taylor's series of e^r to r^13 leaves an error below 1e-16.
double exp_nonpositive(double x) {
  if (!(x > -700.0)) return 0.0;
  constexpr double kLn2High = 0x1.62e42fefa3800p-1, kLn2Low = 0x1.ef35793c76730p-45;
  const double k = std::floor(x * 0x1.71547652b82fep+0 + 0.5);
  const double r = (x - k * kLn2High) - k * kLn2Low;
  double sum = 1.0;
  for (int n = 13; n >= 1; --n) sum = 1.0 + sum * r / n;
  return std::ldexp(sum, static_cast<int>(k));
}

// splitmix64, which xoshiro's authors give for seeding (prng.di.unimi.it).
std::uint64_t split_mix(std::uint64_t& state) noexcept {
  std::uint64_t z = state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// As llama.cpp: a token that has appeared becomes less likely, whatever its logit's sign.
float penalize(float logit, float penalty) noexcept { return logit > 0.0f ? logit / penalty : logit * penalty; }

}  // namespace

Sampler::Sampler(const SamplerOptions& options) : options_(options) {
  options_.validate();
  std::uint64_t seed = options_.seed;
  for (std::uint64_t& word : state_) word = split_mix(seed);
}

// xoshiro256** 1.0 (Blackman and Vigna).
std::uint64_t Sampler::next_random() noexcept {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

bool Sampler::better(const Candidate& a, const Candidate& b) noexcept {
  return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
}

// The candidate at which the weights, summed from the best downwards, first exceed `target`, which is below their
// total. What is better than it then stands before it. Quickselect by weight: linear time, nothing is sorted.
Sampler::Iterator Sampler::find_weight(Iterator first, Iterator last, std::uint64_t target) {
  while (last - first > 1) {
    const Iterator middle = first + (last - first) / 2;
    const Candidate a = *first, b = *middle, c = *(last - 1);
    const Candidate pivot = better(a, b) ? (better(b, c)   ? b
                                            : better(a, c) ? c
                                                           : a)
                                         : (better(a, c)   ? a
                                            : better(b, c) ? c
                                                           : b);
    const Iterator split = std::partition(first, last, [&](const Candidate& x) { return better(x, pivot); });
    std::uint64_t above = 0;
    for (Iterator it = first; it != split; ++it) above += it->weight;
    if (target < above) {
      last = split;
      continue;
    }
    target -= above;
    const Iterator found = std::find_if(split, last, [&](const Candidate& x) { return x.id == pivot.id; });
    std::iter_swap(split, found);
    if (target < pivot.weight) return split;
    target -= pivot.weight;
    first = split + 1;
  }
  return first;
}

void Sampler::find_penalized(std::span<const TokenId> history) {
  penalized_.clear();
  if (options_.repeat_penalty == 1.0f) return;
  const std::size_t window = std::min(history.size(), static_cast<std::size_t>(options_.repeat_window));
  penalized_.assign(history.end() - static_cast<std::ptrdiff_t>(window), history.end());
  std::sort(penalized_.begin(), penalized_.end());
  penalized_.erase(std::unique(penalized_.begin(), penalized_.end()), penalized_.end());
}

std::optional<BestRows> Sampler::needs(std::span<const TokenId> history) {
  // Penalties move logits: what they touch is always wanted, and the rest is judged without it.
  find_penalized(history);
  if (options_.temperature == 0.0f) return BestRows{1, 0.0f, penalized_};
  if (options_.top_k > 0) return BestRows{static_cast<std::size_t>(options_.top_k), 0.0f, penalized_};
  if (options_.min_p > 0.0f && options_.top_p >= 1.0f) {
    // exp(-margin / temperature) = min_p, and a little more for what rounding does to both sides.
    const double margin = -std::log(static_cast<double>(options_.min_p)) * static_cast<double>(options_.temperature);
    return BestRows{1, static_cast<float>(margin * 1.0001 + 1e-4), penalized_};
  }
  return std::nullopt;
}

TokenId Sampler::sample(std::span<const float> logits, std::span<const TokenId> history) {
  find_penalized(history);
  // Calls `body(logit, id)` for each logit that is a number, in the order of ids.
  const auto each = [&](const auto& body) {
    auto next = penalized_.begin();
    for (std::size_t i = 0; i < logits.size(); ++i) {
      const auto id = static_cast<TokenId>(i);
      float logit = logits[i];
      while (next != penalized_.end() && *next < id) ++next;
      if (next != penalized_.end() && *next == id) logit = penalize(logit, options_.repeat_penalty);
      if (logit == logit) body(logit, id);
    }
  };

  TokenId best_id = -1;
  float best = -std::numeric_limits<float>::infinity();
  each([&](float logit, TokenId id) {
    if (best_id < 0 || logit > best) best = logit, best_id = id;
  });
  if (best_id < 0) fail(ErrorCode::kInternal, "the model gave no logit that is a number: its weights are damaged");
  if (options_.temperature == 0.0f) return best_id;

  candidates_.clear();
  each([&](float logit, TokenId id) { candidates_.push_back({logit, id, 0}); });
  if (options_.top_k > 0 && static_cast<std::size_t>(options_.top_k) < candidates_.size()) {
    const Iterator end = candidates_.begin() + options_.top_k;
    std::nth_element(candidates_.begin(), end - 1, candidates_.end(), better);
    candidates_.erase(end, candidates_.end());
  }

  // The best weighs 2^bits, chosen so that the sum of all stays below 2^63.
  const int bits = 62 - std::bit_width(candidates_.size());
  std::uint64_t total = 0;
  for (Candidate& c : candidates_) {
    // Equals first: the difference of two infinities is no number.
    const double p =
        c.logit == best
            ? 1.0
            : exp_nonpositive((static_cast<double>(c.logit) - best) / static_cast<double>(options_.temperature));
    c.weight = static_cast<std::uint64_t>(std::ldexp(p, bits));
    total += c.weight;
  }

  if (options_.top_p < 1.0f) {
    // The fewest best tokens that together hold top_p of the probability; always at least one.
    const double wanted = std::ceil(static_cast<double>(options_.top_p) * static_cast<double>(total));
    const auto target = wanted < 1.0 ? 0 : std::min(static_cast<std::uint64_t>(wanted), total) - 1;
    candidates_.erase(find_weight(candidates_.begin(), candidates_.end(), target) + 1, candidates_.end());
  }
  if (options_.min_p > 0.0f) {
    const auto least = static_cast<std::uint64_t>(std::ceil(std::ldexp(static_cast<double>(options_.min_p), bits)));
    std::erase_if(candidates_, [&](const Candidate& c) { return c.weight < least; });
  }

  total = 0;
  for (const Candidate& c : candidates_) total += c.weight;
  // A draw below `total` from 64 random bits, the high half of their product.
  const auto target = static_cast<std::uint64_t>((static_cast<unsigned __int128>(next_random()) * total) >> 64);
  return find_weight(candidates_.begin(), candidates_.end(), target)->id;
}

}  // namespace bitnet
