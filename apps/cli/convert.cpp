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
  bool json = false;
};

void convert(Options options) {
  const auto start = Clock::now();
  ProgressBar bar;
  options.convert.progress = bar.sink();
  options.convert.log = [](LogLevel, std::string_view message) {
    fmt::print(stderr, "bitnet: warning: {}\n", message);
  };
  const ConvertSummary summary = convert_to_gguf(options.in, options.out, options.convert);
  const double seconds = seconds_since(start);
  if (options.json) {
    write_json({{"file", options.out},
                {"parameters", summary.parameters},
                {"tensors", summary.tensors},
                {"file_bytes", summary.file_bytes},
                {"seconds", seconds}});
    return;
  }
  const double bits = 8.0 * static_cast<double>(summary.file_bytes) / static_cast<double>(summary.parameters);
  write_out(fmt::format(
      "{}: {} parameters in {} tensors, {}, {:.2f} bits a parameter, read again and equal; {:.1f} s\n", options.out,
      human_count(summary.parameters), summary.tensors, human_bytes(summary.file_bytes), bits, seconds));
}

}  // namespace

void add_convert(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("convert");
  command->description(
      "Write a model in another format\n"
      "From a Hugging Face directory to a GGUF file, with tokenizer and chat template. Ternary weights stay what they "
      "are:\n"
      "the file is read again and compared before it takes its name.");
  command->add_option("IN", options->in, "Hugging Face directory: config.json, *.safetensors, tokenizer.json")
      ->required();
  command->add_option("OUT", options->out, "GGUF file to write")->required();
  command->add_option("--type", options->convert.type, "Type of the linears: i2_s, tq2_0, tq1_0 or f16 [i2_s]")
      ->type_name("TYPE")
      ->check(CLI::IsMember({"i2_s", "tq2_0", "tq1_0", "f16"}));
  command->add_option("--head", options->convert.head, "Type of embedding and head: f16, bf16, f32, q8_0 or q6_k [f16]")
      ->type_name("TYPE")
      ->check(CLI::IsMember({"f16", "bf16", "f32", "q8_0", "q6_k"}));
  command->add_option("--name", options->convert.name, "Name that the file gives the model [the directory's]")
      ->type_name("NAME");
  command
      ->add_option("--pre", options->convert.pre, "How the tokenizer splits text, as llama.cpp calls it [recognised]")
      ->type_name("NAME");
  command->add_flag("--force", options->convert.replace, "Replace OUT where it exists");
  command->add_flag("--json", options->json, "Print {\"file\",\"parameters\",\"tensors\",\"file_bytes\",\"seconds\"}");
  command->footer(
      "Examples:\n"
      "  bitnet convert bitnet-b1.58-2B-4T model.gguf\n"
      "  bitnet convert my-model model.gguf --type tq2_0 --head q8_0");
  command->callback([options, &action] { action = [options] { convert(*options); }; });
}

}  // namespace bitnet::cli
