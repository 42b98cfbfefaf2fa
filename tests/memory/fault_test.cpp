// Memory that is refused, at every point where it is asked for: nothing is lost, nothing leaks, nothing ends the
// program.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <thread>
#include <vector>

#include "bitnet/error.hpp"
#include "bitnet/memory_cleanup.hpp"
#include "bitnet/memory_movable.hpp"
#include "bitnet/memory_tracking.hpp"
#include "memory/mapping.hpp"

// ThreadSanitizer's runtime has operators of its own; there, only maps are refused.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BITNET_OWN_HEAP 0
#endif
#endif
#ifndef BITNET_OWN_HEAP
#define BITNET_OWN_HEAP 1
#endif

#if BITNET_OWN_HEAP
namespace {

// Which of this thread's requests to the heap fails, counted down; -1: none.
thread_local long heap_fails_in = -1;

void* heap(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t)) {
  if (heap_fails_in == 0) return nullptr;
  if (heap_fails_in > 0) --heap_fails_in;
  return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}
void* heap_or_throw(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t)) {
  void* data = heap(bytes, alignment);
  if (data == nullptr) throw std::bad_alloc();
  return data;
}

}  // namespace

void* operator new(std::size_t bytes) { return heap_or_throw(bytes); }
void* operator new[](std::size_t bytes) { return heap_or_throw(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return heap(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return heap(bytes); }
void* operator new(std::size_t bytes, std::align_val_t a) { return heap_or_throw(bytes, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t bytes, std::align_val_t a) {
  return heap_or_throw(bytes, static_cast<std::size_t>(a));
}
void operator delete(void* data) noexcept { std::free(data); }
void operator delete[](void* data) noexcept { std::free(data); }
void operator delete(void* data, std::size_t) noexcept { std::free(data); }
void operator delete[](void* data, std::size_t) noexcept { std::free(data); }
void operator delete(void* data, std::align_val_t) noexcept { std::free(data); }
void operator delete[](void* data, std::align_val_t) noexcept { std::free(data); }
void operator delete(void* data, std::size_t, std::align_val_t) noexcept { std::free(data); }
void operator delete[](void* data, std::size_t, std::align_val_t) noexcept { std::free(data); }
#endif

namespace bitnet {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

// The system's pages, some of which are refused; counts what is mapped.
class FailingSource final : public MemorySource {
 public:
  Device device() const noexcept override { return Device::kCpu; }
  std::byte* map(std::size_t bytes, std::size_t alignment) noexcept override {
    if (fails_in == 0) return nullptr;
    if (fails_in > 0) --fails_in;
    std::byte* data = map_pages(bytes, alignment, false);
    if (data != nullptr) mapped += bytes;
    return data;
  }
  void unmap(std::byte* base, std::size_t bytes) noexcept override {
    mapped -= bytes;
    unmap_pages(base, bytes);
  }
  bool drop(std::byte* base, std::size_t bytes) noexcept override { return drop_pages(base, bytes); }
  void zero(std::byte* base, std::size_t bytes) noexcept override { std::memset(base, 0, bytes); }

  long fails_in = -1;
  std::size_t mapped = 0;
};

struct Blocks {
  void add(Buffer buffer) {
    std::memset(buffer.data(), static_cast<int>(buffer.size() % 251), buffer.size());
    blocks.push_back(std::move(buffer));
  }
  void check() const {
    for (const Buffer& block : blocks)
      for (const std::size_t i : {std::size_t{0}, block.size() / 2, block.size() - 1})
        ASSERT_EQ(block.data()[i], static_cast<std::byte>(block.size() % 251));
  }
  std::uint64_t bytes() const {
    std::uint64_t bytes = 0;
    for (const Buffer& block : blocks) bytes += block.size();
    return bytes;
  }
  std::vector<Buffer> blocks;
};

// What a pool is used for, once over.
void use(const std::shared_ptr<HybridMemoryPool>& pool, Blocks& kept, MovableBuffer& movable_kept) {
  const auto movable = MovableBlocks::create(pool);
  for (const std::size_t size : {std::size_t{40}, std::size_t{5000}, std::size_t{300000}, kMiB, 9 * kMiB}) {
    for (int i = 0; i < 3; ++i) kept.add(pool->buffer(size));
    kept.blocks.erase(kept.blocks.end() - 2);
  }
  movable_kept = movable->buffer({.size = 2 * kMiB, .zero = true});
  const MovableBuffer other = movable->buffer({.size = 3 * kMiB, .zero = true});
  movable->compress();
  (void)other.pin();
  movable->compact();
  CleanupManager manager({{pool, movable}});
  manager.run(CleanupStrategy::kEmergency);
  (void)movable_kept.pin();
  std::pmr::vector<int> numbers(1000, pool->resource());
  (void)pool->get_metrics();
}

// Runs the above with the n-th request refused, for every n until none is.
void refuse_each(const std::function<void(FailingSource&, long)>& refuse, const std::function<void()>& stop_refusing) {
  long n = 0;
  for (bool failed = true; failed; ++n) {
    SCOPED_TRACE(n);
    ASSERT_LT(n, 2000) << "it never succeeds";
    const auto source = std::make_shared<FailingSource>();
    MemoryTrackerOptions tracking;
    tracking.level = TrackingLevel::kDetailed;
    tracking.timeline_events = 64;
    MemoryPoolConfig config = MemoryPoolConfig::unlimited();
    config.source = source;
    config.observer = MemoryTracker::create(tracking);
    Blocks kept;
    kept.blocks.reserve(100);
    std::shared_ptr<HybridMemoryPool> pool;
    MovableBuffer movable;
    failed = false;
    refuse(*source, n);
    try {
      pool = HybridMemoryPool::create(config);
      use(pool, kept, movable);
    } catch (const Error& e) {
      failed = true;
      stop_refusing();
      EXPECT_EQ(e.code(), ErrorCode::kInsufficientMemory) << e.what();
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    stop_refusing();
    failed = failed || source->fails_in == 0;
    source->fails_in = -1;
    if (pool) {
      kept.check();
      EXPECT_EQ(pool->get_metrics().current_bytes, kept.bytes() + movable.held_bytes());
      // It goes on as if nothing had been.
      Blocks more;
      MovableBuffer another;
      use(pool, more, another);
      more.check();
      kept.check();
      kept.blocks.clear(), more.blocks.clear();
      movable = MovableBuffer(), another = MovableBuffer();
      const MemoryMetrics metrics = pool->get_metrics();
      EXPECT_EQ(metrics.current_bytes, 0u);
      EXPECT_EQ(metrics.allocation_count, metrics.deallocation_count);
      pool->release_free();
      EXPECT_EQ(pool->get_metrics().resident_free_bytes, 0u);
      pool.reset();
    }
    config.observer.reset();
    EXPECT_EQ(source->mapped, 0u);
  }
  EXPECT_GT(n, 2) << "something was refused";
}

TEST(Fault, EveryMapRefused) {
  refuse_each([](FailingSource& source, long n) { source.fails_in = n; }, [] {});
}

#if BITNET_OWN_HEAP
TEST(Fault, EveryRequestToTheHeapRefused) {
  refuse_each([](FailingSource&, long n) { heap_fails_in = n; }, [] { heap_fails_in = -1; });
}

TEST(Fault, BlocksEndWithoutMemory) {
  const auto pool = HybridMemoryPool::create(MemoryPoolConfig::unlimited());
  std::vector<Buffer> blocks;
  for (int i = 0; i < 3000; ++i) blocks.push_back(pool->buffer(static_cast<std::size_t>(1 + i * 37)));
  for (int i = 0; i < 10; ++i) blocks.push_back(pool->buffer(kMiB * 2));
  // By a thread that the pool has never seen.
  std::thread([&] {
    heap_fails_in = 0;
    blocks.clear();
    heap_fails_in = -1;
  }).join();
  EXPECT_EQ(pool->get_metrics().current_bytes, 0u);
  EXPECT_EQ(pool->get_metrics().reserved_bytes, 0u);
  const Buffer again = pool->buffer(100);
  EXPECT_GT(pool->release_free(), 10 * kMiB);
}
#endif

}  // namespace
}  // namespace bitnet
