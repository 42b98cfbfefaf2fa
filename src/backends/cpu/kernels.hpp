// The table of kernels that each instruction-set level fills. Kernels take raw pointers, trust them, and do not throw.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backends/backend.hpp"
#include "base/simd/isa.hpp"
#include "backends/cpu/ternary_layout.hpp"

namespace bitnet::cpu {

// Float reductions run over this many virtual lanes, lane i taking elements i, i + 32, i + 64, ...; the lanes are then
// added in halves: (i, i + 16), (i, i + 8), (i, i + 4), (i, i + 2), (0, 1). Every level keeps this order, so those with
// fused multiply-add agree to the bit. Thirty-two, because three such sums fit the sixteen registers of AVX2.
inline constexpr std::size_t kLanes = 32;
// Sums of attention weights use half of them, each score four.
inline constexpr std::size_t kScoreLanes = 16;
// Positions whose values attention sums by themselves; sums of the chunks are then added in order.
inline constexpr std::size_t kAttentionChunk = 128;

/// A product of ternary tiles (ternary_layout.hpp) with the int8 rows of some tokens:
///   y[t, r] = (sum_k code * q - act_sum[t]) * (weight_scale / act_scale[t]) (+ bias[r]), in double, rounded once.
struct TernaryJob {
  const std::uint8_t* tiles = nullptr;  // 64-byte aligned
  std::size_t groups = 0;               // in each tile
  std::size_t rows = 0;
  const std::int8_t* q = nullptr;  // [tokens, q_stride], zero behind the last column
  std::size_t q_stride = 0;        // room for whole groups
  std::size_t tokens = 0;
  const double* act_scale = nullptr;      // [tokens]
  const std::int32_t* act_sum = nullptr;  // [tokens]
  double weight_scale = 1.0;
  const float* bias = nullptr;  // [rows] or null
  float* y = nullptr;           // [tokens, rows]
};

struct TernaryKernels {
  const TernaryLayout* layout = nullptr;
  /// Bytes of scratch a thread needs for `groups`, used where `tokens` are more than gemv takes.
  std::size_t (*scratch_bytes)(std::size_t groups, std::size_t tokens) noexcept;
  /// Rows of tiles [tile_begin, tile_end) for all tokens. `scratch` is 64-byte aligned.
  void (*product)(const TernaryJob& job, std::size_t tile_begin, std::size_t tile_end, std::byte* scratch) noexcept;
};

/// y[t, r] = dot(w[r], x[t]) (+ bias[r]).
struct DenseJob {
  DType type = DType::kF32;
  const std::byte* rows_data = nullptr;  // [rows, row_bytes], unaligned
  std::size_t row_bytes = 0;
  std::size_t rows = 0;
  std::size_t cols = 0;
  const float* x = nullptr;  // [tokens, cols]
  std::size_t tokens = 0;
  const float* bias = nullptr;  // [rows] or null
  float* y = nullptr;           // [tokens, rows]
};

/// y[t, r] = dot(w[r], x[t]) (+ bias[r]) over tiles of q6_layout.hpp.
struct Q6Job {
  const std::uint8_t* tiles = nullptr;  // 64-byte aligned
  std::size_t rows = 0;
  std::size_t cols = 0;
  const std::byte* activations = nullptr;  // [tokens] of Q6Activations::bytes(cols)
  std::size_t tokens = 0;
  const float* bias = nullptr;  // [rows] or null
  float* y = nullptr;           // [tokens, rows]
};

struct Q6Kernels {
  void (*product)(const Q6Job& job, std::size_t tile_begin, std::size_t tile_end) noexcept;
};

struct DenseKernels {
  /// `count` elements, whole blocks, equal to quant/block_codec's to the bit.
  void (*dequantize)(DType type, const std::byte* source, std::size_t count, float* out) noexcept;
  std::size_t (*scratch_bytes)(std::size_t cols, std::size_t tokens) noexcept;
  void (*product)(const DenseJob& job, std::size_t row_begin, std::size_t row_end, std::byte* scratch) noexcept;
};

/// Causal attention of tokens: token t sees positions 0 .. position + t.
struct AttentionJob {
  const float* q = nullptr;  // [tokens, heads, head_dim]
  KvLayer kv;
  std::size_t heads = 0;
  std::size_t position = 0;  // of token 0
  float scale = 1.0f;
  float* out = nullptr;  // [tokens, heads, head_dim]
};

/// Floats of what is known of one query row after some positions: sums of weighted values [head_dim, padded], the
/// largest score in units of log 2, the sum of weights; weights are relative to the largest.
constexpr std::size_t AttentionStateFloats(std::size_t head_dim) {
  return (head_dim + kLanes - 1) / kLanes * kLanes + 16;
}

struct AttentionKernels {
  /// Of a thread, for scores of so many query rows.
  std::size_t (*scratch_bytes)(std::size_t head_dim, std::size_t rows) noexcept;
  /// States [token, head of the group] of tokens [t_begin, t_end) after positions [p_begin, p_end) of an f16 or q8_0
  /// cache, those of a token that sees none of them excepted; p_begin is a multiple of kAttentionChunk. `states` and
  /// `scratch` are 64-byte aligned.
  void (*scores)(const AttentionJob& job, std::size_t kv_head, std::size_t t_begin, std::size_t t_end,
                 std::size_t p_begin, std::size_t p_end, float* states, std::byte* scratch) noexcept;
  /// Adds to a row's state that of the one next chunk.
  void (*merge)(std::size_t head_dim, float* state, const float* later) noexcept;
  /// out[head_dim] of a row's state.
  void (*finish)(std::size_t head_dim, const float* state, float* out) noexcept;
  /// out[token, head] over a cache of kF32, every sum in double.
  std::size_t (*row_f64_scratch_bytes)(std::size_t head_dim, std::size_t positions) noexcept;
  void (*row_f64)(const AttentionJob& job, std::size_t token, std::size_t head, std::byte* scratch) noexcept;
};

struct ElementwiseKernels {
  /// One token: q[0, stride) and its sum; returns the scale.
  double (*quantize)(const float* x, std::size_t cols, std::size_t stride, std::int8_t* q, std::int32_t* sum) noexcept;
  void (*rms_norm)(const float* x, const float* weight, std::size_t dim, float eps, float* out) noexcept;
  /// One head; cos and sin [dims / 2].
  void (*rope)(float* x, const float* cos, const float* sin, std::size_t dims, bool interleaved) noexcept;
  /// One head's values into one cache row.
  void (*store_row)(DType type, const float* x, std::size_t count, std::byte* out) noexcept;
  void (*gated_activation)(Activation act, const float* gate, const float* up, std::size_t count, float* out) noexcept;
  void (*add)(float* x, const float* y, std::size_t count) noexcept;
};

/// One level. A part that a level has no own kernels for is that of the level it builds on.
struct CpuKernels {
  Isa isa = Isa::kGeneric;
  const TernaryKernels* ternary = nullptr;
  const Q6Kernels* q6 = nullptr;
  const DenseKernels* dense = nullptr;
  const AttentionKernels* attention = nullptr;
  const ElementwiseKernels* elementwise = nullptr;
};

// Each is null when the build has no such level.
const TernaryKernels* ternary_kernels(Isa isa) noexcept;
const Q6Kernels* q6_kernels(Isa isa) noexcept;
const DenseKernels* dense_kernels(Isa isa) noexcept;
const AttentionKernels* attention_kernels(Isa isa) noexcept;
const ElementwiseKernels* elementwise_kernels(Isa isa) noexcept;

}  // namespace bitnet::cpu
