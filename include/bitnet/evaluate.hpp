// How well a model predicts a text, alone and beside another.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "bitnet/session.hpp"

namespace bitnet {

struct EvaluateOptions {
  SessionOptions session;  // its context_length is the window; 0: 512
  ProgressSink progress;   // windows done of all windows
};

/// exp of the mean negative log-likelihood (nats) of the scored tokens, with its standard error.
struct Perplexity {
  double perplexity = 0, standard_error = 0, nll = 0;
  std::uint64_t scored = 0, windows = 0, window = 0;
  bool bos = false;  // whether windows begin with it
};

/// llama.cpp's default way: windows without overlap, BOS in the place of each one's first token where the model has
/// one, and the second half of each scored. Throws kInvalidArgument when there is no whole window or one of under 4
/// tokens, kUnsupported when ids are beyond the model's vocabulary, kInternal when logits are not finite.
Perplexity measure_perplexity(const std::shared_ptr<const Model>& model, std::span<const TokenId> ids,
                              const EvaluateOptions& options = {});

/// The same windows through both. KL(reference || candidate) in nats over the whole vocabulary; `same_top` is the share
/// of places where both find the same token likeliest.
struct ModelComparison {
  Perplexity reference, candidate;
  double mean_kl = 0, kl_standard_error = 0, max_kl = 0, same_top = 0;
  double logits_nmse = 0;  // sum of squared differences over the reference's sum of squares
};
/// Throws as measure_perplexity(), and kInvalidArgument when the vocabularies differ.
ModelComparison compare_models(const std::shared_ptr<const Model>& reference,
                               const std::shared_ptr<const Model>& candidate, std::span<const TokenId> ids,
                               const EvaluateOptions& options = {});

}  // namespace bitnet
