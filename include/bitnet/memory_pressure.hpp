// How scarce memory is: from what a pool holds of its limit, and from what the system says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "bitnet/memory.hpp"

namespace bitnet {

enum class MemoryPressure : std::uint8_t { kNone, kLow, kMedium, kHigh, kCritical };
std::string_view memory_pressure_name(MemoryPressure pressure) noexcept;

/// What the system says of memory. Zeros: unknown.
struct SystemMemory {
  std::uint64_t total_bytes = 0, available_bytes = 0;  // /proc/meminfo: MemTotal, MemAvailable
  std::uint64_t group_limit = 0, group_bytes = 0;      // cgroup v2: memory.max of the nearest group that has one, and
                                                       // what it uses, file pages that can be dropped not counted
  double stalled = 0;  // /proc/pressure/memory: share of the last 10 s in which some task waited for memory
};
/// Reads below `root`; what cannot be read or understood stays 0.
SystemMemory read_system_memory(const std::filesystem::path& root = "/");

/// A level is reached when a share comes to its threshold, and left when the share is `hysteresis` below it.
struct PressureThresholds {
  double low = 0.5, medium = 0.65, high = 0.8, critical = 0.95;  // of the pool's limit, of the system's memory
  double stalled_medium = 0.05, stalled_high = 0.2, stalled_critical = 0.5;
  double hysteresis = 0.05;
};

struct PressureReading {
  MemoryPressure level = MemoryPressure::kNone;
  double pool = 0;     // share of the pool's limit in use; 0 without a limit
  double system = 0;   // share of the system's memory, or of the group's limit, the larger
  double stalled = 0;  // as above
};

/// Looks when it is asked to; whoever allocates much, or a clean-up's clock, asks. Safe to share between threads.
class PressureMonitor {
 public:
  using Source = std::function<SystemMemory()>;
  using Callback = std::function<void(MemoryPressure before, const PressureReading& now)>;

  /// Without a pool the system alone counts. Throws kInvalidArgument unless thresholds rise and lie within 0 and 1.
  explicit PressureMonitor(
      std::shared_ptr<const HybridMemoryPool> pool, const PressureThresholds& thresholds = {},
      Source source = [] { return read_system_memory(); });
  ~PressureMonitor();

  /// Reads all, and calls the callbacks when the level is another than the last time: once, on this thread, outside
  /// of all locks; they may allocate, and poll.
  PressureReading poll();
  MemoryPressure level() const noexcept;

  /// Until remove_callback() with the number that it returns.
  std::uint64_t register_pressure_callback(Callback callback);
  void remove_callback(std::uint64_t number);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bitnet
