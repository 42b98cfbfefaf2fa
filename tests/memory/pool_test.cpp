#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "bitnet/context.hpp"
#include "bitnet/error.hpp"
#include "bitnet/memory.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

template <typename F>
ErrorCode code_of(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.code();
  }
  ADD_FAILURE() << "no error";
  return ErrorCode::kInternal;
}

TEST(HybridMemoryPool, EverySizeAtEveryAlignment) {
  const auto pool = HybridMemoryPool::create();
  std::uint64_t live = 0, small = 0, large = 0;
  std::vector<MemoryHandle> handles;
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{64}, std::size_t{4096}, 512 * 1024 + std::size_t{1}, kMiB - 1, kMiB, 64 * kMiB})
    for (std::size_t alignment = 8; alignment <= 4096; alignment *= 2) {
      const MemoryHandle h = pool->allocate(size, alignment);
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(h.data) % alignment, 0u);
      static_cast<char*>(h.data)[0] = 1;
      static_cast<char*>(h.data)[size - 1] = 2;
      handles.push_back(h);
      live += size;
      ++(size < kMiB ? small : large);
    }
  EXPECT_EQ(pool->get_metrics().current_bytes, live);
  EXPECT_EQ(pool->get_metrics().small_blocks, small);
  EXPECT_EQ(pool->get_metrics().large_blocks, large);
  for (const MemoryHandle& h : handles) pool->deallocate(h);
  const MemoryMetrics m = pool->get_metrics();
  EXPECT_EQ(m.current_bytes, 0u);
  EXPECT_EQ(m.reserved_bytes, 0u);
  EXPECT_EQ(m.peak_bytes, live);
  EXPECT_EQ(m.allocation_count, m.deallocation_count);
}

TEST(HybridMemoryPool, DetectsMisuse) {
  const auto pool = HybridMemoryPool::create(), other = HybridMemoryPool::create();
  const MemoryHandle h = pool->allocate(100);
  EXPECT_EQ(code_of([&] { other->deallocate(h); }), ErrorCode::kInvalidHandle);
  pool->deallocate(h);
  EXPECT_EQ(code_of([&] { pool->deallocate(h); }), ErrorCode::kInvalidHandle);
  // The same address may live again under another id: the stale handle must still be refused.
  const MemoryHandle again = pool->allocate(100);
  EXPECT_EQ(code_of([&] { pool->deallocate(h); }), ErrorCode::kInvalidHandle);
  pool->deallocate(again);
  EXPECT_EQ(code_of([&] { pool->allocate(8, 3); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { pool->allocate(8, 0); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([&] { pool->allocate(8, 4 * kMiB); }), ErrorCode::kInvalidArgument);
}

TEST(HybridMemoryPool, RefusesWhatDoesNotFit) {
  const auto pool = HybridMemoryPool::create({.limit_bytes = 10 * kMiB});
  Buffer half = pool->buffer(6 * kMiB);
  EXPECT_EQ(code_of([&] { pool->allocate(5 * kMiB); }), ErrorCode::kInsufficientMemory);
  half = Buffer();
  EXPECT_NO_THROW(pool->deallocate(pool->allocate(10 * kMiB)));
  const auto unlimited = HybridMemoryPool::create();
  EXPECT_EQ(code_of([&] { unlimited->allocate(SIZE_MAX); }), ErrorCode::kInsufficientMemory);
  EXPECT_EQ(code_of([&] { unlimited->allocate(SIZE_MAX / 2); }), ErrorCode::kInsufficientMemory);
}

TEST(HybridMemoryPool, ZeroIsZeroEvenWhenReused) {
  const auto pool = HybridMemoryPool::create();
  const Buffer keep = pool->buffer(kMiB);
  for (const std::size_t size : {std::size_t{100}, 3 * kMiB})
    for (int round = 0; round < 3; ++round) {
      const Buffer b = pool->buffer({.size = size, .zero = true});
      for (std::size_t i = 0; i < b.size(); i += size / 100) ASSERT_EQ(b.as<unsigned char>()[i], 0);
      std::memset(b.data(), 0xAB, b.size());
    }
}

TEST(HybridMemoryPool, RandomTrafficNeverOverlaps) {
  const auto pool = HybridMemoryPool::create();
  std::mt19937_64 random(7);
  struct Live {
    Buffer buffer;
    unsigned char mark;
  };
  std::vector<Live> live;
  for (int i = 0; i < 4000; ++i) {
    if (live.size() < 40 || random() % 2 == 0) {
      const std::size_t size = std::size_t{1} << (random() % 22);
      Buffer b = pool->buffer(size + random() % size, std::size_t{1} << (random() % 13));
      const auto mark = static_cast<unsigned char>(random());
      std::memset(b.data(), mark, b.size());
      live.push_back({std::move(b), mark});
    } else {
      const std::size_t k = random() % live.size();
      const Live& l = live[k];
      for (std::size_t j = 0; j < l.buffer.size(); j += 97) ASSERT_EQ(l.buffer.as<unsigned char>()[j], l.mark);
      std::swap(live[k], live.back());
      live.pop_back();
    }
  }
  live.clear();
  EXPECT_EQ(pool->get_metrics().current_bytes, 0u);
}

TEST(HybridMemoryPool, ThreadsShareIt) {
  const auto pool = HybridMemoryPool::create();
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&pool, t] {
      for (int i = 1; i < 300; ++i) {
        const Buffer b = pool->buffer(static_cast<std::size_t>(i) * 1024);
        b.as<int>()[0] = t;
        ASSERT_EQ(b.as<int>()[0], t);
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(pool->get_metrics().current_bytes, 0u);
  EXPECT_EQ(pool->get_metrics().allocation_count, 8u * 299u);
}

TEST(Buffer, OutlivesThePoolsOwner) {
  Buffer b;
  {
    const auto pool = HybridMemoryPool::create();
    b = pool->buffer(2 * kMiB);
  }
  b.data()[kMiB] = std::byte{1};
  Buffer moved = std::move(b);
  EXPECT_FALSE(b);  // NOLINT: a moved-from buffer is empty by contract
  EXPECT_TRUE(moved);
}

TEST(Context, ChecksThreads) {
  EXPECT_GE(Context().threads(), 1);
  EXPECT_EQ(Context({.threads = 3}).threads(), 3);
  EXPECT_EQ(code_of([] { Context({.threads = -1}); }), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of([] { Context({.threads = 100000}); }), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace bitnet
