// What the ternary weights of a model file are like: how many zeros, how many bits they would need.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bitnet/context.hpp"
#include "bitnet/packing.hpp"
#include "bitnet/weight_layouts.hpp"

namespace bitnet {

struct TernaryWeights {
  std::string name;  // as GGUF has it, without ".weight"
  std::uint64_t rows = 0, cols = 0;
  float scale = 0;
  TernaryStatistics statistics;
  std::uint64_t undefined = 0;    // I2_S's code 3, which a sound file of the layout x86 lacks
  std::vector<PackedSize> sizes;  // smallest first; empty unless asked for
};

struct TernaryWeightsOptions {
  WeightLayouts layouts;
  bool sizes = false;  // pack everything in every way: slow
  int threads = 0;     // 0: one a physical core
  ProgressSink progress;
};

/// Of each ternary linear of a GGUF file or a Hugging Face directory, in the model's order; reads all of them, one at a
/// time. Throws kNotFound, kInvalidFile, kUnsupported, kInvalidArgument as Model::load() does.
std::vector<TernaryWeights> read_ternary_weights(const std::filesystem::path& path,
                                                 const TernaryWeightsOptions& options = {});

}  // namespace bitnet
