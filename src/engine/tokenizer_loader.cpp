#include "engine/tokenizer_loader.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "io/mapped_file.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// Tokens that end a turn whatever the metadata say, by their text (llama.cpp's llama-vocab.cpp lists them too).
constexpr std::string_view kStopTexts[] = {"<|eot_id|>", "<|im_end|>",   "<|end|>",       "<|end_of_text|>",
                                           "<|endoftext|>", "<end_of_turn>", "<|end_of_turn|>"};

void finish_stops(TextParts& parts) {
  if (parts.tokenizer)
    for (const std::string_view text : kStopTexts)
      if (const auto id = parts.tokenizer->token_to_id(text); id && parts.tokenizer->is_special(*id)) parts.stop_tokens.push_back(*id);
  std::sort(parts.stop_tokens.begin(), parts.stop_tokens.end());
  parts.stop_tokens.erase(std::unique(parts.stop_tokens.begin(), parts.stop_tokens.end()), parts.stop_tokens.end());
}

std::optional<TokenId> token_id(const GgufFile& file, std::string_view key) {
  const auto id = file.get_int(key);
  if (!id || *id < 0) return std::nullopt;    // -1 stands for none
  if (*id > INT32_MAX) fail_file("{}: metadata key '{}' is {}, no token id", file.name(), key, *id);
  return static_cast<TokenId>(*id);
}

// The JSON object of a small file, or an empty one when there is no such file.
Json optional_json(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return Json::object();
  Json json = Json::parse(read_text_file(path, std::size_t{1} << 24), nullptr, false);
  if (!json.is_object()) fail_file("{}: is no JSON object", path.string());
  return json;
}

void add_ids(const Json& json, const char* key, const fs::path& path, std::vector<TokenId>& ids) {
  const auto it = json.find(key);
  if (it == json.end() || it->is_null()) return;
  for (const Json& id : it->is_array() ? *it : Json::array({*it})) {
    if (!id.is_number_integer() || id < 0 || id > INT32_MAX) fail_file("{}: {} holds something other than token ids", path.string(), key);
    ids.push_back(id.get<TokenId>());
  }
}

TextParts load_directory(const fs::path& directory) {
  TextParts parts;
  std::error_code error;
  const auto text = [&](const char* name) { return read_text_file(directory / name); };
  try {
    if (fs::exists(directory / "tokenizer.json", error)) {
      parts.tokenizer = Tokenizer::from_json(text("tokenizer.json"));
    } else if (fs::exists(directory / "vocab.json", error) && fs::exists(directory / "merges.txt", error)) {
      parts.tokenizer = Tokenizer::from_vocab_and_merges(text("vocab.json"), text("merges.txt"));
    } else if (fs::exists(directory / "tokenizer.model", error)) {
      const std::string model = text("tokenizer.model");
      // SentencePiece's files have the same name; they begin with a protobuf tag.
      if (!model.starts_with('\n')) parts.tokenizer = Tokenizer::from_tiktoken(model);
    }
  } catch (const Error& e) {
    throw e.with_context(directory.string());
  }
  for (const char* name : {"config.json", "generation_config.json"}) {
    const fs::path path = directory / name;
    add_ids(optional_json(path), "eos_token_id", path, parts.stop_tokens);
  }
  const Json tokenizer_config = optional_json(directory / "tokenizer_config.json");
  if (const auto it = tokenizer_config.find("chat_template"); it != tokenizer_config.end() && it->is_string())
    parts.chat_template = it->get<std::string>();
  if (parts.chat_template.empty() && fs::exists(directory / "chat_template.jinja", error)) parts.chat_template = text("chat_template.jinja");
  finish_stops(parts);
  return parts;
}

}  // namespace

GgufVocabulary gguf_vocabulary(const GgufFile& file) {
  GgufVocabulary vocabulary;
  vocabulary.model = file.get_string("tokenizer.ggml.model").value_or("");
  vocabulary.pre = file.get_string("tokenizer.ggml.pre").value_or("");
  vocabulary.tokens = file.get_strings("tokenizer.ggml.tokens").value_or(std::vector<std::string_view>());
  vocabulary.merges = file.get_strings("tokenizer.ggml.merges").value_or(std::vector<std::string_view>());
  for (const double score : file.get_floats("tokenizer.ggml.scores").value_or(std::vector<double>()))
    vocabulary.scores.push_back(static_cast<float>(score));
  for (const std::int64_t type : file.get_ints("tokenizer.ggml.token_type").value_or(std::vector<std::int64_t>()))
    vocabulary.token_types.push_back(type >= 0 && type <= 6 ? static_cast<std::int32_t>(type) : 0);
  vocabulary.bos = token_id(file, "tokenizer.ggml.bos_token_id");
  vocabulary.eos = token_id(file, "tokenizer.ggml.eos_token_id");
  vocabulary.unk = token_id(file, "tokenizer.ggml.unknown_token_id");
  vocabulary.sep = token_id(file, "tokenizer.ggml.seperator_token_id");    // the format's own spelling
  vocabulary.pad = token_id(file, "tokenizer.ggml.padding_token_id");
  vocabulary.cls = token_id(file, "tokenizer.ggml.cls_token_id");
  vocabulary.mask = token_id(file, "tokenizer.ggml.mask_token_id");
  vocabulary.add_bos = file.get_bool("tokenizer.ggml.add_bos_token");
  vocabulary.add_eos = file.get_bool("tokenizer.ggml.add_eos_token");
  vocabulary.add_space_prefix = file.get_bool("tokenizer.ggml.add_space_prefix");
  vocabulary.remove_extra_whitespaces = file.get_bool("tokenizer.ggml.remove_extra_whitespaces");
  return vocabulary;
}

TextParts load_text_parts(const GgufFile& file) {
  TextParts parts;
  const GgufVocabulary vocabulary = gguf_vocabulary(file);
  if (!vocabulary.tokens.empty()) {
    try {
      parts.tokenizer = Tokenizer::from_gguf(vocabulary);
    } catch (const Error& e) {
      throw e.with_context(file.name());
    }
  }
  for (const char* key : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"})
    if (const auto id = token_id(file, key)) parts.stop_tokens.push_back(*id);
  parts.chat_template = file.get_string("tokenizer.chat_template").value_or("");
  finish_stops(parts);
  return parts;
}

TextParts load_text_parts(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return load_directory(path);
  return load_text_parts(*GgufFile::open(path));
}

}  // namespace bitnet
