// Words with white space between them.
#include <unordered_set>

#include "base/fail.hpp"
#include "text/tokenizer/text_stream.hpp"
#include "text/tokenizer/utf8.hpp"
#include "text/tokenizer/vocabulary.hpp"

namespace bitnet {
namespace tokenization {
namespace {

using Entries = std::vector<std::pair<std::string, TokenId>>;

class SimpleTokenizer final : public Tokenizer {
 public:
  SimpleTokenizer(const Entries& words, const Entries& specials) {
    for (const auto& [word, id] : words) add(word, id);
    for (const auto& [word, id] : specials) {
      add(word, id);
      specials_.insert(id);
    }
    unk_ = vocabulary_.id("<unk>");
  }

  std::vector<TokenId> encode(std::string_view text, const EncodeOptions& options) const override {
    std::string lossy;
    append_lossy(lossy, text);
    std::vector<TokenId> out;
    std::size_t begin = 0;
    const auto word = [&](std::size_t end) {
      if (begin < end) out.push_back(id_of(std::string_view(lossy).substr(begin, end - begin), options));
    };
    for (std::size_t i = 0; i < lossy.size();) {
      const CodePoint c = decode_utf8(lossy.data() + i);
      if (is_white_space(c.value)) {
        word(i);
        begin = i + c.length;
      }
      i += c.length;
    }
    word(lossy.size());
    return out;
  }

  std::string decode(std::span<const TokenId> ids, bool skip_special_tokens) const override {
    Stream stream(*this, skip_special_tokens);
    std::string out;
    for (const TokenId id : ids) out += stream.push(id);
    return out;
  }

  std::unique_ptr<TextStream> text_stream(bool skip_special_tokens) const override {
    return std::make_unique<Stream>(*this, skip_special_tokens);
  }
  std::size_t vocabulary_size() const override { return vocabulary_.tokens().limit(); }
  std::optional<TokenId> token_to_id(std::string_view token) const override { return vocabulary_.id(token); }
  std::optional<std::string> id_to_token(TokenId id) const override {
    const std::string* token = vocabulary_.token(id);
    return token != nullptr ? std::optional<std::string>(*token) : std::nullopt;
  }
  bool is_special(TokenId id) const override { return specials_.contains(id); }
  std::optional<TokenId> bos() const override { return special({"<s>", "<bos>", "[BOS]"}); }
  std::optional<TokenId> eos() const override { return special({"</s>", "<eos>", "[EOS]"}); }

 private:
  class Stream final : public TextStream {
   public:
    Stream(const SimpleTokenizer& tokenizer, bool skip) : tokenizer_(tokenizer), skip_(skip) {}
    std::string push(TokenId id) override {
      const std::string* word = tokenizer_.vocabulary_.token(id);
      if (word == nullptr || (skip_ && tokenizer_.is_special(id))) return {};
      std::string out = first_ ? "" : " ";
      first_ = false;
      return out += *word;
    }
    std::string finish() override { return {}; }

   private:
    const SimpleTokenizer& tokenizer_;
    bool skip_;
    bool first_ = true;
  };

  void add(const std::string& word, TokenId id) {
    if (id < 0) fail_argument("the id {} of '{}' is negative", id, printable(word));
    if (!is_valid_utf8(word)) fail_argument("the word '{}' is not UTF-8", printable(word));
    if (vocabulary_.id(word)) fail_argument("the word '{}' is in the vocabulary twice", printable(word));
    if (const std::string* other = vocabulary_.token(id)) {
      fail_argument("the id {} is given to both '{}' and '{}'", id, printable(*other), printable(word));
    }
    vocabulary_.add(word, id);
  }

  TokenId id_of(std::string_view word, const EncodeOptions& options) const {
    const auto id = vocabulary_.id(word);
    if (id && (options.parse_special || !is_special(*id))) return *id;
    if (!unk_) fail_argument("the word '{}' is not in the vocabulary, which has no '<unk>'", printable(word));
    return *unk_;
  }

  std::optional<TokenId> special(std::initializer_list<std::string_view> names) const {
    for (const auto name : names) {
      if (const auto id = vocabulary_.id(name)) return id;
    }
    return std::nullopt;
  }

  Vocabulary vocabulary_;
  std::unordered_set<TokenId> specials_;
  std::optional<TokenId> unk_;
};

}  // namespace
}  // namespace tokenization

std::shared_ptr<const Tokenizer> Tokenizer::simple(std::vector<std::pair<std::string, TokenId>> vocabulary,
                                                   std::vector<std::pair<std::string, TokenId>> special_tokens) {
  return std::make_shared<tokenization::SimpleTokenizer>(vocabulary, special_tokens);
}

}  // namespace bitnet
