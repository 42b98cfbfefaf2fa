#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "base/checked.hpp"
#include "base/fail.hpp"
#include "bitnet/memory_movable.hpp"
#include "memory/packed_bytes.hpp"

namespace bitnet {
namespace {

constexpr int kWorking = -1;       // in place of a number of pins: somebody moves, packs or restores the block
constexpr double kLeastWon = 0.1;  // of a block's size, or packing it is not worth the time

}  // namespace

struct MovableBlocks::State {
  std::shared_ptr<HybridMemoryPool> pool;
  std::uint64_t reclaimer = 0;
  std::atomic<std::uint64_t> uses{0};  // so far: tells which block was used longer ago
  std::atomic<std::uint64_t> compressions{0}, restores{0}, moves{0};

  mutable std::mutex mutex;  // of what follows
  std::vector<std::weak_ptr<MovableBlock>> blocks;

  std::vector<std::shared_ptr<MovableBlock>> live_blocks() const;
  std::uint64_t compress(const CompressOptions& options);
};

struct MovableBlock {
  std::shared_ptr<MovableBlocks::State> state;
  const std::size_t size, alignment, element_bytes;
  const MemoryTag tag;

  std::atomic<int> pins{0};
  std::atomic<int> waiting{0};  // threads that wait for kWorking to end
  std::atomic<std::uint64_t> used;
  std::atomic<std::uint32_t> generation;  // of the pool, when it was last used
  std::atomic<bool> packed{false};
  std::atomic<std::size_t> held;  // bytes that the pool counts for it

  // Of whoever has set kWorking, or of the pins.
  MemoryHandle handle;               // no data: all bytes are zero
  PackedPieces pieces;               // some of them, when whoever packed it was stopped
  std::uint64_t left_alone = ~0ull;  // the use since which packing is known to win too little

  MovableBlock(std::shared_ptr<MovableBlocks::State> s, const MemoryRequest& request, std::size_t element)
      : state(std::move(s)),
        size(std::max<std::size_t>(request.size, 1)),
        alignment(request.alignment),
        element_bytes(element),
        tag(request.tag),
        used(state->uses++),
        generation(state->pool->generation()),
        held(size),
        handle(state->pool->allocate(request)) {}
  ~MovableBlock() {
    if (handle.data != nullptr) state->pool->deallocate(handle);
  }

  bool try_work() noexcept {
    int none = 0;
    return pins.compare_exchange_strong(none, kWorking, std::memory_order_acquire);
  }
  void end_work(int pins_now) noexcept {
    pins.store(pins_now, std::memory_order_release);
    pins.notify_all();
  }

