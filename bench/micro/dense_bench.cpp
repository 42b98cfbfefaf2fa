// Products of float activations with dense weights: the head of a language model for one token, and layers for many.
// Every case is compared with the reference backend before it is timed.
//   dense_bench [--benchmark_filter=REGEX]   names: dense/LEVEL/TYPE/ROWSxCOLS/tokens:N/threads:N
#include "micro/bench_support.hpp"
#include "quant/block_codec.hpp"

namespace bitnet::bench {
namespace {

struct Case {
  DType type;
  std::size_t rows, cols, tokens;
};
constexpr Case kCases[] = {
    {DType::kF16, 128256, 2560, 1}, {DType::kQ6_K, 128256, 2560, 1}, {DType::kQ8_0, 128256, 2560, 1},
    {DType::kBF16, 32768, 2560, 1}, {DType::kF32, 32768, 2560, 1},   {DType::kQ4_1, 49152, 576, 1},
    {DType::kQ4_1, 1536, 576, 1},   {DType::kQ4_0, 1536, 576, 1},    {DType::kQ4_1, 1536, 576, 128},
    {DType::kQ8_0, 2560, 2560, 64}, {DType::kF16, 2560, 2560, 64},   {DType::kQ6_K, 2560, 2560, 64},
    {DType::kQ4_K, 2560, 2560, 1},  {DType::kQ5_K, 2560, 2560, 1},   {DType::kTQ1_0, 2560, 2560, 1},
    {DType::kTQ2_0, 2560, 2560, 1},
};

// Blocks with random codes and small scales: where the f16 scales of a type stand.
std::vector<std::size_t> scale_offsets(DType type) {
  switch (type) {
    case DType::kF16:
    case DType::kQ4_0:
    case DType::kQ5_0:
    case DType::kQ8_0: return {0};
    case DType::kQ4_1:
    case DType::kQ5_1:
    case DType::kQ4_K:
    case DType::kQ5_K: return {0, 2};
    case DType::kQ6_K: return {208};
    case DType::kTQ1_0: return {52};
    case DType::kTQ2_0: return {64};
    default: return {};
  }
}

Buffer random_weights(DType type, std::size_t elements) {
  const DTypeTraits& traits = dtype_traits(type);
  const auto bytes = static_cast<std::size_t>(*dtype_bytes(type, elements));
  Buffer memory = context(1).pool().buffer(bytes);
  std::uint32_t state = 5;
  if (type == DType::kF32 || type == DType::kBF16) {
    for (std::size_t i = 0; i < elements; ++i) {
      const float value = random_value(state);
      const std::uint16_t brain = f32_to_bf16(value);
      if (type == DType::kF32) {
        memory.as<float>()[i] = value;
      } else {
        memory.as<std::uint16_t>()[i] = brain;
      }
    }
    return memory;
  }
  for (std::size_t i = 0; i < bytes; ++i) {
    state = state * 1664525u + 1013904223u;
    memory.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(state >> 24);
  }
  for (std::size_t block = 0; block < bytes; block += traits.bytes) {
    for (const std::size_t offset : scale_offsets(type)) {
      const std::uint16_t half = f32_to_f16(random_value(state) * 0.1f);
      std::memcpy(memory.data() + block + offset, &half, sizeof(half));
    }
  }
  return memory;
}

void product(benchmark::State& state, const std::string& level, Case c, int threads) {
  static std::map<std::vector<std::size_t>, Buffer> kept;
  Buffer& weights = kept[{static_cast<std::size_t>(c.type), c.rows, c.cols}];
  if (!weights) weights = random_weights(c.type, c.rows * c.cols);
  const std::vector<float> x = random_values(c.tokens * c.cols, 6);
  WeightMatrix w;
  w.dtype = c.type;
  w.rows = c.rows;
  w.cols = c.cols;
  w.data = weights.data();
  w.bytes = weights.size();
  const Activations a{x.data(), c.tokens, c.cols, nullptr, 0, nullptr, nullptr};
  const auto cpu = create_backend(context(threads), "cpu", level);
  w = cpu->pack_dense(std::move(w));  // as the loader does
  std::vector<float> y(c.tokens * c.rows);
  cpu->matmul(w, a, nullptr, y.data());
  // The first rows tell: the rest run through the same loops.
  WeightMatrix head;
  head.dtype = c.type;
  head.rows = std::min<std::size_t>(c.rows, 64);
  head.cols = c.cols;
  head.data = weights.data();
  std::vector<float> expected(c.tokens * head.rows);
  create_backend(context(2), "reference", "scalar")->matmul(head, a, nullptr, expected.data());
  float largest = 0.0f;
  for (const float v : expected) largest = std::max(largest, std::fabs(v));
  for (std::size_t t = 0; t < c.tokens; ++t)
    for (std::size_t r = 0; r < head.rows; ++r)
      require(std::fabs(y[t * c.rows + r] - expected[t * head.rows + r]) <= 1e-4f * largest,
              level + " dense product of " + std::string(dtype_name(c.type)));
  for (auto _ : state) {
    cpu->matmul(w, a, nullptr, y.data());
    benchmark::DoNotOptimize(y.data());
  }
  set_counters(state, threads, static_cast<double>(c.rows * c.cols * c.tokens), static_cast<double>(w.bytes));
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
        add("dense/" + level + "/" + std::string(bitnet::dtype_name(c.type)) + "/" + std::to_string(c.rows) + "x" +
                std::to_string(c.cols) + "/tokens:" + std::to_string(c.tokens) + "/threads:" + std::to_string(threads),
            [=](benchmark::State& s) { product(s, level, c, threads); });
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
