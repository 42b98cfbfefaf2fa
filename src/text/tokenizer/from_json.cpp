#include "base/fail.hpp"
#include "bitnet/tokenizer.hpp"

#ifdef BITNET_TOKENIZERS
#include "text/tokenizer/bpe.hpp"
#include "text/tokenizer/byte_level.hpp"
#include "text/tokenizer/json_steps.hpp"
#include "text/tokenizer/pipeline.hpp"

namespace bitnet {
namespace tokenization {
namespace {

Vocabulary read_vocabulary(const Json& json) {
  Vocabulary vocabulary(as_object(json, "vocab").size());
  for (const auto& [token, id] : json.items()) vocabulary.add(token, as_id(id, "vocab"));
  return vocabulary;
}

struct Merge {
  std::string_view left, right;
};

Merge split_merge(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos) {
    fail_file("the merge '{}' is not two tokens with a space between", printable(line));
  }
  return {line.substr(0, space), line.substr(space + 1)};
}

Merge read_merge(const Json& json) {
  if (json.is_string()) return split_merge(json.get_ref<const std::string&>());
  if (!json.is_array() || json.size() != 2) fail_file("a merge must be a string or a pair of strings");
  return {as_string(json[0], "merges"), as_string(json[1], "merges")};
}

// Ranks follow the order of the calls.
class MergeReader {
 public:
  MergeReader(BpeConfig& config, std::size_t expected) : config_(config) { config.merges = MergeTable(expected); }

  void add(const Merge& merge) {
    const std::size_t prefix = config_.continuing_subword_prefix.size();
    if (merge.right.size() < prefix)
      fail_file("the merge with '{}' is shorter than the subword prefix", printable(merge.right));
    result_ = merge.left;
    result_ += merge.right.substr(prefix);
    config_.merges.set(id_of(merge.left), id_of(merge.right), rank_++, id_of(result_), true);
  }

