// Blocks that move and are compressed behind their users' backs, and never lose a byte.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "bitnet/error.hpp"
#include "bitnet/memory_movable.hpp"
#include "memory/packed_bytes.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

struct Memory {
  explicit Memory(std::uint64_t limit = 0) {
    MemoryPoolConfig config = MemoryPoolConfig::unlimited();
    config.limit_bytes = limit;
    pool = HybridMemoryPool::create(config);
    blocks = MovableBlocks::create(pool);
  }
  std::shared_ptr<HybridMemoryPool> pool;
  std::shared_ptr<MovableBlocks> blocks;
};

// Bytes that depend on `seed` and compress somewhat: floats that are much alike.
void fill(const MovableBuffer& buffer, std::uint64_t seed) {
  const auto pin = buffer.pin();
  std::mt19937_64 random(seed);
  for (std::size_t i = 0; i + 4 <= buffer.size(); i += 4) {
    const auto value = static_cast<float>(1.0 + static_cast<double>(random() % 1000) / 4096.0);
    std::memcpy(pin.data() + i, &value, 4);
  }
  for (std::size_t i = buffer.size() / 4 * 4; i < buffer.size(); ++i) pin.data()[i] = static_cast<std::byte>(seed);
}

std::uint64_t hash(const MovableBuffer& buffer) {
  const auto pin = buffer.pin();
  std::uint64_t sum = 0xCBF29CE484222325u;
  for (std::size_t i = 0; i < buffer.size(); ++i)
    sum = (sum ^ static_cast<std::uint8_t>(pin.data()[i])) * 0x100000001B3u;
  return sum;
}

TEST(PiecePacker, GivesBackWhatItTookWhereverItStops) {
  std::mt19937_64 random(1);
  PiecePacker packer;
  for (const std::size_t size : {std::size_t{1}, PackedPieces::kPieceBytes - 1, 3 * PackedPieces::kPieceBytes + 13})
    for (const std::size_t element : {1, 2, 4, 8})
      for (int kind = 0; kind < 3; ++kind) {
        std::vector<std::byte> data(size);
        for (std::size_t i = 0; i < size && kind > 0; ++i)
          data[i] = static_cast<std::byte>(kind == 1 ? random() : random() % 7 == 0 && i > size / 2);
        const std::size_t count = (size + PackedPieces::kPieceBytes - 1) / PackedPieces::kPieceBytes;
        for (std::size_t reached = 0; reached <= count; ++reached) {
          std::vector<std::byte> block = data;
          PackedPieces pieces;
          while (pieces.sizes.size() < reached) packer.pack_next(block.data(), size, element, pieces);
          EXPECT_LE(pieces.bytes, size);
          if (kind == 0) EXPECT_EQ(pieces.bytes, 0u);
          std::vector<std::byte> apart(size);
          ASSERT_TRUE(packer.unpack(block.data(), pieces, size, element, apart.data()));
          ASSERT_EQ(apart, data) << size << " bytes, element " << element << ", kind " << kind;
          ASSERT_TRUE(packer.unpack(block.data(), pieces, size, element, block.data()));
          ASSERT_EQ(block, data);
        }
      }
}

TEST(MovableBuffer, ComesBackAsItWas) {
  const Memory memory;
  for (const std::size_t size : {std::size_t{100}, kMiB, 5 * kMiB + 3}) {
    SCOPED_TRACE(size);
    const MovableBuffer buffer = memory.blocks->buffer({.size = size, .tag = MemoryTag::kKvCache}, 4);
    fill(buffer, size);
    const std::uint64_t before = hash(buffer), held = memory.pool->get_metrics().current_bytes;
    const std::uint64_t won = memory.blocks->compress();
    EXPECT_EQ(memory.pool->get_metrics().current_bytes + won, held);
    EXPECT_EQ(buffer.held_bytes() + won, size);
#ifdef BITNET_COMPRESSION
    if (size >= kMiB) EXPECT_GT(memory.blocks->figures().ratio(), 1.5);
#endif
    EXPECT_EQ(memory.blocks->compress(), 0u) << "all is compressed";
    EXPECT_EQ(hash(buffer), before);
    EXPECT_EQ(memory.blocks->figures().compressed_blocks, 0u);
    EXPECT_EQ(memory.pool->get_metrics().current_bytes, held);
  }
}

