// Blocks below 1 MiB, in slabs of one size each.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "bitnet/memory.hpp"
#include "memory/buddy.hpp"
#include "memory/size_classes.hpp"
#include "memory/thread_cache.hpp"

namespace bitnet {

/// Slabs are cut from mapped segments of 64 MiB. A block is named by its slab and its place there (20 + 12 bits); with
/// the block's generation, odd while it lives, that makes an id that is never used twice: what a handle names is
/// checked without touching the block. Threads take blocks from, and give them back to, their caches, and meet at the
/// lists of a class when a cache is empty or full.
class SmallBlocks {
 public:
  static constexpr std::size_t kUnitBytes = std::size_t{64} << 10;
  static constexpr std::size_t kSegmentBytes = std::size_t{64} << 20;
  static constexpr std::size_t kMostAlignment = kUnitBytes;

  /// Maps `initial_bytes` at once, in whole segments.
  SmallBlocks(std::size_t initial_bytes, MemorySource& source);
  ~SmallBlocks();
  SmallBlocks(const SmallBlocks&) = delete;
  SmallBlocks& operator=(const SmallBlocks&) = delete;

  struct Block {
    std::byte* data = nullptr;
    std::uint64_t id = 0;
  };
  /// A block of a bin that is not empty.
  Block take(BlockBin& bin) noexcept {
    bin.allocations.add(1);
    const std::uint32_t block = bin.blocks[--bin.count];
    const Slab& slab = slabs_[block >> kPlaceBits];
    std::atomic<std::uint32_t>& generation = slab.generations[block & kPlaceMask];
    const std::uint32_t live = generation.load(std::memory_order_relaxed) + 1;
    generation.store(live, std::memory_order_relaxed);
    return {slab.base + std::size_t{slab.block_bytes} * (block & kPlaceMask), std::uint64_t{live} << 32 | block};
  }

  /// Puts blocks into an empty bin; false when the system has no more. May throw std::bad_alloc.
  [[gnu::noinline]] bool refill(BlockBin& bin, std::size_t size_class);

  /// False when `id` and `data` name no live block. Two threads that free one block at the same time race, as over any
  /// object. Needs no memory.
  bool free(ThreadCache& cache, std::uint64_t id, const void* data) noexcept { return free_if<true>(cache, id, data); }
  /// The same, but false too where the cache has no room for it: short, for the usual case.
  bool free_into_room(ThreadCache& cache, std::uint64_t id, const void* data) noexcept {
    return free_if<false>(cache, id, data);
  }

 private:
  template <bool kMakeRoom>
  bool free_if(ThreadCache& cache, std::uint64_t id, const void* data) noexcept {
    const auto block = static_cast<std::uint32_t>(id), live = static_cast<std::uint32_t>(id >> 32);
    const std::uint32_t index = block >> kPlaceBits, place = block & kPlaceMask;
    if (index >= slab_count_.load(std::memory_order_acquire) || (live & 1) == 0) return false;
    const Slab& slab = slabs_[index];
    if (place >= slab.blocks || slab.base + std::size_t{slab.block_bytes} * place != data) return false;
    std::atomic<std::uint32_t>& generation = slab.generations[place];
    if (generation.load(std::memory_order_relaxed) != live) return false;
    BlockBin& bin = cache.bins[slab.size_class];
    bool room = bin.count < bin.capacity;
    if constexpr (kMakeRoom) {
      room = room || make_room(bin, slab.size_class);
    } else if (!room || live == kLastGeneration) {
      return false;
    }
    generation.store(live + 1, std::memory_order_relaxed);
    bin.frees.add(1);
    if (kMakeRoom && !room) [[unlikely]] {
      if (live != kLastGeneration) give_back(classes_[slab.size_class], block);
      return true;
    }
    if (live != kLastGeneration) bin.blocks[bin.count++] = block;  // else it is used up: it rests
    return true;
  }

