#include "text/tokenizer/spm.hpp"

#include <algorithm>
#include <array>

#include "base/fail.hpp"
#include "text/tokenizer/utf8.hpp"

namespace bitnet::tokenization {
namespace {

class Spm final : public Model {
 public:
  Spm(Vocabulary vocabulary, std::vector<float> scores, std::optional<TokenId> unk)
      : Model(std::move(vocabulary)), scores_(std::move(scores)) {
    for (unsigned b = 0; b < 256; ++b) {
      const char byte = static_cast<char>(b);
      auto id = vocabulary_.id(byte_token(static_cast<unsigned char>(b)));
      if (!id) id = vocabulary_.id(std::string_view(&byte, 1));
      if (!id) id = unk;
      if (!id) fail_file("the vocabulary has neither a token for byte {} nor an unknown token", b);
      bytes_[b] = *id;
    }
  }

  void encode_word(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const override {
    if (word.empty()) return;
    if (word.size() >= 0x7FFFFFFF)
      fail_argument("a text of {} bytes is too long to encode; the limit is 2 GiB", word.size());
    WordCache::Entry* entry = scratch.cache.place(word);
    if (entry != nullptr && WordCache::holds(*entry, word)) {
      out.insert(out.end(), entry->ids.begin(), entry->ids.begin() + entry->count);
      return;
    }
    const std::size_t begin = out.size();
    merge(word, out);
    if (entry != nullptr) WordCache::keep(*entry, word, {out.data() + begin, out.size() - begin});
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFu;

  struct Symbol {
    std::uint32_t begin, size;  // size 0: merged away
    std::uint32_t previous, next;
  };
  struct Candidate {
    float score;
    std::uint32_t left, right, size;
  };

  void merge(std::string_view word, std::vector<TokenId>& out) const {
    std::vector<Symbol> symbols;
    symbols.reserve(word.size());
    for (std::uint32_t i = 0; i < word.size();) {
      const std::uint32_t size = utf8_length(word[i]);
      const auto index = static_cast<std::uint32_t>(symbols.size());
      symbols.push_back({i, size, index - 1, index + 1});
      i += size;
    }
    symbols.back().next = kNone;
    std::vector<Candidate> heap;
    const auto worse = [](const Candidate& a, const Candidate& b) {
      return a.score < b.score || (a.score == b.score && a.left > b.left);
    };
    const auto pair_up = [&](std::uint32_t left, std::uint32_t right) {
      if (left == kNone || right == kNone) return false;
      const std::uint32_t size = symbols[left].size + symbols[right].size;
      if (size > vocabulary_.table().longest_key()) return false;
      const auto id = vocabulary_.id(word.substr(symbols[left].begin, size));
      if (!id) return false;
      heap.push_back({scores_[static_cast<std::size_t>(*id)], left, right, size});
      return true;
    };
    for (std::uint32_t i = 1; i < symbols.size(); ++i) pair_up(i - 1, i);
    std::make_heap(heap.begin(), heap.end(), worse);
    while (!heap.empty()) {
      std::pop_heap(heap.begin(), heap.end(), worse);
      const Candidate top = heap.back();
      heap.pop_back();
      Symbol& left = symbols[top.left];
      Symbol& right = symbols[top.right];
      if (left.size == 0 || right.size == 0 || left.size + right.size != top.size) continue;  // changed since
      left.size += right.size;
      right.size = 0;
      left.next = right.next;
      if (right.next != kNone) symbols[right.next].previous = top.left;
      if (pair_up(left.previous, top.left)) std::push_heap(heap.begin(), heap.end(), worse);
      if (pair_up(top.left, left.next)) std::push_heap(heap.begin(), heap.end(), worse);
    }
    for (std::uint32_t i = 0; i != kNone; i = symbols[i].next) {
      const std::string_view text = word.substr(symbols[i].begin, symbols[i].size);
      if (const auto id = vocabulary_.id(text)) {
        out.push_back(*id);
      } else {
        for (const char b : text) out.push_back(bytes_[static_cast<unsigned char>(b)]);
      }
    }
  }

  std::vector<float> scores_;
  std::array<TokenId, 256> bytes_;
};

}  // namespace

std::unique_ptr<Model> make_spm(Vocabulary vocabulary, std::vector<float> scores, std::optional<TokenId> unk) {
  return std::make_unique<Spm>(std::move(vocabulary), std::move(scores), unk);
}

}  // namespace bitnet::tokenization
