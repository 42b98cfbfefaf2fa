#include "cli/generation.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <csignal>

#include "base/fail.hpp"

namespace bitnet::cli {
namespace {

volatile std::sig_atomic_t interrupt_seen = 0;
struct sigaction action_before;

double per_second(std::size_t tokens, double seconds) {
  return seconds > 0 ? static_cast<double>(tokens) / seconds : 0;
}

// As float spells it, not as its double does: 0.8, not 0.800000012.
double as_written(float value) { return std::stod(fmt::format("{}", value)); }

}  // namespace

SamplingOptions::SamplingOptions() {
  const SamplerOptions defaults;
  temperature = as_written(defaults.temperature);
  top_p = as_written(defaults.top_p);
  min_p = as_written(defaults.min_p);
  repeat_penalty = as_written(defaults.repeat_penalty);
  top_k = defaults.top_k;
}

void add_sampling_options(CLI::App& command, SamplingOptions& options) {
  command.add_option("--temp", options.temperature, fmt::format("Temperature; 0 is greedy [{}]", options.temperature))
      ->type_name("T");
  command.add_option("--top-k", options.top_k, fmt::format("Choose among the K best; 0 is off [{}]", options.top_k))
      ->type_name("K");
  command
      .add_option("--top-p", options.top_p,
                  fmt::format("Choose among the best that hold P of the probability; 1 is off [{}]", options.top_p))
      ->type_name("P");
  command
      .add_option("--min-p", options.min_p,
                  fmt::format("Drop what is less probable than P times the best; 0 is off [{}]", options.min_p))
      ->type_name("P");
  command.add_option("--repeat-penalty", options.repeat_penalty, "Make the last 64 tokens less likely; 1 is off [1]")
      ->type_name("R");
  command.add_flag("--greedy", options.greedy, "Always the most probable token, whatever --temp says");
}

void add_tokens_option(CLI::App& command, std::uint64_t& max_tokens) {
  command.add_option("-n,--tokens", max_tokens, fmt::format("Tokens to generate at most [{}]", max_tokens))
      ->type_name("N")
      ->check(not_negative());
}

SamplerOptions sampler_options(const SamplingOptions& options, std::uint64_t seed) {
  SamplerOptions sampler;
  sampler.temperature = options.greedy ? 0.0f : static_cast<float>(options.temperature);
  sampler.top_k = static_cast<int>(std::min<std::int64_t>(options.top_k, INT32_MAX));
  sampler.top_p = static_cast<float>(options.top_p);
  sampler.min_p = static_cast<float>(options.min_p);
  sampler.repeat_penalty = static_cast<float>(options.repeat_penalty);
  sampler.seed = seed;
  sampler.validate();
  return sampler;
}

void check_tokens(std::uint64_t max_tokens) {
  if (max_tokens == 0) fail_argument("-n 0: take at least 1 token");
}

InterruptWatch::InterruptWatch() {
  interrupt_seen = 0;
  struct sigaction action {};
  action.sa_handler = [](int) { interrupt_seen = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, &action_before);
}

InterruptWatch::~InterruptWatch() { ::sigaction(SIGINT, &action_before, nullptr); }

bool InterruptWatch::interrupted() const noexcept { return interrupt_seen != 0; }

double prompt_rate(const GenerateTimings& timings) { return per_second(timings.prompt_tokens, timings.prompt_seconds); }

// The first token comes from the prompt's logits and cost no decoding.
double decode_rate(const GenerateTimings& timings) {
  return per_second(timings.decoded_tokens, timings.generate_seconds);
}

Json timings_json(const GenerateTimings& timings) {
  return {{"prompt_tokens", timings.prompt_tokens},       {"prompt_seconds", timings.prompt_seconds},
          {"prompt_tokens_per_s", prompt_rate(timings)},  {"generated_tokens", timings.generated_tokens},
          {"generate_seconds", timings.generate_seconds}, {"decode_tokens_per_s", decode_rate(timings)}};
}

}  // namespace bitnet::cli
