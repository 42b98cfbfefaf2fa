// Packing and unpacking of trits, beside a copy of as many bytes: what each strategy costs. Every case gives back what
// it was given before it is timed. Bytes a second count trits, a byte each, so that all cases and memcpy compare.
//   packing_bench [--benchmark_filter=REGEX]   names: memcpy|pack|unpack/STRATEGY/zeros:PERCENT/threads:N
//                                              kernel/LEVEL/planes32|planes64|base3|expand
#include <fmt/format.h>

#include <cstring>
#include <random>

#include "bitnet/packing.hpp"
#include "micro/bench_support.hpp"
#include "quant/packing/trit_kernels.hpp"

namespace bitnet::bench {
namespace {

constexpr std::size_t kTrits = std::size_t{1} << 26;  // more than the caches hold

const std::vector<std::int8_t>& trits_of(int percent) {
  static std::map<int, std::vector<std::int8_t>> made;
  auto& trits = made[percent];
  if (trits.empty()) {
    std::mt19937 random(1);
    trits.resize(kTrits);
    for (std::int8_t& trit : trits) {
      const std::uint32_t r = random();
      trit = static_cast<std::int8_t>(r % 100 < static_cast<std::uint32_t>(percent) ? 0 : r >> 31 != 0 ? 1 : -1);
    }
  }
  return trits;
}

void count(benchmark::State& state, std::size_t packed) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kTrits));
  state.counters["ratio"] = static_cast<double>(kTrits) / static_cast<double>(packed);
}

void copy(benchmark::State& state) {
  const auto& trits = trits_of(50);
  std::vector<std::int8_t> to(kTrits);
  for (auto _ : state) {
    std::memcpy(to.data(), trits.data(), kTrits);
    benchmark::ClobberMemory();
  }
  count(state, kTrits);
}

// What unpacking writes, and nothing else: no strategy can be faster.
void fill(benchmark::State& state) {
  std::vector<std::int8_t> to(kTrits);
  for (auto _ : state) {
    std::memset(to.data(), 1, kTrits);
    benchmark::ClobberMemory();
  }
  count(state, kTrits);
}

void pack(benchmark::State& state, PackingStrategy strategy, int percent, int threads) {
  const auto& trits = trits_of(percent);
  std::size_t packed = 0;
  for (auto _ : state) packed = pack_trits(trits, strategy, threads).size();
  count(state, packed);
}

void unpack(benchmark::State& state, PackingStrategy strategy, int percent, int threads) {
  const auto& trits = trits_of(percent);
  const auto packed = pack_trits(trits, strategy, threads);
  const PackedTrits view = PackedTrits::parse(packed);
  std::vector<std::int8_t> to(kTrits);
  view.unpack(to, threads);
  if (to != trits) return state.SkipWithError("the trits are not what they were");
  for (auto _ : state) view.unpack(to, threads);
  count(state, packed.size());
}

// The loops alone, on about 100,000 trits, which stay in the cache.
struct Loop {
  const char* name;
  std::size_t block, block_bytes;  // trits, and bytes that they take
};
constexpr Loop kLoops[] = {{"planes32", 128, 32}, {"planes64", 256, 64}, {"base3", 160, 32}, {"expand", 64, 8}};

void kernel(benchmark::State& state, const TritKernels* kernels, std::size_t which) {
  const Loop& loop = kLoops[which];
  const std::size_t blocks = 100'000 / loop.block;
  std::vector<std::byte> bytes(blocks * loop.block_bytes, std::byte{0x92});
  std::vector<std::uint64_t> words(blocks, 0x5555555555555555);
  std::vector<std::int8_t> to(blocks * loop.block), expected(to.size());
  const auto run = [&](const TritKernels& k, std::int8_t* out) {
    if (which == 0) k.unpack_planes32(bytes.data(), blocks, out);
    if (which == 1) k.unpack_planes64(bytes.data(), blocks, out);
    if (which == 2) k.unpack_base3(bytes.data(), blocks, out);
    if (which == 3) k.expand_bits(words.data(), words.data(), blocks, out);
  };
  run(*kernels, to.data());
  run(plain_trit_kernels(), expected.data());
  if (to != expected) return state.SkipWithError("the level disagrees with plain loops");
  for (auto _ : state) {
    run(*kernels, to.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * to.size()));
}

void register_all() {
  benchmark::RegisterBenchmark("memcpy", copy);
  benchmark::RegisterBenchmark("memset", fill);
  for (std::size_t i = 0; i < kPackingStrategies; ++i) {
    const auto strategy = static_cast<PackingStrategy>(i);
    for (const int percent : {42, 70, 95})
      for (const int threads : {1, 2}) {
        const std::string tail = fmt::format("/{}/zeros:{}/threads:{}", packing_name(strategy), percent, threads);
        benchmark::RegisterBenchmark(("pack" + tail).c_str(), pack, strategy, percent, threads)->UseRealTime();
        benchmark::RegisterBenchmark(("unpack" + tail).c_str(), unpack, strategy, percent, threads)->UseRealTime();
      }
  }
  for (const TritKernels* kernels : usable_trit_kernels())
    for (std::size_t which = 0; which < std::size(kLoops); ++which)
      benchmark::RegisterBenchmark(fmt::format("kernel/{}/{}", kernels->level, kLoops[which].name).c_str(), kernel,
                                   kernels, which);
}

}  // namespace
}  // namespace bitnet::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  bitnet::bench::register_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
