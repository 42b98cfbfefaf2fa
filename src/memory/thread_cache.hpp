// What a thread keeps of a pool for itself: free blocks of each size, and its share of the figures.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "memory/size_classes.hpp"

namespace bitnet {

/// A number that one thread changes and all may read.
class OwnedCount {
 public:
  std::int64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }
  void set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t value) noexcept { set(get() + value); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// How many free blocks of a class a thread keeps at most.
constexpr std::uint32_t bin_capacity(std::size_t size_class) {
  constexpr std::size_t kMostBytes = std::size_t{128} << 10, kMost = 256, kLeast = 2;
  return static_cast<std::uint32_t>(std::clamp(kMostBytes / class_bytes(size_class), kLeast, kMost));
}

/// References of free blocks of one size (SmallBlocks), the last one in first out.
struct BlockBin {
  std::uint32_t count = 0, capacity = 0;
  std::unique_ptr<std::uint32_t[]> blocks;
  OwnedCount allocations, frees;  // by this thread
};

/// Used by its thread alone, but for the counts. Counts are kept as few as they can be: each costs every call.
struct ThreadCache {
  std::array<BlockBin, kSizeClasses> bins;

  // Requested and not given back, as far as this thread did it: blocks freed here may come from elsewhere, so that it
  // may be negative.
  OwnedCount bytes;
  OwnedCount large_bytes;        // of that, in large blocks
  OwnedCount large_block_bytes;  // taken for those
  OwnedCount peak_bytes;         // largest `bytes` since it was last looked at
  OwnedCount allocated_bytes;    // ever requested
  OwnedCount large_allocations, large_frees;
  /// How far `bytes` may grow by small blocks without asking; others take it back by lowering it.
  std::atomic<std::int64_t> room{0};
  /// Others ask for its free blocks back: seen when room is asked for.
  std::atomic<bool> flush_wanted{false};

  void grow(std::int64_t size) noexcept {
    const std::int64_t now = bytes.get() + size;
    bytes.set(now);
    if (now > peak_bytes.get()) peak_bytes.set(now);
    allocated_bytes.add(size);
  }
};

}  // namespace bitnet
