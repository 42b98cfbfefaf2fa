// Levels of memory pressure, from pools and from files as the system writes them.
#include <gtest/gtest.h>

#include <fstream>

#include "bitnet/error.hpp"
#include "bitnet/memory_pressure.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;
using enum MemoryPressure;

class SystemFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "bitnet-pressure-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }
  void write(const fs::path& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  fs::path root_;
};

TEST_F(SystemFiles, AreRead) {
  write("proc/meminfo", "MemTotal:       16000000 kB\nMemFree: 1 kB\nMemAvailable:    4000000 kB\n");
  write("proc/pressure/memory",
        "some avg10=12.50 avg60=1.00 avg300=0.10 total=99\nfull avg10=1.00 avg60=0 avg300=0 total=1\n");
  write("proc/self/cgroup", "0::/a/b\n");
  write("sys/fs/cgroup/a/b/memory.max", "max\n");
  write("sys/fs/cgroup/a/b/memory.current", "500\n");
  write("sys/fs/cgroup/a/memory.max", "1000\n");
  write("sys/fs/cgroup/a/memory.current", "900\n");
  write("sys/fs/cgroup/a/memory.stat", "anon 600\ninactive_file 200\n");
  const SystemMemory memory = read_system_memory(root_);
  EXPECT_EQ(memory.total_bytes, 16384000000u);
  EXPECT_EQ(memory.available_bytes, 4096000000u);
  EXPECT_EQ(memory.group_limit, 1000u) << "of the nearest group that has one";
  EXPECT_EQ(memory.group_bytes, 700u) << "without file pages that can be dropped";
  EXPECT_DOUBLE_EQ(memory.stalled, 0.125);
}

TEST_F(SystemFiles, MissingOrOddOnesAreUnknown) {
  const SystemMemory none = read_system_memory(root_);
  EXPECT_EQ(none.total_bytes, 0u);
  write("proc/meminfo", "MemTotal: 99999999999999999999999 kB\nMemAvailable: much kB\n");
  write("proc/pressure/memory", "some avg10=nan");
  write("proc/self/cgroup", "0::/../x\n");
  write("sys/fs/cgroup/memory.max", "18446744073709551616");
  const SystemMemory odd = read_system_memory(root_);
  EXPECT_EQ(odd.total_bytes, 0u);
  EXPECT_EQ(odd.available_bytes, 0u);
  EXPECT_EQ(odd.group_limit, 0u);
  EXPECT_EQ(odd.stalled, 0.0);
  const auto reading = PressureMonitor(nullptr, {}, [&] { return odd; }).poll();
  EXPECT_EQ(reading.level, kNone);
}

TEST_F(SystemFiles, ThisMachineHasSomeMemory) {
  const SystemMemory memory = read_system_memory();
  if (memory.total_bytes == 0) GTEST_SKIP() << "this system has no /proc/meminfo";
  EXPECT_GT(memory.available_bytes, 0u);
  EXPECT_LT(memory.available_bytes, memory.total_bytes);
}

TEST(PressureMonitor, LevelsFollowThePoolInOrderWithHysteresis) {
  MemoryPoolConfig config = MemoryPoolConfig::unlimited();
  config.limit_bytes = 100 << 20;
  const auto pool = HybridMemoryPool::create(config);
  PressureMonitor monitor(pool, {}, nullptr);
  std::vector<MemoryPressure> seen;
  std::vector<Buffer> from_callbacks;
  monitor.register_pressure_callback([&](MemoryPressure, const PressureReading& now) {
    seen.push_back(now.level);
    from_callbacks.push_back(pool->buffer(1));  // may allocate, and ask
    EXPECT_EQ(monitor.level(), now.level);
  });
  std::vector<Buffer> blocks;
  for (int i = 0; i < 96; ++i) {
    blocks.push_back(pool->buffer(1 << 20));
    monitor.poll();
    monitor.poll();
  }
  EXPECT_EQ(seen, (std::vector{kLow, kMedium, kHigh, kCritical})) << "each once";
  seen.clear();
  while (blocks.size() > 79) blocks.pop_back();
  EXPECT_EQ(monitor.poll().level, kHigh) << "79 % is below 80 %, but not by the hysteresis";
  while (!blocks.empty()) {
    blocks.pop_back();
    monitor.poll();
  }
  EXPECT_EQ(seen, (std::vector{kHigh, kMedium, kLow, kNone}));
}

TEST(PressureMonitor, TheSystemAndItsStallsCount) {
  SystemMemory system{.total_bytes = 1000, .available_bytes = 900};
  PressureMonitor monitor(nullptr, {}, [&] { return system; });
  EXPECT_EQ(monitor.poll().level, kNone);
  system.available_bytes = 190;
  EXPECT_EQ(monitor.poll().level, kHigh);
  system = {.total_bytes = 1000, .available_bytes = 900, .group_limit = 100, .group_bytes = 96};
  EXPECT_EQ(monitor.poll().level, kCritical) << "a group's limit is as hard as the machine's";
  system = {.total_bytes = 1000, .available_bytes = 900, .stalled = 0.1};
  EXPECT_EQ(monitor.poll().level, kMedium);
  system.stalled = 0.6;
  EXPECT_EQ(monitor.poll().level, kCritical);
  system.stalled = 0;
  EXPECT_EQ(monitor.poll().level, kNone);
}

TEST(PressureMonitor, CallbacksCanBeRemovedAndThresholdsAreChecked) {
  SystemMemory system{.total_bytes = 1000, .available_bytes = 10};
  PressureMonitor monitor(nullptr, {}, [&] { return system; });
  int calls = 0;
  const auto number = monitor.register_pressure_callback([&](MemoryPressure, const PressureReading&) { ++calls; });
  monitor.poll();
  monitor.remove_callback(number);
  system.available_bytes = 900;
  monitor.poll();
  EXPECT_EQ(calls, 1);
  EXPECT_THROW(monitor.register_pressure_callback(nullptr), Error);
  EXPECT_THROW(PressureMonitor(nullptr, {.low = 0.9, .medium = 0.5}), Error);
  EXPECT_THROW(PressureMonitor(nullptr, {.critical = 1.5}), Error);
  EXPECT_THROW(PressureMonitor(nullptr, {.hysteresis = -1}), Error);
}

}  // namespace
}  // namespace bitnet
