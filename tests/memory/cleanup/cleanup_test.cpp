// Each clean-up frees what it says, when it should, and nothing that is in use.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/machine.hpp"
#include "bitnet/error.hpp"
#include "bitnet/memory_cleanup.hpp"

namespace bitnet {
namespace {

using namespace std::chrono_literals;
using enum CleanupStrategy;
using std::chrono::nanoseconds;

constexpr std::size_t kMiB = std::size_t{1} << 20;

// A pool, its movable blocks, and a clock that the test turns.
struct TestPool {
  explicit TestPool(std::uint64_t limit = 0, std::shared_ptr<MemoryObserver> observer = nullptr) {
    MemoryPoolConfig config = MemoryPoolConfig::unlimited();
    config.limit_bytes = limit;
    config.observer = std::move(observer);
    pool = HybridMemoryPool::create(config);
    movable = MovableBlocks::create(pool);
  }
  CleanupManager manager(const CleanupConfig& config = {}, std::shared_ptr<PressureMonitor> monitor = nullptr) {
    return CleanupManager({{pool, movable}}, config, std::move(monitor), [now = now] { return *now; });
  }
  // Free memory that was used.
  void leave_free(std::size_t bytes) const {
    const Buffer buffer = pool->buffer(bytes);
    std::memset(buffer.data(), 1, bytes);
  }
  MovableBuffer idle_block(std::size_t bytes) const { return movable->buffer({.size = bytes, .zero = true}); }
  std::uint64_t free_bytes() const { return pool->get_metrics().resident_free_bytes; }

