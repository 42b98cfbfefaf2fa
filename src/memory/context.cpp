#include "bitnet/context.hpp"

#include <utility>

#include "base/fail.hpp"
#include "base/machine.hpp"

namespace bitnet {

Context::Context(ContextOptions options)
    : threads_(options.threads == 0 ? physical_cores() : options.threads),
      chooses_threads_(options.threads == 0),
      threads_in_use_(threads_),
      pool_(options.pool ? std::move(options.pool) : HybridMemoryPool::create(MemoryPoolConfig::unlimited())),
      movable_(MovableBlocks::create(pool_)),
      log_(std::move(options.log)) {
  if (threads_ < 1 || threads_ > 1024)
    fail_argument("threads is {}: take 1 to 1024, or 0 for one a physical core", options.threads);
}

}  // namespace bitnet