 private:
  std::uint32_t id_of(std::string_view token) const {
    const auto id = config_.vocabulary.id(token);
    if (!id) fail_file("the merges use the token '{}', which is not in the vocabulary", printable(token));
    return static_cast<std::uint32_t>(*id);
  }
  BpeConfig& config_;
  std::string result_;
  std::uint32_t rank_ = 0;
};

BpeConfig read_bpe(const Json& json) {
  BpeConfig config;
  config.vocabulary = read_vocabulary(field(json, "vocab"));
  if (const Json* dropout = find_field(json, "dropout");
      dropout != nullptr && !(dropout->is_number() && dropout->get<double>() == 0)) {
    fail(ErrorCode::kUnsupported, "BPE with dropout is not supported; set 'dropout' to null");
  }
  config.continuing_subword_prefix = string_field(json, "continuing_subword_prefix", "");
  config.end_of_word_suffix = string_field(json, "end_of_word_suffix", "");
  config.fuse_unk = bool_field(json, "fuse_unk", false);
  config.byte_fallback = bool_field(json, "byte_fallback", false);
  config.ignore_merges = bool_field(json, "ignore_merges", false);
  if (const Json* unk = find_field(json, "unk_token")) config.unk = config.vocabulary.id(as_string(*unk, "unk_token"));
  const Json& merges = as_array(field(json, "merges"), "merges");
  MergeReader reader(config, merges.size());
  for (const Json& merge : merges) reader.add(read_merge(merge));
  return config;
}

std::unique_ptr<Model> read_unigram(const Json& json) {
  const Json& entries = as_array(field(json, "vocab"), "vocab");
  Vocabulary vocabulary(entries.size());
  std::vector<double> scores;
  for (const Json& entry : entries) {
    if (!entry.is_array() || entry.size() != 2 || !entry[1].is_number()) {
      fail_file("an entry of Unigram's 'vocab' must be a token and its score");
    }
    vocabulary.add(as_string(entry[0], "vocab"), static_cast<TokenId>(scores.size()));
    scores.push_back(entry[1].get<double>());
  }
  std::optional<TokenId> unk;
  if (const Json* id = find_field(json, "unk_id")) {
    unk = as_id(*id, "unk_id");
    if (static_cast<std::size_t>(*unk) >= scores.size()) fail_file("'unk_id' {} is outside the vocabulary", *unk);
  }
  return make_unigram(std::move(vocabulary), std::move(scores), unk, bool_field(json, "byte_fallback", false));
}

// Files of early versions do not name their model.
std::string model_type(const Json& json) {
  if (const Json* type = find_field(json, "type")) return as_string(*type, "type");
  if (find_field(json, "merges") != nullptr) return "BPE";
  if (field(json, "vocab").is_array()) return "Unigram";
  return find_field(json, "max_input_chars_per_word") != nullptr ? "WordPiece" : "WordLevel";
}

// Whether a text may be split before each run of U+2581 without changing its ids. With all bytes in the vocabulary no
// character is unknown, so none is fused across the border either.
bool metaspace_separates(const BpeConfig& config) {
  bool bytes = config.byte_fallback;
  for (unsigned b = 0; b < 256; ++b) bytes = bytes && config.vocabulary.id(byte_token(static_cast<unsigned char>(b)));
  return bytes && only_leading_metaspace(config.vocabulary);
}

std::unique_ptr<Model> read_model(const Json& json, PreTokenizerSequence& pre_tokenizer) {
  const std::string type = model_type(json);
  if (type == "BPE") {
    BpeConfig config = read_bpe(json);
    const bool affixed = !config.continuing_subword_prefix.empty() || !config.end_of_word_suffix.empty();
    config.byte_level = !affixed && pre_tokenizer.take_byte_level_mapping();
    if (!affixed && !config.byte_level && !config.ignore_merges && metaspace_separates(config)) {
      pre_tokenizer.add(make_metaspace_runs());
    }
    return std::make_unique<Bpe>(std::move(config));
  }
  if (type == "WordLevel") {
    return make_word_level(read_vocabulary(field(json, "vocab")), string_field(json, "unk_token", "<unk>"));
  }
  if (type == "WordPiece") {
    WordPieceConfig config;
    config.unk_token = string_field(json, "unk_token", config.unk_token);
    config.continuing_subword_prefix =
        string_field(json, "continuing_subword_prefix", config.continuing_subword_prefix);
    config.max_input_chars_per_word = count_field(json, "max_input_chars_per_word", 100);
    return make_word_piece(read_vocabulary(field(json, "vocab")), std::move(config));
  }
  if (type == "Unigram") return read_unigram(json);
  fail(ErrorCode::kUnsupported, "the model '{}' is not supported", printable(type));
}

std::vector<AddedToken> read_added_tokens(const Json* json, const Vocabulary& vocabulary) {
  std::vector<AddedToken> tokens;
  if (json == nullptr) return tokens;
  for (const Json& item : as_array(*json, "added_tokens")) {
    AddedToken token;
    token.content = string_field(item, "content");
    if (token.content.empty()) continue;
    // A token that the model knows keeps the model's id.
    token.id = vocabulary.id(token.content).value_or(as_id(field(item, "id"), "id"));
    token.special = bool_field(item, "special", false);
    token.normalized = bool_field(item, "normalized", !token.special);
    token.single_word = bool_field(item, "single_word", false);
    token.lstrip = bool_field(item, "lstrip", false);
    token.rstrip = bool_field(item, "rstrip", false);
    tokens.push_back(std::move(token));
  }
  return tokens;
}

// Byte-level text is the bytes of the tokens one after the other, which can be looked up.
void set_pieces(PipelineConfig& config) {
  config.decode_pieces = true;
  const auto set = [&config](TokenId id, const std::string& token) {
    auto bytes = from_byte_level(token);
    config.pieces.set(id, bytes ? *std::move(bytes) : token);
  };
  config.model->vocabulary().tokens().for_each(set);
  config.added.for_each(set);
}

std::shared_ptr<const Tokenizer> read_tokenizer(const Json& json) {
  PipelineConfig config;
  config.pre_tokenizer = read_pre_tokenizer(find_field(json, "pre_tokenizer"));
  config.model = read_model(field(json, "model"), config.pre_tokenizer);
  std::vector<AddedToken> added = read_added_tokens(find_field(json, "added_tokens"), config.model->vocabulary());
  for (const AddedToken& t : added) {
    config.added.set(t.id, t.content);
    if (t.special) config.special.set(t.id, true);
  }
  SpecialsAround around = read_post_processor(find_field(json, "post_processor"));
  DecoderSteps decoder = read_decoder(find_field(json, "decoder"));
  config.decoders = std::move(decoder.stages);
  if (decoder.byte_level_only) set_pieces(config);

  const auto special_id = [&](std::string_view name) -> std::optional<TokenId> {
    for (const AddedToken& t : added) {
      if (t.special && t.content == name) return t.id;
    }
    return std::nullopt;
  };
  config.bos = around.prefix.empty() ? guess_bos(special_id) : std::optional<TokenId>(around.prefix.front());
  config.eos = guess_eos(special_id);
  config.prefix = std::move(around.prefix);
  config.suffix = std::move(around.suffix);
  config.segmenter = std::make_unique<AddedTokens>(std::move(added), read_normalizer(find_field(json, "normalizer")));
  return std::make_shared<PipelineTokenizer>(std::move(config));
}

}  // namespace
}  // namespace tokenization

