// One request's mutable state: the KV cache, the sampler and the generated text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/dtype.hpp"
#include "bitnet/model.hpp"

namespace bitnet {

struct SessionOptions {
  std::size_t context_length = 0;          // positions in the KV cache; 0: the model's, at most 4096, and less where
                                           // memory is short
  DType kv_type = DType::kF16;             // kF16, kF32 or kQ8_0
  std::size_t batch_tokens = 256;          // tokens computed at once in a prompt; results do not depend on it
};

/// How the next token is chosen. Filters apply in this order: repetition penalty, temperature, top-k, top-p, min-p.
class Sampler;

struct SamplerOptions {
  float temperature = 0.8f;                // 0: greedy
  int top_k = 40;                          // 0: off
  float top_p = 0.95f;                     // 1: off
  float min_p = 0.05f;                     // 0: off; drops tokens less probable than min_p times the best
  float repeat_penalty = 1.0f;             // 1: off; over the last repeat_window tokens
  int repeat_window = 64;
  std::uint64_t seed = 0;                  // same seed, same tokens

  /// The most probable token each time.
  static SamplerOptions greedy();
  /// Throws kInvalidArgument naming the field: NaN, infinite or negative values, probabilities above 1.
  void validate() const;
};

struct GenerateOptions {
  std::size_t max_tokens = 256;
  SamplerOptions sampler;
  std::vector<std::string> stop;           // texts that end the generation; they are not part of the result
  std::vector<TokenId> stop_tokens;        // ids that end the generation beside the model's own
  bool ignore_stop_tokens = false;         // the model's own and those above
  /// Called with each piece of text, whole UTF-8 characters; returning false ends the generation. May be empty.
  std::function<bool(std::string_view piece)> on_text;
  /// Called with each token id before its text; returning false ends the generation. May be empty.
  std::function<bool(TokenId id)> on_token;
  /// Asked between the batches of the prompt and behind each token; returning false ends the generation. May be empty.
  std::function<bool()> keep_going;
};

enum class FinishReason { kLength, kStopToken, kStopText, kContextFull, kCancelled };
std::string_view finish_reason_name(FinishReason reason) noexcept;

struct GenerateTimings {
  std::size_t prompt_tokens = 0;           // evaluated: fewer than given when keep_going ended it
  double prompt_seconds = 0;
  std::size_t generated_tokens = 0;
  std::size_t decoded_tokens = 0;          // of these run through the model: the last one may not be
  double generate_seconds = 0;             // decoding, sampling included
};

struct GenerateResult {
  std::vector<TokenId> ids;                // generated ids, a stop token not included
  std::string text;                        // empty without a tokenizer
  FinishReason finish = FinishReason::kLength;
  GenerateTimings timings;
};

/// Not thread-safe; sessions of one model may run one after another on any thread.
class Session {
 public:
  /// Throws kInvalidArgument (lengths, kv_type), kInsufficientMemory.
  explicit Session(std::shared_ptr<const Model> model, const SessionOptions& options = {});
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  const Model& model() const noexcept;
  std::size_t context_length() const noexcept;
  std::size_t position() const noexcept;               // tokens in the cache
  /// Those tokens, in order; valid until the next call that is not const.
  std::span<const TokenId> tokens() const noexcept;
  std::uint64_t kv_bytes() const noexcept;

  /// Runs `ids` behind what the cache holds; returns the logits after the last one, [vocabulary], valid until the next
  /// call. Throws kInvalidArgument: no ids, an id outside the vocabulary, more than fit into the context.
  std::span<const float> eval(std::span<const TokenId> ids);
  /// The same, handing the logits of every position, in order, to `visit(index in ids, logits)`.
  void eval_all(std::span<const TokenId> ids, const std::function<void(std::size_t, std::span<const float>)>& visit);
  /// Forgets everything behind the first `tokens` tokens. Throws kInvalidArgument when there are fewer.
  void rewind(std::size_t tokens);

  /// Writes tokens, keys and values to a file that restore() of a session of the same model takes up again: a
  /// safetensors file with a checksum, whole or not at all. Throws kIo.
  void save(const std::filesystem::path& path) const;
  /// Takes up what save() wrote; what the session had seen is gone. Throws kNotFound, kIo, kInvalidFile (damaged, or of
  /// another model), kUnsupported (of a later version), kInvalidArgument (a larger context, or another kv_type); the
  /// session is then as it was.
  void restore(const std::filesystem::path& path);

  /// Evaluates the prompt, then samples until a stop, max_tokens or the end of the context.
  GenerateResult generate(std::span<const TokenId> prompt, const GenerateOptions& options = {});
  /// Tokenizes first, special tokens in the text included. Throws kUnsupported without a tokenizer.
  GenerateResult generate(std::string_view prompt, const GenerateOptions& options = {});

 private:
  struct State;
  std::span<const float> eval_for(Sampler& sampler, std::span<const TokenId> ids);
  std::unique_ptr<State> state_;
};

}  // namespace bitnet
