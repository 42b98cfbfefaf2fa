// What a pool is used for: figures by tag, live blocks and leaks, a timeline.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bitnet/memory.hpp"

namespace bitnet {

/// none: no observer at all. basic: what the pool counts anyway. standard: live blocks and figures by tag. detailed:
/// also the timeline and who asked.
enum class TrackingLevel : std::uint8_t { kNone, kBasic, kStandard, kDetailed };

/// One allocation or the end of one.
struct MemoryEvent {
  std::uint64_t time_ns = 0;  // since the tracker began
  std::uint64_t id = 0;       // MemoryHandle::id
  std::uint64_t size = 0;     // bytes requested
  MemoryTag tag = MemoryTag::kOther;
  Device device = Device::kCpu;
  bool is_allocation = true;
  std::uint32_t thread = 0;  // numbered from 0 as they come
};

/// The last `capacity` events, in order. Safe to share between threads.
class MemoryTimeline {
 public:
  /// Throws kInvalidArgument unless 1 <= capacity <= 2^26.
  explicit MemoryTimeline(std::size_t capacity);
  ~MemoryTimeline();
  void record(const MemoryEvent& event) noexcept;
  /// Oldest first.
  std::vector<MemoryEvent> events() const;
  /// Events that were recorded and are no longer held.
  std::uint64_t dropped() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Lines of time_ns,event,id,size,tag,device,thread behind a line with these names.
void write_timeline_csv(std::ostream& out, std::span<const MemoryEvent> events);
/// An array of objects with the same names.
void write_timeline_json(std::ostream& out, std::span<const MemoryEvent> events);
/// The Trace Event Format of chrome://tracing and Perfetto: a slice from a block's allocation to its end (or to the
/// last event), and counters of live bytes by tag.
void write_timeline_chrome(std::ostream& out, std::span<const MemoryEvent> events);

struct MemoryTrackerOptions {
  TrackingLevel level = TrackingLevel::kStandard;
  std::size_t timeline_events = std::size_t{1} << 16;  // held at level detailed
  /// One block of this many is looked at, a power of two; figures are then multiplied by it, and estimates.
  std::uint32_t sample_one_of = 1;
};

struct MemoryTagFigures {
  // Requested. The peak with one thread exactly, with several as far as figures() looked.
  std::uint64_t current_bytes = 0, peak_bytes = 0;
  std::uint64_t blocks = 0;       // live
  std::uint64_t allocations = 0;  // so far
};

struct LiveBlock {
  std::uint64_t id = 0, size = 0;
  MemoryTag tag = MemoryTag::kOther;
  Device device = Device::kCpu;
  std::chrono::nanoseconds age{};
};

/// Live blocks of at least some age, oldest first.
struct LeakReport {
  std::vector<LiveBlock> blocks;
  std::uint64_t bytes = 0;
  /// A line a block and a sum, or that there are none.
  std::string text() const;
  /// {"bytes","blocks":[{"id","size","tag","age_seconds"}]}
  std::string json() const;
};

/// Keeps account of a pool's blocks: give it to MemoryPoolConfig::observer. Levels none and basic ask nothing of the
/// pool's own calls; create() then returns null, and MemoryMetrics is what there is.
class MemoryTracker final : public MemoryObserver {
 public:
  /// Throws kInvalidArgument for sample_one_of that is no power of two, or a timeline that MemoryTimeline refuses.
  static std::shared_ptr<MemoryTracker> create(const MemoryTrackerOptions& options = {});
  ~MemoryTracker() override;

  void allocated(const MemoryHandle& handle, MemoryTag tag) noexcept override;
  void deallocated(const MemoryHandle& handle) noexcept override;

  MemoryTagFigures figures(MemoryTag tag) const;
  /// Blocks that live for at least `age`, in steps of the coarse clock (some 4 ms).
  LeakReport live_blocks(std::chrono::nanoseconds age = {}) const;
  /// Null below level detailed.
  const MemoryTimeline* timeline() const noexcept;
  /// Blocks that could not be noted, for want of memory.
  std::uint64_t missed() const noexcept;

 private:
  struct State;
  explicit MemoryTracker(const MemoryTrackerOptions& options);
  std::unique_ptr<State> state_;
};

}  // namespace bitnet
