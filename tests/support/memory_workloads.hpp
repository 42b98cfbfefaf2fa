// Made-up traffic of a pool whose patterns are known, because it was made so.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "bitnet/memory_patterns.hpp"

namespace bitnet::testing {

struct MemoryWorkload {
  std::string name;
  std::set<PatternKind> kinds;
  std::vector<MemoryEvent> events;
};

/// Blocks of a second, in any order of making.
class Traffic {
 public:
  static constexpr double kSpan = 1e9;

  explicit Traffic(std::uint64_t seed) : random_(seed) {}

  double uniform(double low, double high) { return std::uniform_real_distribution<>(low, high)(random_); }
  double exponential(double mean) { return std::exponential_distribution<>(1 / mean)(random_); }
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
  /// From 64 bytes to 1 MiB, seldom twice the same.
  std::uint64_t any_size() { return static_cast<std::uint64_t>(std::exp2(uniform(6, 20))); }
  MemoryTag any_tag() { return static_cast<MemoryTag>(below(kMemoryTags)); }

  /// A block; one that would end behind the second is never given back.
  void block(double begin, double lifetime, std::uint64_t size, MemoryTag tag, Device device = Device::kCpu) {
    const std::uint64_t id = ++blocks_;
    const auto time = [](double at) { return static_cast<std::uint64_t>(std::max(at, 0.0)); };
    events_.push_back({time(begin), id, size, tag, device, true, 0});
    if (begin + lifetime < kSpan) events_.push_back({time(begin + lifetime), id, size, tag, device, false, 0});
  }

  /// Blocks that know nothing of each other: random times, lifetimes and sizes.
  void noise(std::size_t blocks, double begin = 0, double end = kSpan, std::size_t devices = 1) {
    for (std::size_t i = 0; i < blocks; ++i)
      block(uniform(begin, end), exponential(3e7), any_size(), any_tag(), static_cast<Device>(below(devices)));
  }
  /// The same, of one size, for one purpose.
  void noise_of(std::size_t blocks, std::uint64_t size, MemoryTag tag, Device device = Device::kCpu) {
    for (std::size_t i = 0; i < blocks; ++i) block(uniform(0, kSpan), exponential(3e7), size, tag, device);
  }

  std::vector<MemoryEvent> events() {
    std::stable_sort(events_.begin(), events_.end(),
                     [](const MemoryEvent& a, const MemoryEvent& b) { return a.time_ns < b.time_ns; });
    return events_;
  }

