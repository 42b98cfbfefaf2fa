#include "memory/small_blocks.hpp"

#include <algorithm>
#include <new>

#include "base/checked.hpp"
#include "memory/mapping.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kBlocksASlab = 8;

// Never in small steps.
void reserve_more(std::vector<std::uint32_t>& numbers, std::size_t count) {
  if (numbers.capacity() < count) numbers.reserve(std::max(count, 2 * numbers.capacity()));
}

std::size_t directory_slot(const std::byte* at, std::size_t size) {
  return reinterpret_cast<std::uintptr_t>(at) / SmallBlocks::kSegmentBytes * 0x9E3779B97F4A7C15u % size;
}

}  // namespace

SmallBlocks::SmallBlocks(std::size_t initial_bytes, MemorySource& source) : source_(source) {
  slabs_ = reinterpret_cast<Slab*>(map_pages(kMostSlabs * sizeof(Slab), kPageBytes, false));
  directory_ = reinterpret_cast<std::atomic<Segment*>*>(map_pages(kDirectory * sizeof(*directory_), kPageBytes, false));
  if (slabs_ == nullptr || directory_ == nullptr) {
    unmap_tables();
    throw std::bad_alloc();
  }
  for (std::size_t bytes = 0; bytes < initial_bytes; bytes += kSegmentBytes)
    if (!add_segment()) break;
}

SmallBlocks::~SmallBlocks() {
  for (const auto& segment : segments_) source_.unmap(segment->base, kSegmentBytes);
  unmap_tables();
}

void SmallBlocks::unmap_tables() noexcept {
  if (slabs_ != nullptr) unmap_pages(reinterpret_cast<std::byte*>(slabs_), kMostSlabs * sizeof(Slab));
  if (directory_ != nullptr) unmap_pages(reinterpret_cast<std::byte*>(directory_), kDirectory * sizeof(*directory_));
}

bool SmallBlocks::add_segment() {
  auto segment = std::make_unique<Segment>();
  segment->slab_of_unit = std::make_unique<std::atomic<std::uint32_t>[]>(kUnits);
  segments_.reserve(segments_.size() + 1);
  if (segments_.size() >= kDirectory / 2) return false;
  segment->base = source_.map(kSegmentBytes, kSegmentBytes);
  if (segment->base == nullptr) return false;
  std::size_t slot = directory_slot(segment->base, kDirectory);
  while (directory_[slot].load(std::memory_order_relaxed) != nullptr) slot = (slot + 1) % kDirectory;
  directory_[slot].store(segment.get(), std::memory_order_release);
  segments_.push_back(std::move(segment));
  return true;
}

SmallBlocks::Segment* SmallBlocks::segment_of(const std::byte* at) const noexcept {
  for (std::size_t slot = directory_slot(at, kDirectory);; slot = (slot + 1) % kDirectory) {
    Segment* segment = directory_[slot].load(std::memory_order_acquire);
    if (segment == nullptr || (at >= segment->base && at < segment->base + kSegmentBytes)) return segment;
  }
}

bool SmallBlocks::add_slab(std::size_t size_class, SizeClass& list) {
  const std::size_t block_bytes = class_bytes(size_class);
  const auto units =
      static_cast<std::uint32_t>(std::max<std::size_t>(div_up(block_bytes * kBlocksASlab, kUnitBytes), 1));
  const auto blocks =
      static_cast<std::uint32_t>(block_bytes < kUnitBytes / kBlocksASlab ? kUnitBytes / block_bytes : kBlocksASlab);
  // What might throw comes first; ends of blocks need no memory.
  list.uncarved.reserve(list.uncarved.size() + 1);
  reserve_more(list.free, list.blocks + blocks);

  const std::lock_guard lock(segments_mutex_);
  const bool reused = !unused_slabs_.empty();
  const std::uint32_t index = reused ? unused_slabs_.back() : slab_count_.load(std::memory_order_relaxed);
  if (index >= kMostSlabs) return false;
  Slab& slab = slabs_[index];
  std::unique_ptr<std::atomic<std::uint32_t>[]> generations;
  if (slab.capacity < blocks) {
    generations_.reserve(generations_.size() + 1);
    generations = std::make_unique<std::atomic<std::uint32_t>[]>(blocks);
  }
  std::optional<std::uint32_t> unit;
  std::uint32_t segment = 0;
  for (; segment < segments_.size() && !unit; ++segment) unit = segments_[segment]->free.allocate(units);
  if (!unit) {
    if (!add_segment()) return false;
    unit = segments_.back()->free.allocate(units);
    segment = static_cast<std::uint32_t>(segments_.size());
  }
  --segment;

  if (generations) {
    slab.generations = generations.get();
    slab.capacity = blocks;
    generations_.push_back(std::move(generations));
    generation_bytes_ += blocks * sizeof(std::uint32_t);
  }
  list.blocks += blocks;
  if (reused) unused_slabs_.pop_back();
  for (std::uint32_t i = 0; i < slab.capacity; ++i)
    slab.generations[i].store(slab.first_generation, std::memory_order_relaxed);
  slab.base = segments_[segment]->base + *unit * kUnitBytes;
  slab.block_bytes = static_cast<std::uint32_t>(block_bytes);
  slab.blocks = static_cast<std::uint16_t>(blocks);
  slab.carved = slab.free = 0;
  slab.touched = generation_.load(std::memory_order_relaxed);
  slab.size_class = static_cast<std::uint8_t>(size_class);
  slab.segment = segment, slab.first_unit = *unit, slab.units = units;
  for (std::uint32_t i = 0; i < units; ++i)
    segments_[segment]->slab_of_unit[*unit + i].store(index + 1, std::memory_order_relaxed);
  if (!reused) slab_count_.store(index + 1, std::memory_order_release);
  list.uncarved.push_back(index);
  return true;
}

