// `bitnet perplexity`: how well a model predicts a text.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/fail.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "io/mapped_file.hpp"

namespace bitnet::cli {
namespace {

constexpr std::size_t kDefaultWindow = 512;

struct PerplexityOptions {
  ModelOptions model;
  std::string file;
};

// -log softmax(logits)[target], by log-sum-exp in double.
double negative_log_likelihood(std::span<const float> logits, TokenId target) {
  const double best = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - best);
  return best + std::log(sum) - logits[static_cast<std::size_t>(target)];
}

// Mean and standard error as llama.cpp's perplexity tool computes them.
struct Score {
  double sum = 0, square_sum = 0;
  std::size_t count = 0;

  void add(double nll) {
    sum += nll;
    square_sum += nll * nll;
    ++count;
  }
  double perplexity() const { return std::exp(sum / static_cast<double>(count)); }
  double standard_error() const {
    const double mean = sum / static_cast<double>(count);
    const double variance = square_sum / static_cast<double>(count) - mean * mean;
    return variance > 0 && count > 1 ? std::sqrt(variance / static_cast<double>(count - 1)) * perplexity() : 0;
  }
};

void perplexity(const PerplexityOptions& options) {
  const SessionOptions session_settings = session_options(options.model, kDefaultWindow);
  const std::size_t window = session_settings.context_length;
  if (window < 4) fail_argument("-c {}: a window needs at least 4 tokens, as its second half is scored", window);
  const std::string text = read_text_file(options.file);
  const auto model = load_model(options.model);
  const Tokenizer* tokenizer = model->tokenizer();
  if (tokenizer == nullptr)
    fail(ErrorCode::kUnsupported, "{}: the model's files hold no tokenizer", model_name(options.model));

  const auto start = Clock::now();
  std::vector<TokenId> tokens = tokenizer->encode(text);
  if (tokens.size() < window)
    fail_argument("{} gives {} tokens, fewer than one window of {}: take a longer text or a smaller -c", options.file,
                  tokens.size(), window);
  for (const TokenId id : tokens)
    if (static_cast<std::size_t>(id) >= model->info().vocabulary)
      fail(ErrorCode::kInvalidFile, "{}: the tokenizer gives id {}, the model knows {}", model_name(options.model), id,
           model->info().vocabulary);
  // Each window begins as a text of its own does.
  const std::vector<TokenId> opening = tokenizer->encode("");
  const bool begins_with_bos = tokenizer->bos() && !opening.empty() && opening.front() == *tokenizer->bos();

  Session session(model, session_settings);
  const std::size_t windows = tokens.size() / window, half = window / 2;
  Score score;
  for (std::size_t w = 0; w < windows; ++w) {
    const std::span<TokenId> ids = std::span(tokens).subspan(w * window, window);
    const TokenId first = ids[0];
    if (begins_with_bos) ids[0] = *tokenizer->bos();
    session.rewind(0);
    session.eval(ids.first(half));
    session.eval_all(ids.subspan(half, window - 1 - half), [&](std::size_t index, std::span<const float> logits) {
      score.add(negative_log_likelihood(logits, ids[half + index + 1]));
    });
    ids[0] = first;
    if (!std::isfinite(score.sum)) fail(ErrorCode::kInternal, "the model gives no finite logits in window {}", w + 1);
    if (stderr_is_terminal())
      fmt::print(stderr, "\r\x1b[Kwindow {} of {}: perplexity {:.4f}", w + 1, windows, score.perplexity());
  }
  if (stderr_is_terminal()) fmt::print(stderr, "\r\x1b[K");

  const double seconds = seconds_since(start);
  if (options.model.json) {
    write_json({{"perplexity", score.perplexity()},
                {"standard_error", score.standard_error()},
                {"nll", score.sum / static_cast<double>(score.count)},
                {"tokens", tokens.size()},
                {"tokens_scored", score.count},
                {"windows", windows},
                {"context", window},
                {"bos", begins_with_bos},
                {"seconds", seconds}});
    return;
  }
  write_out(fmt::format(
      "perplexity {:.4f} +/- {:.5f}\n{} tokens scored in {} windows of {} ({} tokens in the text), {:.1f} s\n",
      score.perplexity(), score.standard_error(), score.count, windows, window, tokens.size(), seconds));
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
