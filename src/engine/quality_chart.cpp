// QualityReport::svg(): the bar chart.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <limits>
#include <string_view>

#include "base/fail.hpp"
#include "bitnet/quality_report.hpp"

namespace bitnet {
namespace {

// Okabe and Ito's colours, which people with defective colour vision tell apart, two of them darker.
struct Kind {
  std::string_view name, colour;
  std::array<std::string_view, 3> parts;  // a tensor of this kind has one of these among the parts of its name
};
constexpr Kind kKinds[] = {
    {"q", "#0072b2", {"attn_q", "q_proj"}},
    {"k", "#56b4e9", {"attn_k", "k_proj"}},
    {"v", "#009e73", {"attn_v", "v_proj"}},
    {"o", "#8a7f00", {"attn_output", "o_proj"}},
    {"gate", "#e69f00", {"ffn_gate", "gate_proj"}},
    {"up", "#d55e00", {"ffn_up", "up_proj"}},
    {"down", "#cc79a7", {"ffn_down", "down_proj"}},
    {"embedding", "#222222", {"token_embd", "embed_tokens"}},
    {"other", "#999999", {}},
};
constexpr std::size_t kOther = std::size(kKinds) - 1;

// Lengths in pixels. Text is taken to be 0.6 of its size a character, as most sans-serif letters are.
constexpr double kLeastPlotWidth = 560, kPlotHeight = 300, kLeft = 64, kRight = 16, kTop = 76;
constexpr double kWidestBar = 48, kNarrowestBar = 6, kAimedPlotWidth = 1400;
constexpr double kLabelPitch = 11, kLabelSize = 10, kTitleSize = 15, kCharacter = 0.6;
constexpr std::size_t kLabelCharacters = 40;

// `text` with what XML knows as markup written out, on one line and valid UTF-8.
std::string xml(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::size_t kind_of(std::string_view name) {
  while (!name.empty()) {
    const std::size_t dot = std::min(name.find('.'), name.size());
    const std::string_view part = name.substr(0, dot);
    for (std::size_t kind = 0; kind < kOther; ++kind)
      if (!part.empty() && std::ranges::find(kKinds[kind].parts, part) != kKinds[kind].parts.end()) return kind;
    name.remove_prefix(std::min(name.size(), dot + 1));
  }
  return kOther;
}

// "12" of "blk.12.attn_q.weight" and "model.layers.12.self_attn.q_proj"; empty of anything else.
std::string_view layer_of(std::string_view name) {
  for (const std::string_view prefix : {"blk.", "layers."}) {
    const std::size_t begin = name.find(prefix);
    if (begin == name.npos) continue;
    std::string_view rest = name.substr(begin + prefix.size());
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (digits > 0) return rest.substr(0, digits);
  }
  return {};
}

// What stands below each bar; empty for nothing. Where bars are too narrow for that, each layer is named once.
std::vector<std::string> labels(const std::vector<TensorQuality>& tensors, double pitch) {
  std::vector<std::string> result(tensors.size());
  std::string_view previous;
  double free_from = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::string& name = tensors[i].name;
    const std::string_view layer = layer_of(name);
    const bool first_of_layer = layer.empty() || layer != previous;
    previous = layer;
    const double at = static_cast<double>(i) * pitch;
    if (at < free_from || (pitch < kLabelPitch && !first_of_layer)) continue;
    free_from = at + kLabelPitch;
    std::string label = pitch < kLabelPitch && !layer.empty() ? fmt::format("layer {}", layer) : name;
    if (label.ends_with(".weight")) label.resize(label.size() - 7);
    if (label.size() > kLabelCharacters) label = ".." + label.substr(label.size() - kLabelCharacters + 2);
    result[i] = std::move(label);
  }
  return result;
}

// The scale in dB: whole steps that lie round all values, and 0.
struct Scale {
  double low = 0, high = 10, step = 2;

