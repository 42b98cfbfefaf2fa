#include "cli/memory.hpp"

#include <fmt/format.h>

#include "base/fail.hpp"
#include "bitnet/memory_pressure.hpp"
#include "bitnet/memory_tracking.hpp"

namespace bitnet::cli {
namespace {

const MemoryTracker* tracker_of(const HybridMemoryPool& pool) {
  return dynamic_cast<const MemoryTracker*>(pool.observer().get());
}

template <typename Visit>
void for_each_tag(const HybridMemoryPool& pool, const Visit& visit) {
  const MemoryTracker* tracker = tracker_of(pool);
  if (tracker == nullptr) return;
  for (std::size_t i = 0; i < kMemoryTags; ++i) {
    const auto tag = static_cast<MemoryTag>(i);
    if (const MemoryTagFigures figures = tracker->figures(tag); figures.allocations > 0) visit(tag, figures);
  }
}

}  // namespace

void add_memory_options(CLI::App& command, MemoryOptions& options) {
  command.add_flag("--memory-report", options.report, "Say at the end what memory was used for");
  command
      .add_option("--memory-limit", options.limit,
                  "Most memory for weights, caches and activations, such as 800MB or 2GiB; a context not given\n"
                  "with -c shrinks to fit [no limit]")
      ->type_name("BYTES")
      ->transform(CLI::AsSizeValue(true))
      ->transform(not_negative());  // runs first: CLI11 takes them from the last to the first
}

std::shared_ptr<HybridMemoryPool> make_pool(const MemoryOptions& options) {
  MemoryPoolConfig config = MemoryPoolConfig::unlimited();
  if (options.limit == 0) fail_argument("--memory-limit 0: take at least 1 byte, or leave it out for no limit");
  config.limit_bytes = options.limit.value_or(0);
  if (options.report) config.observer = MemoryTracker::create();
  return HybridMemoryPool::create(config);
}

Json memory_json(const Context& context, const MemoryOptions& options) {
  const HybridMemoryPool& pool = context.pool();
  const MemoryMetrics metrics = pool.get_metrics();
  const auto pressure = PressureMonitor(context.shared_pool()).poll();
  Json json{{"current_bytes", metrics.current_bytes}, {"peak_bytes", metrics.peak_bytes}};
  json["limit_bytes"] = options.limit ? Json(*options.limit) : Json(nullptr);
  json["mapped_bytes"] = metrics.mapped_bytes;
  json["pressure"] = memory_pressure_name(pressure.level);
  json["internal_fragmentation"] = metrics.internal_fragmentation();
  json["external_fragmentation"] = metrics.external_fragmentation;
  json["tags"] = Json::object();
  for_each_tag(pool, [&](MemoryTag tag, const MemoryTagFigures& figures) {
    json["tags"][std::string(memory_tag_name(tag))] = {{"current_bytes", figures.current_bytes},
                                                       {"peak_bytes", figures.peak_bytes},
                                                       {"blocks", figures.blocks},
                                                       {"allocations", figures.allocations}};
  });
  return json;
}

void print_memory_report(const Context& context, const MemoryOptions& options) {
  const HybridMemoryPool& pool = context.pool();
  const MemoryMetrics metrics = pool.get_metrics();
  const PressureReading pressure = PressureMonitor(context.shared_pool()).poll();
  fmt::print(stderr, "memory: {} now, {} at most", human_bytes(metrics.current_bytes), human_bytes(metrics.peak_bytes));
  if (options.limit) fmt::print(stderr, ", limit {}", human_bytes(*options.limit));
  fmt::print(stderr, "; pressure {} ({:.0f} % of the system's memory in use)\n", memory_pressure_name(pressure.level),
             100 * pressure.system);
  fmt::print(stderr, "fragmentation: {:.1f} % inside of blocks, {:.1f} % of free memory outside of its largest piece\n",
             100 * metrics.internal_fragmentation(), 100 * metrics.external_fragmentation);
  fmt::print(stderr, "  {:<12} {:>10} {:>10} {:>8} {:>12}\n", "for", "now", "at most", "blocks", "allocations");
  for_each_tag(pool, [&](MemoryTag tag, const MemoryTagFigures& figures) {
    fmt::print(stderr, "  {:<12} {:>10} {:>10} {:>8} {:>12}\n", memory_tag_name(tag),
               human_bytes(figures.current_bytes), human_bytes(figures.peak_bytes), figures.blocks,
               figures.allocations);
  });
}

}  // namespace bitnet::cli
