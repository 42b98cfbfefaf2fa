// Blocks of 1 MiB and more, and those of large alignments: buddies in mapped regions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "bitnet/memory.hpp"
#include "memory/buddy.hpp"
#include "memory/unit_set.hpp"

namespace bitnet {

/// Freed blocks keep their pages, for the next one to take; release_free() gives them back to the system. Safe to share
/// between threads.
class LargeBlocks {
 public:
  static constexpr std::size_t kUnitBytes = std::size_t{64} << 10;
  static constexpr std::size_t kLeastRegionBytes = std::size_t{64} << 20;
  static constexpr std::uint64_t kIdBit = std::uint64_t{1} << 63;  // set in the ids of this class alone

  /// Maps a region of `initial_bytes` (0: none) at once, which stays mapped.
  LargeBlocks(std::size_t initial_bytes, MemorySource& source);
  ~LargeBlocks();
  LargeBlocks(const LargeBlocks&) = delete;
  LargeBlocks& operator=(const LargeBlocks&) = delete;

  struct Block {
    std::byte* data = nullptr;
    std::uint64_t id = 0;
    std::size_t bytes = 0;  // units of it
    bool zero = false;      // whether its pages were never used since the system gave them
  };
  /// `alignment` up to 2 MiB. Data is null when the system has no more.
  Block allocate(std::size_t size, std::size_t alignment);
  /// Bytes that go back; 0 when `id` and `data` name no live block.
  std::size_t deallocate(std::uint64_t id, const void* data, std::uint32_t generation);
  /// Moves a block, which nobody may use meanwhile, to free memory at a lower place; its id stays. Returns its new
  /// address, or null when it lies as low as it can, or `id` and `data` name no live block.
  std::byte* move_down(std::uint64_t id, const void* data, std::size_t alignment, std::uint32_t generation);
  /// Bytes of the block's end, behind its first `size` bytes, that go back.
  std::size_t shrink(std::uint64_t id, const void* data, std::size_t size, std::uint32_t generation);
  /// Id of the live block that begins at `data`; 0 when there is none.
  std::uint64_t find(const void* data) const;

  /// Bytes of pages given back to the system: regions that are wholly free, but the first, and free units elsewhere.
  /// Units freed after `newest_generation` stay.
  std::size_t release_free(const ReleaseOptions& options, std::uint32_t newest_generation);

  struct Figures {
    std::size_t mapped = 0;        // address space of regions
    std::size_t free = 0;          // of that in no block
    std::size_t largest_free = 0;  // most bytes of one free block
    std::size_t resident = 0;      // of `free`, pages that were used and not given back
    std::size_t metadata = 0;      // bytes of this object's own tables
    std::uint64_t merges = 0;      // buddies joined so far
  };
  Figures figures() const;

 private:
  struct Region {
    std::byte* base;
    Buddy buddy;
    UnitSet used;                             // units that were in a block since the system last gave their pages
    std::vector<std::uint32_t> slot_of_unit;  // index + 1 where a live block begins; else 0
    std::vector<std::uint32_t> freed;         // generation in which units of a piece were last freed
    std::size_t used_units_free = 0;          // units in `used` that are in no block
    bool whole_only = false;                  // the source does not take parts back
  };
  struct Slot {
    Region* region = nullptr;  // null: no live block
    std::uint32_t unit = 0, units = 0;
    std::uint32_t generation = 0;
  };
  // Huge pages are dropped whole where it can be, and no call takes long.
  static constexpr std::uint32_t kPieceUnits = 32;

  Slot* find_slot(std::uint64_t id, const void* data);
  Region* add_region(std::size_t bytes);
  static bool take(Region& region, std::uint32_t unit, std::uint32_t units);
  static void put_back(Region& region, std::uint32_t unit, std::uint32_t units, std::uint32_t generation);
  std::size_t drop_free_units(Region& region, const ReleaseOptions& options, std::uint32_t newest_generation,
                              std::size_t most);

  MemorySource& source_;
  std::size_t initial_bytes_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Region>> regions_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::uint64_t merges_ = 0;  // of regions that are gone
};

}  // namespace bitnet
