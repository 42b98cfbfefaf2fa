// `bitnet quantize`: a float model with ternary weights, and what that costs.
#include <fmt/format.h>

#include <filesystem>

#include "base/fail.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "io/mapped_file.hpp"
#include "io/new_file.hpp"

namespace bitnet::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string in, out, text;
  std::vector<std::string> reports;
  std::size_t window = 512;
  ConvertOptions convert;
  ModelOptions model;
};

// Both models on the text, the source first.
ModelComparison compare(const Options& options) {
  const std::string text = read_text_file(options.text);
  ModelOptions target = options.model;
  target.model = options.out;
  ModelOptions source = options.model;
  source.model = options.in;
  const auto reference = load_model(source), candidate = load_model(target);
  if (reference->tokenizer() == nullptr)
    fail(ErrorCode::kUnsupported, "{}: the model's files hold no tokenizer", options.in);
  ProgressBar bar;
  return compare_models(reference, candidate, reference->tokenizer()->encode(text),
                        {.session = {.context_length = options.window}, .progress = bar.sink()});
}

void write_report(const std::string& path, const QualityReport& report) {
  const std::string extension = fs::path(path).extension().string();
  const std::string contents = extension == ".json"  ? report.json()
                               : extension == ".svg" ? report.svg()
                                                     : report.text();
  NewFile file(path);
  file.write(std::as_bytes(std::span(contents)));
  file.commit();
}

void quantize(Options options) {
  if (options.window < 4) fail_argument("-c {}: a window needs at least 4 tokens", options.window);
  const auto start = Clock::now();
  QualityReport report{.source = options.in, .target = options.out};
  ConvertSummary summary;
  {
    ProgressBar bar;
    options.convert.progress = bar.sink();
    options.convert.log = [](LogLevel, std::string_view message) {
      fmt::print(stderr, "bitnet: warning: {}\n", message);
    };
    options.convert.threads = checked_threads(options.model.threads);
    options.convert.layouts = options.model.layouts;
    options.convert.quality = [&](const TensorQuality& tensor) { report.tensors.push_back(tensor); };
    summary = convert_model(options.in, options.out, options.convert);
  }
  if (!options.text.empty()) report.model = compare(options);
  for (const std::string& path : options.reports) write_report(path, report);
  if (options.model.json) {
    write_json({{"file", options.out},
                {"parameters", summary.parameters},
                {"file_bytes", summary.file_bytes},
                {"seconds", seconds_since(start)},
                {"quality", Json::parse(report.json())}});
    return;
  }
  write_out(report.text());
  write_out(fmt::format("{}: {} parameters, {}, {:.2f} bits a parameter; {:.1f} s\n", options.out,
                        human_count(summary.parameters), human_bytes(summary.file_bytes),
                        8.0 * static_cast<double>(summary.file_bytes) / static_cast<double>(summary.parameters),
                        seconds_since(start)));
}

}  // namespace

void add_quantize(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  options->convert.precision = "linears=ternary";
  CLI::App* command = app.add_subcommand("quantize");
  command->description(
      "Make the float weights of a model ternary, or of other types, and show what that costs\n"
      "Weights become -1, 0 or 1 times their mean magnitude (BitNet b1.58's absmean). A model that was not trained so\n"
      "loses most of what it knows: the report says how much, tensor by tensor, and with -f on a text. Weights that\n"
      "are ternary already stay what they are.");
  command->add_option("IN", options->in, "GGUF file or Hugging Face directory with float weights")->required();
  command
      ->add_option("OUT", options->out,
                   "What to write: a GGUF file where it ends in .gguf, else a Hugging Face directory")
      ->required();
  command
      ->add_option(
          "--precision", options->convert.precision,
          "Rules WHERE=WHAT, separated by commas, of which the last that fits counts. WHERE: linears, attention,\n"
          "ffn, first, last, embedding, head, or names such as blk.*.ffn_down; WHAT: ternary, keep, f32, f16,\n"
          "bf16, q8_0, q6_k [linears=ternary]")
      ->type_name("RULES");
  command
      ->add_option(
          "--prune", options->convert.prune,
          "Set weights of linears to zero first: a fraction (the smallest), or N:M (all but the N largest of M)")
      ->type_name("HOW");
  command->add_option("--type", options->convert.type, "Type of ternary linears, as in `bitnet convert` [i2_s, packed]")
      ->type_name("TYPE");
  command->add_option("--dense", options->convert.dense, "Type of the other linears: f16, bf16, f32; GGUF: q8_0 [f16]")
      ->type_name("TYPE");
  command->add_option("--head", options->convert.head, "Type of embedding and head, as in `bitnet convert`")
      ->type_name("TYPE");
  command
      ->add_option(
          "-f,--file", options->text,
          "Text on which both models are run: perplexity before and after, and the divergence of what they predict")
      ->type_name("FILE");
  command->add_option("-c,--context", options->window, "Tokens of the text at once [512]")
      ->type_name("N")
      ->check(not_negative());
  command
      ->add_option("--report", options->reports,
                   "Write the report: .json, .svg (a plot) or text, by the name's ending; several times for several")
      ->type_name("FILE");
  add_layout_options(*command, options->model.layouts);
  add_machine_options(*command, options->model);
  command->add_flag("--force", options->convert.replace, "Replace OUT where it exists");
  add_json_option(*command, options->model, "{\"file\",\"parameters\",\"file_bytes\",\"seconds\",\"quality\"}");
  command->footer(
      "Examples:\n"
      "  bitnet quantize my-model-bf16 ternary.gguf -f text.txt --report quality.svg\n"
      "  bitnet quantize my-model-bf16 mixed.gguf --precision linears=ternary,first=f16,last=f16,head=q8_0\n"
      "  bitnet quantize my-model-bf16 sparse.gguf --precision linears=f16 --prune 2:4 -f text.txt");
  command->callback([options, &action] { action = [options] { quantize(*options); }; });
}

}  // namespace bitnet::cli
