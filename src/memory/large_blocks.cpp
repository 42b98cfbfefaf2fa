#include "memory/large_blocks.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/checked.hpp"
#include "memory/mapping.hpp"

namespace bitnet {
namespace {

// Ids count the uses of a slot: 31 bits, of which a slot that has used them up rests.
constexpr std::uint32_t kLastGeneration = 0x7FFFFFFFu;
constexpr std::size_t kMostBytes = std::size_t{1} << 46;

std::uint64_t id_of(std::uint32_t slot, std::uint32_t generation) {
  return LargeBlocks::kIdBit | std::uint64_t{generation} << 32 | slot;
}

}  // namespace

LargeBlocks::LargeBlocks(std::size_t initial_bytes, MemorySource& source)
    : source_(source), initial_bytes_(initial_bytes) {
  if (initial_bytes > 0) (void)add_region(initial_bytes);
}

LargeBlocks::~LargeBlocks() {
  for (const auto& region : regions_) source_.unmap(region->base, region->buddy.units() * kUnitBytes);
}

LargeBlocks::Region* LargeBlocks::add_region(std::size_t bytes) {
  const std::size_t region_bytes = std::bit_ceil(std::max(bytes, kLeastRegionBytes));
  regions_.reserve(regions_.size() + 1);
  const std::size_t units = region_bytes / kUnitBytes;
  auto region = std::make_unique<Region>(Region{nullptr, Buddy(static_cast<std::uint32_t>(units)), UnitSet(units),
                                                std::vector<std::uint32_t>(units),
                                                std::vector<std::uint32_t>(units / kPieceUnits)});
  region->base = source_.map(region_bytes, kHugePageBytes);
  if (region->base == nullptr) return nullptr;
  regions_.push_back(std::move(region));
  return regions_.back().get();
}

LargeBlocks::Block LargeBlocks::allocate(std::size_t size, std::size_t alignment) {
  if (size > kMostBytes) return {};
  const auto units = static_cast<std::uint32_t>(div_up(size, kUnitBytes));
  const auto aligned = static_cast<std::uint32_t>(std::max<std::size_t>(alignment / kUnitBytes, 1));
  const std::lock_guard lock(mutex_);
  // What might throw comes first.
  if (free_slots_.empty()) {
    free_slots_.reserve(slots_.size() + 1);  // so that ends of blocks need no memory
    slots_.emplace_back();
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size() - 1));
  }
  Region* region = nullptr;
  std::optional<std::uint32_t> unit;
  for (std::size_t i = 0; i < regions_.size() && !unit; ++i) {
    region = regions_[i].get();
    unit = region->buddy.allocate(units, aligned);
  }
  if (!unit) {
    region = add_region(std::max(size, alignment));
    if (region == nullptr) return {};
    unit = region->buddy.allocate(units, aligned);
  }
  std::byte* data = region->base + *unit * kUnitBytes;
  const std::uint32_t index = free_slots_.back();
  free_slots_.pop_back();
  Slot& slot = slots_[index];
  slot = {region, *unit, units, slot.generation + 1};
  region->slot_of_unit[*unit] = index + 1;
  const bool zero = take(*region, *unit, units);
  return {data, id_of(index, slot.generation), units * kUnitBytes, zero};
}

// Marks units that the buddies gave; whether all of them are zero.
bool LargeBlocks::take(Region& region, std::uint32_t unit, std::uint32_t units) {
  const std::size_t used = region.used.count(unit, units);
  region.used_units_free -= used;
  region.used.insert(unit, units);
  return used == 0;
}

void LargeBlocks::put_back(Region& region, std::uint32_t unit, std::uint32_t units, std::uint32_t generation) {
  region.used_units_free += units;
  std::fill(region.freed.begin() + unit / kPieceUnits, region.freed.begin() + (unit + units - 1) / kPieceUnits + 1,
            generation);
  region.buddy.deallocate(unit, units);
}

LargeBlocks::Slot* LargeBlocks::find_slot(std::uint64_t id, const void* data) {
  const auto index = static_cast<std::uint32_t>(id),
             generation = static_cast<std::uint32_t>(id >> 32) & kLastGeneration;
  if ((id & kIdBit) == 0 || index >= slots_.size()) return nullptr;
  Slot& slot = slots_[index];
  const bool lives = slot.region != nullptr && slot.generation == generation;
  return lives && slot.region->base + slot.unit * kUnitBytes == data ? &slot : nullptr;
}

std::size_t LargeBlocks::deallocate(std::uint64_t id, const void* data, std::uint32_t generation) {
  const std::lock_guard lock(mutex_);
  Slot* slot = find_slot(id, data);
  if (slot == nullptr) return 0;
  slot->region->slot_of_unit[slot->unit] = 0;
  put_back(*slot->region, slot->unit, slot->units, generation);
  slot->region = nullptr;
  if (slot->generation != kLastGeneration) free_slots_.push_back(static_cast<std::uint32_t>(id));
  return slot->units * kUnitBytes;
}

std::size_t LargeBlocks::shrink(std::uint64_t id, const void* data, std::size_t size, std::uint32_t generation) {
  const std::lock_guard lock(mutex_);
  Slot* slot = find_slot(id, data);
  const auto units = static_cast<std::uint32_t>(div_up(size, kUnitBytes));
  if (slot == nullptr || units == 0 || units >= slot->units) return 0;
  const std::uint32_t rest = slot->units - units;
  put_back(*slot->region, slot->unit + units, rest, generation);
  slot->units = units;
  return rest * kUnitBytes;
}

