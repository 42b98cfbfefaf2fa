// Choosing the next token from logits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "backends/backend.hpp"
#include "bitnet/session.hpp"

namespace bitnet {

/// Deterministic: the same options, history and logits give the same ids on every machine.
class Sampler {
 public:
  /// Throws kInvalidArgument (SamplerOptions::validate).
  explicit Sampler(const SamplerOptions& options);

  /// Which logits the next sample() may depend on: all of them when empty. What it refers to lives until then.
  std::optional<BestRows> needs(std::span<const TokenId> history);

  /// The next id for `logits` [vocabulary]; `history` is prompt and generated ids, for the repetition penalty. Greedy
  /// takes the smallest id among equals. Logits that are NaN are never chosen; throws kInternal when all are.
  TokenId sample(std::span<const float> logits, std::span<const TokenId> history);

 private:
  struct Candidate {
    float logit;
    TokenId id;
    std::uint64_t weight;  // probability as a whole number: sums do not depend on their order
  };
  void find_penalized(std::span<const TokenId> history);
  using Iterator = std::vector<Candidate>::iterator;

  static bool better(const Candidate& a, const Candidate& b) noexcept;
  static Iterator find_weight(Iterator first, Iterator last, std::uint64_t target);
  std::uint64_t next_random() noexcept;

  SamplerOptions options_;
  std::uint64_t state_[4];          // xoshiro256**
  std::vector<TokenId> penalized_;  // ascending, each once
  std::vector<Candidate> candidates_;
};

}  // namespace bitnet
