// The memory pool: every tensor byte of the library comes from one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <memory_resource>
#include <new>
#include <span>
#include <string_view>

namespace bitnet {

enum class Device : std::uint8_t { kCpu, kCuda, kMetal };
std::string_view device_name(Device device) noexcept;

/// Requests of this size and more come from the large-block pool: buddies of 64 KiB units, huge pages where the system
/// grants them. Smaller ones come in size classes, from caches of the threads.
inline constexpr std::size_t kLargeBlockBytes = std::size_t{1} << 20;

/// Where a pool's memory comes from: the system's pages, or a device's memory. Safe to share between threads.
class MemorySource {
 public:
  virtual ~MemorySource() = default;
  virtual Device device() const noexcept = 0;
  /// `bytes` of zeros at a multiple of `alignment` (both multiples of 4096); null when there is no more.
  virtual std::byte* map(std::size_t bytes, std::size_t alignment) noexcept = 0;
  virtual void unmap(std::byte* base, std::size_t bytes) noexcept = 0;
  /// Gives the memory of a part back, whose addresses stay; it is zero from then on. False: it cannot, and did nothing.
  virtual bool drop(std::byte* base, std::size_t bytes) noexcept = 0;
  virtual void zero(std::byte* base, std::size_t bytes) noexcept = 0;
};

/// Of a part of the pool: address space mapped at once, and the most bytes that may be handed out (0: no limit).
struct PoolGrowth {
  std::uint64_t initial_bytes = 0;
  std::uint64_t max_bytes = 0;
};

/// What a block is for.
enum class MemoryTag : std::uint8_t { kOther, kWeights, kKvCache, kActivations, kScratch };
inline constexpr std::size_t kMemoryTags = 5;
std::string_view memory_tag_name(MemoryTag tag) noexcept;

struct MemoryHandle;

/// What release_free() is to leave alone.
struct ReleaseOptions {
  /// Memory that was in a block during the last so many generations stays; 0: all goes, and the calling thread's cache
  /// of small blocks too. Other threads give theirs back when they next allocate, for a later call to release.
  std::uint32_t idle_generations = 0;
  std::uint64_t most_bytes = UINT64_MAX;
  /// Asked between pieces of some 2 MiB; true ends it. May be empty.
  std::function<bool()> stop;
};

/// Watches a pool, which works without it. Called by the thread that allocates or frees, behind the deed and outside of
/// all locks of the pool.
class MemoryObserver {
 public:
  virtual ~MemoryObserver() = default;
  virtual void allocated(const MemoryHandle& handle, MemoryTag tag) noexcept = 0;
  virtual void deallocated(const MemoryHandle& handle) noexcept = 0;
};

struct MemoryPoolConfig {
  PoolGrowth small{std::uint64_t{64} << 20, std::uint64_t{512} << 20};  // blocks below kLargeBlockBytes
  PoolGrowth large{std::uint64_t{128} << 20, std::uint64_t{2} << 30};
  /// Most bytes of both together that may be handed out at once; 0 for no limit.
  std::uint64_t limit_bytes = 0;
  bool huge_pages = true;                // asked of the system for its pages
  std::shared_ptr<MemorySource> source;  // null: the system's pages
  std::shared_ptr<MemoryObserver> observer;

  /// As much as the system gives.
  static MemoryPoolConfig unlimited() { return {.small = {}, .large = {}, .source = {}, .observer = {}}; }
};

struct MemoryRequest {
  std::size_t size = 0;          // bytes; 0 counts as 1
  std::size_t alignment = 64;    // a power of two up to 2 MiB
  Device device = Device::kCpu;  // must be the pool's
  bool zero = false;             // all bytes 0; otherwise they are what they are
  MemoryTag tag = MemoryTag::kOther;
};

/// With several threads the figures are those of some moment between the call and its return, thread by thread.
struct MemoryMetrics {
  std::uint64_t current_bytes = 0;    // requested and not given back
  std::uint64_t peak_bytes = 0;       // largest current_bytes since the start or reset_peak(); with one thread exactly,
                                      // with several as far as their caches were looked at
  std::uint64_t reserved_bytes = 0;   // blocks of live requests, what they have too much included
  std::uint64_t mapped_bytes = 0;     // address space held
  std::uint64_t allocated_total = 0;  // bytes requested so far
  std::uint64_t allocation_count = 0;
  std::uint64_t deallocation_count = 0;
  std::uint64_t small_blocks = 0;  // live blocks below kLargeBlockBytes
  std::uint64_t large_blocks = 0;
  std::uint64_t buddy_merges = 0;
  std::uint64_t resident_free_bytes = 0;  // of free large memory, what release_free() would give back
  /// What the live blocks cost beyond what was asked for: slack in blocks, small blocks that caches keep for the next
  /// request, the pool's own tables.
  std::uint64_t overhead_bytes = 0;
  /// Share of the free bytes of the large-block pool that lies outside its largest free block; 0 when nothing is free.
  double external_fragmentation = 0;
  /// Share of reserved_bytes that nobody asked for.
  double internal_fragmentation() const {
    return reserved_bytes == 0 ? 0 : 1.0 - static_cast<double>(current_bytes) / static_cast<double>(reserved_bytes);
  }
};

/// Names one live block of one pool. Copyable; using it after deallocate() is a detected error, not undefined
/// behaviour.
struct MemoryHandle {
  // `pool` is not beside `id`: compilers would write both as one vector, and the next free would wait for it.
  void* data = nullptr;
  std::size_t size = 0;
  std::size_t alignment = 0;
  std::uint64_t id = 0;  // never used twice in a pool
  Device device = Device::kCpu;
  std::uint64_t pool = 0;  // which pool
};

class HybridMemoryPool;

/// A block that goes back to its pool when it is destroyed. Movable, not copyable; may outlive the caller's pool
/// pointer.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();

