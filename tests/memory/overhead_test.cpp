// What the pool costs beyond what was asked of it, on the trace of a real generation (traces/README.md).
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "bitnet/memory.hpp"

namespace bitnet {
namespace {

TEST(Overhead, OfAGenerationIsAtMost3Point2Percent) {
  std::ifstream file(std::string(BITNET_SOURCE_DIR) + "/tests/memory/traces/built_in_generation.csv");
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  ASSERT_EQ(line, "time_ns,event,id,size,tag,device,thread");
  const auto pool = HybridMemoryPool::create(MemoryPoolConfig::unlimited());
  std::map<std::string, MemoryHandle> live;
  std::uint64_t peak = 0, overhead = 0, events = 0, slack = 0;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string time, event, id, size;
    for (std::string* field : {&time, &event, &id, &size}) std::getline(fields, *field, ',');
    if (event == "alloc") {
      live[id] = pool->allocate(std::stoull(size));
    } else {
      pool->deallocate(live.at(id));
    }
    ++events;
    const MemoryMetrics metrics = pool->get_metrics();
    if (metrics.current_bytes <= peak) continue;
    peak = metrics.current_bytes, overhead = metrics.overhead_bytes;
    slack = metrics.reserved_bytes - metrics.current_bytes;
  }
  EXPECT_GT(events, 60u);
  EXPECT_GT(peak, 20u << 20);
  const double share = static_cast<double>(overhead) / static_cast<double>(peak);
  std::printf("  %llu bytes asked for at most, %llu more: %.2f %%, of these %llu inside of blocks\n",
              static_cast<unsigned long long>(peak), static_cast<unsigned long long>(overhead), 100 * share,
              static_cast<unsigned long long>(slack));
  EXPECT_LE(share, 0.032);
  EXPECT_GT(overhead, slack) << "tables cost something";
}

TEST(Overhead, OfSmallBlocksIsWhatTheirClassesLeave) {
  const auto pool = HybridMemoryPool::create(MemoryPoolConfig::unlimited());
  std::vector<Buffer> blocks;
  for (int i = 0; i < 20000; ++i) blocks.push_back(pool->buffer(1024));
  const MemoryMetrics metrics = pool->get_metrics();
  EXPECT_EQ(metrics.current_bytes, metrics.reserved_bytes);
  EXPECT_LE(metrics.overhead_bytes, metrics.current_bytes / 20);
  blocks.clear();
  EXPECT_EQ(pool->get_metrics().reserved_bytes, 0u);
  EXPECT_GT(pool->get_metrics().overhead_bytes, 20'000'000u) << "free blocks are kept";
  pool->release_free();
  EXPECT_LT(pool->get_metrics().overhead_bytes, 1u << 20);
}

}  // namespace
}  // namespace bitnet
