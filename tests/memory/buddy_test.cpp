#include "memory/buddy.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace bitnet {
namespace {

TEST(Buddy, SplitsAndMergesBack) {
  Buddy buddy(16);
  EXPECT_EQ(buddy.largest_free(), 16u);
  const auto a = buddy.allocate(4), b = buddy.allocate(3), c = buddy.allocate(8);
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(buddy.free_units(), 1u);  // three of four were taken, and no more
  EXPECT_EQ(*a % 4, 0u);
  EXPECT_EQ(*c, 7u) << "right behind the three";
  EXPECT_FALSE(buddy.allocate(2));
  EXPECT_TRUE(buddy.allocate(1));
  EXPECT_EQ(buddy.free_units(), 0u);
  EXPECT_EQ(buddy.largest_free(), 0u);
}

TEST(Buddy, OneBlockIsLeftWhenAllIsFree) {
  Buddy buddy(16);
  const auto a = buddy.allocate(1), b = buddy.allocate(1);
  buddy.deallocate(*a, 1);
  EXPECT_LT(buddy.largest_free(), 16u);
  const std::uint64_t before = buddy.merges();
  buddy.deallocate(*b, 1);
  EXPECT_EQ(buddy.largest_free(), 16u);
  EXPECT_EQ(buddy.merges() - before, 4u);  // 1+1, 2+2, 4+4, 8+8
}

TEST(Buddy, RefusesWhatCannotBe) {
  Buddy buddy(8);
  EXPECT_FALSE(buddy.allocate(0));
  EXPECT_FALSE(buddy.allocate(9));
  EXPECT_FALSE(buddy.allocate(1, 16));
  EXPECT_TRUE(buddy.allocate(8));
  EXPECT_FALSE(buddy.allocate(1));
}

TEST(Buddy, TheLowestPlaceAcrossBlocksThatAreNoBuddies) {
  Buddy buddy(64);
  ASSERT_EQ(*buddy.allocate(64), 0u);
  buddy.deallocate(3, 2);
  buddy.deallocate(9, 14);  // 9, 10-11, 12-15, 16-19, 20-21, 22
  buddy.deallocate(40, 16);
  EXPECT_FALSE(buddy.allocate_below(9, 12));
  EXPECT_EQ(*buddy.allocate_below(64, 2), 3u);
  EXPECT_EQ(*buddy.allocate_below(64, 6, 4), 12u);
  EXPECT_EQ(*buddy.allocate_below(64, 3), 9u);
  EXPECT_EQ(*buddy.allocate_below(64, 5), 18u);
  EXPECT_FALSE(buddy.allocate_below(40, 2));
  EXPECT_EQ(buddy.free_units(), 16u);
}

TEST(Buddy, AlignmentIsKept) {
  Buddy buddy(256);
  (void)buddy.allocate(1);
  for (const std::uint32_t alignment : {1u, 2u, 4u, 8u, 16u, 32u, 64u}) {
    const auto unit = buddy.allocate(1, alignment);
    ASSERT_TRUE(unit);
    EXPECT_EQ(*unit % alignment, 0u);
  }
}

// Against a map of intervals: nothing overlaps, what fits between two is found, and all free is the beginning again.
TEST(Buddy, RandomTrafficAgainstIntervals) {
  std::mt19937 random(11);
  for (int round = 0; round < 8; ++round) {
    Buddy buddy(1024);
    std::map<std::uint32_t, std::uint32_t> live;
    std::uint32_t used = 0;
    for (int i = 0; i < 25000; ++i) {
      if (live.empty() || random() % 100 < 52) {
        const std::uint32_t count = 1 + random() % (random() % 8 == 0 ? 300 : 24);
        std::uint32_t largest = 0, end = 0;
        for (const auto& [first, size] : live) largest = std::max(largest, first - end), end = first + size;
        largest = std::max(largest, 1024 - end);
        const auto unit = random() % 4 == 0 ? buddy.allocate_below(1024, count) : buddy.allocate(count);
        ASSERT_EQ(unit.has_value(), count <= largest) << count << " of " << largest;
        if (!unit) continue;
        const auto next = live.lower_bound(*unit);
        ASSERT_LE(*unit + count, next == live.end() ? 1024u : next->first);
        if (next != live.begin()) ASSERT_LE(std::prev(next)->first + std::prev(next)->second, *unit);
        live.emplace(*unit, count);
        used += count;
      } else {
        auto at = std::next(live.begin(), static_cast<std::ptrdiff_t>(random() % live.size()));
        buddy.deallocate(at->first, at->second);
        used -= at->second;
        live.erase(at);
      }
      ASSERT_EQ(buddy.free_units(), 1024 - used);
    }
    std::uint32_t free = 0;
    buddy.for_each_free([&](std::uint32_t, std::uint32_t count) { free += count; });
    EXPECT_EQ(free, buddy.free_units());
    for (const auto& [first, count] : live) buddy.deallocate(first, count);
    EXPECT_EQ(buddy.largest_free(), 1024u);
  }
}

}  // namespace
}  // namespace bitnet
