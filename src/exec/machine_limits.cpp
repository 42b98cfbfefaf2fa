#include "exec/machine_limits.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/machine.hpp"
#include "base/parallel.hpp"

namespace bitnet {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_of(const auto& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Passes are read in turn, so that none finds the last one's lines in a cache: four of them are more than most
// machines' last-level cache.
constexpr std::size_t kPasses = 4;

// A sixteenth of the memory, so that measuring does not push a model out of it.
std::size_t pass_bytes() {
  constexpr std::uint64_t kLeast = std::uint64_t{256} << 20, kMost = std::uint64_t{1} << 30, kGrain = 2 << 20;
  return static_cast<std::size_t>(std::clamp(memory_bytes() / 16, kLeast, kMost) / kPasses / kGrain * kGrain);
}

double best_of(int passes, const auto& work) {
  double best = seconds_of(work);
  for (int i = 1; i < passes; ++i) best = std::min(best, seconds_of(work));
  return best;
}

double macs_per_second(const Context& context, std::uint64_t (*macs)(std::size_t, std::int64_t&) noexcept) {
  const int threads = context.threads();
  // Long enough that starting the threads does not count, short enough that some passes run undisturbed.
  constexpr double kPassSeconds = 2e-3;
  std::size_t rounds = 256;
  std::int64_t sum;
  // One thread says how many rounds that is: two that wait for each other on a busy machine seem slow at any number.
  while (best_of(5, [&] { macs(rounds, sum); }) < kPassSeconds) rounds *= 2;
  const double best = best_of(40, [&] {
    parallel_for(threads, static_cast<std::size_t>(threads), 1, [&](std::size_t begin, std::size_t end, int) {
      std::int64_t sum_of_thread;
      for (std::size_t i = begin; i < end; ++i) macs(rounds, sum_of_thread);
    });
  });
  return static_cast<double>(macs(rounds, sum)) * threads / best;
}

}  // namespace

double measure_read_bandwidth(const Context& context) {
  struct Way {
    std::size_t streams, prefetch;
  };
  // Which is best differs between processors, and between one thread and all.
  constexpr Way kWays[] = {{1, 2048}, {1, 4096}, {1, 6144}, {2, 2048}, {2, 3072}, {2, 4096}, {4, 2048}, {4, 4096}};
  constexpr std::size_t kRounds = 5;
  const int threads = context.threads();
  const std::size_t bytes = pass_bytes();
  const Buffer memory = context.pool().buffer({.size = kPasses * bytes, .tag = MemoryTag::kScratch});
  const auto split = [&](std::size_t pass, const auto& body) {
    std::byte* data = memory.data() + pass % kPasses * bytes;
    parallel_for(threads, bytes, kReadGrain,
                 [&](std::size_t begin, std::size_t end, int) { body(data + begin, end - begin); });
  };
  // Written by the thread that will read: only then are there pages, and on that thread's side of the machine.
  for (std::size_t pass = 0; pass < kPasses; ++pass)
    split(pass, [](std::byte* part, std::size_t size) { std::memset(part, 1, size); });
  double best = 0;
  std::size_t pass = 0;
  for (std::size_t round = 0; round < kRounds; ++round) {
    for (const Way& way : kWays) {
      const double seconds = seconds_of([&] {
        split(pass,
              [&](const std::byte* part, std::size_t size) { read_memory(part, size, way.streams, way.prefetch); });
      });
      best = std::max(best, static_cast<double>(bytes) / seconds);
      ++pass;
    }
  }
  return best;
}

Int8Peak measure_int8_peak(const Context& context, const LimitLoops& loops) {
  Int8Peak peak;
  peak.vectors = macs_per_second(context, loops.int8_macs);
  if (loops.tile_macs != nullptr) peak.tiles = macs_per_second(context, loops.tile_macs);
  return peak;
}

}  // namespace bitnet
