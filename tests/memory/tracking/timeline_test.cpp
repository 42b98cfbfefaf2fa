// The bounded list of events and what is written of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "bitnet/error.hpp"
#include "bitnet/memory_tracking.hpp"

namespace bitnet {
namespace {

MemoryEvent event(std::uint64_t time, std::uint64_t id, bool is_allocation, std::uint64_t size = 64) {
  return {time, id, size, MemoryTag::kScratch, Device::kCpu, is_allocation, 0};
}

TEST(MemoryTimeline, KeepsTheLastEventsInOrder) {
  MemoryTimeline timeline(100);
  for (std::uint64_t i = 0; i < 250; ++i) timeline.record(event(i, i + 1, true));
  const auto events = timeline.events();
  ASSERT_EQ(events.size(), 100u);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(events[i].time_ns, 150 + i);
  EXPECT_EQ(timeline.dropped(), 150u);
  EXPECT_THROW(MemoryTimeline(0), Error);
  EXPECT_THROW(MemoryTimeline((std::size_t{1} << 26) + 1), Error);
}

TEST(MemoryTimeline, LosesNothingOfManyThreads) {
  MemoryTimeline timeline(1 << 16);
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 5000; ++i) timeline.record(event(i, t * 5000 + i + 1, true));
    });
  for (std::thread& thread : threads) thread.join();
  auto events = timeline.events();
  ASSERT_EQ(events.size(), 40000u);
  std::ranges::sort(events, {}, &MemoryEvent::id);
  for (std::size_t i = 0; i < events.size(); ++i) ASSERT_EQ(events[i].id, i + 1);
}

TEST(MemoryTimeline, IsWrittenAsCsvAndJson) {
  const std::vector<MemoryEvent> events{event(5, 1, true), event(1500, 1, false), event(2000, 2, true, 4096)};
  std::ostringstream csv, json;
  write_timeline_csv(csv, events);
  EXPECT_EQ(csv.str(),
            "time_ns,event,id,size,tag,device,thread\n"
            "5,alloc,1,64,scratch,cpu,0\n1500,free,1,64,scratch,cpu,0\n2000,alloc,2,4096,scratch,cpu,0\n");
  write_timeline_json(json, events);
  const auto parsed = nlohmann::json::parse(json.str());
  ASSERT_EQ(parsed.size(), 3u);
  EXPECT_EQ(parsed[1]["event"], "free");
  EXPECT_EQ(parsed[2]["size"], 4096);
  std::ostringstream none;
  write_timeline_json(none, {});
  EXPECT_TRUE(nlohmann::json::parse(none.str()).empty());
}

TEST(MemoryTimeline, TraceHasASliceABlockAndCountsLiveBytes) {
  const std::vector<MemoryEvent> events{event(500, 9, false), event(1000, 1, true), event(2000, 2, true, 100),
                                        event(3500, 1, false), event(9000, 3, true)};
  std::ostringstream out;
  write_timeline_chrome(out, events);
  const auto trace = nlohmann::json::parse(out.str())["traceEvents"];
  std::map<std::uint64_t, std::pair<double, double>> slices;
  std::vector<std::uint64_t> live;
  for (const auto& entry : trace) {
    if (entry["ph"] == "X") slices[entry["args"]["id"]] = {entry["ts"], entry["dur"]};
    if (entry["ph"] == "C") live.push_back(entry["args"]["scratch"]);
  }
  ASSERT_EQ(slices.size(), 3u) << "block 9 began before the first event";
  EXPECT_EQ(slices[1], (std::pair{1.0, 2.5}));
  EXPECT_EQ(slices[2], (std::pair{2.0, 7.0})) << "still live: to the last event";
  EXPECT_EQ(live, (std::vector<std::uint64_t>{64, 164, 100, 164}));
  std::ostringstream none;
  write_timeline_chrome(none, {});
  EXPECT_TRUE(nlohmann::json::parse(none.str())["traceEvents"].empty());
}

}  // namespace
}  // namespace bitnet
