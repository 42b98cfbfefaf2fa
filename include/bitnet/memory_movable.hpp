// Blocks that may lie elsewhere, or compressed, while nobody uses them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "bitnet/memory.hpp"

namespace bitnet {

class MovableBlocks;

/// A block that is used through pins: between them it may be moved or compressed, which changes nothing of its bytes.
/// Owns the block; movable, not copyable; may outlive its MovableBlocks, and is then left alone.
class MovableBuffer {
 public:
  /// While it lives, the block stays where it is. Must not outlive the buffer.
  class Pin {
   public:
    Pin() = default;
    Pin(Pin&& other) noexcept;
    Pin& operator=(Pin&& other) noexcept;
    ~Pin();
    std::byte* data() const noexcept { return data_; }

   private:
    friend class MovableBuffer;
    struct MovableBlock* block_ = nullptr;
    std::byte* data_ = nullptr;
  };

  MovableBuffer() = default;
  /// Brings the block back when it is compressed; waits for whoever moves or compresses it. Several pins may live at
  /// once. Throws kInsufficientMemory, and the block stays as it was.
  Pin pin() const;
  /// Bytes between pin().data() and its end.
  std::size_t size() const noexcept;
  /// Bytes that it takes of its pool now.
  std::size_t held_bytes() const noexcept;

 private:
  friend class MovableBlocks;
  std::shared_ptr<struct MovableBlock> block_;
};

struct MovableFigures {
  std::uint64_t blocks = 0, bytes = 0;                      // all that live; their sizes when in use
  std::uint64_t compressed_blocks = 0;                      // of these
  std::uint64_t compressed_bytes = 0;                       // their sizes when in use
  std::uint64_t packed_bytes = 0;                           // what they take instead
  std::uint64_t compressions = 0, restores = 0, moves = 0;  // so far
  std::uint64_t uses = 0;                                   // blocks made and pins ended so far
  /// 1 when nothing is compressed.
  double ratio() const {
    return packed_bytes == 0 ? 1.0 : static_cast<double>(compressed_bytes) / static_cast<double>(packed_bytes);
  }
};

struct CompactReport {
  std::uint64_t blocks = 0, bytes = 0;  // moved
  bool stopped = false;
};

struct CompressOptions {
  /// Only blocks that nobody has used during the last so many generations of the pool.
  std::uint32_t idle_generations = 0;
  /// The longest unused go first, until so many bytes are won.
  std::uint64_t enough_bytes = UINT64_MAX;
  /// Asked between pieces of 256 KiB; true ends it, and the next call goes on where this one ended. May be empty.
  std::function<bool()> stop;
};

/// The movable blocks of one pool. A pool that refuses a request asks it first to compress what nobody uses. Safe to
/// share between threads.
class MovableBlocks {
 public:
  static std::shared_ptr<MovableBlocks> create(std::shared_ptr<HybridMemoryPool> pool);
  ~MovableBlocks();
  MovableBlocks(const MovableBlocks&) = delete;
  MovableBlocks& operator=(const MovableBlocks&) = delete;

  /// Blocks below kLargeBlockBytes stay where and as they are. `element_bytes`, 1, 2, 4 or 8, helps compression when
  /// the block holds numbers of that size. Throws as HybridMemoryPool::allocate() does.
  MovableBuffer buffer(const MemoryRequest& request, std::size_t element_bytes = 1);

  /// Moves blocks that nobody uses to lower addresses, the highest first, so that free memory lies in one piece.
  CompactReport compact(const std::function<bool()>& stop = {});
  /// Compresses blocks that nobody uses (zstd, where the build has it; all-zero pieces of 256 KiB are left out anyway).
  /// Returns the bytes that this gave back to the pool. Blocks that would win less than a tenth are left alone.
  std::uint64_t compress(const CompressOptions& options = {});
  MovableFigures figures() const;

 private:
  friend struct MovableBlock;
  struct State;
  explicit MovableBlocks(std::shared_ptr<HybridMemoryPool> pool);
  std::shared_ptr<State> state_;
};

}  // namespace bitnet
