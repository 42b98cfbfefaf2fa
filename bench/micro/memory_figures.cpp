// The figures that the project's founding document gives of its memory system, each measured here, as JSON:
//   memory_figures      {"figures":[{"table","what","claimed","measured","unit","definition"}]}
// Times are the median of nine runs. What is freed is checked before it is timed.
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>
#include <vector>

#include "base/machine.hpp"
#include "bitnet/memory_cleanup.hpp"
#include "bitnet/memory_tracking.hpp"
#include "support/memory_workloads.hpp"

namespace bitnet::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr int kRuns = 9;

Json figures = Json::array();

void report(const char* table, const std::string& what, const char* claimed, double measured, const char* unit,
            const std::string& definition) {
  figures.push_back({{"table", table},
                     {"what", what},
                     {"claimed", claimed},
                     {"measured", measured},
                     {"unit", unit},
                     {"definition", definition}});
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "memory_figures: %s\n", what);
  std::exit(1);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double seconds(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::shared_ptr<HybridMemoryPool> make_pool(std::shared_ptr<MemoryObserver> observer = nullptr,
                                            std::uint64_t limit = 0) {
  MemoryPoolConfig config = MemoryPoolConfig::unlimited();
  config.observer = std::move(observer);
  config.limit_bytes = limit;
  return HybridMemoryPool::create(config);
}

struct Halves {
  double allocate_ns, free_ns;
};

// `count` blocks taken one after another, then given back in the same order, after once for nothing.
Halves halves(HybridMemoryPool& pool, std::size_t size, std::size_t count) {
  std::vector<MemoryHandle> blocks(count);
  std::vector<double> allocate, free;
  for (int run = 0; run <= kRuns; ++run) {
    const double a = seconds([&] {
      for (MemoryHandle& block : blocks) block = pool.allocate(size);
    });
    const double f = seconds([&] {
      for (const MemoryHandle& block : blocks) pool.deallocate(block);
    });
    if (run == 0) continue;
    allocate.push_back(a * 1e9 / static_cast<double>(count));
    free.push_back(f * 1e9 / static_cast<double>(count));
  }
  return {median(allocate), median(free)};
}

// Pairs a second of `threads` threads together.
double pairs_per_second(HybridMemoryPool& pool, std::size_t size, unsigned threads) {
  constexpr int kPairs = 300'000;
  std::vector<double> rates;
  for (int run = 0; run < kRuns; ++run)
    rates.push_back(threads * kPairs / seconds([&] {
                      std::vector<std::thread> workers;
                      for (unsigned t = 0; t < threads; ++t)
                        workers.emplace_back([&] {
                          for (int i = 0; i < kPairs; ++i) pool.deallocate(pool.allocate(size));
                        });
                      for (std::thread& worker : workers) worker.join();
                    }));
  return median(rates);
}

double overhead_percent(std::size_t least, std::size_t most, std::size_t count) {
  const auto pool = make_pool();
  std::mt19937_64 random(1);
  std::vector<Buffer> blocks;
  for (std::size_t i = 0; i < count; ++i) blocks.push_back(pool->buffer(least + random() % (most - least)));
  const MemoryMetrics metrics = pool->get_metrics();
  return 100.0 * static_cast<double>(metrics.overhead_bytes) / static_cast<double>(metrics.current_bytes);
}

void pool_figures() {
  const auto pool = make_pool();
  const Halves small = halves(*pool, 1024, 1000), large = halves(*pool, 2 * kMiB, 16);
  const char* how =
      "1000 blocks of 1 KiB, or 16 of 2 MiB, one after another, that the pool has had before; not touched";
  report("pool", "allocation, small", "~50", small.allocate_ns, "ns", how);
  report("pool", "allocation, large", "~200", large.allocate_ns, "ns", how);
  report("pool", "deallocation, small", "~30", small.free_ns, "ns", how);
  report("pool", "deallocation, large", "~150", large.free_ns, "ns", how);
  for (const unsigned threads : {1u, 2u}) {
    const std::string with = ", " + std::to_string(threads) + (threads == 1 ? " thread" : " threads");
    report("pool", "throughput, small" + with, "20", 2e-6 * pairs_per_second(*pool, 1024, threads), "M operations/s",
           "an allocation and its end are two operations");
    report("pool", "throughput, large" + with, "5", 2e-6 * pairs_per_second(*pool, 2 * kMiB, threads), "M operations/s",
           "an allocation and its end are two operations");
  }
  report("pool", "overhead, small", "<2", overhead_percent(64, 64 * 1024, 10000), "%",
         "slack, cached free blocks and the pool's tables over what was asked for: 10,000 blocks of 64 B to 64 KiB");
  report("pool", "overhead, large", "<1", overhead_percent(kMiB, 16 * kMiB, 200), "%",
         "the same of 200 blocks of 1 to 16 MiB");

  const auto limited = make_pool(nullptr, 256 * kMiB);
  std::mt19937_64 random(2);
  std::vector<Buffer> blocks;
  std::uint64_t asked = 0, given = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::size_t size = std::size_t{1} << (random() % 25);
    if (limited->get_metrics().current_bytes + size <= 256 * kMiB) {
      ++asked;
      try {
        blocks.push_back(limited->buffer(size));
        ++given;
      } catch (const std::exception&) {
      }
    }
    if (!blocks.empty() && random() % 2 == 0) {
      std::swap(blocks[random() % blocks.size()], blocks.back());
      blocks.pop_back();
    }
  }
  report("pool", "allocation success", "96", 100.0 * static_cast<double>(given) / static_cast<double>(asked), "%",
         "of " + std::to_string(asked) + " random requests of 1 B to 16 MiB that fit a limit of 256 MiB");
}

