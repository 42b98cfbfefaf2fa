// Allocating and freeing: the pool beside glibc's malloc, jemalloc and mimalloc, and what tracking costs. Every
// allocator is checked under random traffic before it is timed; one that is not installed is left out, saying so.
//   memory_bench [--benchmark_filter=REGEX]   names: pair/ALLOCATOR/BYTES, live/ALLOCATOR/BLOCKS, allocate/...,
//   free/...,
//                                             tracking/LEVEL, each with /threads:N
// A pair takes a block, writes its first byte and gives it back. glibc's own settings are left alone.
#include <dlfcn.h>
#include <unistd.h>

#include <optional>
#include <random>

#include "base/machine.hpp"
#include "bitnet/memory_tracking.hpp"
#include "micro/bench_support.hpp"

namespace bitnet::bench {
namespace {

struct PoolBlocks {
  std::shared_ptr<HybridMemoryPool> pool;
  using Block = MemoryHandle;
  Block allocate(std::size_t size) const { return pool->allocate(size); }
  void free(const Block& block) const { pool->deallocate(block); }
  static char* data(const Block& block) { return static_cast<char*>(block.data); }
};

struct MallocBlocks {
  void* (*malloc_function)(std::size_t);
  void (*free_function)(void*);
  using Block = void*;
  Block allocate(std::size_t size) const {
    void* block = malloc_function(size);
    if (block == nullptr) std::abort();
    return block;
  }
  void free(Block block) const { free_function(block); }
  static char* data(Block block) { return static_cast<char*>(block); }
};

// The library stays loaded; its symbols are not this program's.
std::optional<MallocBlocks> load_allocator(const char* library) {
  void* handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    std::fprintf(stderr, "left out: %s\n", dlerror());
    return std::nullopt;
  }
  return MallocBlocks{reinterpret_cast<void* (*)(std::size_t)>(dlsym(handle, "malloc")),
                      reinterpret_cast<void (*)(void*)>(dlsym(handle, "free"))};
}

template <typename Blocks>
void check(const Blocks& blocks, const std::string& name) {
  struct Live {
    typename Blocks::Block block;
    std::size_t size;
    char mark;
  };
  std::vector<Live> live;
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    if (live.size() < 300 && (live.empty() || random() % 2 == 0)) {
      const std::size_t size = 1 + random() % (std::size_t{1} << random() % 21);
      live.push_back({blocks.allocate(size), size, static_cast<char>(random())});
      Blocks::data(live.back().block)[0] = Blocks::data(live.back().block)[size - 1] = live.back().mark;
    } else {
      const std::size_t k = random() % live.size();
      const Live& l = live[k];
      if (Blocks::data(l.block)[0] != l.mark || Blocks::data(l.block)[l.size - 1] != l.mark) {
        std::fprintf(stderr, "%s: a block lost its bytes\n", name.c_str());
        std::exit(1);
      }
      blocks.free(l.block);
      live[k] = live.back();
      live.pop_back();
    }
  }
  for (const Live& l : live) blocks.free(l.block);
}

template <typename Blocks>
void pairs(benchmark::State& state, const Blocks& blocks, std::size_t size) {
  for (auto _ : state) {
    const auto block = blocks.allocate(size);
    Blocks::data(block)[0] = 1;
    benchmark::DoNotOptimize(Blocks::data(block));
    blocks.free(block);
  }
}

// A random one of `count` live blocks of mixed sizes goes, and another comes.
template <typename Blocks>
void live(benchmark::State& state, const Blocks& blocks, std::size_t count) {
  std::vector<std::size_t> sizes(4096), places(1 << 16);
  std::mt19937_64 random(2);
  for (std::size_t& size : sizes) size = 16 + random() % 240;
  for (std::size_t& place : places) place = random() % count;
  std::vector<typename Blocks::Block> own(count);
  for (std::size_t i = 0; i < count; ++i) {
    own[i] = blocks.allocate(sizes[i % sizes.size()]);
    Blocks::data(own[i])[0] = 1;  // pages come now, not when it counts
  }
  std::size_t i = 0;
  for (auto _ : state) {
    auto& block = own[places[i % places.size()]];
    blocks.free(block);
    block = blocks.allocate(sizes[i++ % sizes.size()]);
    Blocks::data(block)[0] = 1;
  }
  for (const auto& block : own) blocks.free(block);
}

// A pair while `count` other blocks live: what a pair costs must not depend on them.
template <typename Blocks>
void beside(benchmark::State& state, const Blocks& blocks, std::size_t count) {
  std::vector<typename Blocks::Block> own(count);
  for (auto& block : own) {
    block = blocks.allocate(64);
    Blocks::data(block)[0] = 1;
  }
  pairs(state, blocks, 64);
  for (const auto& block : own) blocks.free(block);
}

