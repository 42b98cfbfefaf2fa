// Attention with the shape of BitNet-b1.58-2B-4T (20 heads on 5, 128 values each): one token over a context, and
// prompts. Every case is compared with the reference backend before it is timed.
//   attention_bench [--benchmark_filter=REGEX]   names: attention/LEVEL/TYPE/positions:N/tokens:N/threads:N
#include "micro/bench_support.hpp"

namespace bitnet::bench {
namespace {

constexpr std::size_t kHeads = 20, kKvHeads = 5, kDim = 128;

struct Case {
  DType type;
  std::size_t positions, tokens;  // tokens are the last of the positions
};
constexpr Case kCases[] = {
    {DType::kF16, 64, 1},     {DType::kF16, 1024, 1},    {DType::kF16, 4096, 1},  {DType::kF32, 4096, 1},
    {DType::kQ8_0, 1024, 1},  {DType::kQ8_0, 4096, 1},   {DType::kF16, 128, 128}, {DType::kF16, 512, 512},
    {DType::kF16, 2048, 512}, {DType::kQ8_0, 2048, 512},
};

void attention(benchmark::State& state, const std::string& level, Case c, int threads) {
  const std::size_t plane = kKvHeads * c.positions * static_cast<std::size_t>(*bitnet::dtype_bytes(c.type, kDim));
  const Buffer cells = context(1).pool().buffer(2 * plane);
  const KvLayer kv{c.type, cells.data(), cells.data() + plane, kKvHeads, c.positions, kDim};
  const auto cpu = create_backend(context(threads), "cpu", level);
  const std::vector<float> k = random_values(c.positions * kKvHeads * kDim, 7), v = random_values(k.size(), 8);
  const std::vector<float> q = random_values(c.tokens * kHeads * kDim, 9);
  cpu->store_kv(kv, k.data(), v.data(), c.positions, 0);
  const std::size_t position = c.positions - c.tokens;
  std::vector<float> out(q.size()), expected(kHeads * kDim);
  cpu->attention(q.data(), kv, c.tokens, kHeads, position, 0.088f, out.data());
  // The last token sees everything.
  const std::size_t last = (c.tokens - 1) * kHeads * kDim;
  create_backend(context(1), "reference", "scalar")
      ->attention(q.data() + last, kv, 1, kHeads, c.positions - 1, 0.088f, expected.data());
  for (std::size_t i = 0; i < expected.size(); ++i)
    require(std::fabs(out[last + i] - expected[i]) < 1e-5f,
            level + " attention over " + std::string(dtype_name(c.type)));
  for (auto _ : state) {
    cpu->attention(q.data(), kv, c.tokens, kHeads, position, 0.088f, out.data());
    benchmark::DoNotOptimize(out.data());
  }
  const double pairs = static_cast<double>(c.tokens) * static_cast<double>(2 * position + c.tokens + 1) / 2.0;
  set_counters(state, threads, pairs * kHeads * kDim * 2.0, static_cast<double>(2 * plane));
}

}  // namespace
}  // namespace bitnet::bench

int main(int argc, char** argv) {
  using namespace bitnet::bench;
  benchmark::Initialize(&argc, argv);
  report_limits();
  for (const std::string& level : cpu_levels())
    for (const int threads : {1, 2})
      for (const Case& c : kCases)
        add("attention/" + level + "/" + std::string(bitnet::dtype_name(c.type)) +
                "/positions:" + std::to_string(c.positions) + "/tokens:" + std::to_string(c.tokens) +
                "/threads:" + std::to_string(threads),
            [=](benchmark::State& s) { attention(s, level, c, threads); });
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
