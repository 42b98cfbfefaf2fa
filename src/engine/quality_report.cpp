#include "bitnet/quality_report.hpp"

#include <algorithm>
#include <array>
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

struct Kind {
  const char *part, *colour, *label;
};
// Okabe and Ito's colours, which most people tell apart.
constexpr std::array kKinds{Kind{"attn_q", "#0072b2", "q"},      Kind{"attn_k", "#56b4e9", "k"},
                            Kind{"attn_v", "#009e73", "v"},      Kind{"attn_output", "#f0e442", "attention output"},
                            Kind{"ffn_gate", "#e69f00", "gate"}, Kind{"ffn_up", "#d55e00", "up"},
                            Kind{"ffn_down", "#cc79a7", "down"}, Kind{"", "#777777", "embedding, head"}};

const Kind& kind_of(const std::string& name) {
  return *std::ranges::find_if(kKinds, [&](const Kind& kind) { return name.find(kind.part) != std::string::npos; });
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '&')
      result += "&amp;";
    else if (c == '"')
      result += "&quot;";
    else if (static_cast<unsigned char>(c) < ' ')
      result += ' ';
    else
      result += c;
  }
  return result;
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

std::string QualityReport::svg() const {
  constexpr double kLeft = 60, kTop = 70, kHeight = 300, kBottom = 150;
  const double bar = tensors.size() > 100 ? 6 : 14,
               width = kLeft + 40 + std::max(400.0, bar * static_cast<double>(tensors.size()));
  double most = 10;
  for (const TensorQuality& t : tensors)
    if (std::isfinite(t.error.sqnr_db)) most = std::max(most, t.error.sqnr_db);
  const double step = most > 60 ? 20 : most > 30 ? 10 : 5;
  most = std::ceil(most / step) * step;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
      "<text x=\"{2:.0f}\" y=\"20\" font-size=\"15\">Signal to quantization noise by tensor (dB)</text>\n"
      "<text x=\"{2:.0f}\" y=\"38\">{3} to {4}</text>\n",
      width, kTop + kHeight + kBottom, kLeft, escaped(source), escaped(target));
  double x = kLeft;
  for (const Kind& kind : kKinds) {
    out += fmt::format(
        "<rect x=\"{:.0f}\" y=\"48\" width=\"10\" height=\"10\" fill=\"{}\"/><text x=\"{:.0f}\" y=\"57\">{}</text>\n",
        x, kind.colour, x + 14, kind.label);
    x += 30 + 7 * static_cast<double>(std::string_view(kind.label).size());
  }
  for (double db = 0; db <= most; db += step) {
    const double y = kTop + kHeight * (1 - db / most);
    out += fmt::format(
        "<line x1=\"{0:.0f}\" x2=\"{1:.0f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\" stroke=\"#ccc\"/>"
        "<text x=\"{3:.0f}\" y=\"{4:.1f}\" text-anchor=\"end\">{5:.0f}</text>\n",
        kLeft, width - 40, y, kLeft - 6, y + 4, db);
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const TensorQuality& t = tensors[i];
    // What lost nothing reaches the top.
    const double db = std::isfinite(t.error.sqnr_db) ? std::max(t.error.sqnr_db, 0.0) : most;
    const double left = kLeft + bar * static_cast<double>(i), height = kHeight * db / most;
    out += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"><title>{}: {} "
        "dB</title></rect>\n",
        left + 1, kTop + kHeight - height, bar - 2, height, kind_of(t.name).colour, escaped(t.name),
        decibels(t.error.sqnr_db));
    if (bar > 10)
      out += fmt::format("<text transform=\"translate({:.1f},{:.1f}) rotate(90)\" font-size=\"9\">{}</text>\n",
                         left + 4, kTop + kHeight + 6, escaped(t.name));
  }
  return out + "</svg>\n";
}

}  // namespace bitnet
