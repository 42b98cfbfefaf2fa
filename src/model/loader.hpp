// From files to a transformer whose weights lie where the plan wants them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/context.hpp"
#include "model/transformer.hpp"

namespace bitnet {

struct PlacementOptions {
  std::string backend, isa;      // as in LoadOptions
  ProgressSink progress;
};

/// `path`: a GGUF file or a Hugging Face directory. Ternary weights are packed by their backend, and the file's pages are
/// given back to the system tensor by tensor; everything else stays mapped and is read when it is first used.
std::unique_ptr<const Transformer> load_transformer(std::shared_ptr<const Context> context, const std::filesystem::path& path,
                                                    const PlacementOptions& options);

/// Random ternary weights and a random F16 embedding in the shape of a known architecture. The same seed gives the same
/// weights. Throws kInvalidArgument naming the known ones.
std::unique_ptr<const Transformer> synthetic_transformer(std::shared_ptr<const Context> context, std::string_view architecture,
                                                         const PlacementOptions& options, std::uint64_t seed);
std::vector<std::string> synthetic_architectures();

}  // namespace bitnet
