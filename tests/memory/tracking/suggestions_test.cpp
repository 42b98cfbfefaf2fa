// Suggestions appear where they help, and what they promise is what a replay with the change shows.
#include <gtest/gtest.h>

#include <string>

#include "memory/tracking/block_lives.hpp"
#include "support/memory_workloads.hpp"

namespace bitnet {
namespace {

using testing::MemoryWorkload;
using testing::Traffic;

std::vector<MemorySuggestion> suggest(std::span<const MemoryEvent> events, const MemoryMetrics& metrics = {}) {
  return suggest_memory_changes(events, metrics, find_memory_patterns(events));
}

const MemorySuggestion* find(const std::vector<MemorySuggestion>& suggestions, const std::string& word) {
  for (const MemorySuggestion& suggestion : suggestions)
    if (suggestion.change.find(word) != std::string::npos) return &suggestion;
  return nullptr;
}

TEST(MemorySuggestions, NoneForTrafficWithoutAPattern) {
  for (std::uint64_t seed = 101; seed <= 105; ++seed)
    EXPECT_TRUE(suggest(testing::memory_workloads(seed).front().events).empty());
  EXPECT_TRUE(suggest({}).empty());
}

TEST(MemorySuggestions, ReuseSavesTheAllocationsItSays) {
  Traffic traffic(101);
  for (double at = 0; at < Traffic::kSpan; at += 1e7) traffic.block(at, 2e6, 100000, MemoryTag::kScratch);
  traffic.noise(200);
  const auto events = traffic.events();
  const auto suggestions = suggest(events);
  const MemorySuggestion* reuse = find(suggestions, "Keep 1 block of 100000 bytes");
  ASSERT_NE(reuse, nullptr);
  // The same traffic through a list of kept blocks.
  std::uint64_t made = 0, kept = 0, asked = 0;
  for (const MemoryEvent& e : events) {
    if (e.size != 100000) continue;
    if (!e.is_allocation) {
      ++kept;
      continue;
    }
    ++asked;
    kept > 0 ? --kept : ++made;
  }
  EXPECT_EQ(reuse->saves_allocations, asked - made);
  EXPECT_NE(reuse->reason.find(std::to_string(asked)), std::string::npos) << reuse->reason;
}

TEST(MemorySuggestions, LeaksCostThePeakTheySay) {
  for (const MemoryWorkload& workload : testing::memory_workloads(101)) {
    const auto suggestions = suggest(workload.events);
    const MemorySuggestion* leak = find(suggestions, "pile up");
    ASSERT_EQ(leak != nullptr, workload.kinds.contains(PatternKind::kLeak)) << workload.name;
    if (leak == nullptr) continue;
    // The peak of what was counted, with those blocks given back at once and without.
    const std::uint64_t size = workload.name == "a leak" ? 5000 : 6000;
    const auto lives = block_lives(workload.events);
    std::uint64_t live = 0, peak = 0, live_without = 0, peak_without = 0;
    replay(lives, [&](std::size_t block, bool begins) {
      const BlockLife& life = lives[block];
      const bool leaks = life.size == size && !life.ended();
      live += begins ? life.size : -life.size;
      if (!leaks) live_without += begins ? life.size : -life.size;
      peak = std::max(peak, live), peak_without = std::max(peak_without, live_without);
    });
    EXPECT_EQ(leak->saves_bytes, peak - peak_without);
    EXPECT_NE(leak->reason.find(std::to_string(peak)), std::string::npos) << leak->reason;
  }
}

TEST(MemorySuggestions, LastingBlocksApartTakeTheBytesItSays) {
  for (const MemoryWorkload& workload : testing::memory_workloads(102)) {
    const auto suggestions = suggest(workload.events);
    const MemorySuggestion* apart = find(suggestions, "a pool of their own");
    // Where what comes lasts too, the holes stay holes wherever they lie.
    ASSERT_EQ(apart != nullptr, workload.name == "blocks that grow, wave by wave") << workload.name;
    if (apart == nullptr) continue;
    const auto together = replay_in_stretch(block_lives(workload.events));
    EXPECT_GT(apart->saves_bytes, together.bytes / 20);
    EXPECT_LT(apart->saves_bytes, together.bytes);
    EXPECT_NE(apart->reason.find(std::to_string(together.bytes)), std::string::npos) << apart->reason;
  }
}

TEST(MemorySuggestions, NameTheSizeThatWastesMost) {
  Traffic traffic(103);
  for (int i = 0; i < 12; ++i) traffic.block(i, 2 * Traffic::kSpan, (1 << 20) + 1, MemoryTag::kActivations);
  traffic.noise(50);
  const auto events = traffic.events();
  MemoryMetrics metrics;
  metrics.current_bytes = 70, metrics.reserved_bytes = 100;
  const auto suggestions = suggest(events, metrics);
  const MemorySuggestion* sizes = find(suggestions, "Put several blocks of 1048577 bytes");
  ASSERT_NE(sizes, nullptr);
  EXPECT_EQ(sizes->saves_bytes, 12u * 65535u);
  EXPECT_NE(sizes->reason.find("30 %"), std::string::npos) << sizes->reason;
  metrics.current_bytes = 95;
  EXPECT_EQ(find(suggest(events, metrics), "into one"), nullptr);
}

}  // namespace
}  // namespace bitnet
