#include "memory/buddy.hpp"

#include <algorithm>
#include <bit>

namespace bitnet {
namespace {

int order_of(std::uint32_t count) { return count <= 1 ? 0 : static_cast<int>(std::bit_width(count - 1)); }

}  // namespace

Buddy::Buddy(std::uint32_t units) : links_(units) {
  std::fill(std::begin(heads_), std::end(heads_), kNone);
  push(0, order_of(units));
  free_units_ = units;
}

void Buddy::push(std::uint32_t unit, int order) {
  Link& link = links_[unit];
  link.order = static_cast<std::int8_t>(order);
  link.previous = kNone;
  link.next = heads_[order];
  if (link.next != kNone) links_[link.next].previous = unit;
  heads_[order] = unit;
  nonempty_ |= 1u << order;
}

void Buddy::remove(std::uint32_t unit) {
  Link& link = links_[unit];
  (link.previous != kNone ? links_[link.previous].next : heads_[link.order]) = link.next;
  if (link.next != kNone) links_[link.next].previous = link.previous;
  if (heads_[link.order] == kNone) nonempty_ &= ~(1u << link.order);
  link.order = -1;
}

void Buddy::release(std::uint32_t unit, int order) {
  for (;; ++order) {
    const std::uint32_t buddy = unit ^ (1u << order);
    if (buddy >= units() || links_[buddy].order != order) break;
    remove(buddy);
    unit = std::min(unit, buddy);
    ++merges_;
  }
  push(unit, order);
}

void Buddy::release_run(std::uint32_t first, std::uint32_t count) {
  while (count > 0) {
    // The largest block that begins here and ends in the run.
    const int aligned = first == 0 ? 31 : std::countr_zero(first);
    const int order = std::min(aligned, static_cast<int>(std::bit_width(count)) - 1);
    release(first, order);
    first += 1u << order;
    count -= 1u << order;
  }
}

std::optional<std::uint32_t> Buddy::allocate(std::uint32_t count, std::uint32_t alignment) {
  if (count == 0 || count > free_units_) return std::nullopt;
  const int wanted = order_of(std::max(count, alignment));
  const std::uint32_t fitting = nonempty_ & ~((1u << wanted) - 1);
  if (wanted >= kOrders) return std::nullopt;
  if (fitting == 0) return allocate_below(units(), count, alignment);
  const int order = std::countr_zero(fitting);
  std::uint32_t unit = heads_[order];
  const std::uint32_t end = unit + (1u << order);
  remove(unit);
  // Smaller free blocks right before it, such as what the last block had too much, come first.
  for (int before = 0; alignment <= 1 && before < wanted; ++before) {
    const std::uint32_t size = 1u << before;
    if (unit < size || links_[unit - size].order != before) continue;
    unit -= size;
    remove(unit);
    before = -1;
  }
  free_units_ -= count;
  release_run(unit + count, end - (unit + count));
  return unit;
}

std::optional<std::uint32_t> Buddy::allocate_below(std::uint32_t limit, std::uint32_t count, std::uint32_t alignment) {
  if (count == 0 || count > free_units_ || alignment > units()) return std::nullopt;
  // A run is made of whole free blocks, whatever their orders.
  for (std::uint32_t unit = 0; unit < limit;) {
    if (links_[unit].order < 0) {
      ++unit;
      continue;
    }
    const std::uint32_t run = unit;
    while (unit < units() && links_[unit].order >= 0) unit += 1u << links_[unit].order;
    const std::uint32_t begin = (run + alignment - 1) & ~(alignment - 1);
    if (begin >= limit || begin > unit || unit - begin < count) continue;
    for (std::uint32_t block = run; block < begin + count;) {
      const std::uint32_t size = 1u << links_[block].order;
      remove(block);
      unit = block += size;
    }
    free_units_ -= count;
    release_run(run, begin - run);
    release_run(begin + count, unit - (begin + count));
    return begin;
  }
  return std::nullopt;
}

void Buddy::deallocate(std::uint32_t first, std::uint32_t count) {
  free_units_ += count;
  release_run(first, count);
}

std::uint32_t Buddy::largest_free() const noexcept {
  return nonempty_ == 0 ? 0 : 1u << (static_cast<int>(std::bit_width(nonempty_)) - 1);
}

}  // namespace bitnet
