// What a model lost in quantization, tensor by tensor and as a whole.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bitnet/evaluate.hpp"
#include "bitnet/quantize.hpp"

namespace bitnet {

struct TensorQuality {
  std::string name, type;  // as GGUF has the name, without ".weight"; "i2_s", "f16", ...
  std::uint64_t parameters = 0;
  double bits = 0;           // each takes, scales included
  double zero_fraction = 0;  // of what was written
  QuantError error;          // of what was written against the source's floats
};

/// The sums behind a QuantError for a tensor that comes in pieces.
class TensorComparison {
 public:
  void add(std::span<const float> source, std::span<const float> written);
  /// `bytes`: what the tensor takes.
  TensorQuality finish(std::string name, std::string type, std::uint64_t bytes) const;

 private:
  double error_ = 0, source_ = 0, written_ = 0, product_ = 0, most_ = 0;
  std::uint64_t count_ = 0, zeros_ = 0;
};

struct QualityReport {
  std::string source, target;
  std::vector<TensorQuality> tensors;
  std::optional<ModelComparison> model;

  /// A table for people.
  std::string text() const;
  /// {"source","target","tensors":[{"name","type","parameters","bits","zero_fraction","mse","sqnr_db","cosine","max_abs"}],
  /// "model":{"reference":{"perplexity",...},"candidate":{...},"mean_kl",...}}; an infinite sqnr_db is null.
  std::string json() const;
  /// A bar chart of each tensor's signal to noise, complete in itself.
  std::string svg() const;
};

}  // namespace bitnet