std::byte* LargeBlocks::move_down(std::uint64_t id, const void* data, std::size_t alignment, std::uint32_t generation) {
  const auto aligned = static_cast<std::uint32_t>(std::max<std::size_t>(alignment / kUnitBytes, 1));
  std::unique_lock lock(mutex_);
  Slot* slot = find_slot(id, data);
  if (slot == nullptr) return nullptr;
  const auto [from, from_unit, units, slot_generation] = *slot;
  Region* to = nullptr;
  std::optional<std::uint32_t> unit;
  for (std::size_t i = 0; !unit && to != from; ++i) {
    to = regions_[i].get();
    unit = to->buddy.allocate_below(to == from ? from_unit : to->buddy.units(), units, aligned);
  }
  if (!unit) return nullptr;
  take(*to, *unit, units);
  std::byte* moved = to->base + *unit * kUnitBytes;
  // Both places are taken: others may go on.
  lock.unlock();
  std::memcpy(moved, data, units * kUnitBytes);
  lock.lock();
  slot = &slots_[static_cast<std::uint32_t>(id)];
  from->slot_of_unit[from_unit] = 0;
  to->slot_of_unit[*unit] = static_cast<std::uint32_t>(id) + 1;
  slot->region = to;
  slot->unit = *unit;
  put_back(*from, from_unit, units, generation);
  return moved;
}

std::uint64_t LargeBlocks::find(const void* data) const {
  const auto* at = static_cast<const std::byte*>(data);
  const std::lock_guard lock(mutex_);
  for (const auto& region : regions_) {
    if (at < region->base || at >= region->base + region->buddy.units() * kUnitBytes) continue;
    const auto offset = static_cast<std::size_t>(at - region->base);
    const std::uint32_t slot = offset % kUnitBytes == 0 ? region->slot_of_unit[offset / kUnitBytes] : 0;
    return slot == 0 ? 0 : id_of(slot - 1, slots_[slot - 1].generation);
  }
  return 0;
}

std::size_t LargeBlocks::drop_free_units(Region& region, const ReleaseOptions& options, std::uint32_t newest_generation,
                                         std::size_t most) {
  static_assert(kPieceUnits * kUnitBytes == kHugePageBytes);
  std::size_t bytes = 0;
  bool stopped = false;
  region.buddy.for_each_free([&](std::uint32_t first, std::uint32_t count) {
    for (std::uint32_t unit = first, next; unit < first + count && !stopped; unit = next) {
      next = std::min((unit / kPieceUnits + 1) * kPieceUnits, first + count);
      const std::size_t used = region.used.count(unit, next - unit);
      if (used == 0 || region.freed[unit / kPieceUnits] > newest_generation) continue;
      if (bytes + used * kUnitBytes > most || (options.stop && options.stop())) {
        stopped = true;
        return;
      }
      if (!source_.drop(region.base + unit * kUnitBytes, (next - unit) * kUnitBytes)) {
        region.whole_only = true;
        continue;
      }
      region.used.erase(unit, next - unit);
      region.used_units_free -= used;
      bytes += used * kUnitBytes;
    }
  });
  return bytes;
}

std::size_t LargeBlocks::release_free(const ReleaseOptions& options, std::uint32_t newest_generation) {
  const std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(options.most_bytes, SIZE_MAX));
  for (const auto& region : regions_) bytes += drop_free_units(*region, options, newest_generation, most - bytes);
  const auto unused = [&](const std::unique_ptr<Region>& region) {
    if (region->buddy.free_units() != region->buddy.units()) return false;
    if (initial_bytes_ > 0 && region == regions_.front()) return false;
    if (const std::size_t used = region->used_units_free * kUnitBytes; used > 0) {
      const bool all_old = std::ranges::all_of(region->freed, [&](auto freed) { return freed <= newest_generation; });
      if (!region->whole_only || !all_old || bytes + used > most) return false;
      bytes += used;
    }
    source_.unmap(region->base, region->buddy.units() * kUnitBytes);
    merges_ += region->buddy.merges();
    return true;
  };
  // Not remove_if: the first region must stay the first while the others are looked at.
  for (std::size_t i = regions_.size(); i-- > 0;)
    if (unused(regions_[i])) regions_.erase(regions_.begin() + static_cast<std::ptrdiff_t>(i));
  return bytes;
}

LargeBlocks::Figures LargeBlocks::figures() const {
  const std::lock_guard lock(mutex_);
  Figures figures;
  figures.merges = merges_;
  figures.metadata = sizeof(*this) + slots_.capacity() * (sizeof(Slot) + sizeof(std::uint32_t));
  for (const auto& region : regions_) {
    figures.mapped += region->buddy.units() * kUnitBytes;
    figures.free += region->buddy.free_units() * kUnitBytes;
    figures.largest_free = std::max(figures.largest_free, region->buddy.largest_free() * kUnitBytes);
    figures.merges += region->buddy.merges();
    figures.resident += region->used_units_free * kUnitBytes;
    figures.metadata +=
        sizeof(Region) + region->buddy.units() * (Buddy::kUnitCost + sizeof(std::uint32_t)) + region->buddy.units() / 8;
  }
  return figures;
}

}  // namespace bitnet
