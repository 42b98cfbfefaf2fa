// `bitnet bench`: how fast a model reads a prompt and decodes, on this machine.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "base/checked.hpp"
#include "base/fail.hpp"
#include "base/machine.hpp"
#include "cli/commands.hpp"
#include "cli/machine.hpp"
#include "cli/options.hpp"
#include "exec/machine_limits.hpp"

namespace bitnet::cli {
namespace {

// Tokens in the context before decoding starts, where the command line does not say.
constexpr std::uint64_t kDefaultDepth = 8;

struct BenchOptions {
  ModelOptions model;
  std::string synthetic, prompts = "128,512";
  std::uint64_t decode = 128, depth = kDefaultDepth, repeats = 5;
};

struct Measurement {
  std::string test;
  bool prompt = false;   // bound by multiply-adds; otherwise decoding, bound by reading memory
  double per_token = 0;  // multiply-adds, or bytes
  int threads = 0;
  std::vector<double> samples{};  // tokens/s

  double mean() const {
    double sum = 0;
    for (const double s : samples) sum += s;
    return sum / static_cast<double>(samples.size());
  }
  /// Of the sample; 0 for a single one.
  double deviation() const {
    if (samples.size() < 2) return 0;
    const double m = mean();
    double sum = 0;
    for (const double s : samples) sum += (s - m) * (s - m);
    return std::sqrt(sum / static_cast<double>(samples.size() - 1));
  }
};

struct Limits {
  double read_bytes_per_s = 0;
  Int8Peak int8;
};

// In the same run as the tests, because a machine's speed changes with what else it does.
Limits measure_limits(const Model& model) {
  return {measure_read_bandwidth(model.context()),
          measure_int8_peak(model.context(), limit_loops(model.info().backend, model.info().isa))};
}

double share(const Measurement& result, const Limits& limits) {
  return result.mean() * result.per_token / (result.prompt ? limits.int8.best() : limits.read_bytes_per_s);
}

// A prompt needs the head for its last token alone; attention is not counted.
double prompt_macs_per_token(const ModelInfo& info, std::size_t tokens) {
  const double head = static_cast<double>(info.hidden) * static_cast<double>(info.vocabulary);
  return static_cast<double>(info.macs_per_token) - head + head / static_cast<double>(tokens);
}

// Weights, and the cached positions before the token and its own.
double decode_bytes_per_token(const Session& session, std::size_t depth, std::size_t tokens) {
  const double position_bytes = static_cast<double>(session.kv_bytes()) / static_cast<double>(session.context_length());
  const double positions = static_cast<double>(depth) + (static_cast<double>(tokens) + 1) / 2;
  return static_cast<double>(session.model().info().bytes_per_token) + position_bytes * positions;
}

void check_finite(std::span<const float> logits, std::string_view test) {
  if (!std::all_of(logits.begin(), logits.end(), [](float x) { return std::isfinite(x); }))
    fail(ErrorCode::kInternal, "{}: the logits are not finite: a speed would mean nothing", test);
}

std::vector<TokenId> random_tokens(std::size_t count, std::size_t vocabulary, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<TokenId> ids(count);
  for (TokenId& id : ids) id = static_cast<TokenId>(random() % vocabulary);
  return ids;
}

Measurement measure_prompt(Session& session, std::span<const TokenId> ids, std::size_t repeats) {
  Measurement result{fmt::format("pp{}", ids.size()), true, prompt_macs_per_token(session.model().info(), ids.size()),
                     session.model().context().threads()};
  for (std::size_t r = 0; r <= repeats; ++r) {
    session.rewind(0);
    const auto start = Clock::now();
    const std::span<const float> logits = session.eval(ids);
    const double seconds = seconds_since(start);
    // The first run warms up, and shows that there is something to measure.
    if (r == 0)
      check_finite(logits, result.test);
    else
      result.samples.push_back(static_cast<double>(ids.size()) / seconds);
  }
  return result;
}

// Generates `tokens` tokens behind `context` as `bitnet run --greedy` does: what the head is not asked for is not read.
Measurement measure_decode(Session& session, std::span<const TokenId> context, std::size_t tokens,
                           std::size_t repeats) {
  const std::size_t depth = context.size() - 1;  // the last token is the first that is decoded
  Measurement result{fmt::format("tg{}{}", tokens, depth == kDefaultDepth ? "" : fmt::format("@d{}", depth)), false,
                     decode_bytes_per_token(session, depth, tokens)};
  GenerateOptions options;
  options.max_tokens = tokens;
  options.sampler = SamplerOptions::greedy();
  options.ignore_stop_tokens = true;
  session.rewind(0);
  check_finite(session.eval(context), result.test);
  for (std::size_t r = 0; r <= repeats; ++r) {
    session.rewind(depth);
    const GenerateTimings timings = session.generate(context.last(1), options).timings;
    const double seconds = timings.prompt_seconds + timings.generate_seconds;
    if (r > 0) result.samples.push_back(static_cast<double>(tokens) / seconds);
  }
  result.threads = session.model().context().threads_in_use();
  return result;
}

void print_json(const Model& model, const std::vector<Measurement>& results, std::uint64_t peak_rss,
                const Limits& limits) {
  Json json{{"machine", machine_json()}, {"model", model_json(model.info())}, {"results", Json::array()}};
  for (const Measurement& result : results)
    json["results"].push_back({{"test", result.test},
                               {"threads", result.threads},
                               {"tokens_per_s", result.mean()},
                               {"stddev", result.deviation()},
                               {"samples", result.samples},
                               {"share", share(result, limits)}});
  json["limits"] = {{"read_gb_per_s", limits.read_bytes_per_s / 1e9}, {"int8_gmac_per_s", limits.int8.vectors / 1e9}};
  if (limits.int8.tiles > 0) json["limits"]["int8_tile_gmac_per_s"] = limits.int8.tiles / 1e9;
  json["load_s"] = model.info().load_seconds;
  json["peak_rss_bytes"] = peak_rss;
  write_json(json);
}

void print_table(const Model& model, const Session& session, const std::vector<Measurement>& results,
                 std::uint64_t peak_rss, const Limits& limits) {
  const ModelInfo& info = model.info();
  const int threads = model.context().threads();
  write_out(fmt::format("{}: {}, {} parameters ({} ternary), weights {}\n", info.name, info.architecture,
                        human_count(info.parameters), human_count(info.ternary_parameters),
                        human_bytes(info.weight_bytes)));
  write_out(fmt::format("backend {}, instruction set {}, {} thread{}, {}\n", info.backend, info.isa, threads,
                        threads == 1 ? "" : "s", cpu_name()));
  write_out(fmt::format("a decoded token reads {} of weights and takes {} multiply-adds\n",
                        human_bytes(info.bytes_per_token), human_count(info.macs_per_token)));
  write_out(fmt::format("loaded in {:.2f} s, KV cache {}, peak memory {}\n", info.load_seconds,
                        human_bytes(session.kv_bytes()), human_bytes(peak_rss)));
  const double best = limits.int8.best();
  write_out(fmt::format("these threads read {:.1f} GB/s from memory and make {:.0f} G int8 multiply-adds/s{}\n\n",
                        limits.read_bytes_per_s / 1e9, best / 1e9,
                        limits.int8.tiles == best ? " (in matrix tiles)" : ""));
  write_out(
      fmt::format("{:<14} {:>7} {:>10} {:>11}   {}\n", "test", "threads", "tokens/s", "deviation", "share of that"));
  for (const Measurement& result : results)
    write_out(fmt::format("{:<14} {:>7} {:>10.2f} {:>11.2f}   {:.1f} % of {}\n", result.test, result.threads,
                          result.mean(), result.deviation(), 100 * share(result, limits),
                          result.prompt ? "multiply-adds" : "reading"));
}

void bench(const BenchOptions& options) {
  const std::vector<std::size_t> prompts = parse_sizes("-p", options.prompts);
  if (options.repeats == 0) fail_argument("-r 0: repeat at least once");
  const auto decode_end = checked_add(options.depth, options.decode);
  if (!decode_end) fail_argument("-d {} and -n {}: no context is that long", options.depth, options.decode);
  std::size_t longest = options.decode > 0 ? *decode_end : 0;
  for (const std::size_t size : prompts) longest = std::max(longest, size);
  if (longest == 0) fail_argument("-p 0 and -n 0 leave nothing to measure");
  const SessionOptions session_settings = session_options(options.model, longest);
  if (session_settings.context_length < longest)
    fail_argument("-c {}: these tests need a context of {} tokens", session_settings.context_length, longest);

  const auto model =
      options.synthetic.empty() ? load_model(options.model) : make_synthetic_model(options.model, options.synthetic);
  Session session(model, session_settings);
  const std::vector<TokenId> ids = random_tokens(longest, model->info().vocabulary, options.model.seed);
  std::vector<Measurement> results;
  for (const std::size_t size : prompts)
    if (size > 0) results.push_back(measure_prompt(session, std::span(ids).first(size), options.repeats));
  if (options.decode > 0)
    results.push_back(
        measure_decode(session, std::span(ids).first(options.depth + 1), options.decode, options.repeats));
  // The limits take memory of their own.
  const std::uint64_t peak_rss = peak_resident_bytes();
  const Limits limits = measure_limits(*model);
  if (options.model.json) return print_json(*model, results, peak_rss, limits);
  print_table(*model, session, results, peak_rss, limits);
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command = app.add_subcommand("bench");
  command->description(
      "Measure prompt and decoding speed\n"
      "Measures tokens per second of prompts (pp) and of greedy decoding (tg), after a warm-up run and a check that\n"
      "the logits are finite; mean and standard deviation of the repeats. Measures in the same run what this\n"
      "machine can do at most, and prints the share reached: of int8 multiply-adds by prompts (weights only, not\n"
      "attention), of reading memory by decoding (weights and KV cache).");
  add_session_options(*command, options->model, "what the tests need");
  std::string known;
  for (const std::string& name : Model::synthetic_architectures()) known += (known.empty() ? "" : ", ") + name;
  command
      ->add_option("--synthetic", options->synthetic, "Instead of -m: random weights of a known architecture: " + known)
      ->type_name("NAME")
      ->excludes("-m");
  command->add_option("-p,--prompt-sizes", options->prompts, "Prompt lengths in tokens; 0 for none [128,512]")
      ->type_name("N,...");
  command->add_option("-n,--decode", options->decode, "Tokens to decode; 0 for none [128]")
      ->type_name("N")
      ->check(not_negative());
  command->add_option("-d,--depth", options->depth, "Tokens in the context before decoding [8]")
      ->type_name("N")
      ->check(not_negative());
  command->add_option("-r,--repeats", options->repeats, "Repeats of each test [5]")
      ->type_name("N")
      ->check(not_negative());
  add_json_option(*command, options->model,
                  "{\"machine\",\"model\",\"results\",\"limits\",\"load_s\",\"peak_rss_bytes\"}");
  command->callback([options, &action] { action = [options] { bench(*options); }; });
}

}  // namespace bitnet::cli
