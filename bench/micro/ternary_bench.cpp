// Ternary products: one token from weights in memory, many tokens from weights in cache, packing. Every case is
// compared with the reference backend before it is timed.
//   ternary_bench [--benchmark_filter=REGEX]   names: gemv|gemm|pack/LEVEL/ROWSxCOLS/tokens:N/threads:N
#include "micro/bench_support.hpp"

namespace bitnet::bench {
namespace {

struct Shape {
  std::size_t rows, cols;
};
constexpr Shape kShapes[] = {{2560, 2560}, {6912, 2560}, {2560, 6912}};
// More than any last-level cache holds for one program.
constexpr std::size_t kStreamBytes = std::size_t{768} << 20;

std::vector<std::int8_t> random_trits(std::size_t count) {
  std::vector<std::int8_t> trits(count);
  std::uint32_t state = 1;
  for (std::int8_t& t : trits) t = static_cast<std::int8_t>(std::lround(random_value(state) * 1.49f));
  return trits;
}

TritReader reader(const std::vector<std::int8_t>& trits, std::size_t cols) {
  return [&trits, cols](std::size_t row, std::size_t count, std::int8_t* out) {
    std::memcpy(out, trits.data() + row * cols, count * cols);
  };
}

// A matrix, activations, and the right product, kept from one case to the next.
struct Problem {
  Problem(const Shape& shape, std::size_t tokens)
      : trits(random_trits(shape.rows * shape.cols)),
        x(random_values(tokens * shape.cols, 2)),
        quantized(context(1).pool().buffer(tokens * activation_stride(shape.cols), 64)),
        scale(tokens),
        sum(tokens),
        expected(tokens * shape.rows) {
    a = {x.data(),     tokens,    shape.cols, quantized.as<std::int8_t>(), activation_stride(shape.cols),
         scale.data(), sum.data()};
    const auto oracle = create_backend(context(2), "reference", "scalar");
    oracle->quantize(a);
    oracle->matmul(oracle->pack_ternary(shape.rows, shape.cols, 0.5f, reader(trits, shape.cols)), a, nullptr,
                   expected.data());
  }
  std::vector<std::int8_t> trits;
  std::vector<float> x;
  Buffer quantized;
  std::vector<double> scale;
  std::vector<std::int32_t> sum;
  std::vector<float> expected;
  Activations a;
};

const Problem& problem(const Shape& shape, std::size_t tokens) {
  static std::map<std::vector<std::size_t>, std::unique_ptr<Problem>> problems;
  auto& entry = problems[{shape.rows, shape.cols, tokens}];
  if (!entry) entry = std::make_unique<Problem>(shape, tokens);
  return *entry;
}

void product(benchmark::State& state, const std::string& level, Shape shape, std::size_t tokens, int threads,
             bool stream) {
  const Problem& p = problem(shape, tokens);
  const auto cpu = create_backend(context(threads), "cpu", level);
  std::vector<WeightMatrix> copies;
  copies.push_back(cpu->pack_ternary(shape.rows, shape.cols, 0.5f, reader(p.trits, shape.cols)));
  const std::size_t size = copies[0].storage.size();
  while (stream && copies.size() * size < kStreamBytes) {
    WeightMatrix copy;
    copy.kind = copies[0].kind;
    copy.rows = shape.rows;
    copy.cols = shape.cols;
    copy.scale = copies[0].scale;
    copy.layout = copies[0].layout;
    copy.bytes = copies[0].bytes;
    // Matrices of less than a huge page share one, as those of a model do.
    copy.storage = context(threads).pool().buffer(size, 64);
    std::memcpy(copy.storage.data(), copies[0].storage.data(), size);
    copy.data = copy.storage.data();
    copies.push_back(std::move(copy));
  }
  std::vector<float> y(tokens * shape.rows);
  cpu->matmul(copies.back(), p.a, nullptr, y.data());
  require(std::memcmp(y.data(), p.expected.data(), y.size() * sizeof(float)) == 0, level + " ternary product");
  std::size_t next = 0;
  for (auto _ : state) {
    cpu->matmul(copies[next], p.a, nullptr, y.data());
    next = next + 1 == copies.size() ? 0 : next + 1;
    benchmark::DoNotOptimize(y.data());
  }
  set_int8_counters(state, threads, level, static_cast<double>(shape.rows * shape.cols * tokens),
                    static_cast<double>(copies[0].bytes));
}

void pack(benchmark::State& state, const std::string& level, Shape shape, int threads) {
  const Problem& p = problem(shape, 1);
  const auto cpu = create_backend(context(threads), "cpu", level);
  for (auto _ : state) {
    const WeightMatrix w = cpu->pack_ternary(shape.rows, shape.cols, 0.5f, reader(p.trits, shape.cols));
    benchmark::DoNotOptimize(w.data);
  }
  const double weights = static_cast<double>(shape.rows * shape.cols) * static_cast<double>(state.iterations());
  state.counters["Gweights/s"] = benchmark::Counter(weights / 1e9, benchmark::Counter::kIsRate);
}

void register_all() {
  for (const std::string& level : cpu_levels()) {
    for (const int threads : {1, 2}) {
      for (const Shape& shape : kShapes) {
        const std::string size = level + "/" + std::to_string(shape.rows) + "x" + std::to_string(shape.cols);
        const auto name = [&](const char* kind, std::size_t tokens) {
          return std::string(kind) + "/" + size + "/tokens:" + std::to_string(tokens) +
                 "/threads:" + std::to_string(threads);
        };
        for (const std::size_t tokens : {1, 2, 3})
          add(name("gemv", tokens), [=](benchmark::State& s) { product(s, level, shape, tokens, threads, true); });
        for (const std::size_t tokens : {4, 12, 128, 512})
          add(name("gemm", tokens), [=](benchmark::State& s) { product(s, level, shape, tokens, threads, false); });
        add(name("pack", 0), [=](benchmark::State& s) { pack(s, level, shape, threads); });
      }
    }
  }
}

}  // namespace
}  // namespace bitnet::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  bitnet::bench::report_limits();
  bitnet::bench::register_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