  std::shared_ptr<HybridMemoryPool> pool;
  std::shared_ptr<MovableBlocks> movable;
  std::shared_ptr<nanoseconds> now = std::make_shared<nanoseconds>(0);
};

std::vector<CleanupStrategy> strategies(const std::vector<CleanupReport>& reports) {
  std::vector<CleanupStrategy> run;
  for (const CleanupReport& report : reports) run.push_back(report.strategy);
  return run;
}

TEST(Cleanup, EveryByteReportedIsOneThatThePoolAndTheProcessLost) {
  for (const CleanupStrategy strategy : {kIdle, kPressure, kDevice, kEmergency, kCompaction}) {
    SCOPED_TRACE(cleanup_strategy_name(strategy));
    const TestPool memory;
    auto manager = CleanupManager({{memory.pool, memory.movable}});
    memory.leave_free(64 * kMiB);
    const std::uint64_t free = memory.free_bytes(), resident = resident_bytes();
    const CleanupReport report = manager.run(strategy);
    EXPECT_EQ(report.released_bytes, 64 * kMiB);
    EXPECT_EQ(free - memory.free_bytes(), 64 * kMiB);
    EXPECT_LE(resident_bytes() + 60 * kMiB, resident);
    EXPECT_GE(report.resident_before, report.resident_after + 60 * kMiB);
    EXPECT_GT(report.duration.count(), 0);
    EXPECT_GT(report.bytes_per_ms(), 0);
    EXPECT_TRUE(report.complete);
    const CleanupFigures figures = manager.figures(strategy);
    EXPECT_EQ(figures.runs, 1u);
    EXPECT_EQ(figures.complete, 1u);
    EXPECT_EQ(figures.released_bytes, 64 * kMiB);
    EXPECT_EQ(manager.run(strategy).released_bytes, 0u) << "nothing is left";
  }
}

TEST(Cleanup, IdleWaitsUntilNobodyAllocatesOrUsesABlock) {
  TestPool memory;
  auto manager = memory.manager({.idle_after = 30s, .period = 24h, .generation = 24h});
  const MovableBuffer block = memory.idle_block(4 * kMiB);
  memory.leave_free(8 * kMiB);
  EXPECT_TRUE(manager.tick().empty());
  *memory.now += 29s;
  EXPECT_TRUE(manager.tick().empty());
  memory.leave_free(8 * kMiB);
  *memory.now += 2s;
  EXPECT_TRUE(manager.tick().empty()) << "somebody allocated";
  *memory.now += 29s;
  (void)block.pin();
  EXPECT_TRUE(manager.tick().empty()) << "somebody used a block";
  *memory.now += 30s;
  const auto reports = manager.tick();
  ASSERT_EQ(strategies(reports), std::vector{kIdle});
  EXPECT_EQ(reports[0].compressed_bytes, 4 * kMiB);
  EXPECT_EQ(reports[0].released_bytes, 12 * kMiB);
  *memory.now += 1h;
  EXPECT_TRUE(manager.tick().empty()) << "once is enough";
}

TEST(Cleanup, PeriodicAndGenerationalKeepTheirTimes) {
  TestPool memory;
  auto manager = memory.manager({.idle_after = 24h, .period = 60s, .generation = 10s, .old_generations = 3});
  int periodic = 0, generational = 0;
  for (int second = 1; second <= 600; ++second) {
    *memory.now += 1s;
    for (const CleanupReport& report : manager.tick()) {
      periodic += report.strategy == kPeriodic;
      generational += report.strategy == kGenerational;
    }
    EXPECT_LE(manager.next_due(), *memory.now + 1s);
  }
  EXPECT_EQ(periodic, 10);
  EXPECT_EQ(generational, 60);
  EXPECT_EQ(memory.pool->generation(), 60u);
}

TEST(Cleanup, GenerationalTakesOnlyWhatIsOld) {
  TestPool memory;
  auto manager = memory.manager({.idle_after = 24h, .period = 24h, .generation = 10s, .old_generations = 2});
  const MovableBuffer old = memory.idle_block(2 * kMiB);
  const MovableBuffer used = memory.idle_block(2 * kMiB);
  std::vector<std::uint64_t> compressed;
  for (int i = 0; i < 4; ++i) {
    (void)used.pin();
    *memory.now += 10s;
    for (const CleanupReport& report : manager.tick()) compressed.push_back(report.compressed_bytes);
  }
  EXPECT_EQ(compressed, (std::vector<std::uint64_t>{0, 2 * kMiB, 0, 0}));
  EXPECT_EQ(old.held_bytes(), 0u);
  EXPECT_EQ(used.held_bytes(), 2 * kMiB);
}

TEST(Cleanup, PressureFreesUntilItIsBelowTheThreshold) {
  TestPool memory(32 * kMiB);
  auto manager = memory.manager({.idle_after = 24h, .period = 24h, .generation = 24h, .pressure_threshold = 0.75});
  std::vector<MovableBuffer> blocks;
  for (int i = 0; i < 5; ++i) blocks.push_back(memory.idle_block(4 * kMiB));
  *memory.now += 1s;
  EXPECT_TRUE(manager.tick().empty()) << "20 of 32 MiB";
  for (int i = 0; i < 2; ++i) blocks.push_back(memory.idle_block(4 * kMiB));
  *memory.now += 1s;
  const auto reports = manager.tick();
  ASSERT_EQ(strategies(reports), std::vector{kPressure});
  EXPECT_EQ(reports[0].compressed_bytes, 8 * kMiB) << "28 of 32: one block would leave exactly the threshold";
  EXPECT_LT(memory.pool->use_of_limit(), 0.75);
  *memory.now += 5s;
  EXPECT_TRUE(manager.tick().empty());
}

TEST(Cleanup, CriticalPressureOfTheSystemIsAnEmergency) {
  TestPool memory;
  double share = 0.5;
  const auto monitor = std::make_shared<PressureMonitor>(nullptr, PressureThresholds{}, [&] {
    return SystemMemory{.total_bytes = 1000, .available_bytes = 1000 - static_cast<std::uint64_t>(1000 * share)};
  });
  auto manager = memory.manager({.idle_after = 24h, .period = 24h, .generation = 24h}, monitor);
  // A callback may ask for a clean-up: it gets none while one looks, and nobody waits for ever.
  int asked = 0;
  monitor->register_pressure_callback([&](MemoryPressure, const PressureReading&) {
    EXPECT_FALSE(manager.run(kEmergency).complete);
    EXPECT_TRUE(manager.tick().empty());
    ++asked;
  });
  const MovableBuffer block = memory.idle_block(2 * kMiB);
  *memory.now += 1s;
  EXPECT_TRUE(manager.tick().empty());
  share = 0.99;
  *memory.now += 1s;
  EXPECT_EQ(strategies(manager.tick()), std::vector{kEmergency});
  EXPECT_EQ(block.held_bytes(), 0u);
  EXPECT_EQ(asked, 2);
}

TEST(Cleanup, SmartLeavesWhatWillBeWantedAgain) {
  TestPool memory;
  auto manager = memory.manager({.idle_after = 24h, .period = 60s, .generation = 24h});
  // 24 MiB in use at times, seen by a tick; 64 MiB once, and seen by nobody.
  memory.leave_free(64 * kMiB);
  Buffer used = memory.pool->buffer(24 * kMiB);
  *memory.now += 1s;
  manager.tick();
  used = Buffer();
  *memory.now += 1s;
  const CleanupReport report = manager.run(kSmart);
  EXPECT_EQ(report.released_bytes, memory.free_bytes() + report.released_bytes - 24 * kMiB);
  EXPECT_GE(report.released_bytes, 39 * kMiB);
  EXPECT_EQ(manager.run(kSmart).released_bytes, 24 * kMiB) << "nobody wanted it since";
}

// What a smart run leaves of a block that came 20 times, and one of 16 MiB that came once.
std::uint64_t left_of_regular_blocks() {
  MemoryTrackerOptions options;
  options.level = TrackingLevel::kDetailed;
  TestPool memory(0, MemoryTracker::create(options));
  auto manager = memory.manager({.period = 60s});
  for (int i = 0; i < 20; ++i) {
    memory.leave_free(3 * kMiB);
    const auto next = std::chrono::steady_clock::now() + 5ms;
    while (std::chrono::steady_clock::now() < next) {
    }
  }
  memory.leave_free(16 * kMiB);
  (void)manager.run(kSmart);
  return memory.free_bytes();
}

TEST(Cleanup, SmartLeavesBlocksThatComeRegularly) {
  // On a machine with much else to do they come irregularly, and nothing need be left.
  std::uint64_t left = 0;
  for (int attempt = 0; attempt < 10 && left == 0; ++attempt) left = left_of_regular_blocks();
  EXPECT_GE(left, 3 * kMiB);
  EXPECT_LE(left, 5 * kMiB) << "pages go back in pieces of 2 MiB";
}

TEST(Cleanup, CompactionMovesWhatItMayAndReleasesTheRest) {
  TestPool memory;
  auto manager = memory.manager();
  std::vector<MovableBuffer> blocks;
  for (int i = 0; i < 32; ++i) {
    blocks.push_back(memory.idle_block(2 * kMiB));
    std::memset(blocks.back().pin().data(), i, 2 * kMiB);
  }
  for (std::size_t i = 0; i < 31; i += 2) blocks[i] = MovableBuffer();
  const double before = memory.pool->get_metrics().external_fragmentation;
  const auto pinned = blocks[31].pin();
  const std::byte* address = pinned.data();
  const CleanupReport report = manager.run(kCompaction);
  EXPECT_GT(report.moved_bytes, 10 * kMiB);
  EXPECT_GT(report.released_bytes, 0u);
  EXPECT_LT(memory.pool->get_metrics().external_fragmentation, before);
  EXPECT_EQ(pinned.data(), address);
  for (std::size_t i = 1; i < 32; i += 2) {
    const auto pin = blocks[i].pin();
    for (std::size_t at = 0; at < 2 * kMiB; at += 4096) ASSERT_EQ(pin.data()[at], static_cast<std::byte>(i));
  }
}

// Memory of a device that is not the host's, as far as a pool is concerned.
class OtherDevice final : public MemorySource {
 public:
  Device device() const noexcept override { return Device::kCuda; }
  std::byte* map(std::size_t bytes, std::size_t alignment) noexcept override {
    void* data = std::aligned_alloc(alignment, bytes);
    if (data != nullptr) std::memset(data, 0, bytes);
    return static_cast<std::byte*>(data);
  }
  void unmap(std::byte* base, std::size_t) noexcept override { std::free(base); }
  bool drop(std::byte*, std::size_t) noexcept override { return false; }
  void zero(std::byte* base, std::size_t bytes) noexcept override { std::memset(base, 0, bytes); }
};

TEST(Cleanup, ADeviceIsCleanedAlone) {
  const TestPool host;
  MemoryPoolConfig config = MemoryPoolConfig::unlimited();
  config.source = std::make_shared<OtherDevice>();
  const auto device = HybridMemoryPool::create(config);
  EXPECT_EQ(device->device(), Device::kCuda);
  EXPECT_THROW((void)device->allocate(100), Error) << "host memory of a device's pool";
  EXPECT_THROW((void)host.pool->allocate(100, 64, Device::kCuda), Error);
  const MemoryHandle handle = device->allocate(100, 64, Device::kCuda);
  EXPECT_THROW(host.pool->deallocate(handle), Error);
  device->deallocate(handle);

  CleanupManager manager({{host.pool, host.movable}, {device, nullptr}});
  host.leave_free(8 * kMiB);
  { const Buffer buffer = device->buffer(70 * kMiB, 64, Device::kCuda); }
  { const Buffer buffer = device->buffer(2 * kMiB, 64, Device::kCuda); }
  const CleanupReport report = manager.run(kDevice, Device::kCuda);
  // This source takes regions back whole.
  EXPECT_EQ(report.released_bytes, device->get_metrics().resident_free_bytes + report.released_bytes);
  EXPECT_GE(report.released_bytes, 70 * kMiB);
  EXPECT_EQ(host.free_bytes(), 8 * kMiB);
  EXPECT_EQ(manager.run(kDevice, Device::kMetal).released_bytes, 0u);
  EXPECT_EQ(manager.run(kDevice, Device::kCpu).released_bytes, 8 * kMiB);
}

TEST(Cleanup, TimeLimitEndsItAndTheNextOneGoesOn) {
  TestPool memory;
  // Each look at the clock takes a millisecond.
  const auto clock = [now = memory.now] { return *now += 1ms; };
  CleanupManager manager({{memory.pool, memory.movable}}, {.max_cleanup_time = 100ms}, nullptr, clock);
  for (int i = 0; i < 4; ++i) memory.leave_free(64 * kMiB << i);
  const std::uint64_t free = memory.free_bytes();
  std::uint64_t released = 0;
  int runs = 0;
  for (bool complete = false; !complete && runs < 100; ++runs) {
    const CleanupReport report = manager.run(kIdle);
    EXPECT_LE(report.duration, 110ms);
    released += report.released_bytes;
    complete = report.complete;
  }
  EXPECT_GT(runs, 2);
  EXPECT_EQ(released, free);
  EXPECT_EQ(manager.figures(kIdle).complete, 1u);
  memory.leave_free(64 * kMiB);
  EXPECT_EQ(manager.run(kEmergency).released_bytes, 64 * kMiB) << "an emergency takes the time it needs";
}

// How many threads there are.
int threads_of_process() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("Threads:", 0) == 0) return std::stoi(line.substr(8));
  return -1;
}

