#include <atomic>
#include <cstdlib>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/checked.hpp"
#include "base/fail.hpp"
#include "bitnet/memory.hpp"
#include "memory/page_regions.hpp"

namespace bitnet {
namespace {

// Blocks from this size on are whole pages of the shared regions; smaller ones come from the C library's heap.
constexpr std::size_t kPagedBytes = std::size_t{64} << 10;

std::uint64_t next_pool_number() {
  static std::atomic<std::uint64_t> number{1};
  return number++;
}

}  // namespace

struct HybridMemoryPool::State {
  struct Block {
    std::uint64_t id;
    std::size_t size;
    std::size_t reserved;
  };

  explicit State(const MemoryPoolConfig& c) : config(c), number(next_pool_number()), regions(c.huge_pages) {}

  const MemoryPoolConfig config;
  const std::uint64_t number;
  mutable std::mutex mutex;
  PageRegions regions;
  std::unordered_map<void*, Block> blocks;
  std::uint64_t next_id = 1;
  MemoryMetrics metrics;
};

HybridMemoryPool::HybridMemoryPool(const MemoryPoolConfig& config) : state_(std::make_unique<State>(config)) {}

HybridMemoryPool::~HybridMemoryPool() {
  for (const auto& [data, block] : state_->blocks)
    if (block.size < kPagedBytes) std::free(data);
}

std::shared_ptr<HybridMemoryPool> HybridMemoryPool::create(const MemoryPoolConfig& config) {
  return std::shared_ptr<HybridMemoryPool>(new HybridMemoryPool(config));
}

MemoryHandle HybridMemoryPool::allocate(std::size_t size, std::size_t alignment, Device device) {
  if (size == 0) size = 1;
  if (alignment == 0 || (alignment & (alignment - 1)) != 0 || alignment > PageRegions::kHugePageBytes)
    fail_argument("alignment {} is no power of two up to {}", alignment, PageRegions::kHugePageBytes);
  if (alignment < alignof(std::max_align_t)) alignment = alignof(std::max_align_t);

  const std::lock_guard lock(state_->mutex);
  MemoryMetrics& metrics = state_->metrics;
  const auto after = checked_add(metrics.current_bytes, size);
  if (!after || (state_->config.limit_bytes != 0 && *after > state_->config.limit_bytes))
    fail(ErrorCode::kInsufficientMemory, "{} bytes asked of a pool that holds {} of at most {} bytes", size,
         metrics.current_bytes, state_->config.limit_bytes);

  void* data = nullptr;
  std::size_t reserved = 0;
  if (size >= kPagedBytes) {
    reserved = size > SIZE_MAX - PageRegions::kPageBytes ? 0 : round_up(size, PageRegions::kPageBytes);
    if (reserved != 0) data = state_->regions.allocate(reserved, alignment);
  } else {
    reserved = round_up(size, alignment);
    data = std::aligned_alloc(alignment, reserved);
  }
  if (data == nullptr)
    fail(ErrorCode::kInsufficientMemory, "the system has no {} bytes more: use a smaller context or a smaller model", size);

  const std::uint64_t id = state_->next_id++;
  state_->blocks.emplace(data, State::Block{id, size, reserved});
  metrics.current_bytes = *after;
  if (metrics.peak_bytes < metrics.current_bytes) metrics.peak_bytes = metrics.current_bytes;
  metrics.reserved_bytes += reserved;
  metrics.allocated_total += size;
  ++metrics.allocation_count;
  ++(size < kLargeBlockBytes ? metrics.small_blocks : metrics.large_blocks);
  return {data, size, alignment, device, state_->number, id};
}

void HybridMemoryPool::deallocate(const MemoryHandle& handle) {
  const std::lock_guard lock(state_->mutex);
  if (handle.pool != state_->number)
    fail(ErrorCode::kInvalidHandle, "block {} belongs to pool {}, not to this pool, {}", handle.id, handle.pool, state_->number);
  const auto it = state_->blocks.find(handle.data);
  if (it == state_->blocks.end() || it->second.id != handle.id)
    fail(ErrorCode::kInvalidHandle, "block {} was freed before", handle.id);
  const State::Block block = it->second;
  state_->blocks.erase(it);
  if (block.size >= kPagedBytes)
    state_->regions.deallocate(static_cast<std::byte*>(handle.data), block.reserved);
  else
    std::free(handle.data);
  MemoryMetrics& metrics = state_->metrics;
  metrics.current_bytes -= block.size;
  metrics.reserved_bytes -= block.reserved;
  ++metrics.deallocation_count;
  --(block.size < kLargeBlockBytes ? metrics.small_blocks : metrics.large_blocks);
}

Buffer HybridMemoryPool::buffer(std::size_t size, std::size_t alignment, Device device) {
  return Buffer(shared_from_this(), allocate(size, alignment, device));
}

MemoryMetrics HybridMemoryPool::get_metrics() const {
  const std::lock_guard lock(state_->mutex);
  return state_->metrics;
}

void HybridMemoryPool::reset_peak() {
  const std::lock_guard lock(state_->mutex);
  state_->metrics.peak_bytes = state_->metrics.current_bytes;
}

Buffer::Buffer(Buffer&& other) noexcept : pool_(std::move(other.pool_)), handle_(std::exchange(other.handle_, {})) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    Buffer old(std::move(*this));
    pool_ = std::move(other.pool_);
    handle_ = std::exchange(other.handle_, {});
  }
  return *this;
}

Buffer::~Buffer() {
  if (handle_.data != nullptr) pool_->deallocate(handle_);
}

}  // namespace bitnet