 public:
  /// Id of the live block that begins at `data`; 0 when there is none.
  std::uint64_t find(const void* data) const noexcept;
  /// Gives all blocks of the cache back.
  void flush(ThreadCache& cache);
  /// Gives slabs without a block in use or in a cache back to the system; returns their bytes. Slabs whose blocks
  /// went to or came from caches after `newest_generation` stay.
  std::size_t release_free(const ReleaseOptions& options, std::uint32_t newest_generation);
  /// What slabs that are touched from now on are marked with.
  void set_generation(std::uint32_t generation) noexcept { generation_.store(generation, std::memory_order_relaxed); }
  std::size_t mapped_bytes() const;
  /// Bytes of blocks that caches have had at least once, and that were not given back to the system since.
  std::size_t carved_bytes() const noexcept { return carved_bytes_.load(std::memory_order_relaxed); }
  /// Bytes of this object's own tables.
  std::size_t metadata_bytes() const;

 private:
  static constexpr std::uint32_t kPlaceBits = 12, kPlaceMask = (1u << kPlaceBits) - 1;
  static constexpr std::uint32_t kMostSlabs = 1u << 20;
  static constexpr std::uint32_t kUnits = kSegmentBytes / kUnitBytes;
  static constexpr std::uint32_t kLastGeneration = 0xFFFFFFFDu;

  struct Segment {
    std::byte* base = nullptr;
    Buddy free{kUnits};
    std::unique_ptr<std::atomic<std::uint32_t>[]> slab_of_unit;  // index + 1; 0: none
  };
  struct Slab {
    std::byte* base;
    std::atomic<std::uint32_t>* generations;
    std::uint32_t block_bytes;
    std::uint16_t blocks, carved, free;  // carved: given out at least once; free: in the class's list. Under its mutex
    std::uint8_t size_class;
    std::uint32_t segment, first_unit, units;
    std::uint32_t first_generation;  // even; above all that ids of this slab have had
    std::uint32_t capacity;          // of generations
    std::uint32_t touched;           // when a block last went to or came from a cache
  };
  struct alignas(64) SizeClass {
    std::mutex mutex;
    std::vector<std::uint32_t> free;
    std::size_t blocks = 0;               // of all slabs: `free` has room for them
    std::vector<std::uint32_t> uncarved;  // slabs with blocks that were never given out
  };

  [[gnu::noinline]] bool make_room(BlockBin& bin, std::size_t size_class) noexcept;
  void give_back(SizeClass& list, BlockBin& bin, std::uint32_t keep) noexcept;
  [[gnu::noinline]] void give_back(SizeClass& list, std::uint32_t block) noexcept;
  bool add_slab(std::size_t size_class, SizeClass& list);
  bool add_segment();
  void unmap_tables() noexcept;
  Segment* segment_of(const std::byte* at) const noexcept;
  std::size_t release_class(SizeClass& list, const ReleaseOptions& options, std::uint32_t newest_generation,
                            std::size_t most);

  MemorySource& source_;
  Slab* slabs_ = nullptr;  // kMostSlabs of them, mapped; touched as they come
  std::atomic<std::uint32_t> slab_count_{0};
  std::atomic<std::size_t> carved_bytes_{0};
  std::atomic<std::uint32_t> generation_{0};
  SizeClass classes_[kSizeClasses];

  // Which segment an address lies in: open addressing by its multiple of kSegmentBytes; nothing is ever removed.
  static constexpr std::size_t kDirectory = std::size_t{1} << 14;
  std::atomic<Segment*>* directory_ = nullptr;  // mapped, as slabs_

  mutable std::mutex segments_mutex_;  // taken inside of a class's
  std::vector<std::unique_ptr<Segment>> segments_;
  std::vector<std::uint32_t> unused_slabs_;
  std::size_t generation_bytes_ = 0;
  std::vector<std::unique_ptr<std::atomic<std::uint32_t>[]>>
      generations_;  // all there ever were: stale handles are checked against them
};

}  // namespace bitnet
