// tokenizer.ggml.pre: which patterns split a GGUF vocabulary's text.
#pragma once

#include <span>
#include <string_view>

namespace bitnet::tokenization {

struct GgufPreTokenizer {
  std::span<const std::string_view> patterns;  // each splits the pieces of the one before; gaps are pieces too
  bool ignore_merges = false;
  bool add_bos = false;  // where the file does not say
};

/// Throws kUnsupported naming `pre`. An empty name is llama-bpe: the first BitNet files carry none.
GgufPreTokenizer find_gguf_pre_tokenizer(std::string_view pre);

}  // namespace bitnet::tokenization
