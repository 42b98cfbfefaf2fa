#include "engine/sampler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <random>

#include "bitnet/error.hpp"

namespace bitnet {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Everything off but the temperature.
SamplerOptions plain(float temperature = 1.0f, std::uint64_t seed = 1) {
  SamplerOptions options;
  options.temperature = temperature;
  options.top_k = 0;
  options.top_p = 1.0f;
  options.min_p = 0.0f;
  options.seed = seed;
  return options;
}

// What sampling means, written down as plainly as it can be: probability of each id.
std::map<TokenId, double> expected_distribution(std::vector<float> logits, const std::vector<TokenId>& history,
                                                const SamplerOptions& o) {
  const std::size_t window = std::min<std::size_t>(history.size(), static_cast<std::size_t>(o.repeat_window));
  std::vector<bool> seen(logits.size());
  for (std::size_t i = history.size() - window; i < history.size(); ++i)
    seen[static_cast<std::size_t>(history[i])] = true;
  for (std::size_t i = 0; i < logits.size(); ++i)
    if (seen[i]) logits[i] = logits[i] > 0 ? logits[i] / o.repeat_penalty : logits[i] * o.repeat_penalty;

  std::vector<TokenId> order;
  for (std::size_t i = 0; i < logits.size(); ++i)
    if (!std::isnan(logits[i])) order.push_back(static_cast<TokenId>(i));
  const auto logit = [&](TokenId id) { return logits[static_cast<std::size_t>(id)]; };
  std::stable_sort(order.begin(), order.end(), [&](TokenId a, TokenId b) { return logit(a) > logit(b); });
  if (o.top_k > 0 && static_cast<std::size_t>(o.top_k) < order.size()) order.resize(static_cast<std::size_t>(o.top_k));

  std::vector<double> p;
  double total = 0;
  for (const TokenId id : order)
    p.push_back(std::exp((static_cast<double>(logit(id)) - logit(order[0])) / o.temperature)), total += p.back();
  for (double& x : p) x /= total;
  std::size_t keep = 0;
  for (double sum = 0; keep < p.size() && (keep == 0 || sum < static_cast<double>(o.top_p) - 1e-12); ++keep)
    sum += p[keep];
  while (keep > 1 && p[keep - 1] < static_cast<double>(o.min_p) * p[0]) --keep;

  total = std::accumulate(p.begin(), p.begin() + static_cast<std::ptrdiff_t>(keep), 0.0);
  std::map<TokenId, double> result;
  for (std::size_t i = 0; i < keep; ++i) result[order[i]] = p[i] / total;
  return result;
}

// Draws often and compares every frequency with its probability: 5 standard deviations, so that the fixed seed decides
// once and for all.
void check_distribution(const std::vector<float>& logits, const std::vector<TokenId>& history,
                        const SamplerOptions& options) {
  const std::map<TokenId, double> expected = expected_distribution(logits, history, options);
  Sampler sampler(options);
  constexpr int kDraws = 20000;
  std::map<TokenId, int> counts;
  for (int i = 0; i < kDraws; ++i) ++counts[sampler.sample(logits, history)];
  for (const auto& [id, count] : counts)
    ASSERT_TRUE(expected.count(id)) << "id " << id << " was to be filtered out, drawn " << count << " times";
  for (const auto& [id, p] : expected) {
    const double deviation = std::sqrt(p * (1 - p) / kDraws) + 1e-9;
    EXPECT_NEAR(static_cast<double>(counts[id]) / kDraws, p, 5 * deviation) << "id " << id;
  }
}

std::vector<float> random_logits(std::size_t count, unsigned seed, float spread = 4.0f) {
  std::mt19937 random(seed);
  std::vector<float> logits(count);
  for (float& x : logits) x = (static_cast<float>(random() % 10001) / 5000.0f - 1.0f) * spread;
  return logits;
}

TEST(Sampler, DrawsWithTheSoftmaxProbabilities) {
  check_distribution({1.0f, 2.0f, 3.0f, 0.0f, -1.0f}, {}, plain());
  check_distribution({std::log(0.5f), std::log(0.3f), std::log(0.2f)}, {}, plain());
}

TEST(Sampler, EachFilterAlone) {
  const std::vector<float> logits = random_logits(40, 3);
  for (const float temperature : {0.3f, 1.0f, 2.5f}) check_distribution(logits, {}, plain(temperature));
  for (const int k : {1, 2, 7, 39, 40, 41, 1000000}) {
    SamplerOptions options = plain();
    options.top_k = k;
    check_distribution(logits, {}, options);
  }
  for (const float p : {0.0f, 0.1f, 0.5f, 0.9f, 0.999f, 1.0f}) {
    SamplerOptions options = plain();
    options.top_p = p;
    check_distribution(logits, {}, options);
  }
  for (const float p : {0.0f, 0.05f, 0.5f, 1.0f}) {
    SamplerOptions options = plain();
    options.min_p = p;
    check_distribution(logits, {}, options);
  }
  for (const float penalty : {0.7f, 1.0f, 1.3f, 3.0f}) {
    SamplerOptions options = plain();
    options.repeat_penalty = penalty;
    check_distribution(logits, {1, 5, 5, 9, 33}, options);
  }
}

TEST(Sampler, FiltersCombined) {
  std::mt19937 random(11);
  for (unsigned round = 0; round < 12; ++round) {
    SamplerOptions options = plain(0.4f + static_cast<float>(random() % 20) / 10.0f, round);
    options.top_k = static_cast<int>(random() % 30);
    options.top_p = 0.3f + static_cast<float>(random() % 70) / 100.0f;
    options.min_p = static_cast<float>(random() % 20) / 100.0f;
    options.repeat_penalty = 1.0f + static_cast<float>(random() % 10) / 10.0f;
    options.repeat_window = static_cast<int>(random() % 6);
    SCOPED_TRACE(round);
    check_distribution(random_logits(50, round + 100), {3, 1, 4, 1, 5, 9, 2, 6, 5, 3}, options);
  }
}

TEST(Sampler, ThePenaltyCountsATokenOnceAndOnlyInsideTheWindow) {
  SamplerOptions options = SamplerOptions::greedy();
  options.repeat_penalty = 2.0f;
  options.repeat_window = 2;
  // 10 / 2 stays above 4, however often the token appeared; 10 / 4 would not.
  EXPECT_EQ(Sampler(options).sample(std::vector<float>{10.0f, 4.0f}, std::vector<TokenId>{0, 0, 0}), 0);
  EXPECT_EQ(Sampler(options).sample(std::vector<float>{10.0f, 6.0f}, std::vector<TokenId>{0, 0, 0}), 1);
  EXPECT_EQ(Sampler(options).sample(std::vector<float>{10.0f, 6.0f, 0.0f}, std::vector<TokenId>{0, 2, 2}), 0);
  // Negative logits are multiplied.
  EXPECT_EQ(Sampler(options).sample(std::vector<float>{-3.0f, -5.0f}, std::vector<TokenId>{0}), 1);
  // Ids outside the vocabulary, which another tokenizer's history might hold, are nobody's.
  EXPECT_EQ(Sampler(options).sample(std::vector<float>{2.0f, 1.5f}, std::vector<TokenId>{-7, 99}), 0);
}

TEST(Sampler, GreedyTakesTheSmallestIdAmongEquals) {
  Sampler sampler(SamplerOptions::greedy());
  EXPECT_EQ(sampler.sample(std::vector<float>{1.0f, 3.0f, 3.0f, 2.0f}, {}), 1);
  EXPECT_EQ(sampler.sample(std::vector<float>{-kInf, -kInf}, {}), 0);
  EXPECT_EQ(sampler.sample(std::vector<float>{0.0f}, {}), 0);
}

TEST(Sampler, TiesAreCutByTheSmallerId) {
  SamplerOptions options = plain();
  options.top_k = 3;
  check_distribution(std::vector<float>(10, 1.0f), {}, options);  // ids 0, 1 and 2, each a third
  options.top_k = 0;
  options.top_p = 0.25f;
  check_distribution(std::vector<float>(10, 1.0f), {}, options);
}

TEST(Sampler, NanIsNeverChosen) {
  const std::vector<float> logits{kNan, 1.0f, kNan, 0.5f};
  EXPECT_EQ(Sampler(SamplerOptions::greedy()).sample(logits, {}), 1);
  check_distribution(logits, {}, plain());
  for (const SamplerOptions& options : {SamplerOptions::greedy(), plain()}) {
    Sampler sampler(options);
    try {
      (void)sampler.sample(std::vector<float>{kNan, kNan}, {});
      ADD_FAILURE() << "a token was chosen";
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kInternal);
    }
    EXPECT_THROW((void)sampler.sample({}, {}), Error);
  }
}

