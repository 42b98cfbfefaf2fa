// The memory pool: every tensor byte of the library comes from one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace bitnet {

enum class Device : std::uint8_t { kCpu };

/// Requests of this size and more come from the large-block pool: whole pages, huge pages where the system grants them.
inline constexpr std::size_t kLargeBlockBytes = std::size_t{1} << 20;

struct MemoryPoolConfig {
  /// Most bytes that may be handed out at once; 0 for no limit of the pool's own.
  std::uint64_t limit_bytes = 0;
  bool huge_pages = true;
};

struct MemoryMetrics {
  std::uint64_t current_bytes = 0;      // requested and not given back
  std::uint64_t peak_bytes = 0;         // largest current_bytes since the start or reset_peak()
  std::uint64_t reserved_bytes = 0;     // taken from the system for them, padding included
  std::uint64_t allocated_total = 0;    // bytes requested so far
  std::uint64_t allocation_count = 0;
  std::uint64_t deallocation_count = 0;
  std::uint64_t small_blocks = 0;       // live blocks below kLargeBlockBytes
  std::uint64_t large_blocks = 0;
};

/// Names one live block of one pool. Copyable; using it after deallocate() is a detected error, not undefined behaviour.
struct MemoryHandle {
  void* data = nullptr;
  std::size_t size = 0;
  std::size_t alignment = 0;
  Device device = Device::kCpu;
  std::uint64_t pool = 0;    // which pool
  std::uint64_t id = 0;      // never used twice in a pool
};

class HybridMemoryPool;

/// A block that goes back to its pool when it is destroyed. Movable, not copyable; may outlive the caller's pool pointer.
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
  T* as() const noexcept { return static_cast<T*>(handle_.data); }
  template <typename T>
  std::span<T> span() const noexcept { return {as<T>(), handle_.size / sizeof(T)}; }

 private:
  friend class HybridMemoryPool;
  Buffer(std::shared_ptr<HybridMemoryPool> pool, const MemoryHandle& handle) : pool_(std::move(pool)), handle_(handle) {}
  std::shared_ptr<HybridMemoryPool> pool_;
  MemoryHandle handle_;
};

/// Small blocks and large blocks behind one call. All functions may be called from any thread.
class HybridMemoryPool : public std::enable_shared_from_this<HybridMemoryPool> {
 public:
  static std::shared_ptr<HybridMemoryPool> create(const MemoryPoolConfig& config = {});
  ~HybridMemoryPool();
  HybridMemoryPool(const HybridMemoryPool&) = delete;
  HybridMemoryPool& operator=(const HybridMemoryPool&) = delete;

  /// `size` bytes (0 counts as 1) at a multiple of `alignment`, a power of two up to 2 MiB. Bytes of large blocks are
  /// zero; those of small blocks are not. Throws kInsufficientMemory, kInvalidArgument.
  MemoryHandle allocate(std::size_t size, std::size_t alignment = 64, Device device = Device::kCpu);
  /// Throws kInvalidHandle for a block already freed, or one of another pool.
  void deallocate(const MemoryHandle& handle);
  /// allocate() with an owner.
  Buffer buffer(std::size_t size, std::size_t alignment = 64, Device device = Device::kCpu);

  MemoryMetrics get_metrics() const;
  void reset_peak();

 private:
  struct State;
  explicit HybridMemoryPool(const MemoryPoolConfig& config);
  std::unique_ptr<State> state_;
};

}  // namespace bitnet
