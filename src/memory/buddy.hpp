// Buddy allocation (Knuth, TAOCP 1, 2.5) of units: which are free, without the memory itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace bitnet {

/// A block is found as a power of two, and what it has too much goes back at once as smaller blocks, where the next one
/// may begin: a block takes the units it needs and no more. Freed blocks merge with their buddies, so that when all are
/// free there is one again. O(log units) each, but for what fits only across blocks that are no buddies; not
/// thread-safe.
class Buddy {
 public:
  /// `units`: a power of two up to 2^31.
  explicit Buddy(std::uint32_t units);

  /// The first of `count` free units in a row, at a multiple of `alignment` (a power of two); nothing when there is
  /// none.
  std::optional<std::uint32_t> allocate(std::uint32_t count, std::uint32_t alignment = 1);
  /// The lowest such run that begins below `limit`. O(units).
  std::optional<std::uint32_t> allocate_below(std::uint32_t limit, std::uint32_t count, std::uint32_t alignment = 1);
  /// What allocate() gave, whole or its end.
  void deallocate(std::uint32_t first, std::uint32_t count);

  static constexpr std::size_t kUnitCost = 12;  // bytes of this object's own for each unit
  std::uint32_t units() const noexcept { return static_cast<std::uint32_t>(links_.size()); }
  std::uint32_t free_units() const noexcept { return free_units_; }
  /// Units of the largest free block: a power of two, or 0.
  std::uint32_t largest_free() const noexcept;
  std::uint64_t merges() const noexcept { return merges_; }
  /// Calls `visit(first, count)` for each free block.
  template <typename Visit>
  void for_each_free(const Visit& visit) const {
    for (std::uint32_t unit = 0; unit < units();) {
      const std::uint32_t count = links_[unit].order < 0 ? 1 : 1u << links_[unit].order;
      if (links_[unit].order >= 0) visit(unit, count);
      unit += count;
    }
  }

 private:
  static constexpr std::uint32_t kNone = ~0u;
  static constexpr int kOrders = 32;
  // Of a free block's first unit; order is -1 for all other units.
  struct Link {
    std::uint32_t next = kNone, previous = kNone;
    std::int8_t order = -1;
  };

  static_assert(sizeof(Link) == kUnitCost);

  void push(std::uint32_t unit, int order);
  void remove(std::uint32_t unit);
  void release(std::uint32_t unit, int order);
  /// Frees units that need not be one block.
  void release_run(std::uint32_t first, std::uint32_t count);

  std::vector<Link> links_;
  std::uint32_t heads_[kOrders];
  std::uint32_t nonempty_ = 0;  // bit o: there is a free block of order o
  std::uint32_t free_units_ = 0;
  std::uint64_t merges_ = 0;
};

}  // namespace bitnet
