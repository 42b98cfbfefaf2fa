// `bitnet run`: completes a prompt.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/fail.hpp"
#include "cli/commands.hpp"
#include "cli/generation.hpp"
#include "cli/memory.hpp"
#include "io/new_file.hpp"

namespace bitnet::cli {
namespace {

struct RunOptions {
  ModelOptions model;
  SamplingOptions sampling;
  std::optional<std::string> prompt, ids, cache;
  std::uint64_t max_tokens = 512;
  bool ignore_stop_tokens = false;
  std::vector<std::string> stop;
};

std::string prompt_text(const RunOptions& options) {
  if (options.prompt && *options.prompt != "-") return *options.prompt;
  if (!options.prompt && stdin_is_terminal()) {
    if (options.model.model.empty()) return "";
    throw UsageError("there is no prompt: give -p PROMPT or --ids, or send a text to standard input");
  }
  std::string text = read_stdin();
  // The newline is the shell's: a model would take it for the end of a paragraph.
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

struct Prompt {
  std::vector<TokenId> ids;
  bool story = false;  // with nothing to complete the built-in model tells a story of its own
};

Prompt read_prompt(const RunOptions& options, const Model& model) {
  Prompt prompt;
  if (options.ids) {
    prompt.ids = parse_ids(*options.ids);
  } else {
    const Tokenizer* tokenizer = model.tokenizer();
    if (tokenizer == nullptr)
      fail(ErrorCode::kUnsupported, "{}: the model's files hold no tokenizer: give token ids with --ids",
           model_name(options.model));
    const std::string text = prompt_text(options);
    prompt.story = text.empty() && options.model.model.empty() && !options.prompt;
    const ChatMessage wish{"user", "Tell me a story."};
    prompt.ids = prompt.story
                     ? ChatTemplate::recognise(model.chat_template(), *tokenizer).encode(*tokenizer, {&wish, 1})
                     : tokenizer->encode(text);
  }
  if (prompt.ids.empty()) fail_argument("the prompt is empty: it gives no tokens");
  return prompt;
}

// How many tokens of the prompt a session had seen when it was saved; one at least is left to evaluate.
std::size_t take_from_cache(Session& session, const std::string& path, std::span<const TokenId> prompt) {
  (void)NewFile(path);  // an error now costs no time
  if (std::error_code error; !std::filesystem::exists(path, error)) return 0;
  session.restore(path);
  const auto seen = session.tokens();
  const auto same = static_cast<std::size_t>(std::ranges::mismatch(seen, prompt).in1 - seen.begin());
  const std::size_t cached = std::min(same, prompt.size() - 1);
  session.rewind(cached);
  return cached;
}

void run(const RunOptions& options) {
  const SamplerOptions sampler = sampler_options(options.sampling, options.model.seed);
  const SessionOptions session_settings = session_options(options.model);
  check_tokens(options.max_tokens);
  for (const std::string& stop : options.stop)
    if (stop.empty()) fail_argument("--stop is empty: give the text that ends the generation");
  // Before the model is loaded, so that a typing error costs no time.
  if (options.ids) (void)parse_ids(*options.ids);

  const auto model = load_model(options.model);
  const Tokenizer* tokenizer = model->tokenizer();
  if (tokenizer == nullptr && !options.model.json)
    fail(ErrorCode::kUnsupported, "{}: the model's files hold no tokenizer: add --json to get token ids",
         model_name(options.model));
  const auto [prompt, story] = read_prompt(options, *model);
  Session session(model, session_settings);
  if (prompt.size() > session.context_length())
    fail_argument(
        "the prompt of {} tokens does not fit into the context of {}: take a larger context (-c) or a shorter prompt",
        prompt.size(), session.context_length());

  const std::size_t cached = options.cache ? take_from_cache(session, *options.cache, prompt) : 0;

  GenerateOptions generate;
  generate.max_tokens = options.max_tokens;
  generate.sampler = sampler;
  generate.stop = options.stop;
  generate.ignore_stop_tokens = options.ignore_stop_tokens;
  bool newline = true;
  if (!options.model.json)
    generate.on_text = [&](std::string_view piece) {
      write_out(piece);
      flush_out();
      newline = piece.ends_with('\n');
      return true;
    };

  const InterruptWatch watch;
  generate.keep_going = [&watch] { return !watch.interrupted(); };
  const GenerateResult result = session.generate(std::span(prompt).subspan(cached), generate);

  if (options.cache) session.save(*options.cache);
  write_memory_trace(*model, options.model.memory);
  if (options.model.json) {
    Json json;
    json["prompt_ids"] = prompt;
    json["ids"] = result.ids;
    json["text"] = tokenizer != nullptr ? Json(result.text) : Json(nullptr);
    json["finish"] = finish_reason_name(result.finish);
    json["timings"] = {{"load_seconds", model->info().load_seconds}};
    json["timings"].update(timings_json(result.timings));
    if (options.cache) json["timings"]["cached_tokens"] = cached;
    if (options.model.memory.report) json["memory"] = memory_json(*model, options.model.memory);
    write_json(json);
    return;
  }
  if (!newline || result.text.empty()) write_out("\n");
  flush_out();
  if (cached > 0) fmt::print(stderr, "{} tokens of the prompt were found in {}\n", cached, *options.cache);
  fmt::print(stderr, "prompt: {} tokens, {:.1f} tokens/s; generated: {} tokens, {:.1f} tokens/s; ended by {}\n",
             result.timings.prompt_tokens, prompt_rate(result.timings), result.ids.size(), decode_rate(result.timings),
             finish_reason_name(result.finish));
  if (options.model.memory.report) print_memory_report(*model, options.model.memory);
  if (story)
    fmt::print(stderr,
               "another story: bitnet run --seed {}; begin one: bitnet run -p \"Once upon a time, a small robot\"\n",
               options.model.seed + 1);
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run");
  command->description(
      "Complete a prompt\n"
      "The text is printed as it comes, speeds go to stderr. Ctrl-C ends the generation, a second one the program.\n"
      "Without a model the built-in one writes: a small teller of stories for children.");
  CLI::Option* prompt =
      command->add_option("-p,--prompt", options->prompt, "Text to complete; - or none reads standard input")
          ->type_name("TEXT");
  command->add_option("--ids", options->ids, "Token ids to complete, such as 1,2,3")
      ->type_name("IDS")
      ->excludes(prompt);
  command
      ->add_option("--prompt-cache", options->cache,
                   "Keep what the model has seen in FILE, and begin with what FILE holds of the prompt")
      ->type_name("FILE");
  add_tokens_option(*command, options->max_tokens);
  add_sampling_options(*command, options->sampling);
  // One value each time it is given, so that a text is never taken for a further value.
  command->add_option("--stop", options->stop, "Text that ends the generation; may be given several times")
      ->type_name("TEXT")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_flag("--ignore-stop-tokens", options->ignore_stop_tokens, "Go on behind the model's end-of-text tokens");
  add_session_options(*command, options->model, "the model's, at most 4096");
  add_memory_options(*command, options->model.memory);
  add_json_option(*command, options->model, "{\"prompt_ids\",\"ids\",\"text\",\"finish\",\"timings\"}");
  command->footer(
      "Examples:\n"
      "  bitnet run\n"
      "  bitnet run -p \"Once upon a time, a small robot\" --seed 3\n"
      "  bitnet run -m model.gguf -p \"The capital of France is\" -n 32 --greedy\n"
      "  echo \"Once upon a time\" | bitnet run -m model.gguf --temp 1 --seed 7");
  command->callback([options, &action] { action = [options] { run(*options); }; });
}

}  // namespace bitnet::cli
