// A timeline as blocks with a beginning and an end, and where they would lie in one stretch of memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "bitnet/memory_tracking.hpp"

namespace bitnet {

inline constexpr std::uint64_t kStillLives = UINT64_MAX;

struct BlockLife {
  std::uint64_t size = 0;
  MemoryTag tag = MemoryTag::kOther;
  Device device = Device::kCpu;
  std::uint64_t begin_ns = 0, end_ns = kStillLives;
  std::size_t begin = 0, end = SIZE_MAX;  // which event; SIZE_MAX: none

  bool ended() const noexcept { return end != SIZE_MAX; }
};

/// In the order of their beginnings. Ends without a beginning are left out; an id that begins again is another block.
inline std::vector<BlockLife> block_lives(std::span<const MemoryEvent> events) {
  std::vector<BlockLife> lives;
  std::unordered_map<std::uint64_t, std::size_t> open;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const MemoryEvent& e = events[i];
    if (e.is_allocation) {
      open[e.id] = lives.size();
      lives.push_back({e.size, e.tag, e.device, e.time_ns, kStillLives, i, SIZE_MAX});
    } else if (const auto found = open.find(e.id); found != open.end()) {
      BlockLife& life = lives[found->second];
      life.end_ns = std::max(e.time_ns, life.begin_ns);
      life.end = i;
      open.erase(found);
    }
  }
  return lives;
}

/// Blocks that are alike: the same size for the same purpose on the same device.
struct BlockGroup {
  std::uint64_t size = 0;
  MemoryTag tag = MemoryTag::kOther;
  Device device = Device::kCpu;
  std::vector<BlockLife> blocks;  // in the order of their beginnings
};

inline std::vector<BlockGroup> group_blocks(std::span<const BlockLife> lives) {
  std::map<std::tuple<std::uint64_t, MemoryTag, Device>, std::size_t> index;
  std::vector<BlockGroup> groups;
  for (const BlockLife& life : lives) {
    const auto [at, added] = index.try_emplace({life.size, life.tag, life.device}, groups.size());
    if (added) groups.push_back({life.size, life.tag, life.device, {}});
    groups[at->second].blocks.push_back(life);
  }
  return groups;
}

/// Calls `visit(block, begins)` for beginnings and ends in the order of their events.
template <typename Visit>
void replay(std::span<const BlockLife> lives, const Visit& visit) {
  std::vector<std::tuple<std::size_t, std::size_t, bool>> steps;
  for (std::size_t i = 0; i < lives.size(); ++i) {
    steps.emplace_back(lives[i].begin, i, true);
    if (lives[i].ended()) steps.emplace_back(lives[i].end, i, false);
  }
  std::sort(steps.begin(), steps.end());
  for (const auto& [event, block, begins] : steps) visit(block, begins);
}

/// Best fit in one stretch that grows at its end: what holes cost, whatever the pool does about them.
class Stretch {
 public:
  /// Whether the stretch had to grow although so many bytes were free in it.
  bool place(std::size_t block, std::uint64_t size) {
    const auto hole = by_size_.lower_bound({size, 0});
    if (hole != by_size_.end()) {
      const auto [bytes, at] = *hole;
      remove_hole(at, bytes);
      if (bytes > size) add_hole(at + size, bytes - size);
      places_[block] = {at, size};
      return false;
    }
    const bool scattered = free_ >= size;
    // A hole at the end is made longer.
    std::uint64_t at = end_;
    if (!holes_.empty() && std::prev(holes_.end())->first + std::prev(holes_.end())->second == end_) {
      at = std::prev(holes_.end())->first;
      remove_hole(at, end_ - at);
    }
    places_[block] = {at, size};
    end_ = at + size;
    return scattered;
  }

  void remove(std::size_t block) {
    const auto found = places_.find(block);
    auto [at, size] = found->second;
    places_.erase(found);
    auto next = holes_.lower_bound(at);
    if (next != holes_.end() && at + size == next->first) {
      const std::uint64_t bytes = next->second;
      remove_hole(next->first, bytes);
      size += bytes;
    }
    next = holes_.lower_bound(at);
    if (next != holes_.begin() && std::prev(next)->first + std::prev(next)->second == at) {
      const auto [before, bytes] = *std::prev(next);
      remove_hole(before, bytes);
      at = before, size += bytes;
    }
    add_hole(at, size);
  }

  /// The most it ever was.
  std::uint64_t end() const noexcept { return end_; }

 private:
  void add_hole(std::uint64_t at, std::uint64_t bytes) {
    holes_[at] = bytes;
    by_size_.insert({bytes, at});
    free_ += bytes;
  }
  void remove_hole(std::uint64_t at, std::uint64_t bytes) {
    holes_.erase(at);
    by_size_.erase({bytes, at});
    free_ -= bytes;
  }

  std::uint64_t end_ = 0, free_ = 0;
  std::map<std::uint64_t, std::uint64_t> holes_;               // bytes by address
  std::set<std::pair<std::uint64_t, std::uint64_t>> by_size_;  // bytes, address
  std::unordered_map<std::size_t, std::pair<std::uint64_t, std::uint64_t>> places_;
};

/// What a stretch that holds these blocks comes to.
struct StretchFigures {
  std::uint64_t bytes = 0;      // its end
  std::uint64_t peak_live = 0;  // most bytes of blocks at once
  std::uint64_t scattered = 0;  // blocks that found room enough, but not in one piece
  double lost() const {
    return bytes == 0 ? 0.0 : 1.0 - static_cast<double>(std::min(peak_live, bytes)) / static_cast<double>(bytes);
  }
};

inline StretchFigures replay_in_stretch(std::span<const BlockLife> lives) {
  // Sizes that cannot be are cut, so that sums stay in range.
  constexpr std::uint64_t kMost = std::uint64_t{1} << 44;
  Stretch stretch;
  StretchFigures figures;
  std::uint64_t live = 0;
  replay(lives, [&](std::size_t block, bool begins) {
    const std::uint64_t size = std::clamp<std::uint64_t>(lives[block].size, 1, kMost);
    if (begins) {
      figures.scattered += stretch.place(block, size) ? 1 : 0;
      figures.peak_live = std::max(figures.peak_live, live += size);
    } else {
      stretch.remove(block);
      live -= size;
    }
  });
  figures.bytes = stretch.end();
  return figures;
}

}  // namespace bitnet
