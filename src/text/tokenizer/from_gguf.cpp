#include "base/fail.hpp"
#include "bitnet/tokenizer.hpp"

#ifdef BITNET_TOKENIZERS
#include <cmath>

#include "text/tokenizer/bpe.hpp"
#include "text/tokenizer/byte_level.hpp"
#include "text/tokenizer/gguf_pre.hpp"
#include "text/tokenizer/gguf_specials.hpp"
#include "text/tokenizer/pipeline.hpp"
#include "text/tokenizer/spm.hpp"
#include "text/tokenizer/utf8.hpp"

namespace bitnet {
namespace tokenization {
namespace {

// tokenizer.ggml.token_type
enum TokenType : std::int32_t { kNormal = 1, kUnknown = 2, kControl = 3, kUserDefined = 4, kUnused = 5, kByte = 6 };

class Reader {
 public:
  explicit Reader(const GgufVocabulary& gguf) : gguf_(gguf), vocabulary_(gguf.tokens.size()) {
    const std::size_t count = gguf.tokens.size();
    if (count == 0) fail_file("the vocabulary (tokenizer.ggml.tokens) is empty");
    if (count > 0x7FFFFFFE) fail_file("the vocabulary has {} tokens; ids have 31 bits", count);
    if (!gguf.token_types.empty() && gguf.token_types.size() < count) {
      fail_file("tokenizer.ggml.token_type has {} entries for {} tokens", gguf.token_types.size(), count);
    }
    if (!gguf.scores.empty() && gguf.scores.size() < count) {
      fail_file("tokenizer.ggml.scores has {} entries for {} tokens", gguf.scores.size(), count);
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (gguf.tokens[i].empty()) continue;  // a hole: no text has it
      if (is_valid_utf8(gguf.tokens[i])) {
        vocabulary_.add(gguf.tokens[i], static_cast<TokenId>(i));
      } else {
        std::string lossy;
        append_lossy(lossy, gguf.tokens[i]);
        vocabulary_.add(lossy, static_cast<TokenId>(i));
      }
    }
    for (const auto& [id, name] : {std::pair{gguf.bos, "bos"}, {gguf.eos, "eos"}, {gguf.unk, "unknown"}}) {
      if (id && (*id < 0 || static_cast<std::size_t>(*id) >= count)) {
        fail_file("the {} token's id {} is outside the vocabulary of {} tokens", name, *id, count);
      }
    }
  }

  std::shared_ptr<const Tokenizer> read() {
    read_specials();
    bool add_bos = false;
    if (gguf_.model == "gpt2") {
      add_bos = read_bpe();
    } else if (gguf_.model == "llama") {
      add_bos = read_spm();
    } else {
      fail(ErrorCode::kUnsupported,
           "the tokenizer model '{}' (tokenizer.ggml.model) is not supported; gpt2 and llama are",
           printable(gguf_.model));
    }
    if (gguf_.add_bos.value_or(add_bos) && gguf_.bos) config_.prefix.push_back(*gguf_.bos);
    if (gguf_.add_eos.value_or(false) && gguf_.eos) config_.suffix.push_back(*gguf_.eos);
    config_.bos = gguf_.bos;
    config_.eos = gguf_.eos;
    config_.decode_pieces = true;
    return std::make_shared<PipelineTokenizer>(std::move(config_));
  }

 private:
  std::int32_t type(TokenId id) const {
    return gguf_.token_types.empty() ? kNormal : gguf_.token_types[static_cast<std::size_t>(id)];
  }

  void read_specials() {
    std::vector<GgufSpecials::Token> tokens;
    vocabulary_.tokens().for_each([&](TokenId id, const std::string& text) {
      const std::int32_t t = type(id);
      if (t == kControl || t == kUnknown) config_.special.set(id, true);
      if (t == kControl || t == kUnknown || t == kUserDefined) tokens.push_back({id, text, t == kUserDefined});
    });
    config_.segmenter = std::make_unique<GgufSpecials>(std::move(tokens));
  }

  // The symbol of a string that takes part in merges: a token, or a name for what is none.
  std::uint32_t symbol(std::string_view text) {
    if (const auto id = vocabulary_.id(text)) return static_cast<std::uint32_t>(*id);
    if (const auto known = virtual_ids_.find(text)) return virtual_base_ + static_cast<std::uint32_t>(*known);
    const auto index = static_cast<TokenId>(bpe_.virtual_symbols.size());
    virtual_ids_.set(text, index);
    // What remains of it is looked up byte by byte; bytes that are no tokens are lost.
    std::vector<TokenId> ids;
    for (const char& c : text) {
      if (const auto id = vocabulary_.id(std::string_view(&c, 1))) ids.push_back(*id);
    }
    bpe_.virtual_symbols.push_back(std::move(ids));
    return virtual_base_ + static_cast<std::uint32_t>(index);
  }

