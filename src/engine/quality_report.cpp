#include "bitnet/quality_report.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/fail.hpp"

namespace bitnet {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Perplexity& p) {
  return {{"perplexity", p.perplexity},
          {"standard_error", p.standard_error},
          {"nll", p.nll},
          {"tokens_scored", p.scored},
          {"windows", p.windows},
          {"context", p.window}};
}

std::string decibels(double value) { return std::isfinite(value) ? fmt::format("{:.2f}", value) : "exact"; }

}  // namespace

void TensorComparison::add(std::span<const float> source, std::span<const float> written) {
  for (std::size_t i = 0; i < source.size(); ++i) {
    const double a = source[i], b = written[i], difference = a - b;
    error_ += difference * difference, source_ += a * a, written_ += b * b, product_ += a * b;
    most_ = std::max(most_, std::fabs(difference));
    zeros_ += b == 0;
  }
  count_ += source.size();
}

TensorQuality TensorComparison::finish(std::string name, std::string type, std::uint64_t bytes) const {
  TensorQuality quality{std::move(name), std::move(type), count_, 0, 0, {}};
  const auto count = static_cast<double>(std::max<std::uint64_t>(count_, 1));
  quality.bits = 8 * static_cast<double>(bytes) / count;
  quality.zero_fraction = static_cast<double>(zeros_) / count;
  quality.error.mse = error_ / count;
  quality.error.sqnr_db = error_ > 0 ? 10 * std::log10(source_ / error_) : std::numeric_limits<double>::infinity();
  const double lengths = std::sqrt(source_) * std::sqrt(written_);
  quality.error.cosine = lengths > 0 ? product_ / lengths : source_ == written_ ? 1 : 0;
  quality.error.max_abs = most_;
  return quality;
}

std::string QualityReport::text() const {
  std::size_t widest = 6;
  for (const TensorQuality& t : tensors) widest = std::max(widest, t.name.size());
  std::string out = fmt::format("{:<{}}  {:<7} {:>6} {:>7} {:>9} {:>8} {:>8} {:>10}\n", "tensor", widest, "type",
                                "bits", "zeros", "MSE", "SQNR dB", "cosine", "max error");
  for (const TensorQuality& t : tensors)
    out += fmt::format("{:<{}}  {:<7} {:>6.3f} {:>6.2f}% {:>9.2e} {:>8} {:>8.5f} {:>10.4g}\n", t.name, widest, t.type,
                       t.bits, 100 * t.zero_fraction, t.error.mse, decibels(t.error.sqnr_db), t.error.cosine,
                       t.error.max_abs);
  if (!model) return out;
  const auto line = [](const char* what, const Perplexity& p) {
    return fmt::format("{} {:.4f} +/- {:.5f}\n", what, p.perplexity, p.standard_error);
  };
  out += line("perplexity before", model->reference) + line("perplexity after ", model->candidate);
  out += fmt::format(
      "KL divergence {:.6f} +/- {:.6f} nats, at most {:.4f}; the same token is likeliest in {:.2f}% of {} places\n",
      model->mean_kl, model->kl_standard_error, model->max_kl, 100 * model->same_top, model->candidate.scored);
  return out;
}

std::string QualityReport::json() const {
  Json json{{"source", source}, {"target", target}, {"tensors", Json::array()}};
  for (const TensorQuality& t : tensors)
    json["tensors"].push_back({{"name", t.name},
                               {"type", t.type},
                               {"parameters", t.parameters},
                               {"bits", t.bits},
                               {"zero_fraction", t.zero_fraction},
                               {"mse", t.error.mse},
                               {"sqnr_db", std::isfinite(t.error.sqnr_db) ? Json(t.error.sqnr_db) : Json()},
                               {"cosine", t.error.cosine},
                               {"max_abs", t.error.max_abs}});
  if (model)
    json["model"] = {{"reference", json_of(model->reference)},
                     {"candidate", json_of(model->candidate)},
                     {"mean_kl", model->mean_kl},
                     {"kl_standard_error", model->kl_standard_error},
                     {"max_kl", model->max_kl},
                     {"same_top", model->same_top},
                     {"logits_nmse", model->logits_nmse}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bitnet
