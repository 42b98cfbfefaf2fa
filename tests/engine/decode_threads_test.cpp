#include "engine/decode_threads.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace bitnet {
namespace {

// Runs tokens whose time is a function of the thread count; the counts that were used.
std::vector<int> run(DecodeThreads& threads, int tokens, const std::function<double(int)>& seconds) {
  std::vector<int> used;
  for (int i = 0; i < tokens; ++i) {
    used.push_back(threads.current());
    threads.took(seconds(threads.current()));
  }
  return used;
}

TEST(DecodeThreads, AllOfThemWhereTheyScale) {
  DecodeThreads threads(16);
  const std::vector<int> used = run(threads, 100, [](int n) { return 1.0 / n; });
  EXPECT_EQ(std::count(used.begin(), used.end(), 16), 100 - DecodeThreads::kTokensEach);
  EXPECT_EQ(used.back(), 16);
}

TEST(DecodeThreads, FewerWhereWaitingCostsMore) {
  DecodeThreads threads(16);
  EXPECT_EQ(run(threads, 100, [](int n) { return 1.0 / n + 0.06 * n; }).back(), 4);
  DecodeThreads one(8);
  EXPECT_EQ(run(one, 100, [](int n) { return 1.0 * n; }).back(), 1);
  DecodeThreads odd(6);
  EXPECT_EQ(run(odd, 100, [](int n) { return n == 3 ? 1.0 : 2.0; }).back(), 3);
}

TEST(DecodeThreads, OneSlowTokenDecidesNothing) {
  DecodeThreads threads(4);
  int token = 0;
  EXPECT_EQ(run(threads, 50, [&](int n) { return token++ == 1 ? 100.0 : 1.0 / n; }).back(), 4);
}

TEST(DecodeThreads, LooksAgainWhenTheMachineChanges) {
  DecodeThreads threads(4);
  run(threads, 100, [](int n) { return 1.0 * n; });
  EXPECT_EQ(threads.current(), 1);
  EXPECT_EQ(run(threads, DecodeThreads::kTokensBetween + 50, [](int n) { return 1.0 / n; }).back(), 4);
}

TEST(DecodeThreads, OneThreadStays) {
  DecodeThreads threads(1);
  for (const int n : run(threads, 20, [](int) { return 1.0; })) EXPECT_EQ(n, 1);
}

}  // namespace
}  // namespace bitnet