TEST(MovableBuffer, ZerosTakeNothingAndNoiseIsLeftAlone) {
  const Memory memory;
  const MovableBuffer zeros = memory.blocks->buffer({.size = 4 * kMiB, .zero = true});
  const MovableBuffer noise = memory.blocks->buffer({.size = 4 * kMiB});
  {
    std::mt19937_64 random(1);
    const auto pin = noise.pin();
    for (std::size_t i = 0; i < noise.size(); i += 8) {
      const std::uint64_t value = random();
      std::memcpy(pin.data() + i, &value, 8);
    }
  }
  EXPECT_EQ(memory.blocks->compress(), 4 * kMiB);
  EXPECT_EQ(zeros.held_bytes(), 0u);
  EXPECT_EQ(noise.held_bytes(), 4 * kMiB);
  EXPECT_EQ(memory.pool->get_metrics().current_bytes, 4 * kMiB);
  const auto pin = zeros.pin();
  for (std::size_t i = 0; i < zeros.size(); ++i) ASSERT_EQ(pin.data()[i], std::byte{0});
}

TEST(MovableBuffer, PinnedBlocksStay) {
  const Memory memory;
  Buffer below = memory.pool->buffer(4 * kMiB);
  const MovableBuffer buffer = memory.blocks->buffer({.size = 2 * kMiB, .zero = true});
  below = Buffer();
  const auto pin = buffer.pin();
  {
    const auto second = buffer.pin();
    EXPECT_EQ(second.data(), pin.data());
  }
  EXPECT_EQ(memory.blocks->compress(), 0u);
  EXPECT_EQ(memory.blocks->compact().blocks, 0u);
  EXPECT_EQ(buffer.pin().data(), pin.data());
}

TEST(MovableBlocks, TheLongestUnusedGoFirstAndOnlyAsManyAsNeeded) {
  const Memory memory;
  std::vector<MovableBuffer> buffers;
  for (int i = 0; i < 4; ++i) buffers.push_back(memory.blocks->buffer({.size = 2 * kMiB, .zero = true}));
  (void)buffers[0].pin();
  EXPECT_EQ(memory.blocks->compress({.enough_bytes = 3 * kMiB}), 4 * kMiB);
  EXPECT_GT(buffers[0].held_bytes(), 0u);
  EXPECT_EQ(buffers[1].held_bytes(), 0u);
  EXPECT_EQ(buffers[2].held_bytes(), 0u);
  EXPECT_GT(buffers[3].held_bytes(), 0u);
  memory.pool->advance_generation();
  (void)buffers[3].pin();
  EXPECT_EQ(memory.blocks->compress({.idle_generations = 1}), 2 * kMiB);
  EXPECT_EQ(buffers[0].held_bytes(), 0u);
  EXPECT_GT(buffers[3].held_bytes(), 0u);
}

TEST(MovableBlocks, GoOnWhereTheyWereStopped) {
  const Memory memory;
  const MovableBuffer buffer = memory.blocks->buffer({.size = 4 * kMiB + 99}, 4);
  fill(buffer, 5);
  const std::uint64_t before = hash(buffer);
  const auto stop_after = [](int pieces) { return [pieces]() mutable { return pieces-- == 0; }; };
  EXPECT_EQ(memory.blocks->compress({.stop = stop_after(4)}), 0u);
  EXPECT_EQ(hash(buffer), before) << "a block that is half compressed comes back in place";
  // 18 pieces: each call packs some, the last one shrinks the block.
  std::uint64_t won = 0;
  int calls = 0;
  for (; won == 0 && calls < 100; ++calls) won = memory.blocks->compress({.stop = stop_after(4)});
#ifdef BITNET_COMPRESSION
  EXPECT_GT(won, 0u);
  EXPECT_GT(calls, 3);
#endif
  EXPECT_EQ(hash(buffer), before);
}

