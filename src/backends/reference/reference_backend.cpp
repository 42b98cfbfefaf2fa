#include "backends/reference/reference_backend.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "backends/dense_types.hpp"
#include "base/fail.hpp"
#include "base/half.hpp"
#include "base/parallel.hpp"
#include "quant/block_codec.hpp"

namespace bitnet::reference {
namespace {

constexpr std::uint32_t kLayoutTrits = 0x54524954;  // "TRIT": one int8 a weight, rows one after another

std::size_t row_bytes(DType type, std::size_t cols) { return static_cast<std::size_t>(*dtype_bytes(type, cols)); }

class ReferenceBackend final : public Backend {
 public:
  explicit ReferenceBackend(const Context& context) : context_(context) {}

  std::string_view name() const noexcept override { return "reference"; }
  std::string_view isa() const noexcept override { return "scalar"; }

  bool supports(Op op, DType type) const noexcept override {
    switch (op) {
      case Op::kDenseMatmul:
      case Op::kEmbed: return is_dense_weight_type(type);
      case Op::kAttention: return is_kv_cache_type(type);
      default: return true;
    }
  }

  using Backend::pack_ternary;
  WeightMatrix pack_ternary(std::size_t rows, std::size_t cols, double scale, const TritReader& read,
                            SharedWeights* shared) const override {
    WeightMatrix w;
    w.kind = WeightMatrix::Kind::kTernary;
    w.rows = rows;
    w.cols = cols;
    w.scale = scale;
    w.layout = kLayoutTrits;
    w.storage = place_weights(context_.pool(), shared, rows * cols, [&](std::byte* to) {
      auto* trits = reinterpret_cast<std::int8_t*>(to);
      parallel_for(context_.threads(), rows, 32,
                   [&](std::size_t begin, std::size_t end, int) { read(begin, end - begin, trits + begin * cols); });
    });
    w.data = w.storage.data();
    w.bytes = rows * cols;
    return w;
  }

  void quantize(const Activations& a) const override {
    for (std::size_t t = 0; t < a.tokens; ++t) {
      const float* x = a.x + t * a.cols;
      std::int8_t* q = a.q + t * a.q_stride;
      float absmax = 0.0f;
      for (std::size_t i = 0; i < a.cols; ++i)
        if (std::isnan(x[i]) || std::fabs(x[i]) > absmax) absmax = std::fabs(x[i]);
      for (std::size_t i = 0; i < a.cols; ++i)
        if (std::isnan(x[i])) absmax = std::numeric_limits<float>::quiet_NaN();
      // A NaN stays in the scale, so that it shows in every product of this token; its int8 values are zero.
      const double scale = 127.0 / static_cast<double>(absmax < 1e-5f ? 1e-5f : absmax);
      std::int32_t sum = 0;
      for (std::size_t i = 0; i < a.cols; ++i) {
        const auto scaled = static_cast<float>(x[i] * scale);
        const float rounded = std::isnan(scaled) ? 0.0f : std::nearbyint(scaled);
        q[i] = static_cast<std::int8_t>(std::clamp(rounded, -128.0f, 127.0f));
        sum += q[i];
      }
      std::fill(q + a.cols, q + a.q_stride, std::int8_t{0});
      a.scale[t] = scale;
      a.sum[t] = sum;
    }
  }

  void matmul(const WeightMatrix& w, const Activations& a, const float* bias, float* y) const override {
    if (w.kind == WeightMatrix::Kind::kTernary) {
      ternary(w, a, bias, y);
    } else {
      dense(w, a, bias, y);
    }
  }

  void embed(const WeightMatrix& table, const std::int32_t* ids, std::size_t tokens, float* out) const override {
    const std::size_t bytes = row_bytes(table.dtype, table.cols);
    for (std::size_t t = 0; t < tokens; ++t)
      dequantize(table.dtype, table.data + static_cast<std::size_t>(ids[t]) * bytes, table.cols, out + t * table.cols);
  }

  void rms_norm(const float* x, const float* weight, std::size_t tokens, std::size_t dim, float eps,
                float* out) const override {
    for (std::size_t t = 0; t < tokens; ++t, x += dim, out += dim) {
      double squares = 0.0;
      for (std::size_t i = 0; i < dim; ++i) squares += static_cast<double>(x[i]) * x[i];
      const double inverse = 1.0 / std::sqrt(squares / static_cast<double>(dim) + eps);
      for (std::size_t i = 0; i < dim; ++i) out[i] = static_cast<float>(x[i] * inverse * weight[i]);
    }
  }

  void rope(float* x, std::size_t tokens, std::size_t heads, std::size_t head_dim, const RopeTable& table,
            std::size_t position) const override {
    const std::size_t pairs = table.dims / 2;
    for (std::size_t t = 0; t < tokens; ++t) {
      const float* cos = table.cos + (position + t) * pairs;
      const float* sin = table.sin + (position + t) * pairs;
      for (std::size_t h = 0; h < heads; ++h, x += head_dim) {
        for (std::size_t i = 0; i < pairs; ++i) {
          float& a = table.interleaved ? x[2 * i] : x[i];
          float& b = table.interleaved ? x[2 * i + 1] : x[i + pairs];
          const double c = cos[i], s = sin[i];
          const auto rotated_a = static_cast<float>(a * c - b * s);
          const auto rotated_b = static_cast<float>(a * s + b * c);
          a = rotated_a;
          b = rotated_b;
        }
      }
    }
  }