TEST(Sampler, InfiniteLogits) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(Sampler(plain(1.0f, seed)).sample(std::vector<float>{0.0f, kInf, 5.0f}, {}), 1);
    EXPECT_NE(Sampler(plain(1.0f, seed)).sample(std::vector<float>{0.0f, -kInf, 5.0f}, {}), 1);
  }
  // Nothing is likelier than anything else.
  std::map<TokenId, int> counts;
  Sampler sampler(plain());
  for (int i = 0; i < 1000; ++i) ++counts[sampler.sample(std::vector<float>{-kInf, -kInf}, {})];
  EXPECT_NEAR(counts[0], 500, 80);
}

TEST(Sampler, ExtremeTemperatures) {
  const std::vector<float> logits = random_logits(100, 5);
  const TokenId best = Sampler(SamplerOptions::greedy()).sample(logits, {});
  for (const float temperature : {1e-38f, 1e-6f})
    for (std::uint64_t seed = 0; seed < 20; ++seed)
      EXPECT_EQ(Sampler(plain(temperature, seed)).sample(logits, {}), best);
  check_distribution(random_logits(10, 5), {}, plain(1e30f));
}

TEST(Sampler, TheSameSeedGivesTheSameTokens) {
  const std::vector<float> logits = random_logits(1000, 17);
  const auto draw = [&](std::uint64_t seed) {
    Sampler sampler(plain(1.0f, seed));
    std::vector<TokenId> ids;
    for (int i = 0; i < 8; ++i) ids.push_back(sampler.sample(logits, {}));
    return ids;
  };
  EXPECT_EQ(draw(42), draw(42));
  EXPECT_NE(draw(42), draw(43));
  // Computed by a separate program too (Python, full sort): what a seed means stays on every machine.
  EXPECT_EQ(draw(42), (std::vector<TokenId>{752, 685, 588, 878, 361, 874, 823, 584}));
}