TEST(Cleanup, AThreadOnlyWhenAskedFor) {
  const TestPool memory;
  std::thread([] {}).join();  // ThreadSanitizer starts a thread of its own beside the first
  const int before = threads_of_process();
  if (before < 0) GTEST_SKIP() << "this system does not tell how many threads there are";
  {
    const CleanupManager manager({{memory.pool, memory.movable}});
    EXPECT_LE(threads_of_process(), before);
  }
  memory.leave_free(16 * kMiB);
  {
    CleanupConfig config;
    config.enable_automatic_cleanup = true;
    config.idle_after = 1ms;
    const CleanupManager manager({{memory.pool, memory.movable}}, config);
    // Nobody but a thread of the manager's own does it.
    while (manager.figures(kIdle).released_bytes < 16 * kMiB) std::this_thread::yield();
  }
  // A thread that was joined takes a moment to leave the list.
  while (threads_of_process() > before) std::this_thread::yield();
}

TEST(Cleanup, LiveMemoryIsNeverTouched) {
  const TestPool memory(256 * kMiB);
  CleanupConfig config;
  config.enable_automatic_cleanup = true;
  config.idle_after = 1ms, config.generation = 1ms, config.period = 2ms, config.old_generations = 1;
  CleanupManager manager({{memory.pool, memory.movable}}, config);
  std::atomic<bool> done{false};
  std::thread emergencies([&] {
    while (!done) (void)manager.run(kEmergency);
  });
  std::vector<std::thread> users;
  for (unsigned t = 0; t < 4; ++t)
    users.emplace_back([&, t] {
      std::vector<Buffer> buffers;
      const MovableBuffer block = memory.idle_block(kMiB + t * 4096);
      for (unsigned i = 0; i < 60; ++i) {
        buffers.push_back(memory.pool->buffer(1 + i * 40000));
        std::memset(buffers.back().data(), static_cast<int>(t + i), buffers.back().size());
        {
          const auto pin = block.pin();
          EXPECT_EQ(pin.data()[0], static_cast<std::byte>(i));
          std::memset(pin.data(), static_cast<int>(i + 1), block.size());
        }
        if (i % 3 == 0) buffers.erase(buffers.begin());
        for (const Buffer& buffer : buffers) EXPECT_EQ(buffer.data()[0], buffer.data()[buffer.size() - 1]);
      }
    });
  for (std::thread& thread : users) thread.join();
  done = true;
  emergencies.join();
}

TEST(Cleanup, RefusesNonsense) {
  const TestPool memory;
  const auto refused = [&](const CleanupConfig& config) {
    EXPECT_THROW(CleanupManager({{memory.pool, nullptr}}, config), Error);
  };
  refused({.idle_after = 0ms});
  refused({.period = -1ms});
  refused({.max_cleanup_time = 0ms});
  refused({.pressure_threshold = 1.5});
  refused({.pressure_threshold = 0.0 / 0.0});
  EXPECT_THROW(CleanupManager({}), Error);
  EXPECT_THROW(CleanupManager({CleanupTarget{}}), Error);
  CleanupManager manager({{memory.pool, nullptr}});
  EXPECT_THROW((void)manager.run(static_cast<CleanupStrategy>(99)), Error);
}

}  // namespace
}  // namespace bitnet
