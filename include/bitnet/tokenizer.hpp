// Text to token ids and back.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bitnet {

using TokenId = std::int32_t;

struct EncodeOptions {
  bool add_special_tokens = true;   // what the post-processor adds: BOS, EOS, [CLS] ...
  bool parse_special = true;        // match special tokens written in the text; false keeps them plain text
  // False: a special token stands before the text, as in the middle of a chat. It counts for tokenizers that put a space
  // before the first word of a text alone.
  bool at_start = true;
};

/// The vocabulary part of a GGUF file's metadata (`tokenizer.ggml.*`), as plain values: the text layer reads no files.
/// Views must stay valid only during Tokenizer::from_gguf.
struct GgufVocabulary {
  std::string model;                        // tokenizer.ggml.model: "gpt2", "llama", ...
  std::string pre;                          // tokenizer.ggml.pre; empty when missing (then llama-bpe)
  std::vector<std::string_view> tokens;
  std::vector<float> scores;                // empty, or one a token
  std::vector<std::int32_t> token_types;    // empty, or one a token: 1 normal 2 unknown 3 control 4 user 5 unused 6 byte
  std::vector<std::string_view> merges;     // "left right"
  std::optional<TokenId> bos, eos, unk, sep, pad, cls, mask;
  std::optional<bool> add_bos, add_eos, add_space_prefix, remove_extra_whitespaces;
};

class TextStream;  // the running state of a StreamDecoder

/// Immutable and safe to share between threads. Invalid UTF-8 in `text` is read as U+FFFD, never an error.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// From the text of a Hugging Face tokenizer.json. Throws kInvalidFile, or kUnsupported naming the component.
  static std::shared_ptr<const Tokenizer> from_json(std::string_view json);
  static std::shared_ptr<const Tokenizer> from_gguf(const GgufVocabulary& vocabulary);
  /// GPT-2's byte-level BPE, from the texts of vocab.json and merges.txt.
  static std::shared_ptr<const Tokenizer> from_vocab_and_merges(std::string_view vocab_json, std::string_view merges_txt);
  /// From the text of a tiktoken file ("tokenizer.model" of Llama 3 and of BitNet b1.58 2B-4T): lines of a token's bytes
  /// in base64 and its rank. Such files name neither special tokens, whose ids follow the others, nor the way of splitting
  /// (`pre`, as GGUF calls it): without `specials` a vocabulary of 128000 has Llama 3's, any other none. Throws
  /// kInvalidFile naming the line.
  static std::shared_ptr<const Tokenizer> from_tiktoken(std::string_view file, std::vector<std::string> specials = {},
                                                        std::string_view pre = "llama-bpe");
  /// Words separated by white space; words outside the vocabulary become "<unk>" where it has one, else an error.
  static std::shared_ptr<const Tokenizer> simple(std::vector<std::pair<std::string, TokenId>> vocabulary,
                                                 std::vector<std::pair<std::string, TokenId>> special_tokens = {});

  virtual std::vector<TokenId> encode(std::string_view text, const EncodeOptions& options = {}) const = 0;
  /// Ids outside the vocabulary are skipped. The text may hold U+FFFD where bytes did not form UTF-8.
  virtual std::string decode(std::span<const TokenId> ids, bool skip_special_tokens = true) const = 0;
  /// For StreamDecoder: `decode` for ids that come one by one. The tokenizer must outlive it.
  virtual std::unique_ptr<TextStream> text_stream(bool skip_special_tokens) const = 0;

  /// One result a text, as `encode` gives them; uses `threads` threads.
  std::vector<std::vector<TokenId>> encode_batch(std::span<const std::string_view> texts, const EncodeOptions& options = {},
                                                 int threads = 1) const;
  std::vector<std::string> decode_batch(std::span<const std::vector<TokenId>> batch, bool skip_special_tokens = true,
                                        int threads = 1) const;

  /// One more than the largest id, added tokens included.
  virtual std::size_t vocabulary_size() const = 0;
  virtual std::optional<TokenId> token_to_id(std::string_view token) const = 0;
  /// The token as the vocabulary spells it; nothing when the id is not in it.
  virtual std::optional<std::string> id_to_token(TokenId id) const = 0;
  virtual bool is_special(TokenId id) const = 0;
  virtual std::optional<TokenId> bos() const = 0;
  virtual std::optional<TokenId> eos() const = 0;
};

/// Decodes a growing sequence of ids piece by piece. The pieces joined are the text of the whole sequence, and no piece
/// ends inside a UTF-8 character. Not thread-safe; the tokenizer must outlive it.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer, bool skip_special_tokens = true);
  ~StreamDecoder();
  StreamDecoder(StreamDecoder&&) noexcept;
  StreamDecoder& operator=(StreamDecoder&&) noexcept;

  /// The text that became certain with this id; often empty in the middle of a character.
  std::string push(TokenId id);
  /// What is left, incomplete characters as U+FFFD. The decoder then begins a new sequence.
  std::string finish();

 private:
  const Tokenizer* tokenizer_;
  bool skip_special_tokens_;
  std::unique_ptr<TextStream> stream_;
};

}  // namespace bitnet