TEST(Sampler, ALargeVocabularyWithEveryFilter) {
  const std::vector<float> logits = random_logits(128256, 23);
  for (const float top_p : {1.0f, 0.9f})
    for (const int top_k : {0, 40, 100000}) {
      SamplerOptions options = plain();
      options.top_p = top_p;
      options.top_k = top_k;
      const auto allowed = expected_distribution(logits, {}, options);
      Sampler sampler(options);
      for (int i = 0; i < 5; ++i) {
        const TokenId id = sampler.sample(logits, {});
        EXPECT_TRUE(allowed.count(id)) << "top_p " << top_p << " top_k " << top_k << " id " << id;
      }
    }
}

TEST(SamplerOptions, ValidateNamesTheField) {
  const auto message = [](auto change) -> std::string {
    SamplerOptions options;
    change(options);
    try {
      options.validate();
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kInvalidArgument);
      return e.what();
    }
    return "";
  };
  EXPECT_EQ(message([](SamplerOptions&) {}), "");
  for (const float bad : {kNan, kInf, -kInf, -0.1f}) {
    EXPECT_TRUE(message([&](auto& o) { o.temperature = bad; }).starts_with("temperature"));
    EXPECT_TRUE(message([&](auto& o) { o.top_p = bad; }).starts_with("top_p"));
    EXPECT_TRUE(message([&](auto& o) { o.min_p = bad; }).starts_with("min_p"));
    EXPECT_TRUE(message([&](auto& o) { o.repeat_penalty = bad; }).starts_with("repeat_penalty"));
  }
  EXPECT_TRUE(message([](auto& o) { o.top_p = 1.01f; }).starts_with("top_p"));
  EXPECT_TRUE(message([](auto& o) { o.min_p = 1.01f; }).starts_with("min_p"));
  EXPECT_TRUE(message([](auto& o) { o.repeat_penalty = 0.0f; }).starts_with("repeat_penalty"));
  EXPECT_TRUE(message([](auto& o) { o.top_k = -1; }).starts_with("top_k"));
  EXPECT_TRUE(message([](auto& o) { o.repeat_window = -1; }).starts_with("repeat_window"));
  EXPECT_THROW(Sampler(SamplerOptions{.temperature = kNan}), Error);
}

TEST(FinishReason, NamesAreStable) {
  EXPECT_EQ(finish_reason_name(FinishReason::kLength), "length");
  EXPECT_EQ(finish_reason_name(FinishReason::kStopToken), "stop_token");
  EXPECT_EQ(finish_reason_name(FinishReason::kStopText), "stop_text");
  EXPECT_EQ(finish_reason_name(FinishReason::kContextFull), "context_full");
  EXPECT_EQ(finish_reason_name(FinishReason::kCancelled), "cancelled");
}

}  // namespace
}  // namespace bitnet
