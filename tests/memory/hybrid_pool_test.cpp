// The pool's parts together: limits, handles, threads, containers, what goes back to the system.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <list>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "bitnet/error.hpp"
#include "bitnet/memory.hpp"
#include "memory/size_classes.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kKiB = std::size_t{1} << 10, kMiB = std::size_t{1} << 20;

template <typename F>
std::string refused(ErrorCode code, F&& f) {
  try {
    f();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    return e.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return "";
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(SizeClasses, HoldEverySizeWithLittleToSpare) {
  for (std::size_t c = 1; c < kSizeClasses; ++c) EXPECT_LT(class_bytes(c - 1), class_bytes(c));
  for (std::size_t size = 1; size <= kMiB; size += size < 5000 ? 1 : 997) {
    const std::size_t c = class_of(size);
    EXPECT_GE(class_bytes(c), size);
    if (c > 0) EXPECT_LT(class_bytes(c - 1), size);
    if (size > 256) EXPECT_LE(class_bytes(c), size + size / 16);
  }
  for (std::size_t alignment = 1; alignment <= 64 * kKiB; alignment *= 2)
    for (const std::size_t size : {std::size_t{1}, std::size_t{100}, 3 * kKiB, 700 * kKiB}) {
      const std::size_t c = class_of(size, alignment);
      EXPECT_GE(class_bytes(c), size);
      EXPECT_EQ(class_bytes(c) % alignment, 0u) << size << " at " << alignment;
    }
}

#ifdef BITNET_POISON_BLOCKS
constexpr int kOperations = 400'000;  // sanitizers take their time
#else
constexpr int kOperations = 10'000'000;
#endif

// Against a map of intervals, by the addresses alone and with marks at both ends.
TEST(HybridPool, RandomTrafficAgainstIntervals) {
  const auto pool = HybridMemoryPool::create(MemoryPoolConfig::unlimited());
  std::mt19937_64 random(3);
  struct Live {
    MemoryHandle handle;
    unsigned char mark;
  };
  std::vector<Live> live;
  std::map<std::uintptr_t, std::uintptr_t> intervals;
  std::uint64_t bytes = 0, peak = 0, count = 0;
  for (int i = 0; i < kOperations; ++i) {
    if (live.size() < 2000 && (live.empty() || random() % 100 < 53)) {
      const std::size_t size = 1 + random() % (std::size_t{1} << (random() % (random() % 64 == 0 ? 24 : 16)));
      const MemoryHandle handle = pool->allocate(size, std::size_t{1} << (random() % 13));
      const auto begin = reinterpret_cast<std::uintptr_t>(handle.data);
      ASSERT_EQ(begin % handle.alignment, 0u);
      const auto next = intervals.lower_bound(begin);
      if (next != intervals.end()) ASSERT_LE(begin + size, next->first);
      if (next != intervals.begin()) ASSERT_LE(std::prev(next)->second, begin);
      intervals.emplace(begin, begin + size);
      const auto mark = static_cast<unsigned char>(random());
      static_cast<unsigned char*>(handle.data)[0] = static_cast<unsigned char*>(handle.data)[size - 1] = mark;
      live.push_back({handle, mark});
      bytes += size, ++count;
      peak = std::max(peak, bytes);
    } else {
      const std::size_t k = random() % live.size();
      const auto* data = static_cast<unsigned char*>(live[k].handle.data);
      ASSERT_EQ(data[0], live[k].mark);
      ASSERT_EQ(data[live[k].handle.size - 1], live[k].mark);
      intervals.erase(reinterpret_cast<std::uintptr_t>(data));
      pool->deallocate(live[k].handle);
      bytes -= live[k].handle.size;
      live[k] = live.back();
      live.pop_back();
    }
    if (i % 4096 == 0) ASSERT_EQ(pool->get_metrics().current_bytes, bytes);
    if (i % (kOperations / 4) == 99999) pool->release_free();
  }
  MemoryMetrics metrics = pool->get_metrics();
  EXPECT_EQ(metrics.current_bytes, bytes);
  EXPECT_EQ(metrics.peak_bytes, peak);
  EXPECT_EQ(metrics.allocation_count, count);
  EXPECT_EQ(metrics.small_blocks + metrics.large_blocks, live.size());
  EXPECT_GE(metrics.reserved_bytes, bytes);
  for (const Live& l : live) pool->deallocate(l.handle);
  metrics = pool->get_metrics();
  EXPECT_EQ(metrics.current_bytes, 0u);
  EXPECT_EQ(metrics.reserved_bytes, 0u);
  // As it was in the beginning: every free byte in blocks of the largest size, and all of it goes back.
  pool->release_free();
  metrics = pool->get_metrics();
  EXPECT_EQ(metrics.resident_free_bytes, 0u);
  EXPECT_EQ(metrics.external_fragmentation, 0);
}

TEST(HybridPool, HandlesAreCheckedForLife) {
  const auto pool = HybridMemoryPool::create(), other = HybridMemoryPool::create();
  for (const std::size_t size : {std::size_t{1}, 5 * kKiB, 900 * kKiB, kMiB, 5 * kMiB}) {
    SCOPED_TRACE(size);
    const MemoryHandle handle = pool->allocate(size);
    refused(ErrorCode::kInvalidHandle, [&] { other->deallocate(handle); });
    MemoryHandle forged = handle;
    forged.data = static_cast<std::byte*>(handle.data) + 64;
    refused(ErrorCode::kInvalidHandle, [&] { pool->deallocate(forged); });
    for (const std::uint64_t id :
         {std::uint64_t{0}, ~std::uint64_t{0}, handle.id + 1, handle.id ^ (std::uint64_t{2} << 32)}) {
      forged = handle;
      forged.id = id;
      refused(ErrorCode::kInvalidHandle, [&] { pool->deallocate(forged); });
    }
    pool->deallocate(handle);
    refused(ErrorCode::kInvalidHandle, [&] { pool->deallocate(handle); });
    const MemoryHandle again = pool->allocate(size);
    EXPECT_NE(again.id, handle.id);
    refused(ErrorCode::kInvalidHandle, [&] { pool->deallocate(handle); });
    pool->deallocate(again);
    pool->release_free();  // the memory is gone, and the handle still refused
    refused(ErrorCode::kInvalidHandle, [&] { pool->deallocate(handle); });
    const MemoryHandle later = pool->allocate(size);
    refused(ErrorCode::kInvalidHandle, [&] { pool->deallocate(again); });
    pool->deallocate(later);
  }
}

TEST(HybridPool, EverythingThatFitsTheLimitSucceeds) {
  for (const std::size_t size : {std::size_t{48}, std::size_t{1000}, 70 * kKiB, 2 * kMiB}) {
    SCOPED_TRACE(size);
    const std::size_t limit = 64 * size + 3000000 / size * size;
    const auto pool = HybridMemoryPool::create({.limit_bytes = limit});
    std::vector<Buffer> live;
    for (std::size_t held = 0; held + size <= limit; held += size) live.push_back(pool->buffer(size));
    EXPECT_EQ(pool->get_metrics().current_bytes, limit);
    EXPECT_NE(refused(ErrorCode::kInsufficientMemory, [&] { pool->allocate(1); }).find(std::to_string(limit)),
              std::string::npos);
    live.pop_back();
    EXPECT_NO_THROW(live.push_back(pool->buffer(size)));
  }
}

TEST(HybridPool, EachPartHasItsOwnMaximum) {
  const auto pool = HybridMemoryPool::create({.small = {0, 3 * kMiB}, .large = {0, 8 * kMiB}});
  const Buffer a = pool->buffer(kMiB - 1), b = pool->buffer(kMiB - 1), c = pool->buffer(kMiB - 1);
  EXPECT_NO_THROW(pool->buffer(3));
  EXPECT_NE(refused(ErrorCode::kInsufficientMemory, [&] { pool->allocate(4); }).find("small blocks"),
            std::string::npos);
  const Buffer d = pool->buffer(8 * kMiB);
  EXPECT_NE(refused(ErrorCode::kInsufficientMemory, [&] { pool->allocate(kMiB); }).find("large blocks"),
            std::string::npos);
}

TEST(HybridPool, InitialBytesAreMappedAndStay) {
  const auto pool = HybridMemoryPool::create({.small = {100 * kMiB, 0}, .large = {100 * kMiB, 0}});
  EXPECT_EQ(pool->get_metrics().mapped_bytes, 256 * kMiB);  // two segments of 64 MiB, a region of 128 MiB
  { const Buffer b = pool->buffer(90 * kMiB); }
  pool->release_free();
  EXPECT_EQ(pool->get_metrics().mapped_bytes, 256 * kMiB);
  EXPECT_EQ(HybridMemoryPool::create(MemoryPoolConfig::unlimited())->get_metrics().mapped_bytes, 0u);
}

TEST(HybridPool, WhatIsReleasedLeavesTheProcess) {
  const auto pool = HybridMemoryPool::create(MemoryPoolConfig::unlimited());
  for (const std::size_t size : {std::size_t{200}, 100 * kKiB, 40 * kMiB}) {
    SCOPED_TRACE(size);
    std::vector<Buffer> live;
    for (std::size_t held = 0; held < 80 * kMiB; held += size) {
      live.push_back(pool->buffer(size));
      std::memset(live.back().data(), 1, size);
    }
    live.clear();
    const std::size_t before = resident_bytes();
    const std::uint64_t released = pool->release_free();
    EXPECT_GE(released, 79 * kMiB);
    EXPECT_LE(resident_bytes() + 70 * kMiB, before);
    EXPECT_EQ(pool->release_free(), 0u);
  }
}

TEST(HybridPool, ThreadsFreeWhatOthersAllocated) {
  const auto pool = HybridMemoryPool::create({.small = {}, .large = {}, .limit_bytes = 64 * kMiB});
  for (int round = 0; round < 20; ++round) {
    std::vector<MemoryHandle> handles(3000);
    std::thread([&] {
      for (std::size_t i = 0; i < handles.size(); ++i) handles[i] = pool->allocate(1 + i * 7);
    }).join();
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 3; ++t)
      threads.emplace_back([&, t] {
        for (std::size_t i = t; i < handles.size(); i += 3) pool->deallocate(handles[i]);
      });
    for (std::thread& thread : threads) thread.join();
  }
  const MemoryMetrics metrics = pool->get_metrics();
  EXPECT_EQ(metrics.current_bytes, 0u);
  EXPECT_EQ(metrics.allocation_count, 60000u);
  // The threads are gone, and their caches with them.
  pool->release_free();
  EXPECT_EQ(pool->release_free(), 0u);
  EXPECT_NO_THROW(pool->deallocate(pool->allocate(64 * kMiB)));
}

TEST(HybridPool, SixteenThreadsAtOnce) {
  const auto pool = HybridMemoryPool::create({.small = {}, .large = {}, .limit_bytes = 256 * kMiB});
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 16; ++t)
    threads.emplace_back([&, t] {
      std::mt19937 random(t);
      std::vector<Buffer> live;
      for (int i = 0; i < 2000; ++i) {
        if (live.size() < 20) {
          live.push_back(pool->buffer(1 + random() % (random() % 100 == 0 ? 3 * kMiB : 9000)));
          live.back().data()[0] = static_cast<std::byte>(t);
        } else {
          const std::size_t k = random() % live.size();
          EXPECT_EQ(live[k].data()[0], static_cast<std::byte>(t));
          std::swap(live[k], live.back());
          live.pop_back();
        }
        if (static_cast<unsigned>(i) % 500 == t) pool->release_free();
        if (static_cast<unsigned>(i) % 300 == t) EXPECT_LE(pool->get_metrics().current_bytes, 256 * kMiB);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pool->get_metrics().current_bytes, 0u);
}

TEST(HybridPool, StandardContainersUseIt) {
  const auto pool = HybridMemoryPool::create();
  {
    std::pmr::vector<int> numbers(pool->resource());
    for (int i = 0; i < 500000; ++i) numbers.push_back(i);
    std::pmr::list<std::pmr::string> texts(pool->resource());
    for (int i = 0; i < 100; ++i) texts.emplace_back("a text that is too long for the small-string buffer");
    std::map<int, double, std::less<>, PoolAllocator<std::pair<const int, double>>> map{
        PoolAllocator<std::pair<const int, double>>(*pool)};
    for (int i = 0; i < 1000; ++i) map[i * 37 % 1000] = i;
    EXPECT_EQ(numbers[499999], 499999);
    EXPECT_EQ(map.size(), 1000u);
    EXPECT_GT(pool->get_metrics().current_bytes, 500000 * sizeof(int));
  }
  EXPECT_EQ(pool->get_metrics().current_bytes, 0u);
  const auto small = HybridMemoryPool::create({.limit_bytes = 1000});
  std::pmr::vector<char> much(small->resource());
  EXPECT_THROW(much.resize(2000), std::bad_alloc);
}

}  // namespace
}  // namespace bitnet
