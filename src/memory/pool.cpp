#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <limits>
#include <mutex>
#include <utility>
#include <vector>

#include "base/fail.hpp"
#include "bitnet/error.hpp"
#include "bitnet/memory.hpp"
#include "memory/large_blocks.hpp"
#include "memory/mapping.hpp"
#include "memory/small_blocks.hpp"
#include "memory/thread_cache.hpp"

namespace bitnet {
namespace {

// How far a thread's small blocks may grow before it looks at the limits again.
constexpr std::int64_t kRoom = std::int64_t{64} << 10;
constexpr std::int64_t kEndless = std::numeric_limits<std::int64_t>::max() / 2;

// Builds with sanitizers hand out bytes that are no numbers, so that who counts on zeros is found.
#ifdef BITNET_POISON_BLOCKS
constexpr bool kPoison = true;
#else
constexpr bool kPoison = false;
#endif

constexpr std::uint64_t kNoPool = ~std::uint64_t{0};

std::uint64_t next_pool_number() {
  static std::atomic<std::uint64_t> number{1};
  return number++;
}

// The cache that this thread used last, found without a call: most programs have one pool.
struct LastCache {
  std::uint64_t pool = 0;  // no pool's number
  ThreadCache* cache = nullptr;
  bool ended = false;  // the thread's own list of caches is gone: it is about to end
};
__attribute__((tls_model("initial-exec"))) thread_local constinit LastCache last_cache;

// Whether this thread is giving memory back for a request of its own.
thread_local bool reclaiming = false;

std::int64_t limit_of(std::uint64_t bytes) {
  return bytes == 0 ? kEndless : static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, kEndless));
}

[[noreturn]] void refuse_handle(const MemoryHandle& handle) {
  fail(ErrorCode::kInvalidHandle, "block {} was freed before", handle.id);
}

}  // namespace

class PoolResource final : public std::pmr::memory_resource {
 public:
  explicit PoolResource(HybridMemoryPool& pool) : pool_(pool) {}

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  void do_deallocate(void* data, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }

  HybridMemoryPool& pool_;
};

struct HybridMemoryPool::State {
  explicit State(const MemoryPoolConfig& c, HybridMemoryPool& pool)
      : number(next_pool_number()),
        unwatched(c.observer || c.source || kPoison ? kNoPool : number),
        observer(c.observer),
        source(c.source ? c.source : page_source(c.huge_pages)),
        poisons(kPoison && !c.source),
        limit(limit_of(c.limit_bytes)),
        small_limit(limit_of(c.small.max_bytes)),
        large_limit(limit_of(c.large.max_bytes)),
        small_limited(c.limit_bytes != 0 || c.small.max_bytes != 0),
        limited(small_limited || c.large.max_bytes != 0),
        small(c.small.initial_bytes, *source),
        large(c.large.initial_bytes, *source),
        resource(pool) {
    caches.push_back(std::make_unique<ThreadCache>());
    common = caches.front().get();
  }

  struct Totals {
    std::int64_t bytes = 0, large_bytes = 0, block_bytes = 0, small_block_bytes = 0, allocated_bytes = 0;
    std::int64_t list_bytes = 0;
    std::int64_t small_allocations = 0, small_frees = 0, large_allocations = 0, large_frees = 0;
    std::int64_t small_bytes() const { return bytes - large_bytes; }

    void add(const ThreadCache& cache) {
      bytes += cache.bytes.get(), large_bytes += cache.large_bytes.get();
      block_bytes += cache.large_block_bytes.get(), allocated_bytes += cache.allocated_bytes.get();
      large_allocations += cache.large_allocations.get(), large_frees += cache.large_frees.get();
      for (std::size_t i = 0; i < kSizeClasses; ++i) {
        const std::int64_t allocations = cache.bins[i].allocations.get(), frees = cache.bins[i].frees.get();
        small_allocations += allocations, small_frees += frees;
        const std::int64_t held = (allocations - frees) * static_cast<std::int64_t>(class_bytes(i));
        block_bytes += held, small_block_bytes += held;
        if (allocations + frees > 0) list_bytes += bin_capacity(i) * std::int64_t{sizeof(std::uint32_t)};
      }
    }
  };

  Totals totals() const {
    Totals sum = ended;
    for (const auto& cache : caches) sum.add(*cache);
    return sum;
  }

