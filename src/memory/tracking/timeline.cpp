#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <nlohmann/json.hpp>
#include <ostream>
#include <unordered_map>

#include "base/fail.hpp"
#include "bitnet/memory_tracking.hpp"

namespace bitnet {
namespace {

const char* event_name(const MemoryEvent& event) { return event.is_allocation ? "alloc" : "free"; }
// The trace format counts in microseconds.
double microseconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1000.0; }

}  // namespace

struct MemoryTimeline::State {
  explicit State(std::size_t capacity) : ring(capacity) {}
  mutable std::mutex mutex;
  std::vector<MemoryEvent> ring;
  std::uint64_t recorded = 0;
};

MemoryTimeline::MemoryTimeline(std::size_t capacity) {
  if (capacity < 1 || capacity > std::size_t{1} << 26)
    fail_argument("a timeline of {} events: take 1 to {}", capacity, std::size_t{1} << 26);
  state_ = std::make_unique<State>(capacity);
}
MemoryTimeline::~MemoryTimeline() = default;

void MemoryTimeline::record(const MemoryEvent& event) noexcept {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  s.ring[s.recorded++ % s.ring.size()] = event;
}

std::vector<MemoryEvent> MemoryTimeline::events() const {
  const State& s = *state_;
  std::vector<MemoryEvent> events;
  // Room is made without the lock: it may come from the pool that records here.
  events.reserve(s.ring.size());
  const std::lock_guard lock(s.mutex);
  const std::uint64_t held = std::min<std::uint64_t>(s.recorded, s.ring.size());
  for (std::uint64_t i = s.recorded - held; i < s.recorded; ++i) events.push_back(s.ring[i % s.ring.size()]);
  return events;
}

std::uint64_t MemoryTimeline::dropped() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return state_->recorded - std::min<std::uint64_t>(state_->recorded, state_->ring.size());
}

void write_timeline_csv(std::ostream& out, std::span<const MemoryEvent> events) {
  out << "time_ns,event,id,size,tag,device,thread\n";
  for (const MemoryEvent& e : events)
    out << fmt::format("{},{},{},{},{},{},{}\n", e.time_ns, event_name(e), e.id, e.size, memory_tag_name(e.tag),
                       device_name(e.device), e.thread);
}

void write_timeline_json(std::ostream& out, std::span<const MemoryEvent> events) {
  out << '[';
  const char* separator = "\n";
  for (const MemoryEvent& e : events) {
    const nlohmann::ordered_json json{
        {"time_ns", e.time_ns},          {"event", event_name(e)},          {"id", e.id},        {"size", e.size},
        {"tag", memory_tag_name(e.tag)}, {"device", device_name(e.device)}, {"thread", e.thread}};
    out << separator << json.dump();
    separator = ",\n";
  }
  out << "\n]\n";
}

void write_timeline_chrome(std::ostream& out, std::span<const MemoryEvent> events) {
  out << "{\"traceEvents\":[";
  const char* separator = "\n";
  const auto write = [&](const nlohmann::ordered_json& json) {
    out << separator << json.dump();
    separator = ",\n";
  };
  const auto slice = [&](const MemoryEvent& e, std::uint64_t end_ns) {
    write({{"name", fmt::format("{} {} B", memory_tag_name(e.tag), e.size)},
           {"ph", "X"},
           {"ts", microseconds(e.time_ns)},
           {"dur", microseconds(end_ns - std::min(end_ns, e.time_ns))},
           {"pid", 1},
           {"tid", e.thread},
           {"args", {{"id", e.id}, {"size", e.size}}}});
  };
  std::unordered_map<std::uint64_t, const MemoryEvent*> open;
  std::array<std::uint64_t, kMemoryTags> live{};
  for (const MemoryEvent& e : events) {
    std::uint64_t& bytes = live[static_cast<std::size_t>(e.tag) % kMemoryTags];
    if (e.is_allocation) {
      open[e.id] = &e;
      bytes += e.size;
    } else {
      // Blocks older than the timeline have no beginning in it.
      const auto begin = open.find(e.id);
      if (begin == open.end()) continue;
      slice(*begin->second, e.time_ns);
      open.erase(begin);
      bytes -= std::min(bytes, e.size);
    }
    write({{"name", "live bytes"},
           {"ph", "C"},
           {"ts", microseconds(e.time_ns)},
           {"pid", 1},
           {"args", {{std::string(memory_tag_name(e.tag)), bytes}}}});
  }
  for (const MemoryEvent& e : events)
    if (const auto begin = open.find(e.id); begin != open.end() && begin->second == &e) slice(e, events.back().time_ns);
  out << "\n]}\n";
}

}  // namespace bitnet
