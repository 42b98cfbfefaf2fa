// What the commands that generate text share: sampling options, Ctrl-C, timings.
#pragma once

#include "cli/options.hpp"

namespace bitnet::cli {

struct SamplingOptions {
  double temperature, top_p, min_p, repeat_penalty;
  std::int64_t top_k;
  bool greedy = false;

  /// The library's defaults.
  SamplingOptions();
};

/// --temp --top-k --top-p --min-p --repeat-penalty --greedy
void add_sampling_options(CLI::App& command, SamplingOptions& options);
/// -n; `max_tokens` holds the default.
void add_tokens_option(CLI::App& command, std::uint64_t& max_tokens);
/// Throws kInvalidArgument naming the option that is out of range.
SamplerOptions sampler_options(const SamplingOptions& options, std::uint64_t seed);
void check_tokens(std::uint64_t max_tokens);

/// While one lives, the first Ctrl-C is only noted; the default action is then back, so that a second one ends the
/// program. One at a time.
class InterruptWatch {
 public:
  InterruptWatch();
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;
  bool interrupted() const noexcept;
};

double prompt_rate(const GenerateTimings& timings);
double decode_rate(const GenerateTimings& timings);
/// Seconds, tokens and tokens/s of the prompt and of decoding.
Json timings_json(const GenerateTimings& timings);

}  // namespace bitnet::cli
