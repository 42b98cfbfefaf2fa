// What the micro benchmarks share: the machine's limits measured in the same run, random weights, counters.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "base/half.hpp"
#include "base/parallel.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

inline double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// GB/s read from memory by `threads` threads, one stream each, from the pool's huge pages; best of forty.
inline double bandwidth(int threads) {
  static std::map<int, double> known;
  if (known.contains(threads)) return known[threads];
  constexpr std::size_t kBytes = std::size_t{1} << 30;
  static const Buffer memory = context(1).pool().buffer(kBytes);
  static const bool touched = [] {
    std::memset(memory.data(), 1, kBytes);
    return true;
  }();
  benchmark::DoNotOptimize(touched);
  double best = 1e9;
  // Short pieces, so that some of them run undisturbed on a machine that does other work too.
  constexpr std::size_t kPiece = kBytes / 4;
  for (int i = 0; i < 40; ++i) {
    const std::byte* piece = memory.data() + i % 4 * kPiece;
    const double start = seconds();
    parallel_for(threads, kPiece, 4096, [&](std::size_t begin, std::size_t end, int) {
      using Vector [[gnu::vector_size(64)]] = std::uint64_t;
      Vector a{}, b{}, c{}, d{};
      for (std::size_t at = begin; at < end; at += 256) {
        const auto* v = reinterpret_cast<const Vector*>(piece + at);
        __builtin_prefetch(v + 64), __builtin_prefetch(v + 65), __builtin_prefetch(v + 66), __builtin_prefetch(v + 67);
        a ^= v[0], b ^= v[1], c ^= v[2], d ^= v[3];
      }
      Vector all = a ^ b ^ c ^ d;
      benchmark::DoNotOptimize(all);
    });
    best = std::min(best, seconds() - start);
  }
  return known[threads] = static_cast<double>(kPiece) / best / 1e9;
}

#if defined(__x86_64__)
[[gnu::target("avx512f,avx512vnni")]] inline void int8_products_avx512(long count) {
  __m512i sums[12];
  for (__m512i& sum : sums) sum = _mm512_setzero_si512();
  __m512i codes = _mm512_set1_epi8(2), activations = _mm512_set1_epi8(3);
  for (long i = 0; i < count; ++i) {
    for (__m512i& sum : sums) sum = _mm512_dpbusd_epi32(sum, codes, activations);
    asm volatile("" : "+v"(codes), "+v"(activations));
  }
  for (__m512i& sum : sums) asm volatile("" : "+v"(sum));
}
#endif

/// GMAC/s of int8 dot products in registers, all threads together; 0 where this program has no loop for the processor.
inline double int8_peak(int threads) {
  static std::map<int, double> known;
  if (known.contains(threads)) return known[threads];
  double best = 0.0;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vnni")) {
    constexpr long kCount = 500'000;
    for (int i = 0; i < 40; ++i) {
      const double start = seconds();
      parallel_for(threads, static_cast<std::size_t>(threads), 1,
                   [](std::size_t, std::size_t, int) { int8_products_avx512(kCount); });
      best = std::max(best, threads * kCount * 12.0 * 64 / (seconds() - start) / 1e9);
    }
  }
#endif
  return known[threads] = best;
}

/// Sets GMAC/s and GB/s, and their shares of what the machine reached in this run.
inline void set_counters(benchmark::State& state, int threads, double macs, double bytes, bool is_int8 = true) {
  using benchmark::Counter;
  const double runs = static_cast<double>(state.iterations());
  state.counters["GMAC/s"] = Counter(macs * runs / 1e9, Counter::kIsRate);
  state.counters["GB/s"] = Counter(bytes * runs / 1e9, Counter::kIsRate);
  state.counters["of_bandwidth"] = Counter(bytes * runs / 1e9 / bandwidth(threads), Counter::kIsRate);
  if (const double peak = is_int8 ? int8_peak(threads) : 0.0; peak > 0.0)
    state.counters["of_int8_peak"] = Counter(macs * runs / 1e9 / peak, Counter::kIsRate);
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

/// The limits, once, in front of the table.
inline void report_limits() {
  for (const int threads : {1, 2})
    std::printf("limits, %d thread%s: %.1f GB/s read (huge pages), %.0f GMAC/s int8\n", threads,
                threads == 1 ? "" : "s", bandwidth(threads), int8_peak(threads));
}

}  // namespace bitnet::bench
