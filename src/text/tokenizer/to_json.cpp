#include "text/tokenizer/to_json.hpp"

#include "base/fail.hpp"

#ifdef BITNET_TOKENIZERS
#include <nlohmann/json.hpp>

#include "text/tokenizer/gguf_pre.hpp"
#include "text/tokenizer/splitter.hpp"

namespace bitnet {
namespace {

using Json = nlohmann::ordered_json;

enum TokenType : std::int32_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5 };

Json byte_level(bool add_prefix_space, bool use_regex) {
  return {
      {"type", "ByteLevel"}, {"add_prefix_space", add_prefix_space}, {"trim_offsets", true}, {"use_regex", use_regex}};
}

bool is_gpt2(std::string_view pattern) {
  return tokenization::recognise_pattern(pattern) == tokenization::KnownPattern::kGpt2;
}

// GPT-2's pattern is ByteLevel's own, and single digits have a step: so their authors wrote them, and so converters
// recognise them.
Json pre_tokenizer_of(const tokenization::GgufPreTokenizer& pre) {
  if (pre.patterns.size() == 1 && is_gpt2(pre.patterns[0])) return byte_level(false, true);
  Json steps = Json::array();
  if (pre.patterns.size() == 2 && pre.patterns[0] == R"(\p{N})" && is_gpt2(pre.patterns[1])) {
    steps.push_back({{"type", "Digits"}, {"individual_digits", true}});
    steps.push_back(byte_level(false, true));
  } else {
    for (const std::string_view pattern : pre.patterns)
      steps.push_back(
          {{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}});
    steps.push_back(byte_level(false, false));
  }
  return {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
}

}  // namespace

std::string export_tokenizer_json(const GgufVocabulary& vocabulary) {
  if (vocabulary.model != "gpt2")
    fail(ErrorCode::kUnsupported, "the tokenizer model '{}' (tokenizer.ggml.model) cannot be written as tokenizer.json",
         printable(vocabulary.model));
  const auto pre = tokenization::find_gguf_pre_tokenizer(vocabulary.pre);
  Json added = Json::array(), vocab = Json::object(), merges = Json::array();
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string text(vocabulary.tokens[id]);
    const std::int32_t type = id < vocabulary.token_types.size() ? vocabulary.token_types[id] : kNormal;
    if (text.empty() || type == kUnused) continue;
    if (type == kControl || type == kUnknown || type == kUserDefined) {
      added.push_back({{"id", id},
                       {"content", text},
                       {"single_word", false},
                       {"lstrip", false},
                       {"rstrip", false},
                       {"normalized", false},
                       {"special", type != kUserDefined}});
    } else {
      vocab[text] = id;
    }
  }
  for (const std::string_view merge : vocabulary.merges) {
    const std::size_t space = merge.find(' ', 1);
    if (space == std::string_view::npos)
      fail_file("the merge '{}' is not two tokens with a space between", printable(merge));
    merges.push_back({merge.substr(0, space), merge.substr(space + 1)});
  }
  Json json{{"version", "1.0"},          {"truncation", nullptr},
            {"padding", nullptr},        {"added_tokens", std::move(added)},
            {"normalizer", nullptr},     {"pre_tokenizer", pre_tokenizer_of(pre)},
            {"post_processor", nullptr}, {"decoder", byte_level(true, true)}};
  if (vocabulary.bos && vocabulary.add_bos.value_or(pre.add_bos)) {
    const std::string bos(vocabulary.tokens.at(static_cast<std::size_t>(*vocabulary.bos)));
    const Json first{{"SpecialToken", {{"id", bos}, {"type_id", 0}}}};
    const auto sequence = [](const char* name, int type) {
      return Json{{"Sequence", {{"id", name}, {"type_id", type}}}};
    };
    json["post_processor"] = {
        {"type", "TemplateProcessing"},
        {"single", Json::array({first, sequence("A", 0)})},
        {"pair", Json::array({first, sequence("A", 0), sequence("B", 1)})},
        {"special_tokens", {{bos, {{"id", bos}, {"ids", {*vocabulary.bos}}, {"tokens", {bos}}}}}}};
  }
  json["model"] = {{"type", "BPE"},
                   {"dropout", nullptr},
                   {"unk_token", nullptr},
                   {"continuing_subword_prefix", nullptr},
                   {"end_of_word_suffix", nullptr},
                   {"fuse_unk", false},
                   {"byte_fallback", false},
                   {"ignore_merges", pre.ignore_merges},
                   {"vocab", std::move(vocab)},
                   {"merges", std::move(merges)}};
  try {
    return json.dump(1);
  } catch (const Json::exception&) {
    fail_file("the vocabulary holds texts that are no UTF-8");
  }
}

}  // namespace bitnet
#else
namespace bitnet {

std::string export_tokenizer_json(const GgufVocabulary&) {
  fail(ErrorCode::kUnsupported, "this build has no tokenizers (BITNET_TOKENIZERS is off), so it cannot carry one over");
}

}  // namespace bitnet
#endif
