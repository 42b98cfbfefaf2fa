// What a model's linears read: ranges from running a text, and what rounding it to int8 costs, by token or by range.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bitnet/model.hpp"
#include "bitnet/quantize.hpp"

namespace bitnet {

/// The input of one linear, or of several that read the same, over all tokens of the text.
struct LinearInput {
  struct Static {
    ObserverKind observer;
    ValueRange range;
    double sqnr_db;
  };
  std::string name;  // "blk.0.attn_q, attn_k, attn_v"
  std::uint64_t values = 0;
  float min = 0, max = 0;
  double zero_fraction = 0;  // exact zeros, which squared ReLU makes many of
  /// Signal to noise of int8 codes with a scale a token, as the engine rounds (s = 127 / absmax), and of codes over one
  /// range for all tokens, found by each observer on the same text.
  double dynamic_sqnr_db = 0;
  std::vector<Static> statics;
};

struct CalibrateOptions {
  std::size_t window = 512;  // tokens that see each other
  ProgressSink progress;
};

/// Runs `ids` twice: once to observe, once to measure. Throws kInvalidArgument for no ids or ids that the model lacks.
std::vector<LinearInput> calibrate_inputs(const std::shared_ptr<const Model>& model, std::span<const TokenId> ids,
                                          const CalibrateOptions& options = {});

}  // namespace bitnet