  // The largest sum there was: each thread's peak on top of what the others hold now.
  void look_at_peaks(const Totals& sum) {
    peak = std::max(peak, sum.bytes);
    for (const auto& cache : caches) {
      const std::int64_t own = cache->bytes.get();
      peak = std::max(peak, sum.bytes - own + cache->peak_bytes.get());
      cache->peak_bytes.set(own);
    }
  }

  [[noreturn]] static void refuse(std::size_t size, std::int64_t held, std::int64_t most, const char* what) {
    fail(ErrorCode::kInsufficientMemory,
         "{} bytes asked of a pool that holds {} of at most {} bytes{}: raise the limit, "
         "or take a smaller model or context",
         size, held, most, what);
  }

  // Throws unless `size` bytes more are allowed. Called with the mutex held, after other threads gave up what they had
  // room for.
  void check_limits(const Totals& sum, std::size_t size, bool is_small) const {
    const auto wanted = static_cast<std::int64_t>(std::min<std::size_t>(size, kEndless));
    const auto check = [&](std::int64_t held, std::int64_t most, const char* what) {
      if (most != kEndless && held > most - wanted) refuse(size, held, most, what);
    };
    check(sum.bytes, limit, "");
    if (is_small) check(sum.small_bytes(), small_limit, " in small blocks");
    if (!is_small) check(sum.large_bytes, large_limit, " in large blocks");
  }

  // Room of other threads is taken back, so that what is left is theirs who ask first.
  void revoke_room() {
    for (const auto& cache : caches) cache->room.store(cache->bytes.get(), std::memory_order_relaxed);
  }

  // The other threads' caches are theirs alone: each is given back when its thread next comes this way.
  void want_flush(const ThreadCache& own) {
    const std::lock_guard lock(mutex);
    for (const auto& cache : caches)
      if (cache.get() != &own) cache->flush_wanted = true;
    revoke_room();
  }

  void ask_for_room(ThreadCache& cache, std::size_t size) {
    if (cache.flush_wanted.exchange(false)) small.flush(cache);
    const std::lock_guard lock(mutex);
    if (!small_limited) return cache.room.store(kEndless, std::memory_order_relaxed);
    revoke_room();
    const Totals sum = totals();
    check_limits(sum, size, true);
    const std::int64_t left = std::min(limit - sum.bytes, small_limit - sum.small_bytes());
    const std::int64_t most = std::max(kRoom, static_cast<std::int64_t>(size));
    cache.room.store(cache.bytes.get() + std::min(left, most), std::memory_order_relaxed);
  }

  void check_pool(const MemoryHandle& handle) const {
    if (handle.pool != number)
      fail(ErrorCode::kInvalidHandle, "block {} belongs to pool {}, not to this pool, {}", handle.id, handle.pool,
           number);
  }

  struct Taken {
    void* data;
    std::uint64_t id;
    bool zero;
  };
  Taken allocate_block(ThreadCache& cache, std::size_t size, std::size_t alignment);
  Taken allocate_small(ThreadCache& cache, std::size_t size, std::size_t alignment);
  Taken allocate_large(ThreadCache& cache, std::size_t size, std::size_t alignment);
  [[gnu::noinline]] MemoryHandle allocate(HybridMemoryPool& pool, const MemoryRequest& request);
  [[gnu::noinline]] void deallocate(HybridMemoryPool& pool, const MemoryHandle& handle);

  ThreadCache& cache_of_thread(HybridMemoryPool& pool);
  ThreadCache& cache_to_free(HybridMemoryPool& pool, std::unique_lock<std::mutex>& lock) noexcept;
  void retire(ThreadCache* cache);
  std::uint64_t reclaim_bytes(std::size_t size);

  const std::uint64_t number;
  const std::uint64_t unwatched;  // the same, or kNoPool where there is more to see to: the short ways ask for it
  const std::shared_ptr<MemoryObserver> observer;
  const std::shared_ptr<MemorySource> source;
  const bool poisons;  // other sources' memory may be a device's, or hold what others wrote
  const std::int64_t limit, small_limit, large_limit;
  const bool small_limited, limited;  // small blocks by any limit; any blocks by any limit
  SmallBlocks small;
  LargeBlocks large;
  PoolResource resource;

