#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "base/fail.hpp"
#include "bitnet/memory_pressure.hpp"

namespace bitnet {
namespace {

using Thresholds = std::array<double, 4>;  // of low, medium, high, critical

double share_of(std::uint64_t bytes, std::uint64_t most) {
  return most == 0 ? 0.0 : static_cast<double>(bytes) / static_cast<double>(most);
}

// The level of a share, where `before` was the level until now.
MemoryPressure level_of(double share, const Thresholds& thresholds, double hysteresis, MemoryPressure before) {
  std::size_t level = 0;
  for (std::size_t i = 0; i < thresholds.size(); ++i) {
    const bool held = static_cast<std::size_t>(before) > i;
    if (share >= thresholds[i] - (held ? hysteresis : 0.0)) level = i + 1;
  }
  return static_cast<MemoryPressure>(level);
}

}  // namespace

std::string_view memory_pressure_name(MemoryPressure pressure) noexcept {
  constexpr std::string_view kNames[] = {"none", "low", "medium", "high", "critical"};
  const auto index = static_cast<std::size_t>(pressure);
  return index < std::size(kNames) ? kNames[index] : "unknown";
}

struct PressureMonitor::State {
  std::shared_ptr<const HybridMemoryPool> pool;
  Thresholds shares, stalls;
  double hysteresis;
  Source source;
  std::atomic<MemoryPressure> level{MemoryPressure::kNone};

  std::mutex mutex;  // of what follows
  // Each has its own level, so that one does not hold the other's threshold down.
  MemoryPressure pool_level{}, system_level{}, stall_level{};
  std::uint64_t next_number = 1;
  std::vector<std::pair<std::uint64_t, std::shared_ptr<const Callback>>> callbacks;
};

PressureMonitor::PressureMonitor(std::shared_ptr<const HybridMemoryPool> pool, const PressureThresholds& t,
                                 Source source)
    : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.pool = std::move(pool);
  s.shares = {t.low, t.medium, t.high, t.critical};
  // A system that waits for memory is beyond low.
  s.stalls = {t.stalled_medium, t.stalled_medium, t.stalled_high, t.stalled_critical};
  s.hysteresis = t.hysteresis;
  s.source = std::move(source);
  for (const Thresholds* thresholds : {&s.shares, &s.stalls})
    if (!std::ranges::is_sorted(*thresholds) || !(thresholds->front() > 0) || !(thresholds->back() <= 1))
      fail_argument("the thresholds of memory pressure must rise from above 0 to at most 1");
  if (!(t.hysteresis >= 0 && t.hysteresis < 1)) fail_argument("hysteresis {}: take 0 to below 1", t.hysteresis);
}
PressureMonitor::~PressureMonitor() = default;

PressureReading PressureMonitor::poll() {
  State& s = *state_;
  PressureReading reading;
  if (s.pool) reading.pool = s.pool->use_of_limit();
  if (s.source) {
    const SystemMemory system = s.source();
    const std::uint64_t used = system.total_bytes - std::min(system.total_bytes, system.available_bytes);
    reading.system = std::max(share_of(used, system.total_bytes), share_of(system.group_bytes, system.group_limit));
    reading.stalled = system.stalled;
  }
  MemoryPressure before;
  std::vector<std::shared_ptr<const Callback>> callbacks;
  {
    const std::lock_guard lock(s.mutex);
    s.pool_level = level_of(reading.pool, s.shares, s.hysteresis, s.pool_level);
    s.system_level = level_of(reading.system, s.shares, s.hysteresis, s.system_level);
    s.stall_level = level_of(reading.stalled, s.stalls, std::min(s.hysteresis, s.stalls[0] / 2), s.stall_level);
    reading.level = std::max({s.pool_level, s.system_level, s.stall_level});
    before = s.level.exchange(reading.level);
    if (before != reading.level)
      for (const auto& [number, callback] : s.callbacks) callbacks.push_back(callback);
  }
  for (const auto& callback : callbacks) (*callback)(before, reading);
  return reading;
}

MemoryPressure PressureMonitor::level() const noexcept { return state_->level; }

std::uint64_t PressureMonitor::register_pressure_callback(Callback callback) {
  if (!callback) fail_argument("a pressure callback is empty");
  auto shared = std::make_shared<const Callback>(std::move(callback));
  const std::lock_guard lock(state_->mutex);
  state_->callbacks.emplace_back(state_->next_number, std::move(shared));
  return state_->next_number++;
}

void PressureMonitor::remove_callback(std::uint64_t number) {
  const std::lock_guard lock(state_->mutex);
  std::erase_if(state_->callbacks, [&](const auto& entry) { return entry.first == number; });
}

}  // namespace bitnet
