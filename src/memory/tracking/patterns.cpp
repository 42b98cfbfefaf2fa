#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "bitnet/memory_patterns.hpp"
#include "memory/tracking/block_lives.hpp"

namespace bitnet {
namespace {

constexpr double kLeastConfidence = 0.5;
// Median absolute deviation over median of exponential times, those of events that know nothing of each other.
constexpr double kRandomSpread = 0.69;

struct Spread {
  double median = 0, deviation = 0;  // median absolute deviation, over the median; 0 median: not meaningful
};

double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Spread spread_of(std::vector<double> values) {
  Spread spread;
  spread.median = median_of(values);
  if (spread.median <= 0) return spread;
  for (double& value : values) value = std::abs(value - spread.median);
  spread.deviation = median_of(values) / spread.median;
  return spread;
}

double regularity(const Spread& spread) { return spread.median <= 0 ? 0.0 : 1.0 - spread.deviation / kRandomSpread; }

MemoryPattern pattern_of(PatternKind kind, double confidence, const BlockGroup& group) {
  MemoryPattern pattern;
  pattern.kind = kind;
  pattern.confidence = std::clamp(confidence, 0.0, 1.0);
  pattern.size = group.size;
  pattern.tag = group.tag;
  pattern.blocks = group.blocks.size();
  return pattern;
}

void find_sizes(std::span<const BlockLife> lives, std::vector<MemoryPattern>& found) {
  std::map<std::uint64_t, std::size_t> counts;
  for (const BlockLife& life : lives) ++counts[life.size];
  if (lives.size() < 20) return;
  const double even = 1.0 / static_cast<double>(std::max<std::size_t>(counts.size(), 2));
  for (const auto& [size, count] : counts) {
    const double share = static_cast<double>(count) / static_cast<double>(lives.size());
    // How far it is on the way from an even share to being the only size; a third of it is much already.
    const double confidence = (share - even) / (1 - even) * 1.5;
    if (confidence < kLeastConfidence) continue;
    MemoryPattern pattern;
    pattern.kind = PatternKind::kSize;
    pattern.confidence = std::min(confidence, 1.0);
    pattern.size = size;
    pattern.blocks = count;
    pattern.what = fmt::format("{} of {} allocations, {:.0f} %, ask for {} bytes; there are {} sizes", count,
                               lives.size(), 100 * share, size, counts.size());
    found.push_back(std::move(pattern));
  }
}

void find_periods(std::span<const BlockGroup> groups, std::vector<MemoryPattern>& found) {
  for (const BlockGroup& group : groups) {
    if (group.blocks.size() < 8) continue;
    std::vector<double> gaps;
    for (std::size_t i = 1; i < group.blocks.size(); ++i)
      gaps.push_back(static_cast<double>(group.blocks[i].begin_ns) - static_cast<double>(group.blocks[i - 1].begin_ns));
    const Spread spread = spread_of(gaps);
    const auto near = std::count_if(gaps.begin(), gaps.end(),
                                    [&](double gap) { return std::abs(gap - spread.median) <= 0.25 * spread.median; });
    const double confidence =
        std::min(regularity(spread), static_cast<double>(near) / static_cast<double>(gaps.size()));
    if (confidence < 0.7) continue;  // a few random gaps are alike by chance
    MemoryPattern pattern = pattern_of(PatternKind::kTemporal, confidence, group);
    pattern.period_ns = static_cast<std::uint64_t>(spread.median);
    const std::uint64_t last = group.blocks.back().begin_ns;
    pattern.next_ns = last + std::min(pattern.period_ns, UINT64_MAX - last);
    pattern.what = fmt::format("{} blocks of {} bytes ({}) come every {:.3f} ms, half of them within {:.1f} % of that",
                               pattern.blocks, group.size, memory_tag_name(group.tag), spread.median / 1e6,
                               100 * spread.deviation);
    found.push_back(std::move(pattern));
  }
}

void find_devices(std::span<const BlockLife> lives, std::vector<MemoryPattern>& found) {
  std::map<Device, std::size_t> all;
  std::map<std::uint64_t, std::map<Device, std::size_t>> by_size;
  for (const BlockLife& life : lives) ++all[life.device], ++by_size[life.size][life.device];
  if (all.size() < 2) return;
  for (const auto& [size, devices] : by_size) {
    std::size_t count = 0;
    for (const auto& [device, blocks] : devices) count += blocks;
    const auto main = std::max_element(devices.begin(), devices.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    const double share = static_cast<double>(main->second) / static_cast<double>(count);
    const double usual = static_cast<double>(all[main->first]) / static_cast<double>(lives.size());
    // That all of `count` blocks fall on one device by chance must be unlikely, for all sizes together.
    const double chance = static_cast<double>(count) * std::log(usual) + std::log(static_cast<double>(by_size.size()));
    const double confidence = (share - usual) / (1 - usual);
    if (share < 0.95 || chance > std::log(1e-3) || confidence < kLeastConfidence) continue;
    MemoryPattern pattern;
    pattern.kind = PatternKind::kDevice;
    pattern.confidence = confidence;
    pattern.size = size;
    pattern.blocks = main->second;
    pattern.what = fmt::format("{} of {} blocks of {} bytes are on {}, which has {:.0f} % of all", main->second, count,
                               size, device_name(main->first), 100 * usual);
    found.push_back(std::move(pattern));
  }
}

void find_holes(std::span<const BlockLife> lives, std::vector<MemoryPattern>& found) {
  const StretchFigures figures = replay_in_stretch(lives);
  // Random traffic loses as much at times, but to few large blocks: one of twenty at most.
  const double share =
      static_cast<double>(figures.scattered) / static_cast<double>(std::max<std::size_t>(lives.size(), 1));
  const double confidence = share * 4;
  if (figures.lost() < 0.05 || confidence < kLeastConfidence) return;
  MemoryPattern pattern;
  pattern.kind = PatternKind::kFragmentation;
  pattern.confidence = std::min(confidence, 1.0);
  pattern.blocks = figures.scattered;
  pattern.what = fmt::format(
      "{} blocks found enough free memory but not in one piece; laid end to end the blocks need "
      "{} bytes for at most {} in use, {:.0f} % lost",
      figures.scattered, figures.bytes, figures.peak_live, 100 * figures.lost());
  found.push_back(std::move(pattern));
}

// How often the block that ends is the youngest, or the oldest, of its group, beyond what chance gives.
struct EndOrder {
  double stack = 0, queue = 0;
  std::size_t ends = 0;  // with at least two alive
};

EndOrder end_order(const BlockGroup& group) {
  std::set<std::size_t> alive;
  double youngest = 0, oldest = 0, chance = 0;
  EndOrder order;
  replay(group.blocks, [&](std::size_t block, bool begins) {
    if (begins) {
      alive.insert(block);
      return;
    }
    if (alive.size() > 1) {
      ++order.ends;
      youngest += *alive.rbegin() == block ? 1 : 0;
      oldest += *alive.begin() == block ? 1 : 0;
      chance += 1.0 / static_cast<double>(alive.size());
    }
    alive.erase(block);
  });
  if (order.ends < 10) return {};
  const auto ends = static_cast<double>(order.ends);
  order.stack = (youngest - chance) / (ends - chance);
  order.queue = (oldest - chance) / (ends - chance);
  return order;
}

void find_lifecycles(std::span<const BlockGroup> groups, std::vector<MemoryPattern>& found) {
  for (const BlockGroup& group : groups) {
    std::vector<double> lifetimes;
    for (const BlockLife& life : group.blocks)
      if (life.ended()) lifetimes.push_back(static_cast<double>(life.end_ns) - static_cast<double>(life.begin_ns));
    if (lifetimes.size() < 10) continue;
    const Spread spread = spread_of(lifetimes);
    const EndOrder order = end_order(group);
    const double equal = regularity(spread), confidence = std::max({equal, order.stack, order.queue});
    if (confidence < 0.75) continue;
    MemoryPattern pattern = pattern_of(PatternKind::kLifecycle, confidence, group);
    pattern.lifetime_ns = static_cast<std::uint64_t>(std::max(spread.median, 0.0));
    const char* how = confidence == equal         ? "live equally long"
                      : confidence == order.stack ? "end as a stack, the last first"
                                                  : "end as a queue, the first first";
    pattern.what =
        fmt::format("{} blocks of {} bytes ({}) {}: {:.3f} ms, half of them within {:.1f} %", lifetimes.size(),
                    group.size, memory_tag_name(group.tag), how, spread.median / 1e6, 100 * spread.deviation);
    found.push_back(std::move(pattern));
  }
}

// How many of the group live at each of `points` moments from the first to the last event.
std::vector<double> alive_over_time(const BlockGroup& group, double first_ns, double last_ns, std::size_t points) {
  std::vector<double> change(points + 1);
  const auto point_of = [&](std::uint64_t time) {
    const double share = (static_cast<double>(time) - first_ns) / (last_ns - first_ns);
    return static_cast<std::size_t>(std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(points - 1)));
  };
  for (const BlockLife& life : group.blocks) {
    change[point_of(life.begin_ns)] += 1;
    if (life.ended()) change[point_of(life.end_ns)] -= 1;
  }
  for (std::size_t i = 1; i < points; ++i) change[i] += change[i - 1];
  change.pop_back();
  return change;
}

// The coefficient of determination of a rising line through the values; 0 when they do not rise.
double rises_steadily(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  double mean = 0, covariance = 0, variance = 0, time_variance = 0;
  for (const double value : values) mean += value / n;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double time = static_cast<double>(i) - (n - 1) / 2;
    covariance += time * (values[i] - mean);
    variance += (values[i] - mean) * (values[i] - mean);
    time_variance += time * time;
  }
  return covariance <= 0 || variance <= 0 ? 0.0 : covariance * covariance / (variance * time_variance);
}

void find_leaks(std::span<const MemoryEvent> events, std::span<const BlockGroup> groups,
                std::vector<MemoryPattern>& found) {
  if (events.empty()) return;
  const auto first = static_cast<double>(events.front().time_ns), last = static_cast<double>(events.back().time_ns);
  constexpr std::size_t kPoints = 32;
  if (!(last > first)) return;
  for (const BlockGroup& group : groups) {
    const auto kept = static_cast<std::uint64_t>(
        std::count_if(group.blocks.begin(), group.blocks.end(), [](const BlockLife& life) { return !life.ended(); }));
    if (kept < 8) continue;
    const std::vector<double> alive = alive_over_time(group, first, last, kPoints);
    // Behind the first quarter: until then caches fill and weights are loaded.
    const std::span<const double> later = std::span(alive).subspan(kPoints / 4);
    const double grown = later.back() - later.front();
    if (grown < 8 || grown < 0.4 * later.back() || later.back() - later[later.size() / 2] < 0.25 * grown) continue;
    const double confidence = rises_steadily(later);
    if (confidence < 0.8) continue;
    MemoryPattern pattern = pattern_of(PatternKind::kLeak, confidence, group);
    pattern.blocks = kept;
    pattern.what = fmt::format(
        "{} of {} blocks of {} bytes ({}) were not given back, {} bytes, and their number grew "
        "from {:.0f} to {:.0f} in the last three quarters of the time",
        kept, group.blocks.size(), group.size, memory_tag_name(group.tag),
        kept * std::min(group.size, UINT64_MAX / kept), later.front(), later.back());
    found.push_back(std::move(pattern));
  }
}

}  // namespace

std::string_view pattern_kind_name(PatternKind kind) noexcept {
  constexpr std::array<std::string_view, kPatternKinds> kNames = {"size",          "temporal",  "device",
                                                                  "fragmentation", "lifecycle", "leak"};
  const auto index = static_cast<std::size_t>(kind);
  return index < kNames.size() ? kNames[index] : "unknown";
}

std::vector<MemoryPattern> find_memory_patterns(std::span<const MemoryEvent> events) {
  const std::vector<BlockLife> lives = block_lives(events);
  const std::vector<BlockGroup> groups = group_blocks(lives);
  std::vector<MemoryPattern> found;
  find_sizes(lives, found);
  find_periods(groups, found);
  find_devices(lives, found);
  find_holes(lives, found);
  find_lifecycles(groups, found);
  find_leaks(events, groups, found);
  std::stable_sort(found.begin(), found.end(),
                   [](const MemoryPattern& a, const MemoryPattern& b) { return a.confidence > b.confidence; });
  return found;
}

}  // namespace bitnet
