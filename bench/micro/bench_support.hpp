// What the micro benchmarks share: the machine's limits measured in the same run, random weights, counters.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backends/backend.hpp"
#include "base/half.hpp"
#include "exec/machine_limits.hpp"

namespace bitnet::bench {

inline const Context& context(int threads) {
  static std::map<int, std::unique_ptr<Context>> contexts;
  auto& entry = contexts[threads];
  if (!entry) {
    ContextOptions options;
    options.threads = threads;
    entry = std::make_unique<Context>(options);
  }
  return *entry;
}

/// Bytes a second that `threads` threads read from memory, measured once.
inline double bandwidth(int threads) {
  static std::map<int, double> known;
  const auto [entry, is_new] = known.try_emplace(threads);
  if (is_new) entry->second = measure_read_bandwidth(context(threads));
  return entry->second;
}

/// int8 multiply-adds a second of a level of the cpu backend, measured once.
inline Int8Peak int8_peak(int threads, const std::string& level) {
  static std::map<std::pair<int, std::string>, Int8Peak> known;
  const auto [entry, is_new] = known.try_emplace({threads, level});
  if (is_new) entry->second = measure_int8_peak(context(threads), limit_loops("cpu", level));
  return entry->second;
}

/// Sets GMAC/s and GB/s, and the share of what this machine reads at most in the same run.
inline void set_counters(benchmark::State& state, int threads, double macs, double bytes) {
  using benchmark::Counter;
  const double runs = static_cast<double>(state.iterations());
  state.counters["GMAC/s"] = Counter(macs * runs / 1e9, Counter::kIsRate);
  state.counters["GB/s"] = Counter(bytes * runs / 1e9, Counter::kIsRate);
  state.counters["of_bandwidth"] = Counter(bytes * runs / bandwidth(threads), Counter::kIsRate);
}

/// For int8 products: the share of the level's multiply-adds too.
inline void set_int8_counters(benchmark::State& state, int threads, const std::string& level, double macs,
                              double bytes) {
  set_counters(state, threads, macs, bytes);
  const double runs = static_cast<double>(state.iterations());
  state.counters["of_int8_peak"] =
      benchmark::Counter(macs * runs / int8_peak(threads, level).best(), benchmark::Counter::kIsRate);
}

inline float random_value(std::uint32_t& state) {
  state = state * 1664525u + 1013904223u;
  return static_cast<float>(static_cast<std::int32_t>(state)) * 0x1p-31f;
}

inline std::vector<float> random_values(std::size_t count, std::uint32_t seed) {
  std::vector<float> out(count);
  for (float& v : out) v = random_value(seed);
  return out;
}

inline std::vector<std::string> cpu_levels() {
  for (const BackendInfo& info : list_backends())
    if (info.name == "cpu") return info.isa_levels;
  return {};
}

/// Ends the program when a result is wrong: a wrong kernel is not worth timing.
inline void require(bool right, const std::string& what) {
  if (right) return;
  std::fprintf(stderr, "wrong result: %s\n", what.c_str());
  std::exit(1);
}

/// With --benchmark_repetitions, also the best of them: the time in _min, the rates in _max.
template <typename Function>
void add(const std::string& name, const Function& function) {
  benchmark::RegisterBenchmark(name.c_str(), function)
      ->UseRealTime()
      ->Unit(benchmark::kMicrosecond)
      ->ComputeStatistics("min", [](const std::vector<double>& v) { return *std::min_element(v.begin(), v.end()); })
      ->ComputeStatistics("max", [](const std::vector<double>& v) { return *std::max_element(v.begin(), v.end()); });
}

/// The limits, once, in front of the table; on stderr, because stdout may be JSON.
inline void report_limits() {
  const std::vector<std::string> levels = cpu_levels();
  for (const int threads : {1, 2}) {
    std::fprintf(stderr, "limits, %d thread%s: %.1f GB/s read", threads, threads == 1 ? "" : "s",
                 bandwidth(threads) / 1e9);
    for (const std::string& level : levels)
      std::fprintf(stderr, ", %s %.0f", level.c_str(), int8_peak(threads, level).best() / 1e9);
    std::fprintf(stderr, " int8 GMAC/s\n");
  }
}

}  // namespace bitnet::bench
