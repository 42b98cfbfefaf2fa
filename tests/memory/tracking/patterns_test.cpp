// Patterns are found where they were put and not elsewhere. The thresholds were chosen by looking at seeds 1 to 5; the
// test judges by others.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <random>

#include "support/memory_workloads.hpp"

namespace bitnet {
namespace {

using testing::MemoryWorkload;
using testing::Traffic;

struct Score {
  int right = 0, wrong = 0, missed = 0;
  double precision() const { return right + wrong == 0 ? 1 : static_cast<double>(right) / (right + wrong); }
  double recall() const { return right + missed == 0 ? 1 : static_cast<double>(right) / (right + missed); }
};

std::array<Score, kPatternKinds> judge(std::uint64_t first_seed, std::uint64_t last_seed) {
  std::array<Score, kPatternKinds> scores;
  for (std::uint64_t seed = first_seed; seed <= last_seed; ++seed)
    for (const MemoryWorkload& workload : testing::memory_workloads(seed)) {
      std::set<PatternKind> kinds;
      for (const MemoryPattern& pattern : find_memory_patterns(workload.events)) kinds.insert(pattern.kind);
      for (std::size_t i = 0; i < kPatternKinds; ++i) {
        const auto kind = static_cast<PatternKind>(i);
        const bool is = workload.kinds.contains(kind), said = kinds.contains(kind);
        if (is && said) ++scores[i].right;
        if (is != said) {
          ++(is ? scores[i].missed : scores[i].wrong);
          std::printf("  seed %llu, %s: %s %s\n", static_cast<unsigned long long>(seed), workload.name.c_str(),
                      pattern_kind_name(kind).data(), is ? "missed" : "is not there");
        }
      }
    }
  return scores;
}

TEST(MemoryPatterns, AreFoundWhereTheyArePut) {
  const auto scores = judge(101, 110);
  std::printf("  %-14s %10s %8s %6s\n", "pattern", "precision", "recall", "cases");
  for (std::size_t i = 0; i < kPatternKinds; ++i) {
    const Score& score = scores[i];
    std::printf("  %-14s %10.3f %8.3f %6d\n", pattern_kind_name(static_cast<PatternKind>(i)).data(), score.precision(),
                score.recall(), score.right + score.missed);
    EXPECT_GE(score.right + score.missed, 20);
    EXPECT_GE(score.precision(), 0.9) << pattern_kind_name(static_cast<PatternKind>(i));
    EXPECT_GE(score.recall(), 0.9) << pattern_kind_name(static_cast<PatternKind>(i));
  }
}

TEST(MemoryPatterns, NextTimeIsForetold) {
  for (std::uint64_t seed = 101; seed <= 110; ++seed) {
    Traffic traffic(seed);
    const double period = traffic.uniform(5e6, 3e7);
    double at = 0;
    for (; at < 0.9 * Traffic::kSpan; at += period)
      traffic.block(at + period * traffic.uniform(-0.03, 0.03), traffic.exponential(1e6), 8192, MemoryTag::kScratch);
    traffic.noise(300);
    const auto patterns = find_memory_patterns(traffic.events());
    const auto found = std::find_if(patterns.begin(), patterns.end(), [](const MemoryPattern& pattern) {
      return pattern.kind == PatternKind::kTemporal && pattern.size == 8192;
    });
    ASSERT_NE(found, patterns.end());
    EXPECT_NEAR(static_cast<double>(found->period_ns), period, 0.05 * period);
    EXPECT_NEAR(static_cast<double>(found->next_ns), at, 0.1 * period);
    EXPECT_NE(found->what.find("8192 bytes"), std::string::npos) << found->what;
  }
}

TEST(MemoryPatterns, ConfidenceIsMeasured) {
  // The more jitter, the less sure; none at all is certain.
  double before = 1.01;
  for (const double jitter : {0.0, 0.05, 0.1, 0.15}) {
    Traffic traffic(7);
    for (double at = 1e7; at < Traffic::kSpan; at += 1e7)
      traffic.block(at + 1e7 * traffic.uniform(-jitter, jitter), traffic.exponential(1e6), 64, MemoryTag::kOther);
    double confidence = 0;
    for (const MemoryPattern& pattern : find_memory_patterns(traffic.events()))
      if (pattern.kind == PatternKind::kTemporal) confidence = pattern.confidence;
    EXPECT_LT(confidence, before) << jitter;
    EXPECT_GT(confidence, 0.5) << jitter;
    before = confidence;
  }
}

TEST(MemoryPatterns, AnyEventsAreBorne) {
  EXPECT_TRUE(find_memory_patterns({}).empty());
  std::mt19937_64 random(1);
  const auto hostile = [&](std::uint64_t value) {
    switch (random() % 4) {
      case 0: return std::uint64_t{0};
      case 1: return UINT64_MAX;
      default: return value;
    }
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<MemoryEvent> events(random() % 200);
    for (MemoryEvent& e : events)
      e = {hostile(random()),
           hostile(random() % 20),
           hostile(random() % 4096),
           static_cast<MemoryTag>(random()),
           static_cast<Device>(random()),
           random() % 2 == 0,
           static_cast<std::uint32_t>(random())};
    const auto patterns = find_memory_patterns(events);
    for (const MemoryPattern& pattern : patterns) {
      EXPECT_GE(pattern.confidence, 0.0);
      EXPECT_LE(pattern.confidence, 1.0);
      EXPECT_FALSE(pattern.what.empty());
    }
    MemoryMetrics metrics;
    metrics.current_bytes = 1, metrics.reserved_bytes = 2;
    for (const MemorySuggestion& suggestion : suggest_memory_changes(events, metrics, patterns))
      EXPECT_FALSE(suggestion.reason.empty());
  }
}

TEST(MemoryPatterns, ManyEventsTakeNoTimeToSpeakOf) {
  Traffic traffic(3);
  traffic.noise_of(200000, 4096, MemoryTag::kScratch);
  traffic.noise(200000);
  EXPECT_FALSE(find_memory_patterns(traffic.events()).empty());
}

}  // namespace
}  // namespace bitnet
