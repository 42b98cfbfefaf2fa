// What every part of the library is handed instead of globals: threads, memory, log.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "bitnet/memory.hpp"

namespace bitnet {

enum class LogLevel { kDebug, kInfo, kWarning };
/// Called from any thread; must not throw. The library itself prints nothing.
using LogSink = std::function<void(LogLevel, std::string_view)>;
/// `done` of `total` units of `what`; called from one thread at a time.
using ProgressSink = std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)>;

struct ContextOptions {
  int threads = 0;                              // 0: one a physical core
  std::shared_ptr<HybridMemoryPool> pool;       // null: a pool of its own
  LogSink log;
};

/// Immutable after construction; share it freely.
class Context {
 public:
  /// Throws kInvalidArgument unless 0 <= threads <= 1024.
  explicit Context(ContextOptions options = {});

  int threads() const noexcept { return threads_; }
  HybridMemoryPool& pool() const noexcept { return *pool_; }
  void log(LogLevel level, std::string_view message) const {
    if (log_) log_(level, message);
  }

 private:
  int threads_;
  std::shared_ptr<HybridMemoryPool> pool_;
  LogSink log_;
};

}  // namespace bitnet
