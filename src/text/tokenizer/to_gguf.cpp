#include "text/tokenizer/to_gguf.hpp"

#include "base/fail.hpp"

#ifdef BITNET_TOKENIZERS
#include "text/tokenizer/json.hpp"
#include "text/tokenizer/splitter.hpp"

namespace bitnet {
namespace tokenization {
namespace {

enum TokenType : std::int32_t { kNormal = 1, kControl = 3, kUserDefined = 4, kUnused = 5 };

std::string type_of(const Json& json) { return string_field(json, "type", ""); }

// The steps of a pre-tokenizer, a sequence or a single one.
std::vector<const Json*> steps_of(const Json& pre_tokenizer) {
  if (type_of(pre_tokenizer) != "Sequence") return {&pre_tokenizer};
  std::vector<const Json*> steps;
  for (const Json& step : as_array(field(pre_tokenizer, "pretokenizers"), "pretokenizers")) steps.push_back(&step);
  return steps;
}

// The name that llama.cpp has for a way of splitting; empty for one that it has none for.
std::string pre_name(const Json& json) {
  const Json* pre_tokenizer = find_field(json, "pre_tokenizer");
  if (pre_tokenizer == nullptr) return "";
  const auto steps = steps_of(*pre_tokenizer);
  const Json& last = *steps.back();
  if (type_of(last) != "ByteLevel" || bool_field(last, "add_prefix_space", true)) return "";
  const bool splits = bool_field(last, "use_regex", true);
  if (steps.size() == 1) return splits ? "gpt-2" : "";
  if (steps.size() != 2) return "";
  const Json& first = *steps.front();
  if (splits) return type_of(first) == "Digits" && bool_field(first, "individual_digits", false) ? "smollm" : "";
  if (type_of(first) != "Split" || string_field(first, "behavior", "") != "Isolated") return "";
  const Json* pattern = find_field(field(first, "pattern"), "Regex");
  const auto known = pattern != nullptr ? recognise_pattern(as_string(*pattern, "Regex")) : std::nullopt;
  // llama.cpp's own patterns are the ones with ASCII's cases.
  if (known == KnownPattern::kLlama3 || known == KnownPattern::kLlama3AsciiCase) return "llama-bpe";
  if (known == KnownPattern::kQwen2 || known == KnownPattern::kQwen2AsciiCase) return "qwen2";
  return known == KnownPattern::kGpt2 ? "gpt-2" : "";
}

void require_byte_level_bpe(const Json& json, const Json& model) {
  const auto refuse = [](const std::string& what) {
    fail(ErrorCode::kUnsupported,
         "{}: of the vocabularies that GGUF files carry, byte-level BPE is written by this version", what);
  };
  if (string_field(model, "type", "BPE") != "BPE")
    refuse(fmt::format("the tokenizer's model is {}", printable(type_of(model))));
  if (bool_field(model, "byte_fallback", false)) refuse("the tokenizer is SentencePiece's BPE");
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (!string_field(model, affix, "").empty()) refuse(fmt::format("the tokenizer has a {}", affix));
  const Json* decoder = find_field(json, "decoder");
  if (decoder == nullptr || type_of(*decoder) != "ByteLevel") refuse("the tokenizer's decoder is not ByteLevel");
}

std::string merge_text(const Json& merge) {
  if (merge.is_string()) return merge.get<std::string>();
  if (!merge.is_array() || merge.size() != 2) fail_file("a merge must be a string or a pair of strings");
  const std::string& left = as_string(merge[0], "merges");
  const std::string& right = as_string(merge[1], "merges");
  if (left.find(' ') != std::string::npos || right.find(' ') != std::string::npos)
    fail(ErrorCode::kUnsupported, "the merge of '{}' and '{}' holds a space, which GGUF cannot say", printable(left),
         printable(right));
  return left + " " + right;
}

class Exporter {
 public:
  Exporter(const Json& json, std::size_t vocab) : json_(json), vocab_(vocab) {}

  void read_tokens(ExportedVocabulary& out) const {
    out.tokens.resize(vocab_);
    out.token_types.assign(vocab_, kUnused);
    for (const auto& [token, id] : as_object(field(field(json_, "model"), "vocab"), "vocab").items())
      put(out, token, as_id(id, "vocab"), kNormal);
    if (const Json* added = find_field(json_, "added_tokens"))
      for (const Json& token : as_array(*added, "added_tokens"))
        put(out, string_field(token, "content"), as_id(field(token, "id"), "id"),
            bool_field(token, "special", false) ? kControl : kUserDefined);
    for (std::size_t i = 0; i < vocab_; ++i)
      if (out.token_types[i] == kUnused) out.tokens[i] = fmt::format("[PAD{}]", i);
  }

 private:
  void put(ExportedVocabulary& out, const std::string& token, TokenId id, TokenType type) const {
    const auto index = static_cast<std::size_t>(id);
    if (index >= vocab_)
      fail_file("the tokenizer has the token '{}' with id {}, but the model's embedding has {} rows", printable(token),
                id, vocab_);
    out.tokens[index] = token;
    out.token_types[index] = type;
  }

  const Json& json_;
  std::size_t vocab_;
};

}  // namespace
}  // namespace tokenization

ExportedVocabulary export_gguf_vocabulary(std::string_view tokenizer_json, std::string_view pre, std::size_t vocab) {
  using namespace tokenization;
  const Json json = parse_json(tokenizer_json, "tokenizer.json");
  const Json& model = field(json, "model");
  require_byte_level_bpe(json, model);
  ExportedVocabulary out;
  out.model = "gpt2";
  out.pre = pre.empty() ? pre_name(json) : std::string(pre);
  if (out.pre.empty())
    fail(ErrorCode::kUnsupported,
         "the pre-tokenizer of tokenizer.json is none that GGUF has a name for as far as this version knows (gpt-2, "
         "smollm, "
         "llama-bpe, qwen2 are recognised): name the one that splits as it does (--pre)");
  Exporter(json, vocab).read_tokens(out);
  for (const Json& merge : as_array(field(model, "merges"), "merges")) out.merges.push_back(merge_text(merge));
  const auto tokenizer = Tokenizer::from_json(tokenizer_json);
  const std::vector<TokenId> empty = tokenizer->encode("");
  out.bos = tokenizer->bos();
  out.add_bos = out.bos && !empty.empty() && empty.front() == *out.bos;
  return out;
}

GgufVocabulary ExportedVocabulary::view() const {
  GgufVocabulary vocabulary;
  vocabulary.model = model;
  vocabulary.pre = pre;
  vocabulary.tokens.assign(tokens.begin(), tokens.end());
  vocabulary.token_types = token_types;
  vocabulary.merges.assign(merges.begin(), merges.end());
  vocabulary.bos = bos;
  vocabulary.add_bos = add_bos;
  return vocabulary;
}

}  // namespace bitnet
#else
namespace bitnet {

ExportedVocabulary export_gguf_vocabulary(std::string_view, std::string_view, std::size_t) {
  fail(ErrorCode::kUnsupported, "this build has no tokenizers (BITNET_TOKENIZERS is off), so it cannot carry one over");
}

}  // namespace bitnet
#endif
