#ifdef BITNET_TOKENIZERS
#include "text/tokenizer/decoder.hpp"

#include "text/tokenizer/byte_level.hpp"
#include "text/tokenizer/model.hpp"
#include "text/tokenizer/utf8.hpp"

namespace bitnet::tokenization {
namespace {

// A stage that needs each token whole.
class TokenStage : public DecodeStage {
 public:
  explicit TokenStage(DecodeStage& next) : next_(next) {}
  void text(std::string_view part) override { buffer_ += part; }
  void end_token() override {
    token(buffer_);
    buffer_.clear();
  }
  void finish() override { next_.finish(); }

 protected:
  virtual void token(std::string_view token) = 0;
  void pass(std::string_view token) {
    next_.text(token);
    next_.end_token();
  }
  DecodeStage& next_;

 private:
  std::string buffer_;
};

class ByteLevelStage final : public TokenStage {
 public:
  using TokenStage::TokenStage;
  void finish() override {
    std::string out;
    joiner_.finish(out);
    next_.text(out);
    next_.end_token();  // the whole sequence became one token
    next_.finish();
  }

 private:
  void token(std::string_view token) override {
    std::string out;
    const auto bytes = from_byte_level(token);
    joiner_.push(bytes ? std::string_view(*bytes) : token, out);
    next_.text(out);
  }
  ByteJoiner joiner_;
};

class ByteFallbackStage final : public TokenStage {
 public:
  using TokenStage::TokenStage;
  void finish() override {
    flush();
    next_.finish();
  }

 private:
  void token(std::string_view token) override {
    if (const auto byte = parse_byte_token(token)) {
      bytes_.push_back(static_cast<char>(*byte));
      return;
    }
    flush();
    pass(token);
  }
  // A run of bytes is text only when all of it is.
  void flush() {
    if (bytes_.empty()) return;
    if (is_valid_utf8(bytes_)) {
      pass(bytes_);
    } else {
      const std::string replacement = to_utf8(kReplacementCharacter);
      for (std::size_t i = 0; i < bytes_.size(); ++i) pass(replacement);
    }
    bytes_.clear();
  }
  std::string bytes_;
};

class FuseStage final : public DecodeStage {
 public:
  explicit FuseStage(DecodeStage& next) : next_(next) {}
  void text(std::string_view part) override { next_.text(part); }
  void end_token() override {}
  void finish() override {
    next_.end_token();
    next_.finish();
  }

 private:
  DecodeStage& next_;
};

class StripStage final : public DecodeStage {
 public:
  StripStage(DecodeStage& next, char32_t content, std::size_t start, std::size_t stop)
      : next_(next), content_(to_utf8(content)), start_(start), stop_(stop) {}

  void text(std::string_view part) override {
    // A part may end inside a character only when its token does; stages pass whole characters.
    while (left_ < start_ && part.starts_with(content_)) {
      part.remove_prefix(content_.size());
      ++left_;
    }
    if (part.empty()) return;
    left_ = start_;
    // The token's last characters may have to go: hold back as many as could.
    std::size_t tail = 0;
    std::string_view head = part;
    while (tail < stop_ && head.ends_with(content_)) {
      head.remove_suffix(content_.size());
      ++tail;
    }
    if (head.empty()) {
      held_ += tail;
    } else {
      release(held_);
      next_.text(head);
      held_ = tail;
    }
    if (held_ > stop_) release(held_ - stop_);
  }
  void end_token() override {
    held_ = 0;
    left_ = 0;
    next_.end_token();
  }
  void finish() override { next_.finish(); }

 private:
  void release(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) next_.text(content_);
    held_ -= count;
  }

  DecodeStage& next_;
  std::string content_;
  std::size_t start_, stop_;
  std::size_t left_ = 0;  // leading characters taken off, `start_` once the rest has begun
  std::size_t held_ = 0;
};

class ReplaceStage final : public TokenStage {
 public:
  ReplaceStage(DecodeStage& next, Pattern pattern, std::string content)
      : TokenStage(next), pattern_(std::move(pattern)), content_(std::move(content)) {}

 private:
  void token(std::string_view token) override { pass(replace_all(token, pattern_, content_)); }
  Pattern pattern_;
  std::string content_;
};

class MetaspaceStage final : public TokenStage {
 public:
  MetaspaceStage(DecodeStage& next, std::string replacement, bool prefixed)
      : TokenStage(next), replacement_{std::move(replacement), nullptr}, prefixed_(prefixed) {}

