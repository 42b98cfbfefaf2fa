#include "cli/memory.hpp"

#include <fmt/format.h>

#include <sstream>

#include "base/fail.hpp"
#include "bitnet/memory_patterns.hpp"
#include "bitnet/memory_pressure.hpp"
#include "bitnet/memory_tracking.hpp"
#include "io/new_file.hpp"

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

std::vector<MemorySuggestion> suggestions(const HybridMemoryPool& pool) {
  const MemoryTracker* tracker = tracker_of(pool);
  if (tracker == nullptr || tracker->timeline() == nullptr) return {};
  const std::vector<MemoryEvent> events = tracker->timeline()->events();
  return suggest_memory_changes(events, pool.get_metrics(), find_memory_patterns(events));
}

}  // namespace

void add_memory_options(CLI::App& command, MemoryOptions& options) {
  command.add_flag("--memory-report", options.report, "Say at the end what memory was used for");
  command
      .add_option("--memory-trace", options.trace,
                  "Write every allocation to FILE: as a table when it ends in .csv, else for chrome://tracing")
      ->type_name("FILE");
  command
      .add_option("--memory-limit", options.limit,
                  "Most memory for weights, caches and activations, such as 800MB or 2GiB; a context not given\n"
                  "with -c shrinks to fit [no limit]")
      ->type_name("BYTES")
      ->transform(CLI::AsSizeValue(true))
      ->transform(not_negative());  // runs first: CLI11 takes them from the last to the first
  command.add_flag("--shared-weights", options.shared_weights,
                   "Keep one copy of the weights for all processes that run this model with this option (Linux)");
}

std::shared_ptr<HybridMemoryPool> make_pool(const MemoryOptions& options) {
  MemoryPoolConfig config = MemoryPoolConfig::unlimited();
  if (options.limit == 0) fail_argument("--memory-limit 0: take at least 1 byte, or leave it out for no limit");
  config.limit_bytes = options.limit.value_or(0);
  if (options.trace) (void)NewFile(*options.trace);  // an error now costs no time
  MemoryTrackerOptions tracking;
  tracking.level = TrackingLevel::kDetailed;
  if (options.report || options.trace) config.observer = MemoryTracker::create(tracking);
  return HybridMemoryPool::create(config);
}

CleanupManager watch_memory(const Context& context) {
  CleanupConfig config;
  config.enable_automatic_cleanup = true;
  return CleanupManager({{context.shared_pool(), context.shared_movable()}}, config,
                        std::make_shared<PressureMonitor>(context.shared_pool()));
}

Json memory_json(const Model& model, const MemoryOptions& options) {
  const Context& context = model.context();
  const HybridMemoryPool& pool = context.pool();
  const MemoryMetrics metrics = pool.get_metrics();
  const MovableFigures movable = context.movable().figures();
  const auto pressure = PressureMonitor(context.shared_pool()).poll();
  Json json{{"current_bytes", metrics.current_bytes}, {"peak_bytes", metrics.peak_bytes}};
  json["limit_bytes"] = options.limit ? Json(*options.limit) : Json(nullptr);
  json["mapped_bytes"] = metrics.mapped_bytes;
  json["pressure"] = memory_pressure_name(pressure.level);
  json["internal_fragmentation"] = metrics.internal_fragmentation();
  json["external_fragmentation"] = metrics.external_fragmentation;
  json["shared_weight_bytes"] = model.info().shared_weight_bytes;
  json["shared_weights_found"] = model.info().shared_weights_found;
  json["compressed"] = {{"blocks", movable.compressed_blocks},
                        {"bytes", movable.compressed_bytes},
                        {"packed_bytes", movable.packed_bytes}};
  json["tags"] = Json::object();
  for_each_tag(pool, [&](MemoryTag tag, const MemoryTagFigures& figures) {
    json["tags"][std::string(memory_tag_name(tag))] = {{"current_bytes", figures.current_bytes},
                                                       {"peak_bytes", figures.peak_bytes},
                                                       {"blocks", figures.blocks},
                                                       {"allocations", figures.allocations}};
  });
  json["suggestions"] = Json::array();
  for (const MemorySuggestion& suggestion : suggestions(pool))
    json["suggestions"].push_back({{"change", suggestion.change}, {"reason", suggestion.reason}});
  return json;
}

void print_memory_report(const Model& model, const MemoryOptions& options, const CleanupManager* cleanup) {
  const Context& context = model.context();
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
  if (const std::uint64_t shared = model.info().shared_weight_bytes; shared > 0)
    fmt::print(stderr, "weights shared with other processes: {}, {}\n", human_bytes(shared),
               model.info().shared_weights_found ? "found in memory" : "put there by this one");
  if (const MovableFigures movable = context.movable().figures(); movable.compressions > 0)
    fmt::print(stderr, "caches that nobody used were compressed {} times; {} are now, {:.1f} times smaller\n",
               movable.compressions, movable.compressed_blocks, movable.ratio());
  for (std::size_t i = 0; cleanup != nullptr && i < kCleanupStrategies; ++i) {
    const auto strategy = static_cast<CleanupStrategy>(i);
    const CleanupFigures figures = cleanup->figures(strategy);
    if (figures.released_bytes + figures.compressed_bytes + figures.moved_bytes > 0)
      fmt::print(stderr, "clean-up {}: {} runs gave {} back to the system, won {} by compression, {:.1f} ms at most\n",
                 cleanup_strategy_name(strategy), figures.runs, human_bytes(figures.released_bytes),
                 human_bytes(figures.compressed_bytes), static_cast<double>(figures.longest.count()) / 1e6);
  }
  for (const MemorySuggestion& suggestion : suggestions(pool))
    fmt::print(stderr, "suggestion: {} {}\n", suggestion.change, suggestion.reason);
}

void write_memory_trace(const Model& model, const MemoryOptions& options) {
  if (!options.trace) return;
  const MemoryTimeline& timeline = *tracker_of(model.context().pool())->timeline();
  std::ostringstream text;
  if (options.trace->ends_with(".csv")) {
    write_timeline_csv(text, timeline.events());
  } else {
    write_timeline_chrome(text, timeline.events());
  }
  const std::string bytes = text.str();
  NewFile file(*options.trace);
  file.write(std::as_bytes(std::span(bytes)));
  file.commit();
  if (const std::uint64_t dropped = timeline.dropped(); dropped > 0)
    fmt::print(stderr, "bitnet: {}: the first {} allocations found no place\n", *options.trace, dropped);
}

}  // namespace bitnet::cli
