// Figures by tag, live blocks and leaks against what the test itself counts.
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "bitnet/error.hpp"
#include "bitnet/memory_tracking.hpp"
#include "memory/tracking/live_table.hpp"

namespace bitnet {
namespace {

std::shared_ptr<HybridMemoryPool> tracked_pool(const std::shared_ptr<MemoryTracker>& tracker) {
  MemoryPoolConfig config = MemoryPoolConfig::unlimited();
  config.observer = tracker;
  return HybridMemoryPool::create(config);
}

TEST(LiveTable, HoldsWhatAMapHolds) {
  LiveTable table;
  std::map<std::uint64_t, std::uint64_t> oracle;
  std::mt19937_64 random(5);
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 300000; ++i) {
    if (oracle.size() < 3000 && (oracle.empty() || random() % 2 == 0)) {
      // As pools give them: places that count up, and few bits that differ.
      const std::uint64_t id = (random() % 8 + 1) << 32 | (random() % 4096);
      if (oracle.contains(id)) continue;
      oracle[id] = random();
      ids.push_back(id);
      ASSERT_TRUE(table.insert({id, oracle[id], 0, MemoryTag::kOther, Device::kCpu}));
    } else {
      const std::size_t k = random() % ids.size();
      const LiveTable::Entry entry = table.remove(ids[k]);
      ASSERT_EQ(entry.id, ids[k]);
      ASSERT_EQ(entry.size, oracle[ids[k]]);
      ASSERT_EQ(table.remove(ids[k]).id, 0u);
      oracle.erase(ids[k]);
      ids[k] = ids.back();
      ids.pop_back();
    }
    ASSERT_EQ(table.size(), oracle.size());
  }
  std::size_t seen = 0;
  table.for_each([&](const LiveTable::Entry& entry) {
    ++seen;
    EXPECT_EQ(oracle.at(entry.id), entry.size);
  });
  EXPECT_EQ(seen, oracle.size());
}

TEST(MemoryTracker, CountsByTagAsAnOracleDoes) {
  const auto tracker = MemoryTracker::create();
  const auto pool = tracked_pool(tracker);
  struct Oracle {
    std::uint64_t current = 0, peak = 0, blocks = 0, allocations = 0;
  } oracle[kMemoryTags];
  struct Live {
    MemoryHandle handle;
    std::size_t tag;
  };
  std::vector<Live> live;
  std::mt19937_64 random(6);
  for (int i = 0; i < 100000; ++i) {
    if (live.size() < 500 && (live.empty() || random() % 100 < 55)) {
      const std::size_t tag = random() % kMemoryTags, size = 1 + random() % (random() % 50 == 0 ? 3 << 20 : 5000);
      live.push_back({pool->allocate({.size = size, .tag = static_cast<MemoryTag>(tag)}), tag});
      Oracle& o = oracle[tag];
      o.current += size, ++o.blocks, ++o.allocations;
      o.peak = std::max(o.peak, o.current);
    } else {
      const std::size_t k = random() % live.size();
      Oracle& o = oracle[live[k].tag];
      o.current -= live[k].handle.size, --o.blocks;
      pool->deallocate(live[k].handle);
      live[k] = live.back();
      live.pop_back();
    }
  }
  for (std::size_t tag = 0; tag < kMemoryTags; ++tag) {
    const MemoryTagFigures figures = tracker->figures(static_cast<MemoryTag>(tag));
    EXPECT_EQ(figures.current_bytes, oracle[tag].current);
    EXPECT_EQ(figures.peak_bytes, oracle[tag].peak);
    EXPECT_EQ(figures.blocks, oracle[tag].blocks);
    EXPECT_EQ(figures.allocations, oracle[tag].allocations);
  }
  EXPECT_EQ(tracker->missed(), 0u);
  EXPECT_EQ(tracker->live_blocks().bytes, pool->get_metrics().current_bytes);
  for (const Live& l : live) pool->deallocate(l.handle);
  EXPECT_TRUE(tracker->live_blocks().blocks.empty());
}

TEST(MemoryTracker, ReportsPlantedLeaksWithSizeTagAndAge) {
  const auto tracker = MemoryTracker::create();
  const auto pool = tracked_pool(tracker);
  std::vector<MemoryHandle> leaked;
  for (std::size_t i = 0; i < 7; ++i) {
    leaked.push_back(pool->allocate({.size = 1000 + i, .tag = MemoryTag::kScratch}));
    for (int k = 0; k < 100; ++k) pool->deallocate(pool->allocate({.size = 64, .tag = MemoryTag::kActivations}));
  }
  const LeakReport report = tracker->live_blocks();
  ASSERT_EQ(report.blocks.size(), 7u);
  for (std::size_t i = 0; i < 7; ++i) {
    const auto found = std::ranges::find(report.blocks, leaked[i].id, &LiveBlock::id);
    ASSERT_NE(found, report.blocks.end());
    EXPECT_EQ(found->size, 1000 + i);
    EXPECT_EQ(found->tag, MemoryTag::kScratch);
    EXPECT_GE(found->age.count(), 0);
  }
  EXPECT_TRUE(tracker->live_blocks(std::chrono::hours(1)).blocks.empty()) << "none is that old";
  EXPECT_NE(report.text().find("7 live blocks, 7021 bytes"), std::string::npos) << report.text();
  const auto json = nlohmann::json::parse(report.json());
  EXPECT_EQ(json["bytes"], 7021);
  EXPECT_EQ(json["blocks"].size(), 7u);
  EXPECT_EQ(json["blocks"][0]["tag"], "scratch");
  for (const MemoryHandle& handle : leaked) pool->deallocate(handle);
  EXPECT_EQ(tracker->live_blocks().text(), "no live blocks\n");
}

TEST(MemoryTracker, SamplesOneOfSixteenWithinFivePercent) {
  const auto tracker = MemoryTracker::create({.sample_one_of = 16});
  const auto pool = tracked_pool(tracker);
  std::mt19937_64 random(7);
  std::vector<MemoryHandle> live;
  std::uint64_t bytes = 0;
  for (int i = 0; i < 60000; ++i) {
    const std::size_t size = 100 + random() % 1000;
    live.push_back(pool->allocate({.size = size, .tag = MemoryTag::kScratch}));
    bytes += size;
  }
  const MemoryTagFigures figures = tracker->figures(MemoryTag::kScratch);
  EXPECT_NEAR(static_cast<double>(figures.current_bytes), static_cast<double>(bytes),
              0.05 * static_cast<double>(bytes));
  EXPECT_NEAR(static_cast<double>(figures.blocks), 60000, 0.05 * 60000);
  for (const MemoryHandle& handle : live) pool->deallocate(handle);
  EXPECT_EQ(tracker->figures(MemoryTag::kScratch).current_bytes, 0u);
}

TEST(MemoryTracker, NothingIsWatchedBelowStandard) {
  EXPECT_EQ(MemoryTracker::create({.level = TrackingLevel::kNone}), nullptr);
  EXPECT_EQ(MemoryTracker::create({.level = TrackingLevel::kBasic}), nullptr);
  EXPECT_EQ(MemoryTracker::create()->timeline(), nullptr);
  EXPECT_NE(MemoryTracker::create({.level = TrackingLevel::kDetailed})->timeline(), nullptr);
  EXPECT_THROW(MemoryTracker::create({.sample_one_of = 3}), Error);
  EXPECT_THROW(MemoryTracker::create({.sample_one_of = 0}), Error);
}

TEST(MemoryTracker, ManyThreadsAtOnce) {
  const auto tracker = MemoryTracker::create({.level = TrackingLevel::kDetailed, .timeline_events = 1000});
  const auto pool = tracked_pool(tracker);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      std::vector<MemoryHandle> own;
      for (std::size_t i = 0; i < 3000; ++i) {
        own.push_back(
            pool->allocate({.size = 16 + (i * 37 + t) % 3000, .tag = static_cast<MemoryTag>(t % kMemoryTags)}));
        if (i % 3 == 2) {
          pool->deallocate(own[own.size() / 2]);
          own.erase(own.begin() + static_cast<std::ptrdiff_t>(own.size() / 2));
        }
        if (i % 500 == 0) (void)tracker->live_blocks();
      }
      for (const MemoryHandle& handle : own) pool->deallocate(handle);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(tracker->live_blocks().blocks.empty());
  for (std::size_t tag = 0; tag < kMemoryTags; ++tag)
    EXPECT_EQ(tracker->figures(static_cast<MemoryTag>(tag)).current_bytes, 0u);
  EXPECT_EQ(tracker->timeline()->events().size() + tracker->timeline()->dropped(), 8u * 3000 * 2);
}

}  // namespace
}  // namespace bitnet
