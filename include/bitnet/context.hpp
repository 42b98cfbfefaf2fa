// What every part of the library is handed instead of globals: threads, memory, log.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "bitnet/memory.hpp"
#include "bitnet/memory_movable.hpp"

namespace bitnet {

enum class LogLevel { kDebug, kInfo, kWarning };
/// Called from any thread; must not throw. The library itself prints nothing.
using LogSink = std::function<void(LogLevel, std::string_view)>;
/// `done` of `total` units of `what`; called from one thread at a time.
using ProgressSink = std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)>;

struct ContextOptions {
  int threads = 0;                              // 0: one a physical core at most, fewer where decoding is faster so
  std::shared_ptr<HybridMemoryPool> pool;       // null: a pool of its own
  LogSink log;
};

/// Share it freely: what changes after construction is how many threads are in use.
class Context {
 public:
  /// Throws kInvalidArgument unless 0 <= threads <= 1024.
  explicit Context(ContextOptions options = {});

  int threads() const noexcept { return threads_; }
  /// Whether ContextOptions left the number of threads open: sessions may then use fewer than threads().
  bool chooses_threads() const noexcept { return chooses_threads_; }
  int threads_in_use() const noexcept { return threads_in_use_.load(std::memory_order_relaxed); }
  void use_threads(int count) const noexcept { threads_in_use_.store(count, std::memory_order_relaxed); }
  HybridMemoryPool& pool() const noexcept { return *pool_; }
  const std::shared_ptr<HybridMemoryPool>& shared_pool() const noexcept { return pool_; }
  /// Blocks of the pool that may be compressed while nobody uses them, such as the caches of sessions that wait.
  MovableBlocks& movable() const noexcept { return *movable_; }
  const std::shared_ptr<MovableBlocks>& shared_movable() const noexcept { return movable_; }
  void log(LogLevel level, std::string_view message) const {
    if (log_) log_(level, message);
  }

 private:
  int threads_;
  bool chooses_threads_;
  mutable std::atomic<int> threads_in_use_;
  std::shared_ptr<HybridMemoryPool> pool_;
  std::shared_ptr<MovableBlocks> movable_;
  LogSink log_;
};

}  // namespace bitnet
