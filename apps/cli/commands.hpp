// The subcommands, one a file. Each adds itself to the command line and, when it is the one chosen, sets what is to be
// done.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace bitnet::cli {

/// Runs once the whole command line has been read. Throws bitnet::Error (exit status 1) or UsageError (2).
using Action = std::function<void()>;

void add_run(CLI::App& app, Action& action);
void add_chat(CLI::App& app, Action& action);
void add_convert(CLI::App& app, Action& action);
void add_quantize(CLI::App& app, Action& action);
void add_logits(CLI::App& app, Action& action);
void add_tokenize(CLI::App& app, Action& action);
void add_detokenize(CLI::App& app, Action& action);
void add_perplexity(CLI::App& app, Action& action);
void add_inspect(CLI::App& app, Action& action);
void add_info(CLI::App& app, Action& action);
void add_bench(CLI::App& app, Action& action);

}  // namespace bitnet::cli
