// What each clean-up does to one pool.
#pragma once

#include <functional>

#include "bitnet/memory_cleanup.hpp"

namespace bitnet {

struct CleanupTask {
  const CleanupTarget& target;
  const CleanupConfig& config;
  std::function<bool()> stop;      // asked between pieces: true ends the clean-up
  std::uint64_t wanted_again = 0;  // free bytes that smart leaves
};

/// Adds what it did to the report.
using CleanupFunction = void (*)(const CleanupTask& task, CleanupReport& report);
CleanupFunction cleanup_function(CleanupStrategy strategy) noexcept;

/// Bytes of blocks that the pool's timeline, if it keeps one, shows to come at least once in `period`.
std::uint64_t bytes_that_come_back(const HybridMemoryPool& pool, std::chrono::nanoseconds period);

}  // namespace bitnet