 private:
  std::mt19937_64 random_;
  std::uint64_t blocks_ = 0;
  std::vector<MemoryEvent> events_;
};

inline std::vector<MemoryWorkload> memory_workloads(std::uint64_t seed) {
  using enum PatternKind;
  constexpr double kSpan = Traffic::kSpan, kForever = 2 * kSpan;
  std::vector<MemoryWorkload> workloads;
  const auto add = [&](const char* name, std::set<PatternKind> kinds, const std::function<void(Traffic&)>& make) {
    Traffic traffic(seed * 1000 + workloads.size());
    make(traffic);
    workloads.push_back({name, std::move(kinds), traffic.events()});
  };

  add("random", {}, [](Traffic& t) { t.noise(600); });
  add("few sizes on two devices at random", {}, [](Traffic& t) {
    for (std::uint64_t size = 1; size <= 12; ++size)
      for (int i = 0; i < 40; ++i)
        t.block(t.uniform(0, kSpan), t.exponential(3e7), size * 1000, MemoryTag::kScratch,
                static_cast<Device>(t.below(2)));
  });
  add("weights that stay", {}, [](Traffic& t) {
    for (int i = 0; i < 60; ++i) t.block(t.uniform(0, 0.05 * kSpan), kForever, 40000, MemoryTag::kWeights);
    t.noise(400);
  });
  add("a cache that fills and is replaced", {}, [](Traffic& t) {
    const std::size_t size = 25;
    std::vector<double> begins;
    for (std::size_t i = 0; i < size; ++i) begins.push_back(t.uniform(0, 0.15 * kSpan));
    for (double now = 0.15 * kSpan; (now += t.exponential(1.5e7)) < kSpan;) {
      const std::size_t place = t.below(size);
      t.block(begins[place], now - begins[place], 30000, MemoryTag::kKvCache);
      begins[place] = now;
    }
    for (const double begin : begins) t.block(begin, kForever, 30000, MemoryTag::kKvCache);
    t.noise(500);
  });
  add("traffic that grows and stays", {}, [](Traffic& t) {
    t.noise(40, 0, 0.2 * kSpan);
    t.noise(500, 0.2 * kSpan, kSpan);
    t.noise_of(40, 5000, MemoryTag::kScratch);
  });

  add("one size prevails", {kSize}, [](Traffic& t) {
    t.noise_of(300 + t.below(200), 4096, MemoryTag::kActivations);
    t.noise(150);
  });
  add("two sizes prevail", {kSize}, [](Traffic& t) {
    t.noise_of(250, 2560, MemoryTag::kActivations);
    t.noise_of(200 + t.below(40), 6912, MemoryTag::kScratch);
    t.noise(80);
  });

  add("a block every period", {kTemporal}, [&](Traffic& t) {
    const double period = t.uniform(1.2e7, 2.5e7);
    for (double at = t.uniform(0, period); at < kSpan; at += period)
      t.block(at + period * t.uniform(-0.05, 0.05), t.exponential(4e6), 8192, MemoryTag::kScratch);
    t.noise(400);
  });
  add("a period that sometimes fails", {kTemporal}, [](Traffic& t) {
    const double period = t.uniform(8e6, 1.4e7);
    for (double at = 0; at < kSpan; at += period)
      if (t.below(10) > 0) t.block(at + period * t.uniform(-0.02, 0.02), t.exponential(4e6), 12288, MemoryTag::kOther);
    t.noise(700);
  });

  add("a size a device", {kDevice}, [](Traffic& t) {
    t.noise_of(60, 9000, MemoryTag::kWeights, Device::kCuda);
    t.noise_of(60, 7000, MemoryTag::kScratch, Device::kCpu);
    t.noise(400, 0, kSpan, 2);
  });
  add("one size on the second of three devices", {kDevice}, [](Traffic& t) {
    t.noise_of(50, 12000, MemoryTag::kKvCache, Device::kCuda);
    t.noise(500, 0, kSpan, 3);
  });

  // Blocks that go, each between two small ones that stay.
  const auto holes = [](Traffic& t, double begin, double end, std::size_t count, double size) {
    const double middle = (begin + end) / 2, step = (middle - begin) / static_cast<double>(2 * count);
    for (std::size_t i = 0; i < count; ++i) {
      const double at = begin + static_cast<double>(2 * i) * step;
      t.block(at, t.uniform(middle, end) - at, static_cast<std::uint64_t>(size * t.uniform(0.8, 1.0)), t.any_tag());
      t.block(at + step, kForever, static_cast<std::uint64_t>(t.uniform(500, 1500)), t.any_tag());
    }
  };
  add("holes too small for what comes", {kFragmentation}, [&](Traffic& t) {
    holes(t, 0, 0.4 * kSpan, 150, 60000);
    for (int i = 0; i < 120; ++i)
      t.block(t.uniform(0.5 * kSpan, kSpan), kForever, static_cast<std::uint64_t>(t.uniform(90000, 120000)),
              MemoryTag::kScratch);
  });
  add("blocks that grow, wave by wave", {kFragmentation}, [&](Traffic& t) {
    double size = 20000;
    for (int wave = 0; wave < 4; ++wave, size *= 1.8)
      holes(t, wave * 0.22 * kSpan, (wave + 1) * 0.22 * kSpan, 80, size);
  });

  add("blocks that live equally long", {kLifecycle}, [](Traffic& t) {
    const double lifetime = t.uniform(5e6, 5e7);
    for (int i = 0; i < 50; ++i)
      t.block(t.uniform(0, kSpan), lifetime * t.uniform(0.93, 1.07), 16384, MemoryTag::kActivations);
    t.noise(400);
  });
  const auto ordered = [](Traffic& t, bool stack) {
    std::vector<double> open;
    double now = 0;
    for (int i = 0; i < 160 && now < 0.95 * kSpan; ++i) {
      now += t.exponential(5e6);
      if (open.size() < 2 || (open.size() < 12 && t.below(2) == 0)) {
        open.push_back(now);
      } else {
        const std::size_t which = stack ? open.size() - 1 : 0;
        t.block(open[which], now - open[which], 24576, MemoryTag::kScratch);
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
      }
    }
    t.noise(500);
  };
  add("a stack", {kLifecycle}, [&](Traffic& t) { ordered(t, true); });
  add("a queue", {kLifecycle}, [&](Traffic& t) { ordered(t, false); });

  add("a leak", {kLeak}, [](Traffic& t) {
    for (int i = 0; i < 70; ++i) t.block(t.uniform(0, kSpan), kForever, 5000, MemoryTag::kOther);
    t.noise(400);
  });
  add("a leak of one in three", {kLeak}, [](Traffic& t) {
    for (int i = 0; i < 130; ++i)
      t.block(t.uniform(0, kSpan), t.below(3) == 0 ? kForever : t.exponential(2e7), 6000, MemoryTag::kScratch);
    t.noise(600);
  });
  return workloads;
}

}  // namespace bitnet::testing
