// The decoder: weights in the plan's layouts, and one forward pass over them.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "bitnet/tokenizer.hpp"
#include "exec/plan.hpp"
#include "model/config.hpp"
#include "model/kv_cache.hpp"

namespace bitnet {

/// A norm's weight [dim] f32.
using NormWeight = std::vector<float>;

/// y = weight * x (+ bias), x normalised first where the checkpoint says so (quantization_config.use_rms_norm).
struct Linear {
  WeightMatrix weight;
  std::vector<float> bias;           // empty, or [rows]
  NormWeight input_norm;             // empty, or [cols]
};

struct LayerWeights {
  NormWeight attention_norm, ffn_norm;
  NormWeight attention_sub_norm, ffn_sub_norm;    // empty without sub-norms
  Linear query, key, value, output;
  Linear gate, up, down;
};

struct TransformerWeights {
  WeightMatrix embedding;                         // [vocab, hidden], dense
  std::optional<WeightMatrix> head;               // [vocab, hidden], dense; the embedding when it is tied
  std::vector<float> head_bias;
  NormWeight output_norm;
  std::vector<LayerWeights> layers;
  std::vector<float> rope_frequency_factors;      // empty, or [rope_dims / 2]
  std::shared_ptr<const void> mapping;            // keeps the mapped file alive
  std::uint32_t sample = 0;                       // checksum of some bytes of every tensor of the file, or the seed
  std::uint64_t shared_bytes = 0;                 // of packed weights, in memory shared between processes
  bool shared_found = false;                      // which another process had put there
};

/// Told the input [tokens, cols] of linears before they are applied: of several that read the same, the first.
using LinearInputTap = std::function<void(const Linear& linear, const float* x, std::size_t tokens, std::size_t cols)>;

/// Scratch of one session for up to `max_tokens` tokens at once, from the pool.
class Workspace {
 public:
  Workspace(const Context& context, const ModelConfig& config, std::size_t max_tokens);
  std::size_t max_tokens() const noexcept { return max_tokens_; }
  void set_tap(LinearInputTap tap) { tap_ = std::move(tap); }

 private:
  friend class Transformer;
  std::size_t max_tokens_;
  LinearInputTap tap_;
  Buffer memory_;
  float *hidden_, *normed_, *query_, *key_, *value_, *attended_, *projected_, *gate_, *up_;
  std::int8_t* quantized_;
  double* scales_;
  std::int32_t* sums_;
};

/// Immutable; shared between sessions. Calls from several threads at once must use different caches and workspaces.
class Transformer {
 public:
  Transformer(std::shared_ptr<const Context> context, ModelConfig config, std::unique_ptr<Plan> plan, TransformerWeights weights);

  const ModelConfig& config() const noexcept { return config_; }
  const TransformerWeights& weights() const noexcept { return weights_; }
  const Plan& plan() const noexcept { return *plan_; }
  const WeightMatrix& head() const noexcept { return weights_.head ? *weights_.head : weights_.embedding; }

  KvCache make_cache(DType type, std::size_t capacity) const;

  /// Runs ids, at most workspace.max_tokens() of them, at `position` onwards, and leaves their final hidden states in the
  /// workspace. Ids, position and cache fit: the session has checked.
  void forward(std::span<const TokenId> ids, std::size_t position, const KvCache& cache, Workspace& workspace) const;
  /// logits [count, vocab] of hidden states first .. first + count of the last forward().
  void logits(Workspace& workspace, std::size_t first, std::size_t count, float* logits) const;
  /// logits [vocab] of hidden state `index`, of which only the best matter (Backend::best_rows).
  std::size_t best_logits(Workspace& workspace, std::size_t index, const BestRows& best, float* logits) const;

 private:
  void attention_block(const LayerWeights& layer, const KvLayer& kv, const RopeTable& rope, std::size_t tokens,
                       std::size_t position, Workspace& w) const;
  void ffn_block(const LayerWeights& layer, std::size_t tokens, Workspace& w) const;
  struct Application {
    const Linear* linear;
    float* y;
  };
  /// y = linear(x) for up to three linears that read the same x: it is quantized once, and the ternary ones are
  /// multiplied together.
  void apply(std::initializer_list<Application> linears, const float* x, std::size_t tokens, Workspace& w) const;

  std::shared_ptr<const Context> context_;
  ModelConfig config_;
  std::unique_ptr<Plan> plan_;
  TransformerWeights weights_;
};

}  // namespace bitnet
