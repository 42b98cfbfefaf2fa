// Choosing the next token from logits.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "bitnet/session.hpp"

namespace bitnet {

/// Deterministic: the same options, history and logits give the same ids on every machine.
class Sampler {
 public:
  /// Throws kInvalidArgument (SamplerOptions::validate).
  explicit Sampler(const SamplerOptions& options);

  /// The next id for `logits` [vocabulary]; `history` is prompt and generated ids, for the repetition penalty. Greedy
  /// takes the smallest id among equals. Logits that are NaN are never chosen; throws kInternal when all are.
  TokenId sample(std::span<const float> logits, std::span<const TokenId> history);

 private:
  SamplerOptions options_;
  std::uint64_t state_[4];                          // xoshiro256**
  std::vector<std::pair<float, TokenId>> candidates_;
  std::vector<double> cumulative_;
};

}  // namespace bitnet
