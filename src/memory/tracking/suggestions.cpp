#include <fmt/format.h>

#include <algorithm>

#include "bitnet/memory_patterns.hpp"
#include "memory/large_blocks.hpp"
#include "memory/size_classes.hpp"
#include "memory/tracking/block_lives.hpp"

namespace bitnet {
namespace {

std::size_t most_alive(const BlockGroup& group) {
  std::size_t alive = 0, most = 0;
  replay(group.blocks, [&](std::size_t, bool begins) { most = std::max(most, begins ? ++alive : --alive); });
  return most;
}

void suggest_reuse(std::span<const BlockGroup> groups, std::vector<MemorySuggestion>& suggestions) {
  for (const BlockGroup& group : groups) {
    const std::size_t count = group.blocks.size(), most = most_alive(group);
    if (count < 32 || most * 8 > count) continue;
    suggestions.push_back({fmt::format("Keep {} block{} of {} bytes ({}) and use them again.", most,
                                       most == 1 ? "" : "s", group.size, memory_tag_name(group.tag)),
                           fmt::format("{} were allocated, and never more than {} lived at once.", count, most), 0,
                           count - most});
  }
}

void suggest_ends(std::span<const BlockLife> lives, std::span<const MemoryPattern> patterns,
                  std::vector<MemorySuggestion>& suggestions) {
  const std::uint64_t peak = replay_in_stretch(lives).peak_live;
  for (const MemoryPattern& pattern : patterns) {
    if (pattern.kind != PatternKind::kLeak) continue;
    std::vector<BlockLife> others(lives.begin(), lives.end());
    std::erase_if(others, [&](const BlockLife& life) {
      return life.size == pattern.size && life.tag == pattern.tag && !life.ended();
    });
    const std::uint64_t without = replay_in_stretch(others).peak_live;
    suggestions.push_back({fmt::format("Free the blocks of {} bytes ({}) that pile up, or bound how many there are.",
                                       pattern.size, memory_tag_name(pattern.tag)),
                           fmt::format("{}; the peak was {} bytes, and {} without them.", pattern.what, peak, without),
                           peak - std::min(peak, without), 0});
  }
}

void suggest_places(std::span<const BlockLife> lives, std::span<const MemoryPattern> patterns,
                    std::vector<MemorySuggestion>& suggestions) {
  if (std::none_of(patterns.begin(), patterns.end(),
                   [](const MemoryPattern& p) { return p.kind == PatternKind::kFragmentation; }))
    return;
  const std::size_t events = 1 + std::max_element(lives.begin(), lives.end(), [](const auto& a, const auto& b) {
                                   return a.begin < b.begin;
                                 })->begin;
  std::vector<BlockLife> lasting, passing;
  for (const BlockLife& life : lives)
    (!life.ended() || life.end - life.begin >= events / 2 ? lasting : passing).push_back(life);
  const StretchFigures together = replay_in_stretch(lives), first = replay_in_stretch(lasting),
                       second = replay_in_stretch(passing);
  const std::uint64_t apart = first.bytes + second.bytes;
  if (apart * 20 > together.bytes * 19) return;
  suggestions.push_back(
      {"Give blocks that last a pool of their own, or allocate them before those that pass.",
       fmt::format(
           "All together lie in {} bytes with {} in use at most; {} lasting and {} passing blocks, apart, in {}.",
           together.bytes, together.peak_live, lasting.size(), passing.size(), apart),
       together.bytes - apart, 0});
}

void suggest_sizes(std::span<const BlockGroup> groups, const MemoryMetrics& metrics,
                   std::vector<MemorySuggestion>& suggestions) {
  if (metrics.internal_fragmentation() < 0.2) return;
  const BlockGroup* worst = nullptr;
  std::uint64_t most = 0, block = 0;
  for (const BlockGroup& group : groups) {
    if (group.size == 0 || group.size > std::uint64_t{1} << 44) continue;
    const std::uint64_t bytes = group.size < kLargeBlockBytes ? class_bytes(class_of(group.size))
                                                              : (group.size + LargeBlocks::kUnitBytes - 1) /
                                                                    LargeBlocks::kUnitBytes * LargeBlocks::kUnitBytes;
    const std::uint64_t wasted = (bytes - group.size) * most_alive(group);
    if (wasted > most) worst = &group, most = wasted, block = bytes;
  }
  if (worst == nullptr) return;
  suggestions.push_back(
      {fmt::format("Put several blocks of {} bytes ({}) into one.", worst->size, memory_tag_name(worst->tag)),
       fmt::format("{:.0f} % of what the pool holds was not asked for; blocks of that size take {} bytes "
                   "each, which wastes {} bytes at most, more than any other size.",
                   100 * metrics.internal_fragmentation(), block, most),
       most, 0});
}

}  // namespace

std::vector<MemorySuggestion> suggest_memory_changes(std::span<const MemoryEvent> events, const MemoryMetrics& metrics,
                                                     std::span<const MemoryPattern> patterns) {
  const std::vector<BlockLife> lives = block_lives(events);
  const std::vector<BlockGroup> groups = group_blocks(lives);
  std::vector<MemorySuggestion> suggestions;
  suggest_ends(lives, patterns, suggestions);
  suggest_places(lives, patterns, suggestions);
  suggest_sizes(groups, metrics, suggestions);
  suggest_reuse(groups, suggestions);
  std::stable_sort(suggestions.begin(), suggestions.end(), [](const MemorySuggestion& a, const MemorySuggestion& b) {
    return a.saves_bytes != b.saves_bytes ? a.saves_bytes > b.saves_bytes : a.saves_allocations > b.saves_allocations;
  });
  return suggestions;
}

}  // namespace bitnet
