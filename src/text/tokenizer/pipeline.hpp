// The tokenizer that runs the steps of tokenizer.json, and those of GGUF vocabularies, one after the other.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bitnet/tokenizer.hpp"
#include "text/tokenizer/added_tokens.hpp"
#include "text/tokenizer/decoder.hpp"
#include "text/tokenizer/model.hpp"
#include "text/tokenizer/pre_tokenizer.hpp"
#include "text/tokenizer/text_stream.hpp"

namespace bitnet::tokenization {

struct PipelineConfig {
  std::unique_ptr<Segmenter> segmenter;
  PreTokenizerSequence pre_tokenizer;
  std::unique_ptr<Model> model;
  std::vector<TokenId> prefix, suffix;  // what the post-processor puts around the text
  IdMap<std::string> added;             // spellings of tokens beside the model's vocabulary; they go first
  IdMap<bool> special;                  // ids that decoding can skip

  // Decoding is one of two: `pieces` are the bytes of each id and just follow each other, or `decoders` take the
  // tokens.
  bool decode_pieces = false;
  IdMap<std::string> pieces;
  bool strip_first_space = false;  // with `pieces`: SentencePiece's space before the first word
  std::vector<StageFactory> decoders;

  std::optional<TokenId> bos, eos;
};

class PipelineTokenizer final : public Tokenizer {
 public:
  explicit PipelineTokenizer(PipelineConfig config);

  std::vector<TokenId> encode(std::string_view text, const EncodeOptions& options) const override;
  std::string decode(std::span<const TokenId> ids, bool skip_special_tokens) const override;
  std::unique_ptr<TextStream> text_stream(bool skip_special_tokens) const override;
  std::size_t vocabulary_size() const override;
  std::optional<TokenId> token_to_id(std::string_view token) const override;
  std::optional<std::string> id_to_token(TokenId id) const override;
  bool is_special(TokenId id) const override;
  std::optional<TokenId> bos() const override { return config_.bos; }
  std::optional<TokenId> eos() const override { return config_.eos; }

 private:
  class PieceStream;
  class ChainStream;
  const std::string* spelling(TokenId id) const noexcept;

  PipelineConfig config_;
  StringTable added_ids_;
  mutable ScratchPool scratches_;
};

/// The first of the usual names of such a token that `id_of` knows.
std::optional<TokenId> guess_bos(const std::function<std::optional<TokenId>(std::string_view)>& id_of);
std::optional<TokenId> guess_eos(const std::function<std::optional<TokenId>(std::string_view)>& id_of);

}  // namespace bitnet::tokenization