void tracking_figures() {
  struct Level {
    const char* name;
    TrackingLevel level;
    const char *allocation, *deallocation, *memory;
  };
  Halves none{};
  for (const Level& l : {Level{"none", TrackingLevel::kNone, "0", "0", "0 %"},
                         Level{"basic", TrackingLevel::kBasic, "~1000", "~500", "<0.1 %"},
                         Level{"standard", TrackingLevel::kStandard, "~5000", "~1000", "~0.5 %"},
                         Level{"detailed", TrackingLevel::kDetailed, "9525", "623", "27.8 KB"}}) {
    const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    const auto tracker = MemoryTracker::create({.level = l.level});
    const auto pool = make_pool(tracker);
    const Halves times = halves(*pool, 1024, 1000);
    if (l.level == TrackingLevel::kNone) none = times;
    std::vector<Buffer> live;
    live.reserve(10'000);
    for (int i = 0; i < 10'000; ++i) live.push_back(pool->buffer(1024));
    const std::string name = l.name;
    report("tracking", name + ", an allocation", l.allocation, times.allocate_ns - none.allocate_ns, "ns",
           "beyond level none; 1 KiB");
    report("tracking", name + ", a deallocation", l.deallocation, times.free_ns - none.free_ns, "ns",
           "beyond level none; 1 KiB");
    if (tracker == nullptr) {
      report("tracking", name + ", memory", l.memory, 0, "KB", "no observer is made");
    } else {
      report("tracking", name + ", memory", l.memory,
             static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd - before) / 1000.0, "KB",
             "of the heap, with 10,000 live blocks, lists of the pool and of this program included");
    }
  }
}

// 256 MiB of free memory in use before, and 32 idle blocks of 2 MiB among others that stay.
void cleanup_figures() {
  struct Row {
    CleanupStrategy strategy;
    const char *claimed_bytes, *claimed_ms, *claimed_rate;
  };
  std::uint64_t all_bytes = 0;
  double all_ms = 0;
  for (const Row& row : {Row{CleanupStrategy::kDevice, "256-512", "5.8-6.1", "-"},
                         Row{CleanupStrategy::kGenerational, "1,024", "16.8", "-"},
                         Row{CleanupStrategy::kCompaction, "2,048", "50.7", "40"},
                         Row{CleanupStrategy::kIdle, "-", "-", "-"}, Row{CleanupStrategy::kEmergency, "-", "-", "-"}}) {
    std::vector<double> ms, bytes, resident;
    double complete = 0;
    for (int run = 0; run < kRuns; ++run) {
      const auto pool = make_pool();
      const auto movable = MovableBlocks::create(pool);
      std::vector<MovableBuffer> idle;
      for (int i = 0; i < 64; ++i) {
        idle.push_back(movable->buffer({.size = 2 * kMiB, .zero = true}));
        std::memset(idle.back().pin().data(), i, kMiB / 4);
      }
      for (std::size_t i = 0; i < idle.size(); i += 2) idle[i] = MovableBuffer();
      {
        const Buffer used = pool->buffer(256 * kMiB);
        std::memset(used.data(), 1, used.size());
      }
      for (int i = 0; i < 3; ++i) pool->advance_generation();
      CleanupManager manager({{pool, movable}}, {.max_cleanup_time = std::chrono::seconds(10)});
      const MemoryMetrics before = pool->get_metrics();
      const CleanupReport done = manager.run(row.strategy);
      const MemoryMetrics after = pool->get_metrics();
      require(done.compressed_bytes == before.current_bytes - after.current_bytes,
              "compressed bytes are not the pool's");
      require(done.released_bytes >= 250 * kMiB, "too little was released");
      require(done.resident_before >= done.resident_after + 240 * kMiB, "the process still holds what was released");
      ms.push_back(static_cast<double>(done.duration.count()) / 1e6);
      bytes.push_back(static_cast<double>(done.released_bytes));
      resident.push_back(static_cast<double>(done.resident_before - done.resident_after));
      complete += done.complete ? 1 : 0;
    }
    const std::string name(cleanup_strategy_name(row.strategy));
    const std::string setting = "256 MiB free, 32 idle blocks of 2 MiB, 32 holes of 2 MiB between them";
    report("cleanup", name + ", bytes freed", row.claimed_bytes, median(bytes), "bytes",
           "pages given back to the system; " + setting);
    report("cleanup", name + ", resident set", "-", median(resident), "bytes", "by which the process became smaller");
    report("cleanup", name + ", duration", row.claimed_ms, median(ms), "ms", "of one run");
    report("cleanup", name + ", efficiency", row.claimed_rate, median(bytes) / median(ms), "bytes/ms",
           "given back to the system in a run");
    report("cleanup", name + ", success", "100", 100 * complete / kRuns, "%", "runs that ended by themselves");
    all_bytes += static_cast<std::uint64_t>(median(bytes)), all_ms += median(ms);
  }
  report("cleanup", "overall, efficiency", "54.86", static_cast<double>(all_bytes) / all_ms, "bytes/ms", "of all five");
}

void pattern_figures() {
  const char* claimed[kPatternKinds] = {"100", "70.9", "100", "66.7", "-", "-"};
  for (std::size_t i = 0; i < kPatternKinds; ++i) {
    const auto kind = static_cast<PatternKind>(i);
    double right = 0, wrong = 0, missed = 0;
    for (std::uint64_t seed = 101; seed <= 110; ++seed)
      for (const testing::MemoryWorkload& workload : testing::memory_workloads(seed)) {
        bool said = false;
        for (const MemoryPattern& pattern : find_memory_patterns(workload.events)) said = said || pattern.kind == kind;
        const bool is = workload.kinds.contains(kind);
        right += is && said, wrong += said && !is, missed += is && !said;
      }
    const std::string name(pattern_kind_name(kind));
    const char* how = "of 180 made-up workloads whose patterns are known (tests/support/memory_workloads.hpp)";
    report("patterns", name + ", precision", claimed[i], 100 * right / (right + wrong), "%", how);
    report("patterns", name + ", recall", claimed[i], 100 * right / (right + missed), "%", how);
  }
}

}  // namespace
}  // namespace bitnet::bench

int main() {
  using namespace bitnet::bench;
  pool_figures();
  tracking_figures();
  cleanup_figures();
  pattern_figures();
  std::puts(Json{{"figures", figures}}.dump(1).c_str());
}