  void store_kv(const KvLayer& kv, const float* k, const float* v, std::size_t tokens,
                std::size_t position) const override {
    const std::size_t bytes = row_bytes(kv.type, kv.head_dim);
    for (std::size_t t = 0; t < tokens; ++t) {
      for (std::size_t h = 0; h < kv.kv_heads; ++h, k += kv.head_dim, v += kv.head_dim) {
        const std::size_t offset = (h * kv.capacity + position + t) * bytes;
        store_row(kv.type, k, kv.head_dim, kv.keys + offset);
        store_row(kv.type, v, kv.head_dim, kv.values + offset);
      }
    }
  }

  void attention(const float* q, const KvLayer& kv, std::size_t tokens, std::size_t heads, std::size_t position,
                 float scale, float* out) const override {
    const std::size_t dim = kv.head_dim, bytes = row_bytes(kv.type, dim), group = heads / kv.kv_heads;
    const Buffer memory = context_.pool().buffer({.size = (kv.capacity + 2 * dim) * sizeof(double), .tag = MemoryTag::kScratch});
    auto* scores = memory.as<double>();
    double* sums = scores + kv.capacity;
    auto* row = reinterpret_cast<float*>(sums + dim);
    for (std::size_t t = 0; t < tokens; ++t) {
      const std::size_t positions = position + t + 1;
      for (std::size_t h = 0; h < heads; ++h, q += dim, out += dim) {
        const std::size_t head = h / group * kv.capacity;
        double largest = -std::numeric_limits<double>::infinity();
        for (std::size_t p = 0; p < positions; ++p) {
          dequantize(kv.type, kv.keys + (head + p) * bytes, dim, row);
          double dot = 0.0;
          for (std::size_t i = 0; i < dim; ++i) dot += static_cast<double>(q[i]) * row[i];
          scores[p] = dot * scale;
          largest = std::max(largest, scores[p]);
        }
        double total = 0.0;
        std::fill(sums, sums + dim, 0.0);
        for (std::size_t p = 0; p < positions; ++p) {
          const double weight = std::exp(scores[p] - largest);
          total += weight;
          dequantize(kv.type, kv.values + (head + p) * bytes, dim, row);
          for (std::size_t i = 0; i < dim; ++i) sums[i] += weight * row[i];
        }
        for (std::size_t i = 0; i < dim; ++i) out[i] = static_cast<float>(sums[i] / total);
      }
    }
  }

  void gated_activation(Activation act, const float* gate, const float* up, std::size_t count,
                        float* out) const override {
    for (std::size_t i = 0; i < count; ++i) {
      const double g = gate[i];
      const double activated = act == Activation::kSilu ? g / (1.0 + std::exp(-g)) : (g < 0.0 ? 0.0 : g * g);
      out[i] = static_cast<float>(activated * up[i]);
    }
  }

  void add(float* x, const float* y, std::size_t count) const override {
    for (std::size_t i = 0; i < count; ++i) x[i] += y[i];
  }

 private:
  void ternary(const WeightMatrix& w, const Activations& a, const float* bias, float* y) const {
    if (w.layout != kLayoutTrits)
      fail(ErrorCode::kInternal, "the reference backend was given ternary weights of layout {:#010x}", w.layout);
    const auto* trits = reinterpret_cast<const std::int8_t*>(w.data);
    parallel_for(context_.threads(), w.rows, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t r = begin; r < end; ++r) {
        for (std::size_t t = 0; t < a.tokens; ++t) {
          std::int32_t sum = 0;
          for (std::size_t i = 0; i < w.cols; ++i)
            sum += static_cast<std::int32_t>(trits[r * w.cols + i]) * a.q[t * a.q_stride + i];
          const double value = sum * (w.scale / a.scale[t]);
          y[t * w.rows + r] = static_cast<float>(bias != nullptr ? value + bias[r] : value);
        }
      }
    });
  }

  void dense(const WeightMatrix& w, const Activations& a, const float* bias, float* y) const {
    const std::size_t bytes = row_bytes(w.dtype, w.cols);
    const auto threads = static_cast<std::size_t>(context_.threads());
    const Buffer memory = context_.pool().buffer({.size = threads * w.cols * sizeof(float), .tag = MemoryTag::kScratch});
    parallel_for(context_.threads(), w.rows, 1, [&](std::size_t begin, std::size_t end, int thread) {
      float* row = memory.as<float>() + static_cast<std::size_t>(thread) * w.cols;
      for (std::size_t r = begin; r < end; ++r) {
        dequantize(w.dtype, w.data + r * bytes, w.cols, row);
        for (std::size_t t = 0; t < a.tokens; ++t) {
          double sum = 0.0;
          for (std::size_t i = 0; i < w.cols; ++i) sum += static_cast<double>(row[i]) * a.x[t * w.cols + i];
          y[t * w.rows + r] = static_cast<float>(bias != nullptr ? sum + bias[r] : sum);
        }
      }
    });
  }

  static void store_row(DType type, const float* x, std::size_t count, std::byte* out) {
    if (type == DType::kF32) {
      std::memcpy(out, x, count * sizeof(float));
    } else if (type == DType::kF16) {
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint16_t half = f32_to_f16(x[i]);
        std::memcpy(out + 2 * i, &half, sizeof(half));
      }
    } else {
      quantize_q8_0(x, count, out);
    }
  }

  const Context& context_;
};

}  // namespace

std::vector<std::string_view> isa_levels() { return {"scalar"}; }

std::unique_ptr<Backend> create_reference_backend(const Context& context, std::string_view) {
  return std::make_unique<ReferenceBackend>(context);
}

}  // namespace bitnet::reference
