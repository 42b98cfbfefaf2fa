#include "cli/options.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <iterator>

#include "base/fail.hpp"
#include "cli/memory.hpp"
#include "cli/progress.hpp"

namespace bitnet::cli {

void add_model_option(CLI::App& command, ModelOptions& options) {
  command.add_option("-m,--model", options.model, "Model: a GGUF file, or a Hugging Face directory [the built-in one]")
      ->type_name("PATH");
  add_layout_options(command, options.layouts);
}

void add_layout_options(CLI::App& command, WeightLayouts& layouts) {
  command
      .add_option("--i2s-layout", layouts.i2s,
                  "How the codes of I2_S files lie, which these do not say: x86, arm (files that bitnet.cpp made on\n"
                  "Arm), rows (made without ACT_PARALLEL), or detect, by what the model then predicts [x86]")
      ->type_name("NAME")
      ->check(CLI::IsMember({"x86", "arm", "rows", "detect"}));
  command
      .add_option("--tl-config", layouts.tl,
                  "For TL1 and TL2 files, which do not say how they are tiled: the kernel_config.ini they were made with,\n"
                  "or a model's name (bitnet_b1_58-large, bitnet_b1_58-3B, Llama3-8B-1.58-100B-tokens)")
      ->type_name("FILE");
}

void add_machine_options(CLI::App& command, ModelOptions& options) {
  command.add_option("-t,--threads", options.threads, "Threads, 1 to 1024 [one a physical core]")->type_name("N");
  command.add_option("--backend", options.backend, "Backend, as `bitnet info` lists them [the best here]")
      ->type_name("NAME");
  command.add_option("--isa", options.isa, "Instruction-set level, as `bitnet info` lists them [the best here]")
      ->type_name("NAME");
}

void add_session_options(CLI::App& command, ModelOptions& options, const std::string& context_default) {
  add_model_option(command, options);
  add_machine_options(command, options);
  command.add_option("-c,--context", options.context, "Context length in tokens [" + context_default + "]")
      ->type_name("N")
      ->check(not_negative());
  command.add_option("--kv-type", options.kv_type, "Type of the KV cache: f16, f32 or q8_0 [f16]")->type_name("TYPE");
  command.add_option("--seed", options.seed, "Seed of random choices: the same seed gives the same output [0]")
      ->type_name("N")
      ->check(not_negative());
}

CLI::Validator not_negative() {
  CLI::Validator validator;
  validator.operation([](std::string& text) {
    return text.find('-') == std::string::npos ? std::string()
                                               : fmt::format("'{}' must not be negative", printable(text));
  });
  return validator;
}

void add_json_option(CLI::App& command, ModelOptions& options, const std::string& what) {
  command.add_flag("--json", options.json, "Print JSON on standard output: " + what);
}

int checked_threads(const std::optional<std::int64_t>& threads) {
  if (threads && (*threads < 1 || *threads > 1024)) fail_argument("-t {}: take 1 to 1024 threads", *threads);
  return static_cast<int>(threads.value_or(0));
}

std::shared_ptr<const Context> make_context(const ModelOptions& options) {
  ContextOptions context;
  context.threads = checked_threads(options.threads);
  context.pool = make_pool(options.memory);
  context.log = [](LogLevel level, std::string_view message) {
    if (level == LogLevel::kWarning) fmt::print(stderr, "bitnet: warning: {}\n", message);
  };
  return std::make_shared<const Context>(std::move(context));
}

std::string model_name(const ModelOptions& options) {
  return options.model.empty() ? "the built-in model" : options.model;
}

std::shared_ptr<const Model> load_model(const ModelOptions& options) {
  auto context = make_context(options);
  ProgressBar bar;
  const LoadOptions load{options.backend, options.isa, bar.sink(), options.layouts, options.memory.shared_weights};
  return options.model.empty() ? Model::built_in(std::move(context), load)
                               : Model::load(std::move(context), options.model, load);
}

std::shared_ptr<const Model> make_synthetic_model(const ModelOptions& options, const std::string& architecture) {
  auto context = make_context(options);
  ProgressBar bar;
  return Model::synthetic(std::move(context), architecture, {options.backend, options.isa, bar.sink()}, options.seed);
}

SessionOptions session_options(const ModelOptions& options, std::size_t context) {
  SessionOptions session;
  session.context_length = context;
  if (options.context) {
    // Zero would mean "the model's" to the library; nobody types it for that.
    if (*options.context == 0) fail_argument("-c 0: take a context of at least 1 token");
    session.context_length = *options.context;
  }
  const auto type = parse_dtype(options.kv_type);
  if (type != DType::kF16 && type != DType::kF32 && type != DType::kQ8_0)
    fail_argument("--kv-type '{}' is not known: take f16, f32 or q8_0", printable(options.kv_type));
  session.kv_type = *type;
  return session;
}

std::vector<TokenId> parse_ids(std::string_view text) {
  std::vector<TokenId> ids;
  const auto separator = [](char c) { return c == ',' || c == ' ' || c == '\n' || c == '\t' || c == '\r'; };
  for (std::size_t i = 0; i < text.size();) {
    if (separator(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && !separator(text[end])) ++end;
    const std::string_view word = text.substr(i, end - i);
    TokenId id = 0;
    const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), id);
    if (error == std::errc::result_out_of_range)
      throw UsageError(fmt::format("the token id {} is too large", printable(word)));
    if (error != std::errc() || stop != word.data() + word.size())
      throw UsageError(
          fmt::format("'{}' is no token id: give whole numbers separated by commas, such as 1,2,3", printable(word)));
    ids.push_back(id);
    i = end;
  }
  return ids;
}

std::vector<std::size_t> parse_sizes(std::string_view option, std::string_view text) {
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i <= text.size();) {
    const std::size_t end = std::min(text.find(',', i), text.size());
    const std::string_view word = text.substr(i, end - i);
    std::uint32_t size = 0;
    const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), size);
    if (error != std::errc() || stop != word.data() + word.size())
      throw UsageError(
          fmt::format("{} '{}': give whole numbers separated by commas, such as 128,512", option, printable(text)));
    sizes.push_back(size);
    i = end + 1;
  }
  return sizes;
}

bool stdin_is_terminal() { return ::isatty(STDIN_FILENO) == 1; }
bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

std::string read_stdin() {
  std::string text(std::istreambuf_iterator<char>(std::cin), {});
  if (std::cin.bad()) fail(ErrorCode::kIo, "cannot read standard input");
  return text;
}

void write_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
    fail(ErrorCode::kIo, "cannot write to standard output: {}", std::strerror(errno));
}

void flush_out() {
  if (std::fflush(stdout) != 0) fail(ErrorCode::kIo, "cannot write to standard output: {}", std::strerror(errno));
}

void write_json(const Json& json) { write_out(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"); }

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  const char* const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < std::size(units)) value /= 1000, ++unit;
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string human_count(std::uint64_t count) {
  if (count < 1000) return std::to_string(count);
  const char* const units[] = {"thousand", "million", "billion", "trillion"};
  double value = static_cast<double>(count) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < std::size(units)) value /= 1000, ++unit;
  return fmt::format("{:.1f} {}", value, units[unit]);
}

}  // namespace bitnet::cli
