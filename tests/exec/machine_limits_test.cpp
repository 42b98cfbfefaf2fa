#include "exec/machine_limits.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "backends/backend.hpp"

namespace bitnet {
namespace {

TEST(MachineLimits, BandwidthIsMeasuredAndGivesItsMemoryBack) {
  const Context context(ContextOptions{.threads = 2});
  const double bandwidth = measure_read_bandwidth(context);
  EXPECT_TRUE(std::isfinite(bandwidth) && bandwidth > 0) << bandwidth;
  EXPECT_GE(context.pool().get_metrics().peak_bytes, std::uint64_t{256} << 20);
  EXPECT_EQ(context.pool().get_metrics().current_bytes, 0u);
}

TEST(MachineLimits, Int8PeakIsMeasuredOnEveryBackend) {
  const Context context(ContextOptions{.threads = 2});
  for (const BackendInfo& info : list_backends()) {
    if (!info.available) continue;
    const LimitLoops& loops = limit_loops(info.name, info.isa_levels.front());
    const Int8Peak peak = measure_int8_peak(context, loops);
    EXPECT_TRUE(std::isfinite(peak.vectors) && peak.vectors > 0) << info.name << ": " << peak.vectors;
    EXPECT_EQ(peak.tiles > 0, loops.tile_macs != nullptr);
    EXPECT_EQ(peak.best(), std::max(peak.vectors, peak.tiles));
  }
}

// Multiply-adds take time in proportion: a loop that the compiler had emptied would not.
TEST(MachineLimits, MoreMultiplyAddsTakeLonger) {
  for (const BackendInfo& info : list_backends()) {
    if (!info.available) continue;
    const LimitLoops& loops = limit_loops(info.name, info.isa_levels.front());
    const auto best_of = [&](std::size_t rounds) {
      double best = 1e9;
      for (int i = 0; i < 20; ++i) {
        std::int64_t sum;
        const auto start = std::chrono::steady_clock::now();
        loops.int8_macs(rounds, sum);
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
      }
      return best;
    };
    EXPECT_GT(best_of(160'000), 4 * best_of(10'000)) << info.name;
  }
}

}  // namespace
}  // namespace bitnet
