// Every operation of a backend on every instruction-set level, one thread: what vectors are worth. The baseline is the
// reference backend as it is built, and compiled again without the compiler's own vectors. Each result is compared with
// the reference before it is timed.
//   operations_bench [--benchmark_filter=REGEX]   names: OPERATION/SIZE/LEVEL, LEVEL scalar and unvectorized too
#include "backends/reference/reference_backend.hpp"
#include "micro/bench_support.hpp"
#include "quant/block_codec.hpp"

namespace bitnet::unvectorized {
std::unique_ptr<Backend> create_reference_backend(const Context& context, std::string_view isa);
}

namespace bitnet::bench {
namespace {

constexpr std::size_t kHidden = 2560, kFfn = 6912, kHeads = 20, kKvHeads = 5, kHeadDim = 128, kPositions = 512;

std::unique_ptr<Backend> backend_of(const std::string& level) {
  if (level == "scalar") return create_backend(context(1), "reference", "scalar");
  if (level == "unvectorized") return unvectorized::create_reference_backend(context(1), "scalar");
  return create_backend(context(1), "cpu", level);
}

// An operation on one backend, made once: fills and returns its output.
using Run = std::function<std::span<const float>()>;
using Make = std::function<Run(const Backend& backend)>;

struct Operation {
  std::string name, size;
  double tolerance;  // of the largest value
  Make make;
};

// Memory that lives as long as a Run.
template <typename T>
std::shared_ptr<T> hold(T value) {
  return std::make_shared<T>(std::move(value));
}

Run ternary(const Backend& backend, std::size_t rows, std::size_t cols, std::size_t tokens) {
  auto w = hold(backend.pack_ternary(rows, cols, 0.5, [cols](std::size_t row, std::size_t count, std::int8_t* out) {
    for (const std::size_t end = row + count; row < end; ++row) {
      std::uint32_t state = static_cast<std::uint32_t>(row) + 1;
      for (std::size_t i = 0; i < cols; ++i)
        *out++ = static_cast<std::int8_t>(std::lround(random_value(state) * 1.49f));
    }
  }));
  auto x = hold(random_values(tokens * cols, 2)), y = hold(std::vector<float>(tokens * rows));
  auto q = hold(context(1).pool().buffer(tokens * activation_stride(cols), 64));
  auto scale = hold(std::vector<double>(tokens));
  auto sum = hold(std::vector<std::int32_t>(tokens));
  const Activations a{x->data(),     tokens,     cols, q->as<std::int8_t>(), activation_stride(cols),
                      scale->data(), sum->data()};
  backend.quantize(a);
  return [=, &backend]() -> std::span<const float> {
    (void)x, (void)q, (void)scale, (void)sum;
    backend.matmul(*w, a, nullptr, y->data());
    return *y;
  };
}

// Random weights of a dense type: of Q6_K, quantized from random values.
std::shared_ptr<WeightMatrix> dense_weights(const Backend& backend, DType type, std::size_t rows, std::size_t cols) {
  auto bytes = hold(std::vector<std::byte>(rows * static_cast<std::size_t>(*bitnet::dtype_bytes(type, cols))));
  const std::vector<float> values = random_values(rows * cols, 3);
  if (type == DType::kQ6_K) {
    quantize_q6_k(values.data(), values.size(), bytes->data());
  } else {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::uint16_t half = f32_to_f16(values[i]);
      std::memcpy(bytes->data() + 2 * i, &half, sizeof(half));
    }
  }
  WeightMatrix w;
  w.dtype = type;
  w.rows = rows;
  w.cols = cols;
  w.data = bytes->data();
  w.bytes = bytes->size();
  return {new WeightMatrix(backend.pack_dense(std::move(w))), [bytes](WeightMatrix* p) { delete p; }};
}

Run dense(const Backend& backend, DType type, std::size_t rows, std::size_t cols) {
  auto w = dense_weights(backend, type, rows, cols);
  auto x = hold(random_values(cols, 4)), y = hold(std::vector<float>(rows));
  return [=, &backend]() -> std::span<const float> {
    backend.matmul(*w, {x->data(), 1, w->cols, nullptr, 0, nullptr, nullptr}, nullptr, y->data());
    return *y;
  };
}

Run embed(const Backend& backend, DType type) {
  auto w = dense_weights(backend, type, 64, kHidden);
  auto ids = hold(std::vector<std::int32_t>{3, 1, 4, 1, 5, 9, 2, 6});
  auto y = hold(std::vector<float>(ids->size() * kHidden));
  return [=, &backend]() -> std::span<const float> {
    backend.embed(*w, ids->data(), ids->size(), y->data());
    return *y;
  };
}

Run quantize(const Backend& backend, std::size_t cols) {
  auto x = hold(random_values(cols, 5)), y = hold(std::vector<float>(cols + 2));
  auto q = hold(context(1).pool().buffer(activation_stride(cols), 64));
  auto scale = hold(0.0);
  auto sum = hold(std::int32_t{0});
  return [=, &backend]() -> std::span<const float> {
    backend.quantize(
        {x->data(), 1, x->size(), q->as<std::int8_t>(), activation_stride(x->size()), scale.get(), sum.get()});
    (*y)[0] = static_cast<float>(*scale);
    (*y)[1] = static_cast<float>(*sum);
    return *y;
  };
}

Run rms_norm(const Backend& backend, std::size_t dim) {
  auto x = hold(random_values(dim, 6)), weight = hold(random_values(dim, 7)), y = hold(std::vector<float>(dim));
  return [=, &backend]() -> std::span<const float> {
    backend.rms_norm(x->data(), weight->data(), 1, x->size(), 1e-5f, y->data());
    return *y;
  };
}

Run rope(const Backend& backend) {
  auto cos = hold(random_values(kHeadDim / 2, 8)), sin = hold(random_values(kHeadDim / 2, 9));
  auto x = hold(random_values(kHeads * kHeadDim, 10)), y = hold(*x);
  return [=, &backend]() -> std::span<const float> {
    *y = *x;  // rotated in place
    backend.rope(y->data(), 1, kHeads, kHeadDim, {cos->data(), sin->data(), kHeadDim, false}, 0);
    return *y;
  };
}

Run attention(const Backend& backend, DType type) {
  const std::size_t plane = kKvHeads * kPositions * static_cast<std::size_t>(*bitnet::dtype_bytes(type, kHeadDim));
  auto cells = hold(context(1).pool().buffer(2 * plane, 64));
  const KvLayer kv{type, cells->data(), cells->data() + plane, kKvHeads, kPositions, kHeadDim};
  const std::vector<float> k = random_values(kPositions * kKvHeads * kHeadDim, 11), v = random_values(k.size(), 12);
  backend.store_kv(kv, k.data(), v.data(), kPositions, 0);
  auto q = hold(random_values(kHeads * kHeadDim, 13)), y = hold(std::vector<float>(q->size()));
  return [=, &backend]() -> std::span<const float> {
    (void)cells;
    backend.attention(q->data(), kv, 1, kHeads, kPositions - 1, 0.088f, y->data());
    return *y;
  };
}

Run store_kv(const Backend& backend, DType type) {
  const std::size_t plane = kKvHeads * kPositions * static_cast<std::size_t>(*bitnet::dtype_bytes(type, kHeadDim));
  auto cells = hold(context(1).pool().buffer(2 * plane, 64));
  const KvLayer kv{type, cells->data(), cells->data() + plane, kKvHeads, kPositions, kHeadDim};
  auto k = hold(random_values(kKvHeads * kHeadDim, 14)), y = hold(std::vector<float>(1));
  return [=, &backend]() -> std::span<const float> {
    backend.store_kv(kv, k->data(), k->data(), 1, 5);
    (*y)[0] = static_cast<float>(cells->as<std::uint8_t>()[5 * plane / (kKvHeads * kPositions)]);
    return *y;
  };
}

Run gated(const Backend& backend, Activation act) {
  auto gate = hold(random_values(kFfn, 15)), up = hold(random_values(kFfn, 16)), y = hold(std::vector<float>(kFfn));
  return [=, &backend]() -> std::span<const float> {
    backend.gated_activation(act, gate->data(), up->data(), kFfn, y->data());
    return *y;
  };
}

Run add(const Backend& backend) {
  auto x = hold(std::vector<float>(kHidden)), y = hold(random_values(kHidden, 17));
  return [=, &backend]() -> std::span<const float> {
    std::fill(x->begin(), x->end(), 1.0f);
    backend.add(x->data(), y->data(), kHidden);
    return *x;
  };
}

std::vector<Operation> operations() {
  const auto ternary_of = [](std::size_t rows, std::size_t cols, std::size_t tokens) {
    return [=](const Backend& b) { return ternary(b, rows, cols, tokens); };
  };
  const auto of = [](auto function, auto... arguments) {
    return [=](const Backend& b) { return function(b, arguments...); };
  };
  return {{"ternary_product", "640x2560,tokens:1", 0, ternary_of(640, kHidden, 1)},
          {"ternary_product", "2560x6912,tokens:1", 0, ternary_of(kHidden, kFfn, 1)},
          {"ternary_product", "640x2560,tokens:64", 0, ternary_of(640, kHidden, 64)},
          {"dense_product", "f16,2048x2560", 1e-5, of(dense, DType::kF16, std::size_t{2048}, kHidden)},
          {"dense_product", "q6_k,2048x2560", 1e-3, of(dense, DType::kQ6_K, std::size_t{2048}, kHidden)},
          {"embed", "q6_k,8x2560", 1e-6, of(embed, DType::kQ6_K)},
          {"quantize", "2560", 0, of(quantize, kHidden)},
          {"quantize", "6912", 0, of(quantize, kFfn)},
          {"rms_norm", "2560", 1e-6, of(rms_norm, kHidden)},
          {"rms_norm", "6912", 1e-6, of(rms_norm, kFfn)},
          {"rope", "20x128", 1e-6, of(rope)},
          {"attention", "f16,positions:512", 1e-5, of(attention, DType::kF16)},
          {"attention", "q8_0,positions:512", 1e-5, of(attention, DType::kQ8_0)},
          {"attention", "f32,positions:512", 1e-5, of(attention, DType::kF32)},
          {"store_kv", "f16,5x128", 0, of(store_kv, DType::kF16)},
          {"store_kv", "q8_0,5x128", 0, of(store_kv, DType::kQ8_0)},
          {"relu2", "6912", 1e-6, of(gated, Activation::kRelu2)},
          {"silu", "6912", 1e-6, of(gated, Activation::kSilu)},
          {"add", "2560", 0, of(add)}};
}

void measure(benchmark::State& state, const Operation& operation, const std::string& level) {
  const auto oracle = backend_of("scalar"), backend = backend_of(level);
  const Run expected = operation.make(*oracle), run = operation.make(*backend);
  const std::span<const float> want = expected(), got = run();
  float largest = 0;
  for (const float value : want) largest = std::max(largest, std::fabs(value));
  for (std::size_t i = 0; i < want.size(); ++i)
    require(std::fabs(want[i] - got[i]) <= operation.tolerance * largest,
            operation.name + " " + operation.size + " on " + level);
  for (auto _ : state) benchmark::DoNotOptimize(run().data());
}

}  // namespace
}  // namespace bitnet::bench

int main(int argc, char** argv) {
  using namespace bitnet::bench;
  benchmark::Initialize(&argc, argv);
  std::vector<std::string> levels{"unvectorized", "scalar"};
  const std::vector<std::string> vectors = cpu_levels();
  levels.insert(levels.end(), vectors.rbegin(), vectors.rend());
  for (const Operation& operation : operations())
    for (const std::string& level : levels)
      add(operation.name + "/" + operation.size + "/" + level,
          [=](benchmark::State& state) { measure(state, operation, level); });
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
