// What goes back to the system and when, and what is asked for memory when there is none.
#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

#include "bitnet/error.hpp"
#include "bitnet/memory.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kKiB = std::size_t{1} << 10, kMiB = std::size_t{1} << 20;

std::shared_ptr<HybridMemoryPool> unlimited() { return HybridMemoryPool::create(MemoryPoolConfig::unlimited()); }

Buffer touched(HybridMemoryPool& pool, std::size_t size) {
  Buffer buffer = pool.buffer(size);
  std::memset(buffer.data(), 1, size);
  return buffer;
}

template <typename F>
void refused(ErrorCode code, F&& f) {
  try {
    f();
    ADD_FAILURE() << "nothing was refused";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
  }
}

TEST(ReleaseFree, CountsWhatItCouldGiveBack) {
  const auto pool = unlimited();
  Buffer a = touched(*pool, 8 * kMiB), b = touched(*pool, 4 * kMiB);
  EXPECT_EQ(pool->get_metrics().resident_free_bytes, 0u);
  a = Buffer();
  EXPECT_EQ(pool->get_metrics().resident_free_bytes, 8 * kMiB);
  a = touched(*pool, 8 * kMiB);
  EXPECT_EQ(pool->get_metrics().resident_free_bytes, 0u);
  a = Buffer();
  EXPECT_EQ(pool->release_free(), 8 * kMiB);
  EXPECT_EQ(pool->get_metrics().resident_free_bytes, 0u);
}

TEST(ReleaseFree, LeavesWhatWasUsedOfLate) {
  const auto pool = unlimited();
  // Blocks that stay keep the regions and slabs apart.
  const Buffer keep = touched(*pool, kMiB);
  Buffer old = touched(*pool, 6 * kMiB);
  const Buffer between = touched(*pool, kMiB);
  old = Buffer();
  for (int i = 0; i < 3; ++i) pool->advance_generation();
  Buffer recent = touched(*pool, 16 * kMiB);
  recent = Buffer();
  EXPECT_EQ(pool->release_free({.idle_generations = 4}), 0u);
  EXPECT_EQ(pool->release_free({.idle_generations = 3}), 6 * kMiB);
  EXPECT_EQ(pool->get_metrics().resident_free_bytes, 16 * kMiB);
  pool->advance_generation();
  EXPECT_EQ(pool->release_free({.idle_generations = 1}), 16 * kMiB);
}

TEST(ReleaseFree, LeavesSlabsThatWereUsedOfLate) {
  const auto pool = unlimited();
  std::thread([&] {  // its cache is given back at its end
    std::vector<Buffer> small;
    for (int i = 0; i < 400; ++i) small.push_back(touched(*pool, 10 * kKiB));
  })
      .join();
  EXPECT_EQ(pool->release_free({.idle_generations = 1}), 0u);
  pool->advance_generation();
  EXPECT_GE(pool->release_free({.idle_generations = 1}), 3 * kMiB);
}

TEST(ReleaseFree, EndsAtALimitAndWhenAskedTo) {
  const auto pool = unlimited();
  const auto make = [&] {
    std::vector<Buffer> blocks;
    for (int i = 0; i < 16; ++i) blocks.push_back(touched(*pool, 2 * kMiB));
  };
  make();
  EXPECT_EQ(pool->release_free({.most_bytes = 7 * kMiB}), 6 * kMiB);
  int asked = 0;
  EXPECT_EQ(pool->release_free({.stop = [&] { return ++asked > 3; }}), 6 * kMiB);
  EXPECT_EQ(pool->release_free(), 20 * kMiB);
}