  mutable std::mutex mutex;  // of what follows
  std::vector<std::unique_ptr<ThreadCache>> caches;
  Totals ended;  // of caches whose threads are gone
  std::int64_t peak = 0;
  std::uint64_t last_reclaimer = 0;
  std::vector<std::pair<std::uint64_t, std::shared_ptr<const Reclaimer>>> reclaimers;

  std::atomic<std::uint32_t> generation{0};

  ThreadCache* common;  // of threads that have none, for want of memory
  std::mutex common_mutex;
};

// A thread's caches, one a pool that it used; given back when it ends.
struct ThreadCaches {
  struct Entry {
    std::uint64_t pool;
    std::weak_ptr<HybridMemoryPool> owner;
    ThreadCache* cache;
  };
  std::vector<Entry> entries;

  ~ThreadCaches() {
    last_cache = {0, nullptr, true};
    for (const Entry& entry : entries)
      if (const auto pool = entry.owner.lock()) pool->state_->retire(entry.cache);
  }

  static ThreadCaches& of_thread() {
    thread_local ThreadCaches caches;
    return caches;
  }
};

// As cache_of_thread(), but needs no memory: where there is none, threads share a cache behind a lock.
ThreadCache& HybridMemoryPool::State::cache_to_free(HybridMemoryPool& pool,
                                                    std::unique_lock<std::mutex>& lock) noexcept {
  try {
    return cache_of_thread(pool);
  } catch (const std::bad_alloc&) {
    lock = std::unique_lock(common_mutex);
    return *common;
  }
}

ThreadCache& HybridMemoryPool::State::cache_of_thread(HybridMemoryPool& pool) {
  if (last_cache.pool == number) return *last_cache.cache;
  if (last_cache.ended) {
    // Objects that are destroyed after the thread's caches: a cache that stays with the pool serves them.
    const std::lock_guard lock(mutex);
    caches.push_back(std::make_unique<ThreadCache>());
    last_cache = {number, caches.back().get(), true};
    return *last_cache.cache;
  }
  auto& entries = ThreadCaches::of_thread().entries;
  auto entry = std::ranges::find(entries, number, &ThreadCaches::Entry::pool);
  if (entry == entries.end()) {
    std::erase_if(entries, [](const ThreadCaches::Entry& e) { return e.owner.expired(); });
    entries.reserve(entries.size() + 1);
    const std::lock_guard lock(mutex);
    caches.push_back(std::make_unique<ThreadCache>());
    entries.push_back({number, pool.weak_from_this(), caches.back().get()});
    entry = std::prev(entries.end());
  }
  last_cache = {number, entry->cache, false};
  return *entry->cache;
}

void HybridMemoryPool::State::retire(ThreadCache* cache) {
  small.flush(*cache);
  const std::lock_guard lock(mutex);
  look_at_peaks(totals());
  ended.add(*cache);
  ended.list_bytes = 0;  // the lists go with it
  std::erase_if(caches, [&](const auto& own) { return own.get() == cache; });
}

HybridMemoryPool::HybridMemoryPool(const MemoryPoolConfig& config) : state_(std::make_unique<State>(config, *this)) {}
HybridMemoryPool::~HybridMemoryPool() = default;

std::shared_ptr<HybridMemoryPool> HybridMemoryPool::create(const MemoryPoolConfig& config) {
  return std::shared_ptr<HybridMemoryPool>(new HybridMemoryPool(config));
}

// The usual way: a small block from the cache that this thread used last. All else is kept out of it, so that it needs
// few registers saved.
MemoryHandle HybridMemoryPool::allocate(std::size_t size, std::size_t alignment, Device device) {
  State& state = *state_;
  if (last_cache.pool == state.unwatched && device == Device::kCpu && size - 1 < kLargeBlockBytes - 1 &&
      alignment - 1 < SmallBlocks::kMostAlignment && (alignment & (alignment - 1)) == 0) [[likely]] {
    ThreadCache& cache = *last_cache.cache;
    BlockBin& bin = cache.bins[class_of(size, alignment)];
    const auto signed_size = static_cast<std::int64_t>(size);
    if (bin.count > 0 && cache.bytes.get() + signed_size <= cache.room.load(std::memory_order_relaxed)) [[likely]] {
      const SmallBlocks::Block block = state.small.take(bin);
      cache.grow(signed_size);
      return {block.data, size, alignment, block.id, device, state.number};
    }
  }
  return state.allocate(*this, {size, alignment, device});
}

