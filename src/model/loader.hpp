// From files to a transformer whose weights lie where the plan wants them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/context.hpp"
#include "model/transformer.hpp"
#include "model/weight_files.hpp"

namespace bitnet {

struct PlacementOptions {
  std::string backend, isa;      // as in LoadOptions
  ProgressSink progress;
  bool shared_weights = false;   // as in LoadOptions
};

/// Ternary weights are packed by their backend, and the files' pages are given back to the system tensor by tensor;
/// everything else stays mapped and is read when it is first used. `name` stands in front of errors.
std::unique_ptr<const Transformer> load_transformer(std::shared_ptr<const Context> context, std::shared_ptr<const WeightFiles> files,
                                                    const std::string& name, const PlacementOptions& options);

/// Random ternary weights and a random F16 embedding in the shape of a known architecture. The same seed gives the same
/// weights. Throws kInvalidArgument naming the known ones.
std::unique_ptr<const Transformer> synthetic_transformer(std::shared_ptr<const Context> context, std::string_view architecture,
                                                         const PlacementOptions& options, std::uint64_t seed);
std::vector<std::string> synthetic_architectures();

}  // namespace bitnet