std::shared_ptr<const Tokenizer> Tokenizer::from_json(std::string_view json) {
  return tokenization::read_tokenizer(tokenization::parse_json(json, "tokenizer.json"));
}

std::shared_ptr<const Tokenizer> Tokenizer::from_vocab_and_merges(std::string_view vocab_json,
                                                                  std::string_view merges_txt) {
  using namespace tokenization;
  BpeConfig bpe;
  bpe.vocabulary = read_vocabulary(parse_json(vocab_json, "vocab.json"));
  bpe.byte_level = true;
  MergeReader reader(bpe, merges_txt.size() / 8);
  for (bool first = true; !merges_txt.empty(); first = false) {
    const std::size_t end = std::min(merges_txt.find('\n'), merges_txt.size());
    std::string_view line = merges_txt.substr(0, end);
    merges_txt.remove_prefix(std::min(end + 1, merges_txt.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || (first && line.starts_with("#version"))) continue;
    reader.add(split_merge(line));
  }
  PipelineConfig config;
  config.pre_tokenizer.add(make_known_split(KnownPattern::kGpt2));
  config.model = std::make_unique<Bpe>(std::move(bpe));
  // GPT-2's vocabulary ends with its one special token, which the files do not mark.
  std::vector<AddedToken> added;
  if (const auto id = config.model->vocabulary().id("<|endoftext|>")) {
    added.push_back({.id = *id, .content = "<|endoftext|>", .special = true});
    config.added.set(*id, added.back().content);
    config.special.set(*id, true);
    config.bos = config.eos = *id;
  }
  set_pieces(config);
  config.segmenter = std::make_unique<AddedTokens>(std::move(added), nullptr);
  return std::make_shared<PipelineTokenizer>(std::move(config));
}

}  // namespace bitnet

#else   // BITNET_TOKENIZERS

namespace bitnet {

std::shared_ptr<const Tokenizer> Tokenizer::from_json(std::string_view) {
  fail(ErrorCode::kUnsupported,
       "built without tokenizers: configure with -DBITNET_TOKENIZERS=ON to read tokenizer.json");
}

std::shared_ptr<const Tokenizer> Tokenizer::from_vocab_and_merges(std::string_view, std::string_view) {
  fail(ErrorCode::kUnsupported, "built without tokenizers: configure with -DBITNET_TOKENIZERS=ON to read vocab.json");
}

}  // namespace bitnet
#endif  // BITNET_TOKENIZERS