  std::byte* data() const noexcept { return static_cast<std::byte*>(handle_.data); }
  std::size_t size() const noexcept { return handle_.size; }
  explicit operator bool() const noexcept { return handle_.data != nullptr; }
  template <typename T>
  T* as() const noexcept {
    return static_cast<T*>(handle_.data);
  }
  template <typename T>
  std::span<T> span() const noexcept {
    return {as<T>(), handle_.size / sizeof(T)};
  }

 private:
  friend class HybridMemoryPool;
  Buffer(std::shared_ptr<HybridMemoryPool> pool, const MemoryHandle& handle)
      : pool_(std::move(pool)), handle_(handle) {}
  std::shared_ptr<HybridMemoryPool> pool_;
  MemoryHandle handle_;
};

/// Small blocks and large blocks behind one call. All functions may be called from any thread; two threads that free
/// the same handle at the same time race, as over any object.
class HybridMemoryPool : public std::enable_shared_from_this<HybridMemoryPool> {
 public:
  static std::shared_ptr<HybridMemoryPool> create(const MemoryPoolConfig& config = {});
  ~HybridMemoryPool();
  HybridMemoryPool(const HybridMemoryPool&) = delete;
  HybridMemoryPool& operator=(const HybridMemoryPool&) = delete;

  /// Of its source. Requests must name it.
  Device device() const noexcept;

  /// Throws kInsufficientMemory, kInvalidArgument.
  MemoryHandle allocate(std::size_t size, std::size_t alignment = 64, Device device = Device::kCpu);
  MemoryHandle allocate(const MemoryRequest& request);
  /// Throws kInvalidHandle for a block already freed, or one of another pool.
  void deallocate(const MemoryHandle& handle);
  /// allocate() with an owner.
  Buffer buffer(const MemoryRequest& request) { return Buffer(shared_from_this(), allocate(request)); }
  Buffer buffer(std::size_t size, std::size_t alignment = 64, Device device = Device::kCpu) {
    return buffer(MemoryRequest{size, alignment, device});
  }

  /// For standard containers; lives as long as the pool. Memory of 0 bytes is 1 byte; throws std::bad_alloc.
  std::pmr::memory_resource* resource() noexcept;

  /// The handle of the live block that begins at `data`, with the size and alignment that it was asked for with; its id
  /// is 0 when there is none, and deallocate() then refuses it.
  MemoryHandle find(const void* data, std::size_t size, std::size_t alignment) const;

  /// Gives pages that no block and no other thread's cache holds back to the system; returns their bytes.
  std::uint64_t release_free(const ReleaseOptions& options = {});
  /// Counts generations, by which release_free() tells what has been idle for long.
  void advance_generation() noexcept;
  std::uint32_t generation() const noexcept;

  /// Asked, once a request, when a limit or the system refuses one: gives bytes free elsewhere, and returns how many;
  /// unless all give 0, the request is tried again. Requests that it makes itself ask nobody. Until remove_reclaimer()
  /// with the number that this returns; a call that has begun by then still ends.
  using Reclaimer = std::function<std::uint64_t(std::size_t bytes)>;
  std::uint64_t add_reclaimer(Reclaimer reclaimer);
  void remove_reclaimer(std::uint64_t number);

  /// Moves a large block, which nobody may use meanwhile, to free memory at a lower address; false when there is none,
  /// or the block is small or a device's. Changes handle.data alone. Throws kInvalidHandle.
  bool move_down(MemoryHandle& handle);
  /// Gives the end of a large block back: 1 <= size <= handle.size bytes stay; small blocks stay whole. An observer
  /// sees a block that ends and one with the same id that begins. Throws kInvalidArgument, kInvalidHandle.
  void shrink(MemoryHandle& handle, std::size_t size, MemoryTag tag = MemoryTag::kOther);

  MemoryMetrics get_metrics() const;
  void reset_peak();
  /// As it was configured; may be null.
  const std::shared_ptr<MemoryObserver>& observer() const noexcept;
  /// Share of the tightest limit that is handed out; 0 without limits.
  double use_of_limit() const;

 private:
  struct State;
  friend struct ThreadCaches;
  explicit HybridMemoryPool(const MemoryPoolConfig& config);
  std::unique_ptr<State> state_;
};

/// A standard allocator over a pool, which must outlive it: std::vector<float, PoolAllocator<float>>.
template <typename T>
class PoolAllocator {
 public:
  using value_type = T;
  explicit PoolAllocator(HybridMemoryPool& pool) noexcept : resource_(pool.resource()) {}
  template <typename U>
  PoolAllocator(const PoolAllocator<U>& other) noexcept : resource_(other.resource()) {}

  T* allocate(std::size_t count) {
    if (count > SIZE_MAX / sizeof(T)) throw std::bad_array_new_length();
    return static_cast<T*>(resource_->allocate(count * sizeof(T), alignof(T)));
  }
  void deallocate(T* data, std::size_t count) noexcept { resource_->deallocate(data, count * sizeof(T), alignof(T)); }
  std::pmr::memory_resource* resource() const noexcept { return resource_; }
  template <typename U>
  bool operator==(const PoolAllocator<U>& other) const noexcept {
    return resource_ == other.resource();
  }

 private:
  std::pmr::memory_resource* resource_;
};

}  // namespace bitnet
