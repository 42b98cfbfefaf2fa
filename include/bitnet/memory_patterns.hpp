// What a timeline of allocations shows: its regularities, and changes that they speak for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/memory.hpp"
#include "bitnet/memory_tracking.hpp"

namespace bitnet {

enum class PatternKind : std::uint8_t { kSize, kTemporal, kDevice, kFragmentation, kLifecycle, kLeak };
inline constexpr std::size_t kPatternKinds = 6;
std::string_view pattern_kind_name(PatternKind kind) noexcept;

/// One regularity of a timeline.
struct MemoryPattern {
  PatternKind kind = PatternKind::kSize;
  double confidence = 0;   // 0 to 1, computed from the events
  std::uint64_t size = 0;  // bytes of the blocks it is about; 0 where sizes differ
  MemoryTag tag = MemoryTag::kOther;
  std::uint64_t blocks = 0;       // how many blocks show it
  std::uint64_t period_ns = 0;    // temporal: between allocations
  std::uint64_t next_ns = 0;      // temporal: when the next one is expected
  std::uint64_t lifetime_ns = 0;  // lifecycle: median from allocation to end
  std::string what;               // a sentence with the measured figures
};

/// Every pattern that the events show, most confident first. `sizes`: one size makes up a large share of allocations.
/// `temporal`: allocations of a size come at regular times. `device`: a block size belongs to one device while others
/// are used too. `fragmentation`: ends leave holes that later, larger blocks cannot use. `lifecycle`: blocks of a size
/// and tag live equally long, or as a stack, or a queue. `leak`: blocks of a size and tag are allocated on and on and
/// not given back while their like were.
std::vector<MemoryPattern> find_memory_patterns(std::span<const MemoryEvent> events);

/// A change that the events speak for.
struct MemorySuggestion {
  std::string change;                   // what to do, in a sentence
  std::string reason;                   // the measured figures behind it
  std::uint64_t saves_bytes = 0;        // at the peak, estimated by replaying the events; 0: none
  std::uint64_t saves_allocations = 0;  // likewise
};
std::vector<MemorySuggestion> suggest_memory_changes(std::span<const MemoryEvent> events, const MemoryMetrics& metrics,
                                                     std::span<const MemoryPattern> patterns);

}  // namespace bitnet
