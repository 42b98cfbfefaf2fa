#ifdef BITNET_TOKENIZERS
#include "text/tokenizer/json_steps.hpp"

#include "text/tokenizer/utf8.hpp"

namespace bitnet::tokenization {
namespace {

// Sequences within sequences, and steps in all; real files have two levels and fewer than ten steps. Each step is a
// call within the one before.
constexpr int kMaxNesting = 16;
constexpr std::size_t kMaxSteps = 64;
constexpr std::size_t kMaxAround = 1024;  // tokens put around a text

void check_nesting(int depth) {
  if (depth > kMaxNesting) fail_file("Sequence is nested more than {} levels deep", kMaxNesting);
}

void check_steps(std::size_t count, const char* part) {
  if (count > kMaxSteps) fail(ErrorCode::kUnsupported, "the {} has more than {} steps", part, kMaxSteps);
}

[[noreturn]] void unsupported(const char* part, const std::string& type) {
  fail(ErrorCode::kUnsupported, "the {} '{}' is not supported", part, printable(type));
}

Pattern read_pattern(const Json& json) {
  as_object(json, "pattern");
  if (const Json* literal = find_field(json, "String")) return {as_string(*literal, "String"), nullptr};
  const std::string& pattern = as_string(field(json, "Regex"), "Regex");
  return {"", std::make_shared<const Regex>(pattern)};
}

SplitBehavior read_behavior(const Json& json, std::string_view otherwise) {
  const std::string name = string_field(json, "behavior", otherwise);
  if (name == "Removed") return SplitBehavior::kRemoved;
  if (name == "Isolated") return SplitBehavior::kIsolated;
  if (name == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (name == "Contiguous") return SplitBehavior::kContiguous;
  fail_file("'behavior' is '{}', which is none of Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous",
            printable(name));
}

std::string read_character(const Json& json, const char* name, std::string_view otherwise) {
  const std::string text = string_field(json, name, otherwise);
  if (count_characters(text) != 1) fail_file("'{}' must be one character, not '{}'", name, printable(text));
  return text;
}

std::unique_ptr<Normalizer> read_normalizer(const Json& json, int depth) {
  check_nesting(depth);
  const std::string type = string_field(json, "type");
  if (type == "Sequence") {
    std::vector<std::unique_ptr<Normalizer>> steps;
    for (const Json& step : as_array(field(json, "normalizers"), "normalizers")) {
      steps.push_back(read_normalizer(step, depth + 1));
    }
    return make_normalizer_sequence(std::move(steps));
  }
  if (type == "NFC") return make_normal_form(NormalForm::kNfc);
  if (type == "NFD") return make_normal_form(NormalForm::kNfd);
  if (type == "NFKC") return make_normal_form(NormalForm::kNfkc);
  if (type == "NFKD") return make_normal_form(NormalForm::kNfkd);
  if (type == "Lowercase") return make_lowercase();
  if (type == "Strip" || type == "StripNormalizer") {
    return make_strip(bool_field(json, "strip_left", true), bool_field(json, "strip_right", true));
  }
  if (type == "StripAccents") return make_strip_accents();
  if (type == "Prepend") return make_prepend(string_field(json, "prepend"));
  if (type == "Replace") return make_replace(read_pattern(field(json, "pattern")), string_field(json, "content"));
  if (type == "Nmt") return make_nmt();
  if (type == "ByteLevel") return make_byte_level_normalizer();
  if (type == "BertNormalizer") {
    BertNormalizerConfig config;
    config.clean_text = bool_field(json, "clean_text", true);
    config.handle_chinese_chars = bool_field(json, "handle_chinese_chars", true);
    config.lowercase = bool_field(json, "lowercase", true);
    if (find_field(json, "strip_accents") != nullptr) config.strip_accents = bool_field(json, "strip_accents", true);
    return make_bert_normalizer(config);
  }
  unsupported("normalizer", type);
}

PrependScheme read_prepend_scheme(const Json& json) {
  // Files before this field had add_prefix_space.
  const char* otherwise = bool_field(json, "add_prefix_space", true) ? "always" : "never";
  const std::string name = string_field(json, "prepend_scheme", otherwise);
  if (name == "first") return PrependScheme::kFirst;
  if (name == "always") return PrependScheme::kAlways;
  if (name == "never") return PrependScheme::kNever;
  fail_file("'prepend_scheme' is '{}', which is none of first, always, never", printable(name));
}

constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

void read_pre_tokenizer(const Json& json, int depth, PreTokenizerSequence& out) {
  check_nesting(depth);
  const std::string type = string_field(json, "type");
  if (type == "Sequence") {
    for (const Json& step : as_array(field(json, "pretokenizers"), "pretokenizers")) {
      read_pre_tokenizer(step, depth + 1, out);
    }
  } else if (type == "ByteLevel") {
    if (bool_field(json, "add_prefix_space", true)) out.add(make_prefix_space());
    if (bool_field(json, "use_regex", true)) out.add(make_known_split(*recognise_pattern(kGpt2Pattern)));
    out.add(make_byte_level_mapping());
  } else if (type == "Split") {
    out.add(make_split(read_pattern(field(json, "pattern")), read_behavior(json, "Isolated"),
                       bool_field(json, "invert", false)));
  } else if (type == "Metaspace") {
    out.add(make_metaspace(read_character(json, "replacement", kMetaspace), read_prepend_scheme(json),
                           bool_field(json, "split", true)));
  } else if (type == "Whitespace") {
    out.add(make_whitespace());
  } else if (type == "WhitespaceSplit") {
    out.add(make_whitespace_split());
  } else if (type == "Digits") {
    out.add(make_digits(bool_field(json, "individual_digits", false)));
  } else if (type == "Punctuation") {
    out.add(make_punctuation(read_behavior(json, "Isolated")));
  } else if (type == "BertPreTokenizer") {
    out.add(make_bert_pre_tokenizer());
  } else if (type == "CharDelimiterSplit") {
    out.add(make_delimiter(read_character(json, "delimiter", " ")));
  } else if (type == "FixedLength") {
    const std::uint32_t length = count_field(json, "length", 5);
    if (length == 0) fail_file("'length' of FixedLength must be above 0");
    out.add(make_fixed_length(length));
  } else {
    unsupported("pre-tokenizer", type);
  }
  check_steps(out.size(), "pre-tokenizer");
}

void read_decoder(const Json& json, int depth, DecoderSteps& out) {
  check_nesting(depth);
  const std::string type = string_field(json, "type");
  if (type == "Sequence") {
    for (const Json& step : as_array(field(json, "decoders"), "decoders")) read_decoder(step, depth + 1, out);
    return;
  }
  out.byte_level_only = out.stages.empty() && type == "ByteLevel";
  if (type == "ByteLevel") {
    out.stages.push_back(byte_level_decoder());
  } else if (type == "ByteFallback") {
    out.stages.push_back(byte_fallback_decoder());
  } else if (type == "Fuse") {
    out.stages.push_back(fuse_decoder());
  } else if (type == "Strip") {
    const std::string content = read_character(json, "content", " ");
    out.stages.push_back(
        strip_decoder(decode_utf8(content.data()).value, count_field(json, "start", 0), count_field(json, "stop", 0)));
  } else if (type == "Replace") {
    out.stages.push_back(replace_decoder(read_pattern(field(json, "pattern")), string_field(json, "content")));
  } else if (type == "Metaspace") {
    out.stages.push_back(metaspace_decoder(read_character(json, "replacement", kMetaspace),
                                           read_prepend_scheme(json) != PrependScheme::kNever));
  } else if (type == "WordPiece") {
    out.stages.push_back(word_piece_decoder(string_field(json, "prefix", "##"), bool_field(json, "cleanup", true)));
  } else if (type == "BPEDecoder") {
    out.stages.push_back(bpe_decoder(string_field(json, "suffix", "</w>")));
  } else if (type == "CTC") {
    out.stages.push_back(ctc_decoder(string_field(json, "pad_token", "<pad>"),
                                     string_field(json, "word_delimiter_token", "|"),
                                     bool_field(json, "cleanup", true)));
  } else {
    unsupported("decoder", type);
  }
  check_steps(out.stages.size(), "decoder");
}

// "cls": ["[CLS]", 101]
TokenId read_pair_id(const Json& json, const char* name) {
  const Json& pair = as_array(field(json, name), name);
  if (pair.size() != 2) fail_file("'{}' must be a token and its id", name);
  return as_id(pair[1], name);
}

SpecialsAround read_template(const Json& json) {
  SpecialsAround out;
  const Json& single = as_array(field(json, "single"), "single");
  const Json* specials = find_field(json, "special_tokens");
  bool sequence = false;
  for (const Json& part : single) {
    if (const Json* s = find_field(part, "Sequence")) {
      if (string_field(*s, "id") != "A" || sequence) fail_file("'single' must hold the sequence A exactly once");
      sequence = true;
      continue;
    }
    const std::string id = string_field(field(part, "SpecialToken"), "id");
    if (specials == nullptr) fail_file("'special_tokens' is missing");
    for (const Json& token : as_array(field(field(*specials, id.c_str()), "ids"), "ids")) {
      (sequence ? out.suffix : out.prefix).push_back(as_id(token, "ids"));
    }
  }
  if (!sequence) fail_file("'single' must hold the sequence A exactly once");
  return out;
}

void read_post_processor(const Json& json, int depth, SpecialsAround& out) {
  check_nesting(depth);
  const std::string type = string_field(json, "type");
  SpecialsAround added;
  if (type == "Sequence") {
    for (const Json& step : as_array(field(json, "processors"), "processors"))
      read_post_processor(step, depth + 1, out);
    return;
  }
  if (type == "ByteLevel") return;  // moves offsets only
  if (type == "TemplateProcessing") {
    added = read_template(json);
  } else if (type == "BertProcessing" || type == "RobertaProcessing") {
    added.prefix.push_back(read_pair_id(json, "cls"));
    added.suffix.push_back(read_pair_id(json, "sep"));
  } else {
    unsupported("post-processor", type);
  }
  // A later step goes around what the earlier ones made.
  added.prefix.insert(added.prefix.end(), out.prefix.begin(), out.prefix.end());
  out.suffix.insert(out.suffix.end(), added.suffix.begin(), added.suffix.end());
  out.prefix = std::move(added.prefix);
  if (out.prefix.size() + out.suffix.size() > kMaxAround) {
    fail(ErrorCode::kUnsupported, "the post-processor adds more than {} tokens", kMaxAround);
  }
}

bool absent(const Json* json) { return json == nullptr || json->is_null(); }

}  // namespace

std::unique_ptr<Normalizer> read_normalizer(const Json* json) {
  return absent(json) ? nullptr : read_normalizer(*json, 0);
}

PreTokenizerSequence read_pre_tokenizer(const Json* json) {
  PreTokenizerSequence out;
  if (!absent(json)) read_pre_tokenizer(*json, 0, out);
  return out;
}

DecoderSteps read_decoder(const Json* json) {
  DecoderSteps out;
  if (absent(json)) {
    out.stages.push_back(join_decoder());
  } else {
    read_decoder(*json, 0, out);
  }
  return out;
}

SpecialsAround read_post_processor(const Json* json) {
  SpecialsAround out;
  if (!absent(json)) read_post_processor(*json, 0, out);
  return out;
}

}  // namespace bitnet::tokenization
#endif  // BITNET_TOKENIZERS
