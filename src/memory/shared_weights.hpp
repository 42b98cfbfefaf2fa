// One copy of a model's packed weights for all processes that load it alike.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bitnet/memory.hpp"

namespace bitnet {

/// A pool in POSIX shared memory. The first process fills it while others wait; those map it read-only and find each
/// block where it was put, because the same blocks are asked for in the same order. Locks of the region's file tell who
/// is there: the system drops them when a process dies, so that a region half filled is filled anew, and the last one
/// to go removes it. What a killed process left is removed when the next region is opened. Blocks keep the region; this
/// object is for the time of loading, and for one thread.
class SharedWeights {
 public:
  /// `key` says all that the contents depend on. Regions belong to one user. Throws kUnsupported where the system has
  /// no such memory, kIo, kInsufficientMemory.
  static std::shared_ptr<SharedWeights> open(const std::string& key);
  ~SharedWeights();

  /// Whether another process has filled the region.
  bool found() const noexcept;
  /// The next block; `fill` writes it, unless it is there. Throws kInsufficientMemory, and kInternal when the region
  /// holds another block there.
  Buffer place(std::size_t bytes, const std::function<void(std::byte*)>& fill);
  /// All blocks are placed: other processes may use them.
  void seal();
  /// Of all blocks so far.
  std::uint64_t bytes() const noexcept;
  /// As the system's list of shared memory has it.
  const std::string& name() const noexcept;

  /// Removes regions of this user that no process has open; returns how many.
  static std::size_t remove_unused();

 private:
  class Region;
  explicit SharedWeights(std::shared_ptr<Region> region);
  std::shared_ptr<Region> region_;
  std::shared_ptr<HybridMemoryPool> pool_;
  std::size_t blocks_ = 0;
  std::uint64_t bytes_ = 0;
};

/// Memory for packed weights, written by `fill` unless it is shared and another process has done so.
Buffer place_weights(HybridMemoryPool& pool, SharedWeights* shared, std::size_t bytes,
                     const std::function<void(std::byte*)>& fill);

}  // namespace bitnet
