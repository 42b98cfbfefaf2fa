#ifdef BITNET_TOKENIZERS
#include "text/tokenizer/gguf_pre.hpp"

#include "base/fail.hpp"

namespace bitnet::tokenization {
namespace {

using View = std::string_view;

// The patterns as llama.cpp's llama-vocab.cpp has them, which differ from tokenizer.json's where its engine is
// ECMAScript.
#define BITNET_CONTRACTIONS "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
#define BITNET_GPT2 R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S))"
#define BITNET_WORDS BITNET_CONTRACTIONS R"(|[^\r\n\p{L}\p{N}]?\p{L}+|)"
#define BITNET_REST R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"
#define BITNET_CASED_LETTERS(tail)                                         \
  R"([^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))*((?=[\p{L}])([^A-Z]))+)" tail \
  R"(|[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))+((?=[\p{L}])([^A-Z]))*)" tail

constexpr View kGpt2[] = {BITNET_GPT2};
constexpr View kLlama3[] = {BITNET_WORDS R"(\p{N}{1,3})" BITNET_REST};
constexpr View kQwen2[] = {BITNET_WORDS R"(\p{N})" BITNET_REST};
constexpr View kQwen35[] = {
    BITNET_CONTRACTIONS
    R"(|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
constexpr View kSeedCoder[] = {BITNET_WORDS R"(\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+)"};
constexpr View kBailing[] = {
    R"('(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)"};
constexpr View kDigits[] = {R"(\p{N})", BITNET_GPT2};
constexpr View kFalcon[] = {R"([\p{P}\$\+<=>\^~\|`]+)", BITNET_GPT2, "[0-9][0-9][0-9]"};
// bitnet.cpp's addition for Falcon-Edge: digits stand alone.
constexpr View kFalconEdge[] = {R"([\p{P}\$\+<=>\^~\|`]+)", BITNET_GPT2, "[0-9]"};
constexpr View kDefault[] = {R"([\p{P}\$\+<=>\^~\|]+)", BITNET_GPT2, R"(\p{N}+)", "[0-9][0-9][0-9]"};
constexpr View kDeepseekCoder[] = {"[\r\n]", R"(\s?\p{L}+)", R"(\s?\p{P}+)", "[一-龥ࠀ-一가-퟿]+", R"(\p{N})"};
constexpr View kDeepseek3[] = {R"(\p{N}{1,3})", "[一-龥぀-ゟ゠-ヿ]+",
                               R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^)"
                               "\r\n"
                               R"(\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[)"
                               "\r\n"
                               R"(]*|\s*[)"
                               "\r\n"
                               R"(]+|\s+(?!\S)|\s+)"};
constexpr View kBloom[] = {R"( ?[^(\s|.,!?…。，、।۔،)]+)"};
constexpr View kViking[] = {R"( ?[^(\s|.,!?…。，、।۔،)]+)", R"(\p{N})"};
constexpr View kTekken[] = {BITNET_CASED_LETTERS("") R"(|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};
constexpr View kGpt4o[] = {
    BITNET_CASED_LETTERS(BITNET_CONTRACTIONS "?") R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)"};

#undef BITNET_CONTRACTIONS
#undef BITNET_GPT2
#undef BITNET_WORDS
#undef BITNET_REST
#undef BITNET_CASED_LETTERS

struct Entry {
  View name;
  GgufPreTokenizer value;
};

constexpr Entry kEntries[] = {
    {"", {kLlama3, true, true}},
    {"default", {kDefault}},
    {"llama3", {kLlama3, true, true}},
    {"llama-v3", {kLlama3, true, true}},
    {"llama-bpe", {kLlama3, true, true}},
    {"falcon3", {kLlama3, true, true}},
    {"falcon-h1", {kLlama3, true, true}},
    {"pixtral", {kLlama3, true, true}},
    {"midm-2.0", {kLlama3, true, true}},
    {"lfm2", {kLlama3, true, true}},
    {"dbrx", {kLlama3}},
    {"smaug-bpe", {kLlama3}},
    {"chatglm-bpe", {kLlama3}},
    {"glm4", {kLlama3, true}},
    {"gpt-2", {kGpt2}},
    {"phi-2", {kGpt2}},
    {"gigachat", {kGpt2}},
    {"mpt", {kGpt2}},
    {"olmo", {kGpt2}},
    {"jais", {kGpt2}},
    {"trillion", {kGpt2}},
    {"exaone4", {kGpt2}},
    {"mellum", {kGpt2}},
    {"granite-docling", {kGpt2}},
    {"smollm", {kDigits}},
    {"starcoder", {kDigits}},
    {"refact", {kDigits}},
    {"command-r", {kDigits}},
    {"codeshell", {kDigits}},
    {"exaone", {kDigits}},
    {"minerva-7b", {kDigits}},
    {"falcon", {kFalcon}},
    {"falcon_e", {kFalconEdge}},
    {"qwen2", {kQwen2}},
    {"deepseek-r1-qwen", {kQwen2}},
    {"stablelm2", {kQwen2}},
    {"megrez", {kQwen2}},
    {"hunyuan", {kQwen2}},
    {"grok-2", {kQwen2}},
    {"solar-open", {kQwen2}},
    {"qwen35", {kQwen35}},
    {"seed-coder", {kSeedCoder}},
    {"bailingmoe", {kBailing}},
    {"bailingmoe2", {kBailing}},
    {"llada-moe", {kBailing}},
    {"deepseek-coder", {kDeepseekCoder}},
    {"deepseek-v3", {kDeepseek3}},
    {"hunyuan-dense", {kDeepseek3}},
    {"joyai-llm", {kDeepseek3}},
    {"bloom", {kBloom}},
    {"gpt3-finnish", {kBloom}},
    {"poro-chat", {kBloom}},
    {"viking", {kViking}},
    {"tekken", {kTekken, true, true}},
    {"gpt-4o", {kGpt4o}},
    {"llama4", {kGpt4o}},
    {"kanana2", {kGpt4o}},
};

}  // namespace

GgufPreTokenizer find_gguf_pre_tokenizer(std::string_view pre) {
  for (const Entry& e : kEntries) {
    if (e.name == pre) return e.value;
  }
  fail(ErrorCode::kUnsupported, "the pre-tokenizer '{}' (tokenizer.ggml.pre) is not supported", printable(pre));
}

}  // namespace bitnet::tokenization
#endif  // BITNET_TOKENIZERS