  bool read_bpe() {
    const GgufPreTokenizer pre = find_gguf_pre_tokenizer(gguf_.pre);
    for (const std::string_view pattern : pre.patterns) {
      if (const auto known = recognise_pattern(pattern)) {
        config_.pre_tokenizer.add(make_known_split(*known));
      } else {
        Pattern regex{"", std::make_shared<const Regex>(pattern, RegexDialect::kEcmaScript)};
        config_.pre_tokenizer.add(make_split(std::move(regex), SplitBehavior::kIsolated, false));
      }
    }
    bpe_.byte_level = true;
    bpe_.ignore_merges = pre.ignore_merges;
    bpe_.virtual_base = virtual_base_;
    bpe_.merges = MergeTable(gguf_.merges.size());
    for (unsigned b = 0; b < 256; ++b) {
      bpe_.byte_symbols.push_back(symbol(to_utf8(byte_level_character(static_cast<unsigned char>(b)))));
    }
    std::uint32_t rank = 0;
    std::string result;
    for (const std::string_view merge : gguf_.merges) {
      const std::size_t space = merge.find(' ', 1);
      if (space == std::string_view::npos)
        fail_file("the merge '{}' is not two tokens with a space between", printable(merge));
      const std::string_view left = merge.substr(0, space), right = merge.substr(space + 1);
      result = left;
      result += right;
      bpe_.merges.set(symbol(left), symbol(right), rank++, symbol(result), false);
    }
    vocabulary_.tokens().for_each([this](TokenId id, const std::string& text) {
      const std::int32_t t = type(id);
      auto bytes = t == kControl || t == kUnknown || t == kUserDefined ? std::nullopt : from_byte_level(text);
      config_.pieces.set(id, bytes ? *std::move(bytes) : text);
    });
    bpe_.vocabulary = std::move(vocabulary_);
    config_.model = std::make_unique<Bpe>(std::move(bpe_));
    return pre.add_bos;
  }

  bool read_spm() {
    std::vector<float> scores = gguf_.scores;
    scores.resize(gguf_.tokens.size(), 0.0f);
    for (const float s : scores) {
      if (std::isnan(s)) fail_file("tokenizer.ggml.scores holds a value that is not a number");
    }
    const bool prefix = gguf_.add_space_prefix.value_or(true);
    config_.strip_first_space = prefix;
    config_.pre_tokenizer.add(make_escaped_spaces(prefix));
    if (only_leading_metaspace(vocabulary_)) config_.pre_tokenizer.add(make_metaspace_runs());
    vocabulary_.tokens().for_each([this](TokenId id, const std::string& text) {
      const std::int32_t t = type(id);
      const auto byte = parse_byte_token(text);
      if (byte && (t == kByte || gguf_.token_types.empty())) {
        config_.pieces.set(id, std::string(1, static_cast<char>(*byte)));
      } else if (t == kControl || t == kUnknown || t == kUserDefined) {
        config_.pieces.set(id, text);
      } else {
        config_.pieces.set(id, replace_all(text, Pattern{std::string(kMetaspace), nullptr}, " "));
      }
    });
    config_.model = make_spm(std::move(vocabulary_), std::move(scores), gguf_.unk);
    return true;
  }

  static constexpr std::uint32_t virtual_base_ = 0x80000000u;

  const GgufVocabulary& gguf_;
  Vocabulary vocabulary_;
  StringTable virtual_ids_;
  BpeConfig bpe_;
  PipelineConfig config_;
};

}  // namespace
}  // namespace tokenization

std::shared_ptr<const Tokenizer> Tokenizer::from_gguf(const GgufVocabulary& vocabulary) {
  return tokenization::Reader(vocabulary).read();
}

}  // namespace bitnet

#else   // BITNET_TOKENIZERS

namespace bitnet {

std::shared_ptr<const Tokenizer> Tokenizer::from_gguf(const GgufVocabulary&) {
  fail(ErrorCode::kUnsupported,
       "built without tokenizers: configure with -DBITNET_TOKENIZERS=ON to read GGUF vocabularies");
}

}  // namespace bitnet
#endif  // BITNET_TOKENIZERS