MemoryHandle HybridMemoryPool::allocate(const MemoryRequest& request) { return state_->allocate(*this, request); }

MemoryHandle HybridMemoryPool::State::allocate(HybridMemoryPool& pool, const MemoryRequest& request) {
  const std::size_t size = request.size == 0 ? 1 : request.size;
  const std::size_t alignment = request.alignment;
  if (!std::has_single_bit(alignment) || alignment > kHugePageBytes)
    fail_argument("alignment {} is no power of two up to {}", alignment, kHugePageBytes);
  if (request.device != source->device())
    fail_argument("memory of device {} asked of a pool of device {}", device_name(request.device),
                  device_name(source->device()));
  ThreadCache& cache = cache_of_thread(pool);
  const auto [data, id, zero] = allocate_block(cache, size, alignment);
  if (request.zero && !zero) source->zero(static_cast<std::byte*>(data), size);
  if (poisons && !request.zero) std::memset(data, 0xFF, size);
  const MemoryHandle handle{data, size, alignment, id, request.device, number};
  if (observer) observer->allocated(handle, request.tag);
  return handle;
}

HybridMemoryPool::State::Taken HybridMemoryPool::State::allocate_block(ThreadCache& cache, std::size_t size,
                                                                       std::size_t alignment) {
  const auto allocate = [&] {
    return size < kLargeBlockBytes && alignment <= SmallBlocks::kMostAlignment ? allocate_small(cache, size, alignment)
                                                                               : allocate_large(cache, size, alignment);
  };
  try {
    return allocate();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kInsufficientMemory || reclaim_bytes(size) == 0) throw;
  }
  return allocate();
}

std::uint64_t HybridMemoryPool::State::reclaim_bytes(std::size_t size) {
  if (reclaiming) return 0;
  std::unique_lock lock(mutex);
  const auto asked = reclaimers;
  lock.unlock();
  struct Reclaiming {
    Reclaiming() { reclaiming = true; }
    ~Reclaiming() { reclaiming = false; }
  } now;
  std::uint64_t bytes = 0;
  for (const auto& [reclaimer_number, reclaimer] : asked)
    if (bytes < size) bytes += (*reclaimer)(size - bytes);
  return bytes;
}

HybridMemoryPool::State::Taken HybridMemoryPool::State::allocate_small(ThreadCache& cache, std::size_t size,
                                                                       std::size_t alignment) {
  const auto signed_size = static_cast<std::int64_t>(size);
  if (cache.bytes.get() + signed_size > cache.room.load(std::memory_order_relaxed)) ask_for_room(cache, size);
  const std::size_t size_class = class_of(size, alignment);
  BlockBin& bin = cache.bins[size_class];
  if (bin.count == 0 && !small.refill(bin, size_class))
    fail(ErrorCode::kInsufficientMemory, "the system has no {} bytes more", size);
  const SmallBlocks::Block block = small.take(bin);
  cache.grow(signed_size);
  return {block.data, block.id, false};
}

HybridMemoryPool::State::Taken HybridMemoryPool::State::allocate_large(ThreadCache& cache, std::size_t size,
                                                                       std::size_t alignment) {
  // Held until the block counts, so that two threads cannot pass the limit together.
  std::unique_lock lock(mutex, std::defer_lock);
  if (limited) {
    lock.lock();
    if (small_limited) revoke_room();
    check_limits(totals(), size, false);
  }
  LargeBlocks::Block block = large.allocate(size, alignment);
  // Free regions may stand in the way of a larger one.
  if (block.data == nullptr && large.release_free({}, UINT32_MAX) > 0) block = large.allocate(size, alignment);
  if (block.data == nullptr)
    fail(ErrorCode::kInsufficientMemory, "the system has no {} bytes more: use a smaller context or a smaller model",
         size);
  const auto signed_size = static_cast<std::int64_t>(size);
  cache.grow(signed_size);
  cache.large_bytes.add(signed_size);
  cache.large_block_bytes.add(static_cast<std::int64_t>(block.bytes));
  cache.large_allocations.add(1);
  return {block.data, block.id, block.zero};
}