 private:
  void token(std::string_view token) override {
    // In the first token every replacement goes, not just the leading one: Hugging Face's rule.
    pass(replace_all(token, replacement_, first_ && prefixed_ ? "" : " "));
    first_ = false;
  }
  Pattern replacement_;
  bool prefixed_;
  bool first_ = true;
};

std::string clean_up(std::string text) {
  static constexpr std::pair<std::string_view, std::string_view> kRules[] = {
      {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},    {" n't", "n't"},
      {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
  };
  for (const auto& [from, to] : kRules) text = replace_all(text, Pattern{std::string(from), nullptr}, to);
  return text;
}

class WordPieceStage final : public TokenStage {
 public:
  WordPieceStage(DecodeStage& next, std::string prefix, bool cleanup)
      : TokenStage(next), prefix_(std::move(prefix)), cleanup_(cleanup) {}

 private:
  void token(std::string_view token) override {
    std::string word;
    if (first_) {
      word = token;
    } else if (token.starts_with(prefix_)) {
      word = token.substr(prefix_.size());
    } else {
      word = " ";
      word += token;
    }
    first_ = false;
    pass(cleanup_ ? clean_up(std::move(word)) : word);
  }
  std::string prefix_;
  bool cleanup_;
  bool first_ = true;
};

class BpeStage final : public TokenStage {
 public:
  BpeStage(DecodeStage& next, std::string suffix) : TokenStage(next), suffix_{std::move(suffix), nullptr} {}
  void finish() override {
    if (held_) pass(replace_all(*held_, suffix_, ""));
    next_.finish();
  }

 private:
  void token(std::string_view token) override {
    // The suffix is a space, except in the last token.
    if (held_) pass(replace_all(*held_, suffix_, " "));
    held_ = std::string(token);
  }
  Pattern suffix_;
  std::optional<std::string> held_;
};

class CtcStage final : public TokenStage {
 public:
  CtcStage(DecodeStage& next, std::string pad, std::string delimiter, bool cleanup)
      : TokenStage(next), pad_{std::move(pad), nullptr}, delimiter_{std::move(delimiter), nullptr}, cleanup_(cleanup) {}

 private:
  void token(std::string_view token) override {
    if (last_ && *last_ == token) return;
    last_ = std::string(token);
    std::string text = replace_all(token, pad_, "");
    if (cleanup_) text = replace_all(clean_up(std::move(text)), delimiter_, " ");
    if (!text.empty()) pass(text);
  }
  Pattern pad_, delimiter_;
  bool cleanup_;
  std::optional<std::string> last_;
};

class JoinStage final : public DecodeStage {
 public:
  explicit JoinStage(DecodeStage& next) : next_(next) {}
  void text(std::string_view part) override {
    open();
    next_.text(part);
  }
  void end_token() override {
    open();
    next_.end_token();
    open_ = false;
  }
  void finish() override { next_.finish(); }

 private:
  void open() {
    if (!open_ && !first_) next_.text(" ");
    open_ = true;
    first_ = false;
  }
  DecodeStage& next_;
  bool first_ = true, open_ = false;
};

template <typename Stage, typename... Args>
StageFactory factory(Args... args) {
  return
      [args...](DecodeStage& next) -> std::unique_ptr<DecodeStage> { return std::make_unique<Stage>(next, args...); };
}

}  // namespace

StageFactory byte_level_decoder() { return factory<ByteLevelStage>(); }
StageFactory byte_fallback_decoder() { return factory<ByteFallbackStage>(); }
StageFactory fuse_decoder() { return factory<FuseStage>(); }
StageFactory strip_decoder(char32_t content, std::size_t start, std::size_t stop) {
  return factory<StripStage>(content, start, stop);
}
StageFactory replace_decoder(Pattern pattern, std::string content) {
  return factory<ReplaceStage>(std::move(pattern), std::move(content));
}
StageFactory metaspace_decoder(std::string replacement, bool prefixed) {
  return factory<MetaspaceStage>(std::move(replacement), prefixed);
}
StageFactory word_piece_decoder(std::string prefix, bool cleanup) {
  return factory<WordPieceStage>(std::move(prefix), cleanup);
}
StageFactory bpe_decoder(std::string suffix) { return factory<BpeStage>(std::move(suffix)); }
StageFactory ctc_decoder(std::string pad_token, std::string word_delimiter_token, bool cleanup) {
  return factory<CtcStage>(std::move(pad_token), std::move(word_delimiter_token), cleanup);
}
StageFactory join_decoder() { return factory<JoinStage>(); }

void ByteJoiner::push(std::string_view bytes, std::string& out) {
  if (pending_.empty()) {
    const std::size_t rest = incomplete_suffix(bytes);
    append_lossy(out, bytes.substr(0, bytes.size() - rest));
    pending_ = bytes.substr(bytes.size() - rest);
    return;
  }
  pending_ += bytes;
  const std::size_t rest = incomplete_suffix(pending_);
  append_lossy(out, std::string_view(pending_).substr(0, pending_.size() - rest));
  pending_.erase(0, pending_.size() - rest);
}

void ByteJoiner::finish(std::string& out) {
  append_lossy(out, pending_);
  pending_.clear();
}

class DecodeChain::Output final : public DecodeStage {
 public:
  void text(std::string_view part) override { out += part; }
  void end_token() override {}
  void finish() override {}
  std::string out;
};

DecodeChain::DecodeChain(const std::vector<StageFactory>& factories) : output_(std::make_unique<Output>()) {
  DecodeStage* next = output_.get();
  for (auto it = factories.rbegin(); it != factories.rend(); ++it) {
    stages_.push_back((*it)(*next));
    next = stages_.back().get();
  }
}

DecodeChain::~DecodeChain() = default;

void DecodeChain::token(std::string_view token) {
  DecodeStage& first = stages_.empty() ? static_cast<DecodeStage&>(*output_) : *stages_.back();
  first.text(token);
  first.end_token();
}

void DecodeChain::finish() {
  if (!stages_.empty()) stages_.back()->finish();
}

std::string DecodeChain::take() { return std::exchange(output_->out, {}); }

}  // namespace bitnet::tokenization
#endif  // BITNET_TOKENIZERS
