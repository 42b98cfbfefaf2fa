// A backend: the table of operations that the transformer is made of. Each folder beside this file fills it once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/context.hpp"
#include "bitnet/dtype.hpp"
#include "memory/shared_weights.hpp"

namespace bitnet {

enum class Op : std::uint8_t {
  kTernaryMatmul, kDenseMatmul, kEmbed, kRmsNorm, kRope, kAttention, kActivation, kElementwise,
};
inline constexpr int kOpCount = static_cast<int>(Op::kElementwise) + 1;
std::string_view op_name(Op op) noexcept;

/// A weight matrix [rows, cols] that a backend can multiply with. `kDense` rows lie one after another as the file stores
/// them (any DType with dequantization, no alignment promised), unless `layout` says that a backend packed them. `kTernary` is `scale` times {-1, 0, +1} in a layout of the
/// backend that packed it, which `layout` names; only that backend may read it.
struct WeightMatrix {
  enum class Kind : std::uint8_t { kDense, kTernary };
  Kind kind = Kind::kDense;
  DType dtype = DType::kF32;         // kDense only
  std::size_t rows = 0;
  std::size_t cols = 0;
  double scale = 1.0;                // kTernary only: value = code * scale
  std::uint32_t layout = 0;          // of the backend that packed it; 0: kDense rows as the file has them
  const std::byte* data = nullptr;
  std::size_t bytes = 0;             // bytes that one product reads
  Buffer storage;                    // owns `data`, or is empty where the bytes are mapped from the file
  Buffer shortlist;                  // kDense only: what Backend::best_rows reads first, or empty
};

/// Fills `trits` [row_count, cols] with -1, 0 and +1, rows row_begin onwards. Called from several threads at once.
using TritReader = std::function<void(std::size_t row_begin, std::size_t row_count, std::int8_t* trits)>;

/// Activations of some tokens, [tokens, cols], as float and, once Backend::quantize has run, as int8. The int8 rows are
/// `q_stride` bytes apart, 64-byte aligned, zero behind `cols`.
///   scale[t] = 127 / max(absmax(x[t]), 1e-5);  q = clamp(round_half_even(float(x * scale)), -128, 127);  sum[t] = sum of q
/// (transformers integrations/bitnet.py, ActQuant). A ternary product is  float((sum_k code*q) * (weight.scale / scale[t])).
/// Scales and products are doubles that are rounded once, so that ties of one layer are ties in the next.
struct Activations {
  const float* x = nullptr;
  std::size_t tokens = 0;
  std::size_t cols = 0;
  std::int8_t* q = nullptr;
  std::size_t q_stride = 0;
  double* scale = nullptr;
  std::int32_t* sum = nullptr;
};
/// q_stride for `cols`: layouts read whole groups of up to 20 columns.
constexpr std::size_t activation_stride(std::size_t cols) { return (cols + 19 + 63) / 64 * 64; }

/// Keys and values of one layer: each [kv_heads, capacity, head_dim], a position's head_dim values contiguous, in
/// kF32, kF16 or kQ8_0 (then head_dim is a multiple of 32).
struct KvLayer {
  DType type = DType::kF16;
  std::byte* keys = nullptr;
  std::byte* values = nullptr;
  std::size_t kv_heads = 0;
  std::size_t capacity = 0;
  std::size_t head_dim = 0;
};

/// cos and sin of every position and frequency: each [positions, dims / 2] f32, dims the rotated part of a head.
struct RopeTable {
  const float* cos = nullptr;
  const float* sin = nullptr;
  std::size_t dims = 0;
  bool interleaved = false;          // pairs (2i, 2i+1) as Llama's GGUF files; otherwise (i, i + dims/2), rotate-half
};

enum class Activation : std::uint8_t { kSilu, kRelu2 };

/// One of several products that read the same activations: y [tokens, weight.rows].
struct Product {
  const WeightMatrix* weight = nullptr;
  const float* bias = nullptr;
  float* y = nullptr;
};

/// Which rows of a product matter: the `count` (at least 1) largest, and those less than `margin` below the last of them;
/// and `also`, ascending row numbers.
struct BestRows {
  std::size_t count = 1;
  float margin = 0.0f;
  std::span<const std::int32_t> also;
};

/// One backend on one device. Everything is [tokens, features] row-major f32 unless said otherwise. Results do not depend
/// on the thread count, nor on how tokens are split over calls. Not thread-safe: a call uses the context's threads itself.
/// Arguments are trusted: shapes were checked when the model was loaded.
class Backend {
 public:
  virtual ~Backend() = default;

