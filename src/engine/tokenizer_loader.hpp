// The text side of a model's files: vocabulary, stop tokens, chat template. Reads no weights.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bitnet/tokenizer.hpp"
#include "io/gguf.hpp"

namespace bitnet {

struct TextParts {
  std::shared_ptr<const Tokenizer> tokenizer;    // null when the files hold none
  std::vector<TokenId> stop_tokens;              // ascending, each once
  std::string chat_template;                     // Jinja; empty when the files give none
};

/// `path` is a GGUF file or a Hugging Face directory: tokenizer.json, or vocab.json with merges.txt, or tiktoken's
/// tokenizer.model; config.json, generation_config.json and tokenizer_config.json give the stop tokens and the template.
/// Throws kNotFound, kInvalidFile, kUnsupported.
TextParts load_text_parts(const std::filesystem::path& path);
TextParts load_text_parts(const GgufFile& file);

/// `tokenizer.ggml.*` of a file. Views point into the file's mapping.
GgufVocabulary gguf_vocabulary(const GgufFile& file);

}  // namespace bitnet
