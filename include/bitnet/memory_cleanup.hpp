// Memory that lies idle goes back: when nobody allocates, when it grows scarce, from time to time, or when asked.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "bitnet/memory.hpp"
#include "bitnet/memory_movable.hpp"
#include "bitnet/memory_pressure.hpp"
#include "bitnet/memory_tracking.hpp"

namespace bitnet {

/// What each does, of the pools that the manager has:
/// idle: nobody allocated or used a movable block for idle_after; free memory goes back, such blocks are compressed.
/// pressure: a pool or the system is fuller than pressure_threshold; free memory goes back, then the longest unused
///   blocks are compressed until it is below.
/// periodic: every period; memory free for a generation goes back.
/// device: when asked; all that is free on one device goes back, other devices are not touched.
/// generational: every generation; memory free, and blocks unused, for old_generations.
/// smart: every period; free memory goes back but for what will be wanted again: up to the largest use seen since the
///   last time, and the blocks that come regularly (find_memory_patterns(), where a tracker keeps a timeline).
/// emergency: when pressure is critical; everything, without a time limit.
/// compaction: every period, when free memory lies scattered; movable blocks move together, what that freed goes back.
enum class CleanupStrategy : std::uint8_t {
  kIdle,
  kPressure,
  kPeriodic,
  kDevice,
  kGenerational,
  kSmart,
  kEmergency,
  kCompaction
};
inline constexpr std::size_t kCleanupStrategies = 8;
std::string_view cleanup_strategy_name(CleanupStrategy strategy) noexcept;

struct CleanupConfig {
  /// A thread of the manager's own calls tick(); otherwise nothing happens but when it is asked.
  bool enable_automatic_cleanup = false;
  std::chrono::milliseconds idle_after{30'000};
  std::chrono::milliseconds period{60'000};
  std::chrono::milliseconds generation{10'000};
  std::uint32_t old_generations = 3;
  double pressure_threshold = 0.9;
  /// Share of free memory outside of its largest piece from which compaction is worth it.
  double scattered = 0.5;
  /// A clean-up ends when it has taken so long, and goes on the next time; emergencies excepted.
  std::chrono::milliseconds max_cleanup_time{100};
};

/// What is cleaned up.
struct CleanupTarget {
  std::shared_ptr<HybridMemoryPool> pool;
  std::shared_ptr<MovableBlocks> movable;  // of that pool; may be null
};

struct CleanupReport {
  CleanupStrategy strategy = CleanupStrategy::kIdle;
  std::uint64_t released_bytes = 0;    // pages given back to the system
  std::uint64_t compressed_bytes = 0;  // won by compression, given back to the pool, which may have released them since
  std::uint64_t moved_bytes = 0;
  std::uint64_t resident_before = 0, resident_after = 0;  // of the process; 0 where the system does not say
  std::chrono::nanoseconds duration{};
  bool complete = true;  // not ended by max_cleanup_time
  /// Given back to the system, in a millisecond of the clean-up.
  double bytes_per_ms() const {
    return duration.count() == 0 ? 0.0
                                 : static_cast<double>(released_bytes) * 1e6 / static_cast<double>(duration.count());
  }
};

/// Sums over the runs of one strategy.
struct CleanupFigures {
  std::uint64_t runs = 0, complete = 0;
  std::uint64_t released_bytes = 0, compressed_bytes = 0, moved_bytes = 0;
  std::chrono::nanoseconds duration{}, longest{};
};

/// Cleans up pools, which know nothing of it. Safe to share between threads; one clean-up runs at a time.
class CleanupManager {
 public:
  using Clock = std::function<std::chrono::nanoseconds()>;

  /// `monitor` null: the pools' own limits alone tell pressure. `clock` empty: the system's monotonic one. Throws
  /// kInvalidArgument: no pool, intervals or limits that are not positive, shares outside of 0 to 1.
  explicit CleanupManager(std::vector<CleanupTarget> targets, const CleanupConfig& config = {},
                          std::shared_ptr<PressureMonitor> monitor = nullptr, Clock clock = {});
  ~CleanupManager();

  /// One strategy now, on every pool; kDevice: on the pools of `device`. Waits for a clean-up that runs; asked by a
  /// callback of one, it does nothing, and is not complete.
  CleanupReport run(CleanupStrategy strategy, Device device = Device::kCpu);
  /// Runs what is due, and reports it. While another clean-up runs, it does nothing.
  std::vector<CleanupReport> tick();
  /// Time of the clock at which something may be due next.
  std::chrono::nanoseconds next_due() const;

  CleanupFigures figures(CleanupStrategy strategy) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bitnet