bool SmallBlocks::refill(BlockBin& bin, std::size_t size_class) {
  if (!bin.blocks) {
    bin.blocks = std::make_unique<std::uint32_t[]>(bin_capacity(size_class));
    bin.capacity = bin_capacity(size_class);
  }
  SizeClass& list = classes_[size_class];
  const std::uint32_t wanted = std::max(bin.capacity / 2, 1u), now = generation_.load(std::memory_order_relaxed);
  const std::lock_guard lock(list.mutex);
  while (bin.count < wanted && !list.free.empty()) {
    const std::uint32_t block = list.free.back();
    list.free.pop_back();
    Slab& slab = slabs_[block >> kPlaceBits];
    --slab.free;
    slab.touched = now;
    bin.blocks[bin.count++] = block;
  }
  if (bin.count > 0) return true;
  if (list.uncarved.empty() && !add_slab(size_class, list)) return false;
  const std::uint32_t index = list.uncarved.back();
  Slab& slab = slabs_[index];
  // Upside down, so that blocks are given out in the order of their addresses.
  const std::uint32_t count = std::min<std::uint32_t>(wanted, slab.blocks - slab.carved);
  for (std::uint32_t i = count; i-- > 0;) bin.blocks[bin.count++] = index << kPlaceBits | (slab.carved + i);
  slab.carved = static_cast<std::uint16_t>(slab.carved + count);
  slab.touched = now;
  carved_bytes_.fetch_add(count * slab.block_bytes, std::memory_order_relaxed);
  if (slab.carved == slab.blocks) list.uncarved.pop_back();
  return true;
}

void SmallBlocks::give_back(SizeClass& list, BlockBin& bin, std::uint32_t keep) noexcept {
  const std::lock_guard lock(list.mutex);
  // The oldest: those at the bottom.
  const std::uint32_t count = bin.count - keep;
  list.free.insert(list.free.end(), bin.blocks.get(), bin.blocks.get() + count);
  for (std::uint32_t i = 0; i < count; ++i) {
    Slab& slab = slabs_[bin.blocks[i] >> kPlaceBits];
    ++slab.free;
    slab.touched = generation_.load(std::memory_order_relaxed);
  }
  std::copy(bin.blocks.get() + count, bin.blocks.get() + bin.count, bin.blocks.get());
  bin.count = keep;
}

bool SmallBlocks::make_room(BlockBin& bin, std::size_t size_class) noexcept {
  if (bin.blocks) {
    give_back(classes_[size_class], bin, bin.capacity / 2);
    return true;
  }
  bin.blocks.reset(new (std::nothrow) std::uint32_t[bin_capacity(size_class)]);
  if (bin.blocks) bin.capacity = bin_capacity(size_class);
  return bin.blocks != nullptr;
}

void SmallBlocks::give_back(SizeClass& list, std::uint32_t block) noexcept {
  const std::lock_guard lock(list.mutex);
  list.free.push_back(block);
  Slab& slab = slabs_[block >> kPlaceBits];
  ++slab.free;
  slab.touched = generation_.load(std::memory_order_relaxed);
}

void SmallBlocks::flush(ThreadCache& cache) {
  for (std::size_t i = 0; i < kSizeClasses; ++i)
    if (cache.bins[i].count > 0) give_back(classes_[i], cache.bins[i], 0);
}

