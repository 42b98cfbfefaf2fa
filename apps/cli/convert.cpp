// `bitnet convert`: a model from one format to another.
#include <fmt/format.h>

#include "base/fail.hpp"
#include "cli/commands.hpp"
#include "cli/machine.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"

namespace bitnet::cli {
namespace {

struct Options {
  std::string in, out;
  ConvertOptions convert;
  std::optional<std::int64_t> threads;
  bool json = false;
};

void convert(Options options) {
  const auto start = Clock::now();
  ProgressBar bar;
  options.convert.progress = bar.sink();
  options.convert.log = [](LogLevel, std::string_view message) {
    fmt::print(stderr, "bitnet: warning: {}\n", message);
  };
  options.convert.threads = checked_threads(options.threads);
  const ConvertSummary summary = convert_model(options.in, options.out, options.convert);
  const double seconds = seconds_since(start);
  if (options.json) {
    write_json({{"file", options.out},
                {"parameters", summary.parameters},
                {"tensors", summary.tensors},
                {"file_bytes", summary.file_bytes},
                {"verified", options.convert.verify},
                {"seconds", seconds}});
    return;
  }
  const double bits = 8.0 * static_cast<double>(summary.file_bytes) / static_cast<double>(summary.parameters);
  write_out(fmt::format("{}: {} parameters in {} tensors, {}, {:.2f} bits a parameter{}; {:.1f} s\n", options.out,
                        human_count(summary.parameters), summary.tensors, human_bytes(summary.file_bytes), bits,
                        options.convert.verify ? ", read again and equal" : "", seconds));
}

}  // namespace

void add_convert(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("convert");
  command->description(
      "Write a model in another format\n"
      "From a GGUF file or a Hugging Face directory to either, with tokenizer and chat template. Ternary weights stay "
      "what\n"
      "they are: what was written is read again and compared before it takes its name. A model may be larger than "
      "memory.");
  command
      ->add_option("IN", options->in,
                   "GGUF file, or Hugging Face directory: config.json, *.safetensors, tokenizer.json")
      ->required();
  command
      ->add_option("OUT", options->out,
                   "What to write: a GGUF file where it ends in .gguf, else a Hugging Face directory")
      ->required();
  command
      ->add_option(
          "--type", options->convert.type,
          "Type of the linears. GGUF: i2_s, tq2_0, tq1_0 (ternary), f16, bf16, f32, q8_0 [i2_s]; entropy, base3,\n"
          "two-bit, byte-aligned, run-length, sparse, hybrid, uncompressed or smallest pack ternary ones for\n"
          "storage, which `bitnet` alone reads. Hugging Face: packed, bf16, f16, f32 [packed]")
      ->type_name("TYPE")
      ->check(CLI::IsMember({"i2_s", "tq2_0", "tq1_0", "f16", "bf16", "f32", "q8_0", "packed", "entropy", "base3",
                             "two-bit", "byte-aligned", "run-length", "sparse", "hybrid", "uncompressed", "smallest"}));
  command
      ->add_option("--dense", options->convert.dense,
                   "Type of linears that are not ternary, where others are: f16, bf16, f32; GGUF: q8_0 [f16]")
      ->type_name("TYPE");
  command
      ->add_option(
          "--head", options->convert.head,
          "Type of embedding and head: f16, bf16, f32; GGUF: q8_0, q6_k [as it is; f16 from Hugging Face to GGUF]")
      ->type_name("TYPE")
      ->check(CLI::IsMember({"f16", "bf16", "f32", "q8_0", "q6_k"}));
  command->add_option("--name", options->convert.name, "Name that a GGUF file gives the model [the source's]")
      ->type_name("NAME");
  command
      ->add_option("--pre", options->convert.pre, "How the tokenizer splits text, as llama.cpp calls it [recognised]")
      ->type_name("NAME");
  add_layout_options(*command, options->convert.layouts);
  command->add_option("-t,--threads", options->threads, "Threads, 1 to 1024 [one a physical core]")->type_name("N");
  command->add_flag("--verify,!--no-verify", options->convert.verify,
                    "Read what was written and compare before it takes its name [yes]");
  command->add_flag("--force", options->convert.replace, "Replace OUT where it exists");
  command->add_flag("--json", options->json,
                    "Print {\"file\",\"parameters\",\"tensors\",\"file_bytes\",\"verified\",\"seconds\"}");
  command->footer(
      "Examples:\n"
      "  bitnet convert bitnet-b1.58-2B-4T model.gguf\n"
      "  bitnet convert model.gguf for-llama-cpp.gguf --type tq2_0\n"
      "  bitnet convert model.gguf small.gguf --type entropy\n"
      "  bitnet convert model.gguf hugging-face-directory");
  command->callback([options, &action] { action = [options] { convert(*options); }; });
}

}  // namespace bitnet::cli
