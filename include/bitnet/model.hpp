// A loaded language model: immutable, shared by any number of sessions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bitnet/context.hpp"
#include "bitnet/tokenizer.hpp"
#include "bitnet/weight_layouts.hpp"

namespace bitnet {

struct LoadOptions {
  std::string backend;          // empty: BITNET_FORCE_BACKEND, else the best that supports the model
  std::string isa;              // empty: BITNET_FORCE_ISA, else the best of this machine
  ProgressSink progress;        // tensors prepared of all tensors
  WeightLayouts layouts;        // what files leave unsaid
  /// Packed weights lie in memory that all processes of this user share which load the same files for the same backend
  /// with it: the first one puts them there. Linux alone. The pool does not count them.
  bool shared_weights = false;
};

/// What a person may want to know of a model. Sizes in elements unless said otherwise.
struct ModelInfo {
  std::string name;             // from the file, or its file name
  std::string architecture;     // "bitnet-b1.58", "bitnet-25", "bitnet", "llama"
  std::size_t layers = 0, hidden = 0, ffn = 0, heads = 0, kv_heads = 0, head_dim = 0, vocabulary = 0, context_length = 0;
  std::uint64_t parameters = 0;
  std::uint64_t ternary_parameters = 0;
  std::uint64_t weight_bytes = 0;        // as held in memory
  std::uint64_t shared_weight_bytes = 0; // of these, in memory shared with other processes
  bool shared_weights_found = false;     // which another process had put there
  // Weights that one decoded token reads; of a head read in two steps (greedy, top-k) the first step's. No KV cache.
  std::uint64_t bytes_per_token = 0;
  std::uint64_t macs_per_token = 0;      // multiply-accumulates with weights for one token, the head included
  std::string backend, isa;              // what runs it
  double load_seconds = 0;
};

class Transformer;               // internal: src/model/transformer.hpp

/// The transformer, its tokenizer and its stop tokens. Safe to share between threads.
class Model {
 public:
  /// `path`: a GGUF file, or a Hugging Face directory (config.json, *.safetensors, optional tokenizer.json).
  /// Throws kNotFound, kInvalidFile, kUnsupported, kInsufficientMemory; what() names the file and the tensor or key.
  static std::shared_ptr<const Model> load(std::shared_ptr<const Context> context, const std::filesystem::path& path,
                                           const LoadOptions& options = {});
  /// The small story-telling model that is compiled in (models/README.md). Throws kNotFound for a build without it.
  static std::shared_ptr<const Model> built_in(std::shared_ptr<const Context> context, const LoadOptions& options = {});
  /// Random weights of a known architecture, made in memory; for measuring. Throws kInvalidArgument naming the known ones.
  static std::shared_ptr<const Model> synthetic(std::shared_ptr<const Context> context, std::string_view architecture,
                                                const LoadOptions& options = {}, std::uint64_t seed = 1);
  static std::vector<std::string> synthetic_architectures();

  ~Model();
  const ModelInfo& info() const noexcept { return info_; }
  const Context& context() const noexcept { return *context_; }
  /// Null when the files hold none.
  const Tokenizer* tokenizer() const noexcept { return tokenizer_.get(); }
  /// Ids that end a generation, ascending.
  const std::vector<TokenId>& stop_tokens() const noexcept { return stop_tokens_; }
  /// The chat template (Jinja) as the files give it; empty when they give none.
  const std::string& chat_template() const noexcept { return chat_template_; }
  /// Internal.
  const Transformer& transformer() const noexcept { return *transformer_; }

 private:
  Model() = default;
  friend struct ModelBuilder;
  std::shared_ptr<const Context> context_;
  std::unique_ptr<const Transformer> transformer_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::vector<TokenId> stop_tokens_;
  std::string chat_template_;
  ModelInfo info_;
};

}  // namespace bitnet