std::uint64_t SmallBlocks::find(const void* data) const noexcept {
  const auto* at = static_cast<const std::byte*>(data);
  const Segment* segment = segment_of(at);
  if (segment == nullptr) return 0;
  const auto unit = static_cast<std::size_t>(at - segment->base) / kUnitBytes;
  const std::uint32_t index = segment->slab_of_unit[unit].load(std::memory_order_relaxed);
  if (index == 0) return 0;
  const Slab& slab = slabs_[index - 1];
  const auto inside = static_cast<std::uint32_t>(at - slab.base), place = inside / slab.block_bytes;
  if (inside % slab.block_bytes != 0 || place >= slab.blocks) return 0;
  const std::uint32_t generation = slab.generations[place].load(std::memory_order_relaxed);
  return (generation & 1) == 0 ? 0 : std::uint64_t{generation} << 32 | (index - 1) << kPlaceBits | place;
}

std::size_t SmallBlocks::release_free(const ReleaseOptions& options, std::uint32_t newest_generation) {
  std::size_t bytes = 0;
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(options.most_bytes, SIZE_MAX));
  for (SizeClass& list : classes_) bytes += release_class(list, options, newest_generation, most - bytes);
  return bytes;
}

std::size_t SmallBlocks::release_class(SizeClass& list, const ReleaseOptions& options, std::uint32_t newest_generation,
                                       std::size_t most) {
  const std::lock_guard lock(list.mutex);
  const auto is_free = [&](std::uint32_t index) {
    return slabs_[index].free == slabs_[index].carved && slabs_[index].touched <= newest_generation;
  };
  std::vector<std::uint32_t> free = list.uncarved;
  for (const std::uint32_t block : list.free) free.push_back(block >> kPlaceBits);
  std::ranges::sort(free);
  free.erase(std::unique(free.begin(), free.end()), free.end());
  std::erase_if(free, [&](std::uint32_t index) { return !is_free(index); });
  // Only those that the limits allow, chosen before anything is changed.
  std::size_t bytes = 0, chosen = 0;
  for (; chosen < free.size(); ++chosen) {
    const std::size_t slab_bytes = slabs_[free[chosen]].units * kUnitBytes;
    if (bytes + slab_bytes > most || (options.stop && options.stop())) break;
    bytes += slab_bytes;
  }
  free.resize(chosen);
  if (free.empty()) return 0;
  {
    const std::lock_guard segments_lock(segments_mutex_);
    unused_slabs_.reserve(unused_slabs_.size() + free.size());
  }
  const auto goes = [&](std::uint32_t index) { return std::ranges::binary_search(free, index); };
  std::erase_if(list.free, [&](std::uint32_t block) { return goes(block >> kPlaceBits); });
  std::erase_if(list.uncarved, goes);

  const std::lock_guard segments_lock(segments_mutex_);
  for (const std::uint32_t index : free) {
    Slab& slab = slabs_[index];
    list.blocks -= slab.blocks;
    carved_bytes_.fetch_sub(std::size_t{slab.carved} * slab.block_bytes, std::memory_order_relaxed);
    Segment& segment = *segments_[slab.segment];
    source_.drop(slab.base, slab.units * kUnitBytes);
    for (std::uint32_t i = 0; i < slab.units; ++i)
      segment.slab_of_unit[slab.first_unit + i].store(0, std::memory_order_relaxed);
    segment.free.deallocate(slab.first_unit, slab.units);
    for (std::uint32_t i = 0; i < slab.blocks; ++i)
      slab.first_generation = std::max(slab.first_generation, slab.generations[i].load(std::memory_order_relaxed));
    slab.blocks = 0;
    // A slab whose generations are used up rests.
    if (slab.first_generation < kLastGeneration) unused_slabs_.push_back(index);
  }
  return bytes;
}

std::size_t SmallBlocks::metadata_bytes() const {
  const std::lock_guard lock(segments_mutex_);
  std::size_t bytes = sizeof(*this) + generation_bytes_;
  bytes += round_up(slab_count_.load(std::memory_order_relaxed) * sizeof(Slab), kPageBytes);
  return bytes +
         segments_.size() * (kPageBytes + sizeof(Segment) + kUnits * (sizeof(std::uint32_t) + Buddy::kUnitCost));
}

std::size_t SmallBlocks::mapped_bytes() const {
  const std::lock_guard lock(segments_mutex_);
  return segments_.size() * kSegmentBytes;
}

}  // namespace bitnet