  void pin();
  void unpin() noexcept;
  void restore();
  std::size_t pack(PiecePacker& packer, const std::function<bool()>& stop);
};

void MovableBlock::pin() {
  for (;;) {
    int now = pins.load(std::memory_order_relaxed);
    if (now == kWorking) {
      ++waiting;
      pins.wait(kWorking);
      --waiting;
    } else if (now > 0) {
      if (pins.compare_exchange_weak(now, now + 1, std::memory_order_acquire)) return;
    } else if (try_work()) {
      try {
        if (!pieces.sizes.empty()) restore();
      } catch (...) {
        end_work(0);
        throw;
      }
      return end_work(1);
    }
  }
}

void MovableBlock::unpin() noexcept {
  used.store(++state->uses, std::memory_order_relaxed);
  generation.store(state->pool->generation(), std::memory_order_relaxed);
  pins.fetch_sub(1, std::memory_order_release);
}

void MovableBlock::restore() {
  PiecePacker packer;
  MemoryHandle whole = handle;
  if (packed) whole = state->pool->allocate({size, alignment, state->pool->device(), false, tag});
  const auto* from = static_cast<const std::byte*>(handle.data);
  if (!packer.unpack(from, pieces, size, element_bytes, static_cast<std::byte*>(whole.data))) {
    if (packed) state->pool->deallocate(whole);
    fail(ErrorCode::kInternal, "a compressed block of {} bytes is damaged: something wrote over it", size);
  }
  if (packed && handle.data != nullptr) state->pool->deallocate(handle);
  if (packed) ++state->restores;
  handle = whole;
  pieces = {};
  packed = false;
  held = size;
}

// Bytes won. Goes on where it was stopped.
std::size_t MovableBlock::pack(PiecePacker& packer, const std::function<bool()>& stop) {
  if (packed || left_alone == used) return 0;
  auto* data = static_cast<std::byte*>(handle.data);
  if (pieces.sizes.empty() && packer.sample(data, size, element_bytes) > 1 - kLeastWon) {
    left_alone = used;
    return 0;
  }
  const std::size_t count = div_up(size, PackedPieces::kPieceBytes);
  pieces.sizes.reserve(count);
  while (pieces.sizes.size() < count) {
    if (waiting > 0 || (stop && stop())) return 0;
    packer.pack_next(data, size, element_bytes, pieces);
  }
  if (pieces.bytes == 0) {
    state->pool->deallocate(std::exchange(handle, {}));
  } else {
    state->pool->shrink(handle, pieces.bytes, tag);
  }
  packed = true;
  held = pieces.bytes;
  ++state->compressions;
  return size - pieces.bytes;
}

MovableBuffer::Pin::Pin(Pin&& other) noexcept
    : block_(std::exchange(other.block_, nullptr)), data_(std::exchange(other.data_, nullptr)) {}

MovableBuffer::Pin& MovableBuffer::Pin::operator=(Pin&& other) noexcept {
  if (this != &other) {
    Pin old(std::move(*this));
    block_ = std::exchange(other.block_, nullptr);
    data_ = std::exchange(other.data_, nullptr);
  }
  return *this;
}

MovableBuffer::Pin::~Pin() {
  if (block_ != nullptr) block_->unpin();
}

MovableBuffer::Pin MovableBuffer::pin() const {
  if (!block_) fail_argument("an empty movable buffer cannot be pinned");
  block_->pin();
  Pin pin;
  pin.block_ = block_.get();
  pin.data_ = static_cast<std::byte*>(block_->handle.data);
  return pin;
}

std::size_t MovableBuffer::size() const noexcept { return block_ ? block_->size : 0; }
std::size_t MovableBuffer::held_bytes() const noexcept { return block_ ? block_->held.load() : 0; }

MovableBlocks::MovableBlocks(std::shared_ptr<HybridMemoryPool> pool) : state_(std::make_shared<State>()) {
  state_->pool = std::move(pool);
  state_->reclaimer = state_->pool->add_reclaimer([weak = std::weak_ptr(state_)](std::size_t bytes) -> std::uint64_t {
    const auto state = weak.lock();
    if (!state) return 0;
    try {
      return state->compress({.enough_bytes = bytes, .stop = {}});
    } catch (const std::bad_alloc&) {
      return 0;  // no working memory to compress with
    }
  });
}
MovableBlocks::~MovableBlocks() { state_->pool->remove_reclaimer(state_->reclaimer); }

std::shared_ptr<MovableBlocks> MovableBlocks::create(std::shared_ptr<HybridMemoryPool> pool) {
  if (!pool) fail_argument("movable blocks need a pool");
  return std::shared_ptr<MovableBlocks>(new MovableBlocks(std::move(pool)));
}

MovableBuffer MovableBlocks::buffer(const MemoryRequest& request, std::size_t element_bytes) {
  if (element_bytes != 1 && element_bytes != 2 && element_bytes != 4 && element_bytes != 8)
    fail_argument("elements of {} bytes: take 1, 2, 4 or 8", element_bytes);
  MovableBuffer buffer;
  buffer.block_ = std::make_shared<MovableBlock>(state_, request, element_bytes);
  const std::lock_guard lock(state_->mutex);
  std::erase_if(state_->blocks, [](const auto& block) { return block.expired(); });
  state_->blocks.push_back(buffer.block_);
  return buffer;
}

std::vector<std::shared_ptr<MovableBlock>> MovableBlocks::State::live_blocks() const {
  std::vector<std::shared_ptr<MovableBlock>> live;
  const std::lock_guard lock(mutex);
  live.reserve(blocks.size());
  for (const auto& weak : blocks)
    if (auto block = weak.lock()) live.push_back(std::move(block));
  return live;
}

std::uint64_t MovableBlocks::compress(const CompressOptions& options) { return state_->compress(options); }

std::uint64_t MovableBlocks::State::compress(const CompressOptions& options) {
  if (pool->device() != Device::kCpu) return 0;
  std::vector<std::pair<std::uint64_t, std::shared_ptr<MovableBlock>>> idle;
  const std::uint32_t now = pool->generation();
  for (auto& block : live_blocks()) {
    const bool old = now >= options.idle_generations && block->generation <= now - options.idle_generations;
    if (old && !block->packed && block->size >= kLargeBlockBytes)
      idle.emplace_back(block->used.load(), std::move(block));
  }
  if (idle.empty()) return 0;
  std::ranges::sort(idle);
  PiecePacker packer;
  std::uint64_t won = 0;
  for (const auto& [used, block] : idle) {
    if (won >= options.enough_bytes || (options.stop && options.stop())) break;
    if (!block->try_work()) continue;
    try {
      won += block->pack(packer, options.stop);
    } catch (...) {
      block->end_work(0);
      throw;
    }
    block->end_work(0);
  }
  return won;
}

CompactReport MovableBlocks::compact(const std::function<bool()>& stop) {
  State& state = *state_;
  CompactReport report;
  auto blocks = state.live_blocks();
  // A move makes room for others; each goes lower, so that it ends.
  for (bool moved = true; moved && !report.stopped;) {
    moved = false;
    std::vector<std::pair<const void*, MovableBlock*>> places;
    for (const auto& block : blocks) {
      if (!block->try_work()) continue;
      if (block->handle.data != nullptr) places.emplace_back(block->handle.data, block.get());
      block->end_work(0);
    }
    std::ranges::sort(places, std::greater<>());
    for (const auto& [place, block] : places) {
      report.stopped = stop && stop();
      if (report.stopped) break;
      if (!block->try_work()) continue;
      if (block->handle.data != nullptr && state.pool->move_down(block->handle)) {
        moved = true;
        ++report.blocks, ++state.moves;
        report.bytes += block->handle.size;
      }
      block->end_work(0);
    }
  }
  return report;
}

MovableFigures MovableBlocks::figures() const {
  MovableFigures figures;
  for (const auto& block : state_->live_blocks()) {
    ++figures.blocks;
    figures.bytes += block->size;
    if (!block->packed) continue;
    ++figures.compressed_blocks;
    figures.compressed_bytes += block->size;
    figures.packed_bytes += block->held;
  }
  figures.compressions = state_->compressions;
  figures.restores = state_->restores;
  figures.moves = state_->moves;
  figures.uses = state_->uses;
  return figures;
}

}  // namespace bitnet
