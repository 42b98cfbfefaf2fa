// The command `bitnet`: reads the command line, runs one subcommand, and turns errors into one line and an exit status.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <new>
#include <sstream>
#include <string>

#include "base/fail.hpp"
#include "bitnet/error.hpp"
#include "bitnet/version.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/thread_wait.hpp"

namespace {

constexpr int kFailed = 1, kWrongCommandLine = 2;

// "bitnet: message" on stderr, in one line whatever the message holds.
void complain(std::string message) {
  for (char& c : message)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  while (!message.empty() && message.back() == ' ') message.pop_back();
  std::fflush(stdout);
  fmt::print(stderr, "bitnet: {}\n", message);
}

// In the list of commands only the first line of each; of an option its type, without CLI11's notes.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_subcommand(const CLI::App* command) const override {
    const std::string text = command->get_description();
    std::ostringstream out;
    CLI::detail::format_help(out, command->get_name(), text.substr(0, text.find('\n')), column_width_);
    return out.str();
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_positional()) return "";
    const std::string type = option->get_type_name();
    return (type.empty() ? "" : " " + type) + (option->get_required() ? " (required)" : "");
  }
  std::string make_option_desc(const CLI::Option* option) const override { return option->get_description(); }
};

int wrong_command_line(const CLI::App& app, const std::string& message) {
  const auto chosen = app.get_subcommands();
  complain(fmt::format("{} (see `bitnet{}{} --help`)", message, chosen.empty() ? "" : " ",
                       chosen.empty() ? "" : chosen.front()->get_name()));
  return kWrongCommandLine;
}

// CLI11 would say only that a subcommand is required.
bool unknown_command(const CLI::App& app, int argc, char** argv, std::string& message) {
  if (argc < 2) return false;
  if (argv[1][0] == '-') {
    message = fmt::format("there is no option '{}' without a command", bitnet::printable(argv[1]));
    return app.get_option_no_throw(argv[1]) == nullptr;
  }
  std::string names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == argv[1]) return false;
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  message = fmt::format("there is no command '{}': take one of {}", bitnet::printable(argv[1]), names);
  return true;
}

int run(int argc, char** argv) {
  CLI::App app("Runs 1.58-bit (BitNet) and Llama language models on this machine's CPU.", "bitnet");
  // Scripts add options behind a user's, and the last one counts.
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_version_flag("--version", "bitnet " + std::string(bitnet::version()), "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.require_subcommand(1);
  bitnet::cli::Action action;
  bitnet::cli::add_run(app, action);
  bitnet::cli::add_chat(app, action);
  bitnet::cli::add_logits(app, action);
  bitnet::cli::add_tokenize(app, action);
  bitnet::cli::add_detokenize(app, action);
  bitnet::cli::add_perplexity(app, action);
  bitnet::cli::add_convert(app, action);
  bitnet::cli::add_quantize(app, action);
  bitnet::cli::add_inspect(app, action);
  bitnet::cli::add_info(app, action);
  bitnet::cli::add_bench(app, action);
  // Behind the commands, which would inherit it.
  app.footer(
      "`bitnet COMMAND --help` tells more of each.\n"
      "Exit status: 0, or 1 with one line on stderr, or 2 for a wrong command line.\n"
      "BITNET_FORCE_BACKEND and BITNET_FORCE_ISA choose as --backend and --isa do.");

  std::string message;
  if (unknown_command(app, argc, argv, message)) return wrong_command_line(app, message);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(e);  // --help, --version
    return wrong_command_line(app, e.what());
  }
  try {
    action();
    bitnet::cli::flush_out();
    return 0;
  } catch (const bitnet::cli::UsageError& e) {
    return wrong_command_line(app, e.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  bitnet::cli::bound_spinning(argv);
  std::ios::sync_with_stdio(false);
  try {
    return run(argc, argv);
  } catch (const bitnet::Error& e) {
    complain(e.what());
    if (!e.backtrace().empty()) fmt::print(stderr, "{}", e.backtrace());
  } catch (const std::bad_alloc&) {
    complain("out of memory");
  } catch (const std::exception& e) {
    complain(e.what());
  }
  return kFailed;
}