// 1000 blocks taken, then given back; one half is timed.
template <typename Blocks>
void half(benchmark::State& state, const Blocks& blocks, std::size_t size, bool time_free) {
  constexpr std::size_t kBlocks = 1000;
  const std::size_t count = size >= kLargeBlockBytes ? 16 : kBlocks;
  std::vector<typename Blocks::Block> own(count);
  const auto take = [&] {
    for (auto& block : own) block = blocks.allocate(size);
  };
  const auto give = [&] {
    for (const auto& block : own) blocks.free(block);
  };
  take(), give();
  for (auto _ : state) {
    if (time_free) {
      state.PauseTiming(), take(), state.ResumeTiming();
      give();
    } else {
      take();
      state.PauseTiming(), give(), state.ResumeTiming();
    }
  }
  state.counters["ns_each"] =
      benchmark::Counter(static_cast<double>(count) * static_cast<double>(state.iterations()) / 1e9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// 1, 2 and on, doubling, to the machine's logical cores.
std::vector<int> thread_counts() {
  std::vector<int> counts{1};
  while (counts.back() < std::max(2, logical_cores())) counts.push_back(2 * counts.back());
  return counts;
}

template <typename Blocks>
void register_allocator(const std::string& name, const Blocks& blocks) {
  check(blocks, name);
  const auto add = [&](const std::string& what, auto body) {
    for (const int threads : thread_counts())
      benchmark::RegisterBenchmark(what.c_str(), body)->Threads(threads)->UseRealTime();
  };
  for (const std::size_t size : {std::size_t{16}, std::size_t{64}, std::size_t{1024}, std::size_t{16} << 10,
                                 std::size_t{1} << 20, std::size_t{8} << 20, std::size_t{64} << 20})
    add("pair/" + name + "/" + std::to_string(size), [=](benchmark::State& state) { pairs(state, blocks, size); });
  for (const std::size_t count : {std::size_t{100}, std::size_t{10000}, std::size_t{1000000}})
    add("live/" + name + "/" + std::to_string(count), [=](benchmark::State& state) { live(state, blocks, count); });
  for (const std::size_t count : {std::size_t{100}, std::size_t{10000}, std::size_t{1000000}})
    add("beside/" + name + "/" + std::to_string(count), [=](benchmark::State& state) { beside(state, blocks, count); });
  for (const std::size_t size : {std::size_t{1024}, std::size_t{2} << 20})
    for (const bool time_free : {false, true})
      add((time_free ? "free/" : "allocate/") + name + "/" + std::to_string(size),
          [=](benchmark::State& state) { half(state, blocks, size, time_free); });
}

PoolBlocks make_pool(const std::shared_ptr<MemoryObserver>& observer) {
  MemoryPoolConfig config = MemoryPoolConfig::unlimited();
  config.observer = observer;
  return {HybridMemoryPool::create(config)};
}

void register_all() {
  register_allocator("pool", make_pool(nullptr));
  register_allocator("glibc", MallocBlocks{&std::malloc, &std::free});
  if (const auto found = load_allocator("libjemalloc.so.2")) register_allocator("jemalloc", *found);
  if (const auto found = load_allocator("libmimalloc.so.2")) register_allocator("mimalloc", *found);
  const std::pair<const char*, TrackingLevel> levels[] = {{"none", TrackingLevel::kNone},
                                                          {"basic", TrackingLevel::kBasic},
                                                          {"standard", TrackingLevel::kStandard},
                                                          {"detailed", TrackingLevel::kDetailed}};
  for (const auto& [name, level] : levels) {
    const PoolBlocks blocks = make_pool(MemoryTracker::create({.level = level}));
    check(blocks, std::string("tracking/") + name);
    for (const int threads : thread_counts())
      benchmark::RegisterBenchmark((std::string("tracking/") + name).c_str(),
                                   [=](benchmark::State& state) { pairs(state, blocks, 64); })
          ->Threads(threads)
          ->UseRealTime();
  }
}

}  // namespace
}  // namespace bitnet::bench

int main(int argc, char** argv) {
  // Loaded at run time, jemalloc wants more thread-local storage than there is unless glibc is told before it starts.
  if (std::getenv("GLIBC_TUNABLES") == nullptr) {
    setenv("GLIBC_TUNABLES", "glibc.rtld.optional_static_tls=65536", 1);
    execv("/proc/self/exe", argv);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  bitnet::bench::register_all();
  benchmark::RunSpecifiedBenchmarks();
}
