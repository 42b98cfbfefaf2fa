#include "bitnet/evaluate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>

#include "bitnet/quality_report.hpp"
#include "support/file_builder.hpp"
#include "support/tiny_model.hpp"

namespace bitnet {
namespace {

using testing::expect_error;

class Evaluate : public ::testing::Test {
 protected:
  std::shared_ptr<const Model> model(const char* name, std::size_t hidden = 64) {
    testing::write_tiny_model(folder_.path() / name, {.hidden = hidden, .ffn = 96});
    return Model::load(nullptr, folder_.path() / name);
  }
  static std::vector<TokenId> ids(std::size_t count) {
    std::vector<TokenId> ids;
    for (std::size_t i = 0; i < count; ++i) ids.push_back(static_cast<TokenId>(i * i * 13 % 250));
    return ids;
  }
  // Logits of every place of one window, by a session of its own.
  static std::vector<std::vector<double>> log_probabilities(const std::shared_ptr<const Model>& model,
                                                            std::vector<TokenId> window) {
    Session session(model, {.context_length = window.size()});
    const auto opening = model->tokenizer()->encode("");
    if (!opening.empty()) window[0] = opening[0];
    std::vector<std::vector<double>> all;
    session.eval_all(window, [&](std::size_t, std::span<const float> logits) {
      double sum = 0;
      for (const float l : logits) sum += std::exp(static_cast<double>(l));
      std::vector<double> row;
      for (const float l : logits) row.push_back(l - std::log(sum));
      all.push_back(std::move(row));
    });
    return all;
  }
  testing::TemporaryFolder folder_;
};

TEST_F(Evaluate, PerplexityIsWhatOneComputesByHand) {
  const auto m = model("a");
  const std::vector<TokenId> text = ids(75);
  const Perplexity got = measure_perplexity(m, text, {.session = {.context_length = 32}});
  double sum = 0;
  for (std::size_t w = 0; w < 2; ++w) {
    const std::vector<TokenId> window(text.begin() + static_cast<long>(32 * w),
                                      text.begin() + static_cast<long>(32 * w + 32));
    const auto rows = log_probabilities(m, window);
    for (std::size_t i = 16; i < 31; ++i) sum -= rows[i][static_cast<std::size_t>(window[i + 1])];
  }
  EXPECT_EQ(got.windows, 2u);
  EXPECT_EQ(got.scored, 30u);
  EXPECT_EQ(got.window, 32u);
  EXPECT_NEAR(got.nll, sum / 30, 1e-5);
  EXPECT_NEAR(got.perplexity, std::exp(sum / 30), 1e-3);
  EXPECT_GT(got.standard_error, 0);
}

TEST_F(Evaluate, AModelBesideItselfAndAnother) {
  const auto a = model("a"), b = model("b", 32);
  const std::vector<TokenId> text = ids(64);
  const EvaluateOptions options{.session = {.context_length = 32}};
  const ModelComparison same = compare_models(a, a, text, options);
  EXPECT_EQ(same.mean_kl, 0);
  EXPECT_EQ(same.max_kl, 0);
  EXPECT_EQ(same.same_top, 1);
  EXPECT_EQ(same.logits_nmse, 0);
  EXPECT_EQ(same.reference.nll, same.candidate.nll);

  const ModelComparison other = compare_models(a, b, text, options);
  double kl = 0, most = 0, tops = 0;
  for (std::size_t w = 0; w < 2; ++w) {
    const std::vector<TokenId> window(text.begin() + static_cast<long>(32 * w),
                                      text.begin() + static_cast<long>(32 * w + 32));
    const auto p = log_probabilities(a, window), q = log_probabilities(b, window);
    for (std::size_t i = 16; i < 31; ++i) {
      double d = 0;
      for (std::size_t v = 0; v < p[i].size(); ++v) d += std::exp(p[i][v]) * (p[i][v] - q[i][v]);
      kl += d / 30, most = std::max(most, d);
      tops += std::ranges::max_element(p[i]) - p[i].begin() == std::ranges::max_element(q[i]) - q[i].begin();
    }
  }
  EXPECT_GT(other.mean_kl, 0.0);
  EXPECT_NEAR(other.mean_kl, kl, 1e-4 + 1e-4 * kl);
  EXPECT_NEAR(other.max_kl, most, 1e-4 + 1e-4 * most);
  EXPECT_NEAR(other.same_top, tops / 30, 1e-9);
  EXPECT_EQ(other.reference.nll, same.reference.nll);
  EXPECT_NE(other.candidate.nll, same.reference.nll);
}

TEST_F(Evaluate, NonsenseIsRefused) {
  const auto m = model("a");
  const EvaluateOptions options{.session = {.context_length = 32}};
  expect_error(ErrorCode::kInvalidArgument, "31 tokens, fewer than one window of 32",
               [&] { (void)measure_perplexity(m, ids(31), options); });
  expect_error(ErrorCode::kInvalidArgument, "a window of 3 tokens",
               [&] { (void)measure_perplexity(m, ids(31), {.session = {.context_length = 3}}); });
  std::vector<TokenId> wrong = ids(40);
  wrong[39] = 100000;
  expect_error(ErrorCode::kUnsupported, "token id 100000", [&] { (void)measure_perplexity(m, wrong, options); });
}

QualityReport report() {
  TensorComparison exact, rough;
  const std::vector<float> a{1, -2, 3, 0}, b{1, -2, 2, 0};
  exact.add(a, a);
  rough.add(a, b);
  rough.add(a, a);
  return {
      "in & <out>", "q\".gguf", {exact.finish("blk.0.attn_q", "i2_s", 1), rough.finish("token<embd>", "f16", 16)}, {}};
}

TEST(QualityReport, SumsAreThoseOfAllPieces) {
  const TensorQuality t = report().tensors[1];
  EXPECT_EQ(t.parameters, 8u);
  EXPECT_EQ(t.bits, 16);
  EXPECT_EQ(t.zero_fraction, 0.25);
  EXPECT_DOUBLE_EQ(t.error.mse, 1.0 / 8);
  EXPECT_DOUBLE_EQ(t.error.sqnr_db, 10 * std::log10(28.0));
  EXPECT_DOUBLE_EQ(t.error.cosine, (11 + 14) / std::sqrt(28.0 * 23));
  EXPECT_EQ(report().tensors[0].error.sqnr_db, INFINITY);
}

TEST(QualityReport, TextJsonAndPlot) {
  QualityReport r = report();
  EXPECT_NE(r.text().find("exact"), std::string::npos);
  auto json = nlohmann::json::parse(r.json());
  EXPECT_TRUE(json["tensors"][0]["sqnr_db"].is_null());
  EXPECT_EQ(json["tensors"][1]["mse"], 0.125);
  EXPECT_EQ(json.count("model"), 0u);
  r.model = ModelComparison{};
  json = nlohmann::json::parse(r.json());
  EXPECT_EQ(json["model"]["mean_kl"], 0.0);
  EXPECT_NE(r.text().find("perplexity after"), std::string::npos);
  // Every tag that begins ends, and nothing of a name is read as one.
  for (const std::size_t count : {2u, 250u}) {
    while (r.tensors.size() < count) r.tensors.push_back(r.tensors[1]);
    const std::string svg = r.svg();
    static const std::regex tag(R"(<(/?)([a-z]+)([^<>]*?)(/?)>)");
    std::vector<std::string> open;
    std::size_t end = 0;
    for (std::sregex_iterator it(svg.begin(), svg.end(), tag), none; it != none; ++it) {
      const std::string between = svg.substr(end, static_cast<std::size_t>(it->position()) - end);
      EXPECT_EQ(between.find_first_of("<>"), std::string::npos) << between;
      end = static_cast<std::size_t>(it->position() + it->length());
      if ((*it)[1] == "/") {
        ASSERT_FALSE(open.empty());
        EXPECT_EQ(open.back(), (*it)[2]);
        open.pop_back();
      } else if ((*it)[4] != "/") {
        open.push_back((*it)[2]);
      }
    }
    EXPECT_TRUE(open.empty());
    EXPECT_NE(svg.find("token&lt;embd&gt;"), std::string::npos);
    EXPECT_NE(svg.find("in &amp; &lt;out&gt;"), std::string::npos);
  }
}

}  // namespace
}  // namespace bitnet
