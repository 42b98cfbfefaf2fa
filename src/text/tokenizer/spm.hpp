// SentencePiece's BPE by scores, as llama.cpp runs it on GGUF vocabularies.
#pragma once

#include <memory>
#include <vector>

#include "text/tokenizer/model.hpp"

namespace bitnet::tokenization {

/// The neighbours whose concatenation is the token of highest score are joined first, of equals the leftmost.
/// Characters left over become bytes, or the unknown token. `scores` by id, none NaN. Throws kInvalidFile when a byte
/// has no token and there is no unknown token.
std::unique_ptr<Model> make_spm(Vocabulary vocabulary, std::vector<float> scores, std::optional<TokenId> unk);

}  // namespace bitnet::tokenization