TEST(Reclaim, IsAskedOnceAndTheRequestIsTriedAgain) {
  const auto pool = HybridMemoryPool::create({.limit_bytes = 10 * kMiB});
  std::vector<Buffer> spare;
  for (int i = 0; i < 8; ++i) spare.push_back(pool->buffer(kMiB));
  int calls = 0;
  const std::uint64_t number = pool->add_reclaimer([&](std::size_t bytes) {
    ++calls;
    // Its own requests are refused without asking it.
    EXPECT_THROW((void)pool->allocate(100 * kMiB), Error);
    std::uint64_t given = 0;
    for (; given < bytes && !spare.empty(); given += kMiB) spare.pop_back();
    return given;
  });
  const Buffer fits = pool->buffer(2 * kMiB);
  EXPECT_EQ(calls, 0);
  const Buffer large = pool->buffer(4 * kMiB);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(spare.size(), 4u);
  const Buffer small = pool->buffer(900 * kKiB);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(spare.size(), 3u);
  EXPECT_THROW((void)pool->allocate(9 * kMiB), Error);
  EXPECT_EQ(calls, 3);
  EXPECT_TRUE(spare.empty());
  pool->remove_reclaimer(number);
  EXPECT_THROW((void)pool->allocate(9 * kMiB), Error);
  EXPECT_EQ(calls, 3);
}

TEST(LargeBlock, MovesToALowerPlaceAndKeepsItsIdAndContents) {
  const auto pool = unlimited();
  const MemoryHandle first = pool->allocate(4 * kMiB), second = pool->allocate(4 * kMiB);
  MemoryHandle large = pool->allocate(6 * kMiB), small = pool->allocate(100);
  const auto byte_at = [](std::size_t i) { return static_cast<unsigned char>(i * 31 >> 3); };
  for (std::size_t i = 0; i < large.size; ++i) static_cast<unsigned char*>(large.data)[i] = byte_at(i);
  EXPECT_FALSE(pool->move_down(large));
  EXPECT_FALSE(pool->move_down(small));
  pool->deallocate(first);
  EXPECT_FALSE(pool->move_down(large)) << "4 MiB are not enough";
  pool->deallocate(second);
  const MemoryHandle before = large;
  ASSERT_TRUE(pool->move_down(large));
  EXPECT_EQ(large.data, first.data);
  EXPECT_EQ(large.id, before.id);
  for (std::size_t i = 0; i < large.size; ++i) ASSERT_EQ(static_cast<unsigned char*>(large.data)[i], byte_at(i));
  refused(ErrorCode::kInvalidHandle, [&] { pool->deallocate(before); });
  EXPECT_EQ(pool->find(large.data, large.size, 64).id, large.id);
  EXPECT_EQ(pool->find(before.data, large.size, 64).id, 0u);
  EXPECT_EQ(pool->get_metrics().current_bytes, 6 * kMiB + 100);
  pool->deallocate(large);
  pool->deallocate(small);
  refused(ErrorCode::kInvalidHandle, [&] { pool->move_down(large); });
}

TEST(LargeBlock, ShrinksAtItsEnd) {
  const auto pool = unlimited();
  MemoryHandle block = pool->allocate(10 * kMiB + 5);
  const MemoryHandle before = block;
  pool->shrink(block, 3 * kMiB - 7);
  EXPECT_EQ(block.size, 3 * kMiB - 7);
  EXPECT_EQ(block.data, before.data);
  EXPECT_EQ(pool->get_metrics().current_bytes, 3 * kMiB - 7);
  EXPECT_EQ(pool->get_metrics().reserved_bytes, 3 * kMiB);
  const Buffer other = pool->buffer(4 * kMiB);
  EXPECT_EQ(static_cast<const std::byte*>(block.data) + 3 * kMiB, other.data()) << "what it gave is free";
  EXPECT_THROW(pool->shrink(block, 0), Error);
  EXPECT_THROW(pool->shrink(block, 3 * kMiB), Error);
  pool->deallocate(block);
  EXPECT_THROW(pool->shrink(block, 1), Error);
  EXPECT_EQ(pool->get_metrics().current_bytes, 4 * kMiB);
}

TEST(Reclaim, MayThrow) {
  const auto pool = HybridMemoryPool::create({.limit_bytes = kMiB});
  pool->add_reclaimer([](std::size_t) -> std::uint64_t { throw Error(ErrorCode::kInternal, "no"); });
  EXPECT_THROW((void)pool->allocate(2 * kMiB), Error);
  EXPECT_THROW((void)pool->allocate(2 * kMiB), Error);
  EXPECT_EQ(pool->get_metrics().current_bytes, 0u);
}

}  // namespace
}  // namespace bitnet
