#ifdef BITNET_TOKENIZERS
#include "text/tokenizer/added_tokens.hpp"

#include <algorithm>
#include <cstring>

#include "base/fail.hpp"
#include "text/tokenizer/unicode.hpp"

namespace bitnet::tokenization {
namespace {

// Matching steps at one place of the text are as many as a token has bytes, so their length is bounded.
constexpr std::size_t kMaxContent = 1024;

}  // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> tokens, std::unique_ptr<Normalizer> normalizer)
    : tokens_(std::move(tokens)), normalizer_(std::move(normalizer)) {
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    const AddedToken& t = tokens_[i];
    if (t.content.size() > kMaxContent) {
      fail(ErrorCode::kUnsupported, "the added token '{}' has {} bytes; the limit is {}", printable(t.content),
           t.content.size(), kMaxContent);
    }
    if (!t.normalized) {
      raw_.add(t.content, static_cast<std::int32_t>(i));
      continue;
    }
    std::string content = t.content;
    if (normalizer_) normalizer_->normalize(content);
    normalized_.add(content, static_cast<std::int32_t>(i));
  }
}

void AddedTokens::Matcher::add(std::string_view content, std::int32_t index) {
  if (content.empty()) return;
  const int byte = static_cast<unsigned char>(content[0]);
  only_byte = !any_ || only_byte == byte ? byte : -1;
  any_ = true;
  trie.add(content, index);
}

std::size_t AddedTokens::Matcher::next_candidate(std::string_view text, std::size_t from) const noexcept {
  if (only_byte >= 0) {
    const void* p = from < text.size() ? std::memchr(text.data() + from, only_byte, text.size() - from) : nullptr;
    return p != nullptr ? static_cast<std::size_t>(static_cast<const char*>(p) - text.data()) : text.size();
  }
  while (from < text.size() && !trie.starts_with(static_cast<unsigned char>(text[from]))) ++from;
  return from;
}

void AddedTokens::scan(const Matcher& matcher, std::string_view text, bool first, bool parse_special,
                       SegmentSink sink) const {
  const auto plain = [&](std::size_t begin, std::size_t end) {
    if (begin < end) sink({text.substr(begin, end - begin), std::nullopt, first && begin == 0});
  };
  if (matcher.trie.empty()) {
    plain(0, text.size());
    return;
  }
  std::size_t done = 0;  // text before this has been handed on
  for (std::size_t at = matcher.next_candidate(text, 0); at < text.size();) {
    std::size_t length = 0;
    std::int32_t index = -1;
    matcher.trie.for_each_prefix(text.substr(at), [&](std::size_t n, std::int32_t value) {
      length = n;
      index = value;
    });
    if (index < 0) {
      at = matcher.next_candidate(text, at + 1);
      continue;
    }
    const AddedToken& token = tokens_[static_cast<std::size_t>(index)];
    std::size_t start = at, stop = at + length;
    // A match that is refused is still passed over.
    at = matcher.next_candidate(text, stop);
    if (token.special && !parse_special) continue;
    if (token.single_word) {
      if (start > 0 && is_word(last_character(text.substr(0, start)).value)) continue;
      if (stop < text.size() && is_word(decode_utf8(text.data() + stop).value)) continue;
    }
    if (token.lstrip) {
      while (start > done) {
        const CodePoint c = last_character(text.substr(0, start));
        if (!is_white_space(c.value)) break;
        start -= c.length;
      }
    }
    // Spaces that the token before took cannot be taken twice.
    start = std::max(start, done);
    if (token.rstrip) {
      while (stop < text.size()) {
        const CodePoint c = decode_utf8(text.data() + stop);
        if (!is_white_space(c.value)) break;
        stop += c.length;
      }
    }
    plain(done, start);
    sink({text.substr(start, std::max(stop, start) - start), token.id, false});
    done = std::max(done, stop);
  }
  plain(done, text.size());
}

void AddedTokens::split(std::string_view text, const EncodeOptions& options, SegmentSink sink) const {
  const bool parse_special = options.parse_special;
  scan(raw_, text, options.at_start, parse_special, [&](const Segment& segment) {
    if (segment.token) {
      sink(segment);
      return;
    }
    if (!normalizer_) {
      scan(normalized_, segment.text, segment.first, parse_special, sink);
      return;
    }
    std::string normalized(segment.text);
    bool first = segment.first;
    normalizer_->normalize(normalized, first);
    scan(normalized_, normalized, first, parse_special, sink);
  });
}

}  // namespace bitnet::tokenization
#endif  // BITNET_TOKENIZERS
