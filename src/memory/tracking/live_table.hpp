// Which blocks live: a hash table by their ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "bitnet/memory.hpp"

namespace bitnet {

/// Open addressing, at most half full; what is removed leaves no mark, so that it does not slow down with age. Not
/// thread-safe.
class LiveTable {
 public:
  struct Entry {
    std::uint64_t id = 0;  // 0: none; no pool gives that
    std::uint64_t size = 0;
    std::int64_t time_ns = 0;
    MemoryTag tag = MemoryTag::kOther;
    Device device = Device::kCpu;
  };

  /// False when there is no memory for it.
  bool insert(const Entry& entry) noexcept {
    if (2 * (count_ + 1) > capacity_ && !grow()) return false;
    entries_[free_slot(entry.id)] = entry;
    ++count_;
    return true;
  }

  /// The entry as it was; its id is 0 when there was none.
  Entry remove(std::uint64_t id) noexcept {
    if (count_ == 0) return {};
    std::size_t slot = home(id);
    while (entries_[slot].id != id) {
      if (entries_[slot].id == 0) return {};
      slot = next(slot);
    }
    const Entry removed = entries_[slot];
    // Entries behind it that had to step over this slot move up.
    for (std::size_t at = next(slot); entries_[at].id != 0; at = next(at)) {
      const std::size_t distance = (at - home(entries_[at].id)) & (capacity_ - 1);
      if (distance < ((at - slot) & (capacity_ - 1))) continue;
      entries_[slot] = entries_[at];
      slot = at;
    }
    entries_[slot].id = 0;
    --count_;
    return removed;
  }

  std::size_t size() const noexcept { return count_; }
  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (std::size_t i = 0; i < capacity_; ++i)
      if (entries_[i].id != 0) visit(entries_[i]);
  }

 private:
  // Small blocks count up in the low bits of their ids, and their generation in the high ones.
  std::size_t home(std::uint64_t id) const noexcept {
    return static_cast<std::size_t>((id ^ id >> 32) * 0x9E3779B97F4A7C15u >> shift_);
  }
  std::size_t next(std::size_t slot) const noexcept { return (slot + 1) & (capacity_ - 1); }
  std::size_t free_slot(std::uint64_t id) const noexcept {
    std::size_t slot = home(id);
    while (entries_[slot].id != 0) slot = next(slot);
    return slot;
  }

  bool grow() noexcept {
    const std::size_t old_capacity = capacity_;
    std::unique_ptr<Entry[]> old(new (std::nothrow) Entry[old_capacity == 0 ? 1024 : 2 * old_capacity]);
    if (!old) return false;
    entries_.swap(old);
    capacity_ = old_capacity == 0 ? 1024 : 2 * old_capacity;
    shift_ = old_capacity == 0 ? 64 - 10 : shift_ - 1;
    for (std::size_t i = 0; i < old_capacity; ++i)
      if (old[i].id != 0) entries_[free_slot(old[i].id)] = old[i];
    return true;
  }

  std::unique_ptr<Entry[]> entries_;
  std::size_t capacity_ = 0, count_ = 0;
  int shift_ = 64;
};

}  // namespace bitnet
