// `bitnet bench`: how fast a model reads a prompt and decodes, on this machine.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "base/fail.hpp"
#include "base/machine.hpp"
#include "cli/commands.hpp"
#include "cli/machine.hpp"
#include "cli/options.hpp"

namespace bitnet::cli {
namespace {

// Decoding starts behind a prompt of this many tokens.
constexpr std::size_t kDecodePrompt = 8;

struct BenchOptions {
  ModelOptions model;
  std::string synthetic, prompts = "128,512";
  std::uint64_t decode = 128, repeats = 5;
};

struct Measurement {
  std::string test;
  std::vector<double> samples;  // tokens/s

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
  Measurement result{fmt::format("pp{}", ids.size()), {}};
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

Measurement measure_decode(Session& session, std::span<const TokenId> ids, std::size_t repeats) {
  const std::span<const TokenId> prompt = ids.first(kDecodePrompt), decoded = ids.subspan(kDecodePrompt);
  Measurement result{fmt::format("tg{}", decoded.size()), {}};
  for (std::size_t r = 0; r <= repeats; ++r) {
    session.rewind(0);
    session.eval(prompt);
    const auto start = Clock::now();
    for (std::size_t i = 0; i < decoded.size(); ++i) {
      const std::span<const float> logits = session.eval(decoded.subspan(i, 1));
      if (r == 0) check_finite(logits, result.test);
    }
    const double seconds = seconds_since(start);
    if (r > 0) result.samples.push_back(static_cast<double>(decoded.size()) / seconds);
  }
  return result;
}

void print_json(const Model& model, const std::vector<Measurement>& results) {
  Json json{{"machine", machine_json()}, {"model", model_json(model.info())}, {"results", Json::array()}};
  for (const Measurement& result : results)
    json["results"].push_back({{"test", result.test},
                               {"threads", model.context().threads()},
                               {"tokens_per_s", result.mean()},
                               {"stddev", result.deviation()},
                               {"samples", result.samples}});
  json["load_s"] = model.info().load_seconds;
  json["peak_rss_bytes"] = peak_resident_bytes();
  write_json(json);
}

void print_table(const Model& model, const Session& session, const std::vector<Measurement>& results) {
  const ModelInfo& info = model.info();
  write_out(fmt::format("{}: {}, {} parameters ({} ternary), weights {}\n", info.name, info.architecture,
                        human_count(info.parameters), human_count(info.ternary_parameters),
                        human_bytes(info.weight_bytes)));
  write_out(fmt::format("backend {}, instruction set {}, {} threads, {}\n", info.backend, info.isa,
                        model.context().threads(), cpu_name()));
  write_out(fmt::format("a decoded token reads {} of weights and takes {} multiply-adds\n",
                        human_bytes(info.bytes_per_token), human_count(info.macs_per_token)));
  write_out(fmt::format("loaded in {:.2f} s, KV cache {}, peak memory {}\n\n", info.load_seconds,
                        human_bytes(session.kv_bytes()), human_bytes(peak_resident_bytes())));
  write_out(fmt::format("{:<10} {:>12} {:>12}\n", "test", "tokens/s", "deviation"));
  for (const Measurement& result : results)
    write_out(fmt::format("{:<10} {:>12.2f} {:>12.2f}\n", result.test, result.mean(), result.deviation()));
}

void bench(const BenchOptions& options) {
  if (options.synthetic.empty()) require_model(options.model);
  const std::vector<std::size_t> prompts = parse_sizes("-p", options.prompts);
  if (options.repeats == 0) fail_argument("-r 0: repeat at least once");
  std::size_t longest = options.decode > 0 ? options.decode + kDecodePrompt : 0;
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
    results.push_back(measure_decode(session, std::span(ids).first(options.decode + kDecodePrompt), options.repeats));
  if (options.model.json) return print_json(*model, results);
  print_table(*model, session, results);
}

}  // namespace

void add_bench(CLI::App& app, Action& action) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command = app.add_subcommand("bench");
  command->description(
      "Measure prompt and decoding speed\n"
      "Measures tokens per second of prompts (pp) and of decoding (tg), after a warm-up run that also checks that\n"
      "the logits are finite; mean and standard deviation of the repeats.");
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
  command->add_option("-r,--repeats", options->repeats, "Repeats of each test [5]")
      ->type_name("N")
      ->check(not_negative());
  add_json_option(*command, options->model, "{\"machine\",\"model\",\"results\",\"load_s\",\"peak_rss_bytes\"}");
  command->callback([options, &action] { action = [options] { bench(*options); }; });
}

}  // namespace bitnet::cli
