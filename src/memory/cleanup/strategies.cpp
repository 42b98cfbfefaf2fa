#include "memory/cleanup/strategies.hpp"

#include <algorithm>

#include "bitnet/memory_patterns.hpp"

namespace bitnet {
namespace {

void release(const CleanupTask& task, CleanupReport& report, std::uint32_t idle_generations = 0,
             std::uint64_t most_bytes = UINT64_MAX) {
  report.released_bytes += task.target.pool->release_free(
      {.idle_generations = idle_generations, .most_bytes = most_bytes, .stop = task.stop});
}

void compress(const CleanupTask& task, CleanupReport& report, std::uint32_t idle_generations = 0,
              std::uint64_t enough_bytes = UINT64_MAX) {
  if (!task.target.movable) return;
  report.compressed_bytes += task.target.movable->compress(
      {.idle_generations = idle_generations, .enough_bytes = enough_bytes, .stop = task.stop});
}

void compact(const CleanupTask& task, CleanupReport& report) {
  if (task.target.movable) report.moved_bytes += task.target.movable->compact(task.stop).bytes;
}

// Compression first: what it gives back to the pool, the release gives back to the system.
void clean_idle(const CleanupTask& task, CleanupReport& report) {
  compress(task, report);
  release(task, report);
}

void clean_for_pressure(const CleanupTask& task, CleanupReport& report) {
  release(task, report);
  const double use = task.target.pool->use_of_limit();
  if (use < task.config.pressure_threshold) return;
  const auto held = static_cast<double>(task.target.pool->get_metrics().current_bytes);
  const double too_much = held * (1 - task.config.pressure_threshold / use);
  compress(task, report, 0, static_cast<std::uint64_t>(too_much) + 1);
  release(task, report);
}

void clean_periodically(const CleanupTask& task, CleanupReport& report) { release(task, report, 1); }

void clean_device(const CleanupTask& task, CleanupReport& report) { release(task, report); }

void clean_old(const CleanupTask& task, CleanupReport& report) {
  compress(task, report, task.config.old_generations);
  release(task, report, task.config.old_generations);
}

void clean_unwanted(const CleanupTask& task, CleanupReport& report) {
  const std::uint64_t free = task.target.pool->get_metrics().resident_free_bytes;
  release(task, report, 0, free - std::min(free, task.wanted_again));
}

void clean_all(const CleanupTask& task, CleanupReport& report) {
  compress(task, report);
  compact(task, report);
  release(task, report);
}

void clean_by_moving(const CleanupTask& task, CleanupReport& report) {
  compact(task, report);
  release(task, report);
}

}  // namespace

CleanupFunction cleanup_function(CleanupStrategy strategy) noexcept {
  switch (strategy) {
    case CleanupStrategy::kIdle: return clean_idle;
    case CleanupStrategy::kPressure: return clean_for_pressure;
    case CleanupStrategy::kPeriodic: return clean_periodically;
    case CleanupStrategy::kDevice: return clean_device;
    case CleanupStrategy::kGenerational: return clean_old;
    case CleanupStrategy::kSmart: return clean_unwanted;
    case CleanupStrategy::kEmergency: return clean_all;
    case CleanupStrategy::kCompaction: return clean_by_moving;
  }
  return clean_device;
}

std::uint64_t bytes_that_come_back(const HybridMemoryPool& pool, std::chrono::nanoseconds period) {
  const auto* tracker = dynamic_cast<const MemoryTracker*>(pool.observer().get());
  if (tracker == nullptr || tracker->timeline() == nullptr) return 0;
  std::uint64_t bytes = 0;
  for (const MemoryPattern& pattern : find_memory_patterns(tracker->timeline()->events()))
    if (pattern.kind == PatternKind::kTemporal && pattern.period_ns <= static_cast<std::uint64_t>(period.count()))
      bytes += std::min(pattern.size, UINT64_MAX - bytes);
  return bytes;
}

}  // namespace bitnet