  // Required slots.
  virtual std::string_view name() const noexcept = 0;
  /// The instruction set in use, as --isa spells it.
  virtual std::string_view isa() const noexcept = 0;
  /// `type` is the dense weight type of kDenseMatmul and kEmbed, the cache type of kAttention, ignored elsewhere.
  virtual bool supports(Op op, DType type) const noexcept = 0;

  /// Packs ternary weights into this backend's own layout, in memory of the context's pool, or in `shared`.
  virtual WeightMatrix pack_ternary(std::size_t rows, std::size_t cols, double scale, const TritReader& read,
                                    SharedWeights* shared) const = 0;
  WeightMatrix pack_ternary(std::size_t rows, std::size_t cols, double scale, const TritReader& read) const {
    return pack_ternary(rows, cols, scale, read, nullptr);
  }
  /// A dense matrix in the layout that this backend multiplies fastest: the one given, where that is the file's.
  virtual WeightMatrix pack_dense(WeightMatrix w, [[maybe_unused]] SharedWeights* shared) const { return w; }
  WeightMatrix pack_dense(WeightMatrix w) const { return pack_dense(std::move(w), nullptr); }
  /// The same for a head: where its rows are large, with what best_rows() needs to read few of them.
  virtual WeightMatrix pack_head(WeightMatrix w, SharedWeights* shared) const { return pack_dense(std::move(w), shared); }
  WeightMatrix pack_head(WeightMatrix w) const { return pack_head(std::move(w), nullptr); }
  /// Fills a.q, a.scale and a.sum from a.x.
  virtual void quantize(const Activations& a) const = 0;
  /// y[t, r] = dot(w[r], a[t]) (+ bias[r]), y rows `w.rows` apart. Ternary weights read a.q, dense ones a.x.
  virtual void matmul(const WeightMatrix& w, const Activations& a, const float* bias, float* y) const = 0;
  /// Several at once, where that saves starting the threads again.
  virtual void matmul(std::span<const Product> products, const Activations& a) const {
    for (const Product& p : products) matmul(*p.weight, a, p.bias, p.y);
  }
  /// The product of one token with dense rows of which only the best matter: those have the bits that matmul() gives
  /// them, any other may be -infinity. Returns how many rows were read as they are stored.
  virtual std::size_t best_rows(const WeightMatrix& w, const float* x, const float* bias, const BestRows& best, float* y) const {
    (void)best;
    matmul(w, {x, 1, w.cols, nullptr, 0, nullptr, nullptr}, bias, y);
    return w.rows;
  }
  /// out[t] = row ids[t] of the table, as f32. Ids were checked.
  virtual void embed(const WeightMatrix& table, const std::int32_t* ids, std::size_t tokens, float* out) const = 0;
  /// out[t, i] = x[t, i] / sqrt(mean_i(x[t]^2) + eps) * weight[i], in double, rounded once; out may be x.
  virtual void rms_norm(const float* x, const float* weight, std::size_t tokens, std::size_t dim, float eps,
                        float* out) const = 0;
  /// Rotates x [tokens, heads, head_dim] in place; token t stands at position + t.
  virtual void rope(float* x, std::size_t tokens, std::size_t heads, std::size_t head_dim, const RopeTable& table,
                    std::size_t position) const = 0;
  /// Writes k and v, both [tokens, kv_heads, head_dim], into the cache at position onwards.
  virtual void store_kv(const KvLayer& kv, const float* k, const float* v, std::size_t tokens, std::size_t position) const = 0;
  /// Causal attention of q [tokens, heads, head_dim] over the cache: token t sees positions 0 .. position + t.
  /// out [tokens, heads, head_dim]; query head h reads key-value head h / (heads / kv_heads); scores times `scale`.
  virtual void attention(const float* q, const KvLayer& kv, std::size_t tokens, std::size_t heads, std::size_t position,
                         float scale, float* out) const = 0;
  /// out[i] = act(gate[i]) * up[i] over count values; silu(x) = x / (1 + exp(-x)), relu2(x) = max(x, 0)^2. out may be gate.
  virtual void gated_activation(Activation act, const float* gate, const float* up, std::size_t count, float* out) const = 0;
  /// x[i] += y[i].
  virtual void add(float* x, const float* y, std::size_t count) const = 0;
};

/// What a build and machine offer, for `bitnet info` and the plan.
struct BackendInfo {
  std::string name;
  int priority = 0;                          // larger first
  bool available = false;
  std::string reason;                        // why it is not
  std::vector<std::string> isa_levels;       // usable here, best first
};
std::vector<BackendInfo> list_backends();

/// Throws kInvalidArgument naming the known backends or levels when `name` or `isa` is not one of them, kUnsupported when
/// this machine cannot run it. An empty isa takes the best. The context must outlive the backend.
std::unique_ptr<Backend> create_backend(const Context& context, std::string_view name, std::string_view isa = {});

}  // namespace bitnet
