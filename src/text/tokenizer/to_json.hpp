// A GGUF file's vocabulary as Hugging Face's tokenizer.json.
#pragma once

#include <string>

#include "bitnet/tokenizer.hpp"

namespace bitnet {

/// Byte-level BPE alone (tokenizer.ggml.model "gpt2"). Throws kInvalidFile for a broken vocabulary, kUnsupported for
/// other models.
std::string export_tokenizer_json(const GgufVocabulary& vocabulary);

}  // namespace bitnet