void HybridMemoryPool::deallocate(const MemoryHandle& handle) {
  State& state = *state_;
  if (handle.pool == last_cache.pool && handle.pool == state.unwatched) [[likely]] {
    ThreadCache& cache = *last_cache.cache;
    if (state.small.free_into_room(cache, handle.id, handle.data)) [[likely]]
      return cache.bytes.add(-static_cast<std::int64_t>(handle.size));
  }
  state.deallocate(*this, handle);
}

void HybridMemoryPool::State::deallocate(HybridMemoryPool& pool, const MemoryHandle& handle) {
  check_pool(handle);
  std::unique_lock<std::mutex> shared_lock;
  ThreadCache& cache = cache_to_free(pool, shared_lock);
  const auto size = static_cast<std::int64_t>(handle.size);
  if ((handle.id & LargeBlocks::kIdBit) == 0) {
    if (!small.free(cache, handle.id, handle.data)) refuse_handle(handle);
  } else {
    const std::size_t bytes = large.deallocate(handle.id, handle.data, generation.load(std::memory_order_relaxed));
    if (bytes == 0) refuse_handle(handle);
    cache.large_bytes.add(-size);
    cache.large_block_bytes.add(-static_cast<std::int64_t>(bytes));
    cache.large_frees.add(1);
  }
  cache.bytes.add(-size);
  if (observer) observer->deallocated(handle);
}

std::string_view device_name(Device device) noexcept {
  constexpr std::string_view kNames[] = {"cpu", "cuda", "metal"};
  const auto index = static_cast<std::size_t>(device);
  return index < std::size(kNames) ? kNames[index] : "unknown";
}

Device HybridMemoryPool::device() const noexcept { return state_->source->device(); }

std::string_view memory_tag_name(MemoryTag tag) noexcept {
  constexpr std::string_view kNames[kMemoryTags] = {"other", "weights", "kv_cache", "activations", "scratch"};
  const auto index = static_cast<std::size_t>(tag);
  return index < kMemoryTags ? kNames[index] : "unknown";
}

std::pmr::memory_resource* HybridMemoryPool::resource() noexcept { return &state_->resource; }

void* PoolResource::do_allocate(std::size_t bytes, std::size_t alignment) {
  try {
    return pool_.allocate(bytes, alignment).data;
  } catch (const Error&) {
    throw std::bad_alloc();
  }
}

void PoolResource::do_deallocate(void* data, std::size_t bytes, std::size_t alignment) {
  pool_.deallocate(pool_.find(data, bytes, alignment));
}

MemoryHandle HybridMemoryPool::find(const void* data, std::size_t size, std::size_t alignment) const {
  std::uint64_t id = state_->small.find(data);
  if (id == 0) id = state_->large.find(data);
  return {const_cast<void*>(data), std::max<std::size_t>(size, 1), alignment, id, device(), state_->number};
}

std::uint64_t HybridMemoryPool::release_free(const ReleaseOptions& options) {
  State& state = *state_;
  const std::uint32_t now = state.generation.load(std::memory_order_relaxed);
  if (now < options.idle_generations || options.most_bytes == 0) return 0;
  if (options.idle_generations == 0) {
    ThreadCache& cache = state.cache_of_thread(*this);
    state.small.flush(cache);
    state.want_flush(cache);
  }
  const std::uint32_t newest = now - options.idle_generations;
  ReleaseOptions rest = options;
  const std::uint64_t large = state.large.release_free(rest, newest);
  rest.most_bytes -= large;
  return large + state.small.release_free(rest, newest);
}

void HybridMemoryPool::advance_generation() noexcept {
  state_->small.set_generation(state_->generation.fetch_add(1, std::memory_order_relaxed) + 1);
}

std::uint32_t HybridMemoryPool::generation() const noexcept {
  return state_->generation.load(std::memory_order_relaxed);
}

std::uint64_t HybridMemoryPool::add_reclaimer(Reclaimer reclaimer) {
  auto shared = std::make_shared<const Reclaimer>(std::move(reclaimer));
  const std::lock_guard lock(state_->mutex);
  state_->reclaimers.emplace_back(++state_->last_reclaimer, std::move(shared));
  return state_->last_reclaimer;
}

