#ifdef BITNET_TOKENIZERS
#include "text/tokenizer/gguf_specials.hpp"

#include <algorithm>

#include "base/fail.hpp"

namespace bitnet::tokenization {
namespace {

constexpr std::size_t kMaxText = 1024;

struct Fragment {
  std::size_t begin, end;
  TokenId token;  // -1: text
};

}  // namespace

GgufSpecials::GgufSpecials(std::vector<Token> tokens) : tokens_(std::move(tokens)) {
  std::stable_sort(tokens_.begin(), tokens_.end(),
                   [](const Token& a, const Token& b) { return a.text.size() > b.text.size(); });
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i].text.size() > kMaxText) {
      fail(ErrorCode::kUnsupported, "the special token '{}' has {} bytes; the limit is {}", printable(tokens_[i].text),
           tokens_[i].text.size(), kMaxText);
    }
    trie_.add(tokens_[i].text, static_cast<std::int32_t>(i));
  }
}

void GgufSpecials::split(std::string_view text, const EncodeOptions& options, SegmentSink sink) const {
  // Which tokens occur at all; texts with none are the rule.
  std::vector<std::size_t> present;
  std::vector<bool> seen;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!trie_.starts_with(static_cast<unsigned char>(text[i]))) continue;
    trie_.for_each_prefix(text.substr(i), [&](std::size_t, std::int32_t value) {
      const auto index = static_cast<std::size_t>(value);
      if (!options.parse_special && !tokens_[index].always) return;
      if (seen.empty()) seen.resize(tokens_.size());
      if (!seen[index]) present.push_back(index);
      seen[index] = true;
    });
  }
  if (present.empty()) {
    if (!text.empty()) sink({text, std::nullopt, true});
    return;
  }
  std::sort(present.begin(), present.end());
  std::vector<Fragment> fragments{{0, text.size(), -1}}, next;
  for (const std::size_t index : present) {
    const Token& token = tokens_[index];
    next.clear();
    for (Fragment f : fragments) {
      while (f.token < 0) {
        const std::size_t at = text.substr(0, f.end).find(token.text, f.begin);
        if (at == std::string_view::npos) break;
        if (at > f.begin) next.push_back({f.begin, at, -1});
        next.push_back({at, at + token.text.size(), token.id});
        f.begin = at + token.text.size();
      }
      if (f.token >= 0 || f.begin < f.end) next.push_back(f);
    }
    fragments.swap(next);
  }
  bool first = true;
  for (const Fragment& f : fragments) {
    const std::string_view part = text.substr(f.begin, f.end - f.begin);
    if (f.token >= 0) {
      sink({part, f.token, false});
      first = true;
    } else {
      sink({part, std::nullopt, first});
      first = false;
    }
  }
}

}  // namespace bitnet::tokenization
#endif  // BITNET_TOKENIZERS
