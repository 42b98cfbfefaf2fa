#include "memory/page_regions.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>

#include "base/checked.hpp"

namespace bitnet {

PageRegions::~PageRegions() {
  for (Region& region : regions_) ::munmap(region.base, region.bytes);
}

bool PageRegions::map_region(std::size_t bytes) {
  // Over-map by one huge page and trim, so that the region starts on a huge page.
  const std::size_t mapped = bytes + kHugePageBytes;
  if (mapped < bytes) return false;
  void* raw = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (raw == MAP_FAILED) return false;
  const auto start = reinterpret_cast<std::uintptr_t>(raw);
  const std::uintptr_t aligned = round_up(start, kHugePageBytes);
  if (aligned > start) ::munmap(raw, aligned - start);
  const std::size_t tail = start + mapped - (aligned + bytes);
  if (tail > 0) ::munmap(reinterpret_cast<void*>(aligned + bytes), tail);
  Region region{reinterpret_cast<std::byte*>(aligned), bytes, {{0, bytes}}};
#ifdef MADV_HUGEPAGE
  if (huge_pages_) ::madvise(region.base, region.bytes, MADV_HUGEPAGE);   // advice: nothing is lost when refused
#endif
  regions_.push_back(std::move(region));
  return true;
}

std::byte* PageRegions::take(Region& region, std::map<std::size_t, std::size_t>::iterator extent, std::size_t offset,
                             std::size_t bytes) {
  const auto [begin, length] = *extent;
  region.free.erase(extent);
  if (offset > begin) region.free.emplace(begin, offset - begin);
  if (offset + bytes < begin + length) region.free.emplace(offset + bytes, begin + length - offset - bytes);
  return region.base + offset;
}

std::byte* PageRegions::allocate(std::size_t bytes, std::size_t alignment) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    Region* best = nullptr;
    std::map<std::size_t, std::size_t>::iterator best_extent;
    std::size_t best_offset = 0;
    for (Region& region : regions_) {
      for (auto extent = region.free.begin(); extent != region.free.end(); ++extent) {
        // Region bases are aligned to huge pages, the largest alignment there is, so offsets decide.
        const std::size_t offset = round_up(extent->first, alignment);
        if (offset + bytes > extent->first + extent->second) continue;
        if (best == nullptr || extent->second < best_extent->second) {
          best = &region;
          best_extent = extent;
          best_offset = offset;
        }
      }
    }
    if (best != nullptr) return take(*best, best_extent, best_offset, bytes);
    if (bytes > SIZE_MAX - 2 * kHugePageBytes) return nullptr;
    if (attempt == 0 && !map_region(std::max(kRegionBytes, round_up(bytes, kHugePageBytes)))) return nullptr;
  }
  return nullptr;
}

void PageRegions::deallocate(std::byte* block, std::size_t bytes) {
  const auto region = std::find_if(regions_.begin(), regions_.end(), [&](const Region& r) {
    return block >= r.base && block < r.base + r.bytes;
  });
  if (region == regions_.end()) return;
  const auto block_begin = static_cast<std::size_t>(block - region->base), block_end = block_begin + bytes;
  std::size_t begin = block_begin;
  std::size_t length = bytes;
  auto next = region->free.lower_bound(begin);
  if (next != region->free.end() && next->first == begin + length) {
    length += next->second;
    next = region->free.erase(next);
  }
  if (next != region->free.begin()) {
    const auto previous = std::prev(next);
    if (previous->first + previous->second == begin) {
      begin = previous->first;
      length += previous->second;
      region->free.erase(previous);
    }
  }
  if (length == region->bytes) {
    ::munmap(region->base, region->bytes);
    regions_.erase(region);
    return;
  }
  region->free.emplace(begin, length);
  // Only whole huge pages go back to the system: giving back a part would split one, and what is allocated there next
  // would live in small pages. The rest is zeroed, as a page from the system is.
  const std::size_t granule = huge_pages_ ? kHugePageBytes : kPageBytes;
  const std::size_t released = std::max(round_up(begin, granule), block_begin / granule * granule);
  const std::size_t released_end =
      std::max(released, std::min((begin + length) / granule * granule, round_up(block_end, granule)));
  if (released < released_end) ::madvise(region->base + released, released_end - released, MADV_DONTNEED);
  if (block_begin < released) std::fill(block, region->base + std::min(block_end, released), std::byte{0});
  if (released_end < block_end) {
    const std::size_t rest = std::max(block_begin, released_end);
    std::fill(region->base + rest, region->base + block_end, std::byte{0});
  }
}

}  // namespace bitnet