void HybridMemoryPool::remove_reclaimer(std::uint64_t number) {
  const std::lock_guard lock(state_->mutex);
  std::erase_if(state_->reclaimers, [&](const auto& entry) { return entry.first == number; });
}

bool HybridMemoryPool::move_down(MemoryHandle& handle) {
  State& state = *state_;
  state.check_pool(handle);
  if ((handle.id & LargeBlocks::kIdBit) == 0 || device() != Device::kCpu) return false;
  if (state.large.find(handle.data) != handle.id) refuse_handle(handle);
  std::byte* moved = state.large.move_down(handle.id, handle.data, handle.alignment, generation());
  if (moved == nullptr) return false;
  handle.data = moved;
  return true;
}

void HybridMemoryPool::shrink(MemoryHandle& handle, std::size_t size, MemoryTag tag) {
  State& state = *state_;
  state.check_pool(handle);
  if (size == 0 || size > handle.size) fail_argument("a block of {} bytes cannot shrink to {}", handle.size, size);
  if ((handle.id & LargeBlocks::kIdBit) == 0 || size == handle.size) return;
  if (state.large.find(handle.data) != handle.id) refuse_handle(handle);
  ThreadCache& cache = state.cache_of_thread(*this);
  const std::size_t bytes = state.large.shrink(handle.id, handle.data, size, generation());
  const auto less = static_cast<std::int64_t>(handle.size - size);
  const MemoryHandle before = handle;
  handle.size = size;
  cache.bytes.add(-less);
  cache.large_bytes.add(-less);
  cache.large_block_bytes.add(-static_cast<std::int64_t>(bytes));
  if (!state.observer) return;
  state.observer->deallocated(before);
  state.observer->allocated(handle, tag);
}

MemoryMetrics HybridMemoryPool::get_metrics() const {
  State& state = *state_;
  const LargeBlocks::Figures large = state.large.figures();
  const std::lock_guard lock(state.mutex);
  const State::Totals sum = state.totals();
  state.look_at_peaks(sum);
  const auto positive = [](std::int64_t value) { return static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0)); };
  MemoryMetrics metrics;
  metrics.current_bytes = positive(sum.bytes);
  metrics.peak_bytes = positive(state.peak);
  metrics.reserved_bytes = positive(sum.block_bytes);
  metrics.mapped_bytes = state.small.mapped_bytes() + large.mapped;
  metrics.allocated_total = positive(sum.allocated_bytes);
  metrics.allocation_count = positive(sum.small_allocations + sum.large_allocations);
  metrics.deallocation_count = positive(sum.small_frees + sum.large_frees);
  metrics.small_blocks = positive(sum.small_allocations - sum.small_frees);
  metrics.large_blocks = positive(sum.large_allocations - sum.large_frees);
  metrics.buddy_merges = large.merges;
  metrics.resident_free_bytes = large.resident;
  const std::size_t small_bytes = positive(sum.small_block_bytes), carved = state.small.carved_bytes();
  const std::size_t caches = state.caches.size() * sizeof(ThreadCache) + positive(sum.list_bytes);
  metrics.overhead_bytes = metrics.reserved_bytes - std::min(metrics.reserved_bytes, metrics.current_bytes) +
                           (carved - std::min(carved, small_bytes)) + caches + state.small.metadata_bytes() +
                           large.metadata;
  if (large.free > 0)
    metrics.external_fragmentation = 1.0 - static_cast<double>(large.largest_free) / static_cast<double>(large.free);
  return metrics;
}

const std::shared_ptr<MemoryObserver>& HybridMemoryPool::observer() const noexcept { return state_->observer; }

double HybridMemoryPool::use_of_limit() const {
  const State& state = *state_;
  const std::lock_guard lock(state.mutex);
  const State::Totals sum = state.totals();
  const auto share = [](std::int64_t bytes, std::int64_t most) {
    return most == kEndless ? 0.0 : static_cast<double>(std::max<std::int64_t>(bytes, 0)) / static_cast<double>(most);
  };
  return std::max({share(sum.bytes, state.limit), share(sum.small_bytes(), state.small_limit),
                   share(sum.large_bytes, state.large_limit)});
}

void HybridMemoryPool::reset_peak() {
  const std::lock_guard lock(state_->mutex);
  const State::Totals sum = state_->totals();
  state_->look_at_peaks(sum);
  state_->peak = sum.bytes;
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
