// The parts of tokenizer.json around the model.
#pragma once

#include <memory>
#include <vector>

#include "text/tokenizer/added_tokens.hpp"
#include "text/tokenizer/decoder.hpp"
#include "text/tokenizer/json.hpp"
#include "text/tokenizer/normalizer.hpp"
#include "text/tokenizer/pre_tokenizer.hpp"

namespace bitnet::tokenization {

// Each throws kInvalidFile, or kUnsupported naming the component. A null pointer or JSON null means no such step.

std::unique_ptr<Normalizer> read_normalizer(const Json* json);
PreTokenizerSequence read_pre_tokenizer(const Json* json);

struct DecoderSteps {
  std::vector<StageFactory> stages;
  bool byte_level_only = false;
};
DecoderSteps read_decoder(const Json* json);

struct SpecialsAround {
  std::vector<TokenId> prefix, suffix;
};
SpecialsAround read_post_processor(const Json* json);

}  // namespace bitnet::tokenization
