// A Hugging Face tokenizer.json as the vocabulary that GGUF files carry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/tokenizer.hpp"

namespace bitnet {

/// Values of `tokenizer.ggml.*`, GgufVocabulary's with texts of their own.
struct ExportedVocabulary {
  std::string model, pre;
  std::vector<std::string>
      tokens;  // one an id; ids that no token has are "[PAD<id>]", as llama.cpp's converter does it
  std::vector<std::int32_t> token_types;  // 1 normal, 3 control, 4 user defined, 5 unused
  std::vector<std::string> merges;        // "left right"
  std::optional<TokenId> bos;
  bool add_bos = false;  // whether texts begin with it by themselves

  /// Views of this.
  GgufVocabulary view() const;
};

/// Byte-level BPE alone: GGUF's tokenizer model "gpt2". `pre` names the way of splitting (tokenizer.ggml.pre); empty:
/// as the file's own pre-tokenizer is recognised. Vocabularies are filled up to `vocab` tokens, a model's embedding
/// rows. Throws kInvalidFile for a broken file, kUnsupported for what GGUF cannot say, naming the part.
ExportedVocabulary export_gguf_vocabulary(std::string_view tokenizer_json, std::string_view pre, std::size_t vocab);

}  // namespace bitnet
