#include "bitnet/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/fail.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kDefaultWindow = 512, kLeastWindow = 4;

// Mean and standard error as llama.cpp's perplexity tool computes them.
struct Mean {
  double sum = 0, squares = 0;
  std::uint64_t count = 0;

  void add(double value) {
    sum += value;
    squares += value * value;
    ++count;
  }
  double mean() const { return sum / static_cast<double>(count); }
  double error() const {
    const double variance = squares / static_cast<double>(count) - mean() * mean();
    return variance > 0 && count > 1 ? std::sqrt(variance / static_cast<double>(count - 1)) : 0;
  }
};

// log of the sum of exp, in double.
double log_sum(std::span<const float> logits) {
  const double best = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - best);
  return best + std::log(sum);
}

// A text cut into windows for one model, and what each scored place predicts.
class Windows {
 public:
  Windows(const std::shared_ptr<const Model>& model, std::span<const TokenId> ids, const EvaluateOptions& options)
      : model_(*model), ids_(ids) {
    SessionOptions settings = options.session;
    if (settings.context_length == 0)
      settings.context_length = std::min(kDefaultWindow, std::max<std::size_t>(model->info().context_length, 1));
    window_ = settings.context_length;
    if (window_ < kLeastWindow)
      fail_argument("a window of {} tokens: at least {} are needed, as its second half is scored", window_,
                    kLeastWindow);
    if (ids.size() < window_)
      fail_argument("the text has {} tokens, fewer than one window of {}: take a longer text or a smaller window",
                    ids.size(), window_);
    for (const TokenId id : ids)
      if (id < 0 || static_cast<std::size_t>(id) >= model_.info().vocabulary)
        fail(ErrorCode::kUnsupported, "the text has the token id {}, and the model's vocabulary {}", id,
             model_.info().vocabulary);
    // Each window begins as a text of its own does.
    if (const Tokenizer* tokenizer = model_.tokenizer(); tokenizer != nullptr && tokenizer->bos()) {
      const std::vector<TokenId> opening = tokenizer->encode("");
      bos_ = !opening.empty() && opening.front() == *tokenizer->bos();
    }
    session_.emplace(model, settings);
  }

  std::size_t count() const { return ids_.size() / window_; }
  std::size_t scored() const { return window_ - 1 - window_ / 2; }

  /// `visit(place, logits, next token)` for each scored place of a window.
  template <typename Visit>
  void run(std::size_t index, const Visit& visit) {
    const std::size_t half = window_ / 2;
    std::vector<TokenId> ids(ids_.begin() + static_cast<std::ptrdiff_t>(index * window_),
                             ids_.begin() + static_cast<std::ptrdiff_t>((index + 1) * window_));
    if (bos_) ids[0] = *model_.tokenizer()->bos();
    session_->rewind(0);
    session_->eval(std::span(ids).first(half));
    session_->eval_all(std::span(ids).subspan(half, scored()), [&](std::size_t place, std::span<const float> logits) {
      const TokenId next = ids[half + place + 1];
      const double nll = log_sum(logits) - logits[static_cast<std::size_t>(next)];
      if (!std::isfinite(nll)) fail(ErrorCode::kInternal, "the model gives no finite logits in window {}", index + 1);
      nll_.add(nll);
      visit(place, logits);
    });
  }

  Perplexity perplexity() const {
    Perplexity result;
    result.nll = nll_.mean();
    result.perplexity = std::exp(result.nll);
    result.standard_error = nll_.error() * result.perplexity;
    result.scored = nll_.count, result.windows = count(), result.window = window_, result.bos = bos_;
    return result;
  }

 private:
  const Model& model_;
  std::span<const TokenId> ids_;
  std::size_t window_ = 0;
  bool bos_ = false;
  std::optional<Session> session_;
  Mean nll_;
};

}  // namespace

Perplexity measure_perplexity(const std::shared_ptr<const Model>& model, std::span<const TokenId> ids,
                              const EvaluateOptions& options) {
  Windows windows(model, ids, options);
  for (std::size_t w = 0; w < windows.count(); ++w) {
    windows.run(w, [](std::size_t, std::span<const float>) {});
    if (options.progress) options.progress("measuring", w + 1, windows.count());
  }
  return windows.perplexity();
}

ModelComparison compare_models(const std::shared_ptr<const Model>& reference,
                               const std::shared_ptr<const Model>& candidate, std::span<const TokenId> ids,
                               const EvaluateOptions& options) {
  const std::size_t vocabulary = reference->info().vocabulary;
  if (candidate->info().vocabulary != vocabulary)
    fail_argument("vocabularies of {} and {} tokens cannot be compared", vocabulary, candidate->info().vocabulary);
  EvaluateOptions same = options;
  if (same.session.context_length == 0)
    same.session.context_length =
        std::min({kDefaultWindow, reference->info().context_length, candidate->info().context_length});
  Windows first(reference, ids, same), second(candidate, ids, same);
  std::vector<float> expected(first.scored() * vocabulary);
  Mean kl;
  ModelComparison result;
  double squares = 0, differences = 0;
  std::uint64_t same_tops = 0;
  for (std::size_t w = 0; w < first.count(); ++w) {
    first.run(w, [&](std::size_t place, std::span<const float> logits) {
      std::ranges::copy(logits, expected.begin() + static_cast<std::ptrdiff_t>(place * vocabulary));
    });
    second.run(w, [&](std::size_t place, std::span<const float> q) {
      const std::span p = std::span(expected).subspan(place * vocabulary, vocabulary);
      const double sum_p = log_sum(p), sum_q = log_sum(q);
      double divergence = 0;
      for (std::size_t i = 0; i < vocabulary; ++i) {
        const double log_p = p[i] - sum_p, log_q = q[i] - sum_q, difference = static_cast<double>(p[i]) - q[i];
        divergence += std::exp(log_p) * (log_p - log_q);
        squares += static_cast<double>(p[i]) * p[i];
        differences += difference * difference;
      }
      kl.add(std::max(divergence, 0.0));  // rounding may bring it a hair below
      result.max_kl = std::max(result.max_kl, divergence);
      same_tops += std::ranges::max_element(p) - p.begin() == std::ranges::max_element(q) - q.begin();
    });
    if (options.progress) options.progress("comparing", w + 1, first.count());
  }
  result.reference = first.perplexity(), result.candidate = second.perplexity();
  result.mean_kl = kl.mean(), result.kl_standard_error = kl.error();
  result.same_top = static_cast<double>(same_tops) / static_cast<double>(kl.count);
  result.logits_nmse = squares > 0 ? differences / squares : 0;
  return result;
}

}  // namespace bitnet
