// `bitnet perplexity`: how well a model predicts a text.
#include <fmt/format.h>

#include "base/fail.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "io/mapped_file.hpp"

namespace bitnet::cli {
namespace {

constexpr std::size_t kDefaultWindow = 512;

struct PerplexityOptions {
  ModelOptions model;
  std::string file;
};

void perplexity(const PerplexityOptions& options) {
  EvaluateOptions evaluate{.session = session_options(options.model, kDefaultWindow)};
  if (const std::size_t window = evaluate.session.context_length; window < 4)
    fail_argument("-c {}: a window needs at least 4 tokens, as its second half is scored", window);
  const std::string text = read_text_file(options.file);
  const auto model = load_model(options.model);
  if (model->tokenizer() == nullptr)
    fail(ErrorCode::kUnsupported, "{}: the model's files hold no tokenizer", model_name(options.model));

  const auto start = Clock::now();
  const std::vector<TokenId> tokens = model->tokenizer()->encode(text);
  Perplexity result;
  {
    ProgressBar bar;
    evaluate.progress = bar.sink();
    try {
      result = measure_perplexity(model, tokens, evaluate);
    } catch (const Error& e) {
      throw e.with_context(options.file);
    }
  }
  const double seconds = seconds_since(start);
  if (options.model.json) {
    write_json({{"perplexity", result.perplexity},
                {"standard_error", result.standard_error},
                {"nll", result.nll},
                {"tokens", tokens.size()},
                {"tokens_scored", result.scored},
                {"windows", result.windows},
                {"context", result.window},
                {"bos", result.bos},
                {"seconds", seconds}});
    return;
  }
  write_out(fmt::format(
      "perplexity {:.4f} +/- {:.5f}\n{} tokens scored in {} windows of {} ({} tokens in the text), {:.1f} s\n",
      result.perplexity, result.standard_error, result.scored, result.windows, result.window, tokens.size(), seconds));
}

}  // namespace

void add_perplexity(CLI::App& app, Action& action) {
  auto options = std::make_shared<PerplexityOptions>();
  CLI::App* command = app.add_subcommand("perplexity");
  command->description(
      "Measure how well a model predicts a text\n"
      "Cuts the text into windows of -c tokens [512], puts BOS first in each where the model has one, and scores\n"
      "the second half of each: llama.cpp's default way. Prints the perplexity with its standard error.");
  command->add_option("-f,--file", options->file, "Text file")->type_name("FILE")->required();
  add_session_options(*command, options->model, "512");
  add_json_option(*command, options->model, "{\"perplexity\",\"standard_error\",\"tokens_scored\",...}");
  command->callback([options, &action] { action = [options] { perplexity(*options); }; });
}

}  // namespace bitnet::cli
