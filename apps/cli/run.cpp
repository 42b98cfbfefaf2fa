// `bitnet run`: completes a prompt.
#include <fmt/format.h>

#include <cmath>
#include <csignal>
#include <optional>

#include "base/fail.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"

namespace bitnet::cli {
namespace {

struct RunOptions {
  ModelOptions model;
  std::optional<std::string> prompt, ids;
  std::uint64_t max_tokens = 256;
  double temperature = 0, top_p = 0, min_p = 0, repeat_penalty = 0;
  std::int64_t top_k = 0;
  bool greedy = false, ignore_stop_tokens = false;
  std::vector<std::string> stop;
};

volatile std::sig_atomic_t interrupted = 0;

// The first Ctrl-C ends the generation; the default action is then back, so that the second one kills.
void watch_for_interrupt() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
}

std::string prompt_text(const RunOptions& options) {
  if (options.prompt && *options.prompt != "-") return *options.prompt;
  if (!options.prompt && stdin_is_terminal())
    throw UsageError("there is no prompt: give -p PROMPT or --ids, or send a text to standard input");
  std::string text = read_stdin();
  // The newline is the shell's: a model would take it for the end of a paragraph.
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

SamplerOptions sampler_options(const RunOptions& options) {
  SamplerOptions sampler;
  sampler.temperature = options.greedy ? 0.0f : static_cast<float>(options.temperature);
  sampler.top_k = static_cast<int>(std::min<std::int64_t>(options.top_k, INT32_MAX));
  sampler.top_p = static_cast<float>(options.top_p);
  sampler.min_p = static_cast<float>(options.min_p);
  sampler.repeat_penalty = static_cast<float>(options.repeat_penalty);
  sampler.seed = options.model.seed;
  sampler.validate();
  return sampler;
}

std::vector<TokenId> prompt_ids(const RunOptions& options, const Tokenizer* tokenizer) {
  std::vector<TokenId> ids;
  if (options.ids) {
    ids = parse_ids(*options.ids);
  } else {
    if (tokenizer == nullptr)
      fail(ErrorCode::kUnsupported, "{}: the model's files hold no tokenizer: give token ids with --ids",
           options.model.model);
    ids = tokenizer->encode(prompt_text(options));
  }
  if (ids.empty()) fail_argument("the prompt is empty: it gives no tokens");
  return ids;
}

// Evaluates all of a long prompt but its last part, which is left to generate(), so that Ctrl-C need not wait for the
// end.
std::size_t evaluate_front(Session& session, std::span<const TokenId> prompt, std::size_t step) {
  std::size_t done = 0;
  while (prompt.size() - done > step && interrupted == 0) {
    session.eval(prompt.subspan(done, step));
    done += step;
  }
  return done;
}

double per_second(std::size_t tokens, double seconds) {
  return seconds > 0 ? static_cast<double>(tokens) / seconds : 0;
}

void run(const RunOptions& options) {
  require_model(options.model);
  const SamplerOptions sampler = sampler_options(options);
  const SessionOptions session_settings = session_options(options.model);
  if (options.max_tokens == 0) fail_argument("-n 0: take at least 1 token");
  for (const std::string& stop : options.stop)
    if (stop.empty()) fail_argument("--stop is empty: give the text that ends the generation");
  // Before the model is loaded, so that a typing error costs no time.
  if (options.ids) (void)parse_ids(*options.ids);

  const auto model = load_model(options.model);
  const Tokenizer* tokenizer = model->tokenizer();
  if (tokenizer == nullptr && !options.model.json)
    fail(ErrorCode::kUnsupported, "{}: the model's files hold no tokenizer: add --json to get token ids",
         options.model.model);
  const std::vector<TokenId> prompt = prompt_ids(options, tokenizer);
  Session session(model, session_settings);
  if (prompt.size() > session.context_length())
    fail_argument(
        "the prompt of {} tokens does not fit into the context of {}: take a larger context (-c) or a shorter prompt",
        prompt.size(), session.context_length());

  GenerateOptions generate;
  generate.max_tokens = options.max_tokens;
  generate.sampler = sampler;
  generate.stop = options.stop;
  generate.ignore_stop_tokens = options.ignore_stop_tokens;
  generate.on_token = [](TokenId) { return interrupted == 0; };
  bool newline = true;
  if (!options.model.json)
    generate.on_text = [&](std::string_view piece) {
      write_out(piece);
      flush_out();
      newline = piece.ends_with('\n');
      return true;
    };

  watch_for_interrupt();
  const auto start = Clock::now();
  const std::size_t front = evaluate_front(session, prompt, session_settings.batch_tokens);
  const double front_seconds = seconds_since(start);
  GenerateResult result;
  if (interrupted != 0) {
    result.finish = FinishReason::kCancelled;
  } else {
    result = session.generate(std::span(prompt).subspan(front), generate);
  }
  const std::size_t evaluated = interrupted != 0 && result.timings.prompt_tokens == 0 ? front : prompt.size();
  const double prompt_seconds = result.timings.prompt_seconds + front_seconds;
  const double prompt_rate = per_second(evaluated, prompt_seconds);
  // The first token comes from the prompt's logits: what was decoded is what the cache has grown by.
  const double decode_rate = per_second(session.position() - evaluated, result.timings.generate_seconds);

  if (options.model.json) {
    Json json;
    json["prompt_ids"] = prompt;
    json["ids"] = result.ids;
    json["text"] = tokenizer != nullptr ? Json(result.text) : Json(nullptr);
    json["finish"] = finish_reason_name(result.finish);
    json["timings"] = {
        {"load_seconds", model->info().load_seconds}, {"prompt_tokens", evaluated},
        {"prompt_seconds", prompt_seconds},           {"prompt_tokens_per_s", prompt_rate},
        {"generated_tokens", result.ids.size()},      {"generate_seconds", result.timings.generate_seconds},
        {"decode_tokens_per_s", decode_rate}};
    write_json(json);
    return;
  }
  if (!newline || result.text.empty()) write_out("\n");
  flush_out();
  fmt::print(stderr, "prompt: {} tokens, {:.1f} tokens/s; generated: {} tokens, {:.1f} tokens/s; ended by {}\n",
             evaluated, prompt_rate, result.ids.size(), decode_rate, finish_reason_name(result.finish));
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto options = std::make_shared<RunOptions>();
  const SamplerOptions defaults;
  // As float spells them, not as their double does: 0.8, not 0.800000012.
  const auto number = [](float value) { return std::stod(fmt::format("{}", value)); };
  options->temperature = number(defaults.temperature);
  options->top_p = number(defaults.top_p);
  options->min_p = number(defaults.min_p);
  options->repeat_penalty = number(defaults.repeat_penalty);
  options->top_k = defaults.top_k;

  CLI::App* command = app.add_subcommand("run");
  command->description(
      "Complete a prompt\n"
      "The text is printed as it comes, speeds go to stderr. Ctrl-C ends the generation, a second one the program.");
  CLI::Option* prompt =
      command->add_option("-p,--prompt", options->prompt, "Text to complete; - or none reads standard input")
          ->type_name("TEXT");
  command->add_option("--ids", options->ids, "Token ids to complete, such as 1,2,3")
      ->type_name("IDS")
      ->excludes(prompt);
  command->add_option("-n,--tokens", options->max_tokens, "Tokens to generate at most [256]")
      ->type_name("N")
      ->check(not_negative());
  command
      ->add_option("--temp", options->temperature, fmt::format("Temperature; 0 is greedy [{}]", defaults.temperature))
      ->type_name("T");
  command->add_option("--top-k", options->top_k, fmt::format("Choose among the K best; 0 is off [{}]", defaults.top_k))
      ->type_name("K");
  command
      ->add_option("--top-p", options->top_p,
                   fmt::format("Choose among the best that hold P of the probability; 1 is off [{}]", defaults.top_p))
      ->type_name("P");
  command
      ->add_option("--min-p", options->min_p,
                   fmt::format("Drop what is less probable than P times the best; 0 is off [{}]", defaults.min_p))
      ->type_name("P");
  command->add_option("--repeat-penalty", options->repeat_penalty, "Make the last 64 tokens less likely; 1 is off [1]")
      ->type_name("R");
  command->add_flag("--greedy", options->greedy, "Always the most probable token, whatever --temp says");
  // One value each time it is given, so that a text is never taken for a further value.
  command->add_option("--stop", options->stop, "Text that ends the generation; may be given several times")
      ->type_name("TEXT")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_flag("--ignore-stop-tokens", options->ignore_stop_tokens, "Go on behind the model's end-of-text tokens");
  add_session_options(*command, options->model, "the model's, at most 4096");
  add_json_option(*command, options->model, "{\"prompt_ids\",\"ids\",\"text\",\"finish\",\"timings\"}");
  command->footer(
      "Examples:\n"
      "  bitnet run -m model.gguf -p \"The capital of France is\" -n 32 --greedy\n"
      "  echo \"Once upon a time\" | bitnet run -m model.gguf --temp 1 --seed 7");
  command->callback([options, &action] { action = [options] { run(*options); }; });
}

}  // namespace bitnet::cli