TEST(MovableBlocks, CompactionLeavesFreeMemoryInOnePiece) {
  const Memory memory;
  std::mt19937_64 random(9);
  std::vector<MovableBuffer> buffers;
  for (int i = 0; i < 40; ++i) {
    buffers.push_back(memory.blocks->buffer({.size = kMiB + random() % (2 * kMiB)}));
    fill(buffers.back(), static_cast<std::uint64_t>(i));
  }
  std::vector<std::uint64_t> hashes;
  for (std::size_t i = 0; i < buffers.size(); i += 2) buffers[i] = MovableBuffer();
  std::erase_if(buffers, [](const MovableBuffer& b) { return b.size() == 0; });
  for (const MovableBuffer& buffer : buffers) hashes.push_back(hash(buffer));
  const auto largest_free = [&] {
    const MemoryMetrics m = memory.pool->get_metrics();
    return (1 - m.external_fragmentation) * static_cast<double>(m.mapped_bytes - m.reserved_bytes);
  };
  const double before = largest_free();
  const CompactReport report = memory.blocks->compact();
  EXPECT_GT(report.blocks, 5u);
  EXPECT_GT(largest_free(), before);
  EXPECT_EQ(memory.blocks->compact().blocks, 0u) << "all lie as low as they can";
  for (std::size_t i = 0; i < buffers.size(); ++i) EXPECT_EQ(hash(buffers[i]), hashes[i]);
  EXPECT_GE(memory.pool->release_free(), 64 * kMiB / 2);
}

TEST(MovableBlocks, AFullPoolCompressesWhatNobodyUses) {
  const Memory memory(32 * kMiB);
  std::vector<MovableBuffer> buffers;
  for (std::uint64_t i = 0; i < 3; ++i) {
    buffers.push_back(memory.blocks->buffer({.size = 10 * kMiB, .zero = true}));
    const auto pin = buffers.back().pin();
    std::memset(pin.data(), static_cast<int>(i + 1), kMiB);
  }
  Buffer large;
  EXPECT_NO_THROW(large = memory.pool->buffer(19 * kMiB));
  EXPECT_EQ(memory.blocks->figures().compressed_blocks, 2u);
  EXPECT_THROW((void)(buffers[0].pin(), buffers[1].pin(), memory.pool->buffer(30 * kMiB)), Error);
  large = Buffer();
  for (std::size_t i = 0; i < 3; ++i) {
    const auto pin = buffers[i].pin();
    EXPECT_EQ(pin.data()[kMiB - 1], static_cast<std::byte>(i + 1));
    EXPECT_EQ(pin.data()[kMiB], std::byte{0});
  }
}

TEST(MovableBlocks, ABlockThatCannotComeBackStaysAsItIs) {
  const Memory memory(8 * kMiB);
  const MovableBuffer buffer = memory.blocks->buffer({.size = 6 * kMiB, .zero = true});
  memory.blocks->compress();
  Buffer other = memory.pool->buffer(6 * kMiB);
  try {
    (void)buffer.pin();
    ADD_FAILURE() << "there was room";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kInsufficientMemory);
  }
  other = Buffer();
  EXPECT_EQ(buffer.pin().data()[6 * kMiB - 1], std::byte{0});
}

TEST(MovableBlocks, ManyThreadsUseWhatOthersMoveAndCompress) {
  const Memory memory(96 * kMiB);
  std::vector<MovableBuffer> buffers;
  for (std::uint64_t i = 0; i < 8; ++i) {
    buffers.push_back(memory.blocks->buffer({.size = kMiB + i * 70000}, 4));
    fill(buffers.back(), i);
  }
  std::vector<std::uint64_t> hashes;
  for (const MovableBuffer& buffer : buffers) hashes.push_back(hash(buffer));
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  threads.emplace_back([&] {
    while (!done) memory.blocks->compact();
  });
  threads.emplace_back([&] {
    while (!done) memory.blocks->compress(), memory.pool->release_free();
  });
  std::vector<std::thread> users;
  for (unsigned t = 0; t < 4; ++t)
    users.emplace_back([&, t] {
      std::mt19937 random(t);
      for (int i = 0; i < 25; ++i) {
        const Buffer mixed_in = memory.pool->buffer(kMiB + random() % kMiB);
        const std::size_t k = random() % buffers.size();
        EXPECT_EQ(hash(buffers[k]), hashes[k]);
      }
    });
  for (std::thread& thread : users) thread.join();
  done = true;
  for (std::thread& thread : threads) thread.join();
}

TEST(MovableBuffer, OutlivesItsBlocksAndRefusesNonsense) {
  MovableBuffer buffer;
  {
    const Memory memory;
    buffer = memory.blocks->buffer({.size = 2 * kMiB, .zero = true});
    EXPECT_THROW((void)memory.blocks->buffer({.size = 1}, 3), Error);
  }
  EXPECT_EQ(buffer.pin().data()[0], std::byte{0});
  EXPECT_THROW((void)MovableBuffer().pin(), Error);
  EXPECT_THROW(MovableBlocks::create(nullptr), Error);
}

}  // namespace
}  // namespace bitnet
