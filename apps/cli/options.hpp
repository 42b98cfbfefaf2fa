// What the subcommands share: options, loading a model, reading and writing the standard streams.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/bitnet.hpp"

namespace bitnet::cli {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;
inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A command line that makes no sense: exit status 2 and a hint to --help.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct MemoryOptions {
  std::optional<std::uint64_t> limit;  // bytes
  bool report = false;
  std::optional<std::string> trace;  // a file
  bool shared_weights = false;
};

struct ModelOptions {
  std::string model;
  std::optional<std::int64_t> threads;
  std::optional<std::uint64_t> context;
  std::string kv_type = "f16";
  std::string backend, isa;
  WeightLayouts layouts;
  std::uint64_t seed = 0;
  bool json = false;
  MemoryOptions memory;
};

/// -m --i2s-layout --tl-config
void add_model_option(CLI::App& command, ModelOptions& options);
/// --i2s-layout --tl-config, which -m has beside it
void add_layout_options(CLI::App& command, WeightLayouts& layouts);
/// -t --backend --isa
void add_machine_options(CLI::App& command, ModelOptions& options);
/// -m -t -c --kv-type --backend --isa --seed; `context_default` stands in -c's help.
void add_session_options(CLI::App& command, ModelOptions& options, const std::string& context_default);
/// For options that count: CLI11's unsigned numbers wrap around where they are negative.
CLI::Validator not_negative();
void add_json_option(CLI::App& command, ModelOptions& options, const std::string& what);

/// 0 where none is given. Throws kInvalidArgument for a number out of range.
int checked_threads(const std::optional<std::int64_t>& threads);
/// Throws kInvalidArgument for a thread count out of range. Warnings of the library go to stderr.
std::shared_ptr<const Context> make_context(const ModelOptions& options);
/// The model as errors name it.
std::string model_name(const ModelOptions& options);
/// The built-in model when none is named. Shows a progress bar when it takes long and stderr is a terminal.
std::shared_ptr<const Model> load_model(const ModelOptions& options);
std::shared_ptr<const Model> make_synthetic_model(const ModelOptions& options, const std::string& architecture);
/// `context` counts where the command line has no -c.
SessionOptions session_options(const ModelOptions& options, std::size_t context = 0);

/// "1,2,3" or "1 2 3". Throws UsageError for anything else and for numbers beyond 32 bits.
std::vector<TokenId> parse_ids(std::string_view text);
/// Whole numbers separated by commas. Throws UsageError naming the option.
std::vector<std::size_t> parse_sizes(std::string_view option, std::string_view text);

bool stdin_is_terminal();
bool stderr_is_terminal();
std::string read_stdin();
/// Throws kIo when standard output takes no more, such as on a full disk.
void write_out(std::string_view text);
void flush_out();
/// One line of JSON, invalid UTF-8 replaced.
void write_json(const Json& json);

/// "1.2 GB", in powers of 1000.
std::string human_bytes(std::uint64_t bytes);
/// "135 M", in powers of 1000.
std::string human_count(std::uint64_t count);

}  // namespace bitnet::cli