  explicit Scale(const std::vector<TensorQuality>& tensors) {
    double least = 0, most = 0;
    for (const TensorQuality& t : tensors)
      if (std::isfinite(t.error.sqnr_db)) least = std::min(least, t.error.sqnr_db), most = std::max(most, t.error.sqnr_db);
    if (most - least <= 0) return;
    const double rough = (most - least) / 6, power = std::pow(10, std::floor(std::log10(rough)));
    step = power * (rough <= power ? 1 : rough <= 2 * power ? 2 : rough <= 5 * power ? 5 : 10);
    low = std::floor(least / step) * step;
    high = std::ceil(most / step) * step;
  }
  double y(double decibels) const { return kTop + kPlotHeight * (high - decibels) / (high - low); }
};

std::string text_at(double x, double y, std::string_view more, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", x, y, more, text);
}

std::string axis(const Scale& scale, double width) {
  std::string out;
  const int decimals = scale.step < 1 ? static_cast<int>(std::ceil(-std::log10(scale.step))) : 0;
  const long steps = std::lround((scale.high - scale.low) / scale.step);
  for (long i = 0; i <= steps; ++i) {
    const double value = scale.low + static_cast<double>(i) * scale.step, y = scale.y(value);
    out += fmt::format("<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", kLeft,
                       kLeft + width, y, y, std::abs(value) < scale.step / 2 ? "#333333" : "#dddddd");
    // Adding 0 makes 0 of -0.
    out += text_at(kLeft - 6, y + 4, " text-anchor=\"end\"", fmt::format("{:.{}f}", value + 0.0, decimals));
  }
  const double middle = kTop + kPlotHeight / 2;
  out += text_at(18, middle, fmt::format(" text-anchor=\"middle\" transform=\"rotate(-90 18 {:.1f})\"", middle),
                 "SQNR (dB)");
  return out;
}

std::string legend(const std::array<bool, std::size(kKinds)>& used) {
  std::string out;
  double x = kLeft;
  for (std::size_t kind = 0; kind < std::size(kKinds); ++kind) {
    if (!used[kind]) continue;
    out += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"12\" height=\"12\" fill=\"{}\"/>\n", x, kTop - 34,
                       kKinds[kind].colour);
    out += text_at(x + 16, kTop - 24, "", kKinds[kind].name);
    x += 34 + 12 * kCharacter * static_cast<double>(kKinds[kind].name.size());
  }
  return out;
}

std::string bar(const TensorQuality& t, const Scale& scale, double x, double width) {
  const bool exact = std::isinf(t.error.sqnr_db) && t.error.sqnr_db > 0, known = exact || std::isfinite(t.error.sqnr_db);
  const std::string value = exact ? "exact" : known ? fmt::format("{:.2f} dB", t.error.sqnr_db) : "no SQNR";
  const double end = scale.y(exact ? scale.high : known ? t.error.sqnr_db : 0), zero = scale.y(0);
  return fmt::format(
      "<rect class=\"bar\" x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"{}\"{}><title>{}: {}, "
      "{:.3f} bits as {}</title></rect>\n",
      x, std::min(end, zero), width, std::abs(zero - end), kKinds[kind_of(t.name)].colour,
      exact ? " fill-opacity=\"0.35\"" : "", xml(t.name), value, t.bits, xml(t.type));
}

}  // namespace

std::string QualityReport::svg() const {
  const double count = static_cast<double>(std::max<std::size_t>(tensors.size(), 1));
  const double pitch = std::clamp(kAimedPlotWidth / count, kNarrowestBar, kWidestBar);
  const double plot_width = std::max(kLeastPlotWidth, pitch * count);
  const Scale scale(tensors);
  const std::vector<std::string> names = labels(tensors, pitch);
  std::size_t longest = 0;
  for (const std::string& name : names) longest = std::max(longest, xml(name).size());
  const double below = kLabelSize * kCharacter * static_cast<double>(longest) + 16;
  const std::string title = fmt::format("SQNR by tensor: {} → {}", xml(source), xml(target));
  const double title_width = kTitleSize * kCharacter * static_cast<double>(title.size());
  const double width = kLeft + std::max(plot_width, title_width) + kRight, height = kTop + kPlotHeight + below + 28;

  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
      "font-family=\"sans-serif\" font-size=\"12\" fill=\"#222222\">\n"
      "<title>{2}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
      width, height, title);
  out += text_at(kLeft, 26, fmt::format(" font-size=\"{:.0f}\"", kTitleSize), title);
  std::array<bool, std::size(kKinds)> used{};
  for (const TensorQuality& t : tensors) used[kind_of(t.name)] = true;
  out += legend(used) + axis(scale, plot_width);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const double x = kLeft + static_cast<double>(i) * pitch, middle = x + pitch / 2 + 3;
    out += bar(tensors[i], scale, x + pitch * 0.1, pitch * 0.8);
    if (names[i].empty()) continue;
    const double y = kTop + kPlotHeight + 8;
    out += text_at(middle, y,
                   fmt::format(" font-size=\"{:.0f}\" text-anchor=\"end\" transform=\"rotate(-90 {:.1f} {:.1f})\"",
                               kLabelSize, middle, y),
                   xml(names[i]));
  }
  out += text_at(kLeft + plot_width / 2, height - 10, " text-anchor=\"middle\"", "tensor");
  return out + "</svg>\n";
}

}  // namespace bitnet
