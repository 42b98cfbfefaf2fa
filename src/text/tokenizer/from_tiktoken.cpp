// tiktoken's files: a line a token, its bytes in base64 and its rank, which is its id. Merges are not in them: a token
// comes of the two that byte-pair encoding with the lower ranks makes of its bytes (openai/tiktoken, _educational.py).
#include "base/fail.hpp"
#include "bitnet/tokenizer.hpp"

#ifdef BITNET_TOKENIZERS
#include <algorithm>
#include <charconv>
#include <limits>
#include <unordered_map>

#include "text/tokenizer/byte_level.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kMostTokenBytes = 512, kMostTokens = std::size_t{1} << 22;
constexpr std::size_t kLlama3Tokens = 128000, kLlama3Specials = 256;
constexpr std::uint32_t kNoRank = std::numeric_limits<std::uint32_t>::max();

std::optional<unsigned> base64_digit(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<unsigned>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<unsigned>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0' + 52);
  if (c == '+') return 62u;
  return c == '/' ? std::optional(63u) : std::nullopt;
}

// Whole groups of four characters, '=' at the end alone.
std::optional<std::string> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::size_t digits = 4;
    if (i + 4 == text.size())
      while (digits > 2 && text[i + digits - 1] == '=') --digits;
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const auto digit = k < digits ? base64_digit(text[i + k]) : std::optional(0u);
      if (!digit) return std::nullopt;
      bits = bits << 6 | *digit;
    }
    for (std::size_t k = 0; k + 1 < digits; ++k) bytes += static_cast<char>(bits >> (16 - 8 * k) & 0xff);
  }
  return bytes;
}

// Llama 3's, in the order of their ids (meta-llama/llama3, tokenizer.py; microsoft/BitNet, gpu/tokenizer.py).
std::vector<std::string> llama3_specials() {
  std::vector<std::string> specials{"<|begin_of_text|>", "<|end_of_text|>"};
  std::size_t reserved = 0;
  const auto reserve = [&](std::size_t until) {
    while (specials.size() < until) specials.push_back(fmt::format("<|reserved_special_token_{}|>", reserved++));
  };
  reserve(6);
  specials.insert(specials.end(), {"<|start_header_id|>", "<|end_header_id|>"});
  reserve(9);
  specials.push_back("<|eot_id|>");
  reserve(kLlama3Specials);
  return specials;
}

class TiktokenFile {
 public:
  explicit TiktokenFile(std::string_view text) {
    std::size_t line = 0;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view entry = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      ++line;
      if (!entry.empty() && entry.back() == '\r') entry.remove_suffix(1);
      if (!entry.empty()) read(entry, line);
    }
    for (unsigned b = 0; b < 256; ++b)
      if (!ranks_.contains(std::string(1, static_cast<char>(b))))
        fail_file("no tiktoken vocabulary: it has no token for the byte {}", b);
  }

  std::size_t size() const { return tokens_.size(); }
  const std::vector<std::string>& tokens() const { return tokens_; }

  /// "left right" in GPT-2's alphabet, in the order of ranks.
  std::vector<std::string> merges() const {
    std::vector<std::string> merges;
    for (std::uint32_t rank = 0; rank < tokens_.size(); ++rank) {
      if (tokens_[rank].size() < 2) continue;
      const std::vector<std::size_t> cuts = parts(tokens_[rank], rank);
      if (cuts.size() != 3) continue;  // nothing merges to it: it is found whole alone
      const std::string_view token = tokens_[rank];
      merges.push_back(tokenization::to_byte_level(token.substr(0, cuts[1])) + " " +
                       tokenization::to_byte_level(token.substr(cuts[1])));
    }
    return merges;
  }

 private:
  void read(std::string_view entry, std::size_t line) {
    const std::size_t space = entry.find(' ');
    std::size_t rank = 0;
    const std::string_view number = space < entry.size() ? entry.substr(space + 1) : std::string_view();
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), rank);
    const auto token = from_base64(entry.substr(0, std::min(space, entry.size())));
    if (error != std::errc() || end != number.data() + number.size() || !token || token->size() > kMostTokenBytes)
      fail_file("line {}: '{}' is no token in base64 with its rank behind it", line, printable(entry));
    if (rank >= kMostTokens) fail_file("line {}: the rank {} is above {}", line, rank, kMostTokens - 1);
    if (rank >= tokens_.size()) tokens_.resize(rank + 1);
    if (!tokens_[rank].empty()) fail_file("line {}: the rank {} stands twice", line, rank);
    if (!ranks_.emplace(*token, static_cast<std::uint32_t>(rank)).second)
      fail_file("line {}: the token '{}' stands twice", line, printable(*token));
    tokens_[rank] = *token;
  }

  std::uint32_t rank_of(std::string_view bytes) const {
    const auto found = ranks_.find(std::string(bytes));
    return found != ranks_.end() ? found->second : kNoRank;
  }

  // Where the parts begin that merging with ranks below `limit` leaves, and the end.
  std::vector<std::size_t> parts(std::string_view token, std::uint32_t limit) const {
    std::vector<std::size_t> cuts(token.size() + 1);
    for (std::size_t i = 0; i < cuts.size(); ++i) cuts[i] = i;
    // pair[i]: the rank of parts i and i + 1 together.
    std::vector<std::uint32_t> pair(token.size() - 1);
    const auto look = [&](std::size_t i) { pair[i] = rank_of(token.substr(cuts[i], cuts[i + 2] - cuts[i])); };
    for (std::size_t i = 0; i < pair.size(); ++i) look(i);
    while (!pair.empty()) {
      const auto least = std::ranges::min_element(pair);
      if (*least >= limit) break;
      const auto i = static_cast<std::size_t>(least - pair.begin());
      cuts.erase(cuts.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      pair.erase(least);
      if (i > 0) look(i - 1);
      if (i < pair.size()) look(i);
    }
    return cuts;
  }

  std::vector<std::string> tokens_;  // by rank
  std::unordered_map<std::string, std::uint32_t> ranks_;
};

}  // namespace

std::shared_ptr<const Tokenizer> Tokenizer::from_tiktoken(std::string_view file, std::vector<std::string> specials,
                                                          std::string_view pre) {
  const TiktokenFile vocabulary(file);
  if (specials.empty() && vocabulary.size() == kLlama3Tokens) specials = llama3_specials();
  std::vector<std::string> texts;
  for (const std::string& token : vocabulary.tokens()) texts.push_back(tokenization::to_byte_level(token));
  const std::vector<std::string> merges = vocabulary.merges();
  GgufVocabulary gguf;
  gguf.model = "gpt2";
  gguf.pre = pre;
  gguf.tokens.assign(texts.begin(), texts.end());
  gguf.token_types.assign(texts.size(), 1);
  for (std::size_t i = 0; i < specials.size(); ++i) {
    gguf.tokens.push_back(specials[i]);
    gguf.token_types.push_back(3);
    const auto id = static_cast<TokenId>(texts.size() + i);
    if (specials[i] == "<|begin_of_text|>") gguf.bos = id;
    if (specials[i] == "<|end_of_text|>") gguf.eos = id;
  }
  gguf.merges.assign(merges.begin(), merges.end());
  gguf.add_bos = gguf.bos.has_value();
  return from_gguf(gguf);
}

}  // namespace bitnet
#else
namespace bitnet {

std::shared_ptr<const Tokenizer> Tokenizer::from_tiktoken(std::string_view, std::vector<std::string>,
                                                          std::string_view) {
  fail(ErrorCode::kUnsupported, "this build has no tokenizers (BITNET_TOKENIZERS is off)");
}

}  // namespace bitnet
#endif
