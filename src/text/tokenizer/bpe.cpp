#include "text/tokenizer/bpe.hpp"

#include <algorithm>
#include <bit>

#include "base/fail.hpp"
#include "text/tokenizer/byte_level.hpp"
#include "text/tokenizer/utf8.hpp"

namespace bitnet::tokenization {
namespace {

constexpr std::uint32_t kNoSymbol = 0xFFFFFFFFu;
// Scanning all pairs for the best one beats a heap up to here.
constexpr std::size_t kShortWord = 48;

}  // namespace

MergeTable::MergeTable(std::size_t expected) : multiplier_(hash_seed() | 1) {
  grow(std::bit_ceil(expected + expected / 2 + 8));
}

void MergeTable::grow(std::size_t capacity) {
  std::vector<Slot> old(capacity, Slot{kEmpty, kNone});
  old.swap(slots_);
  mask_ = capacity - 1;
  shift_ = 64 - std::countr_zero(capacity);
  for (const Slot& s : old) {
    if (s.key == kEmpty) continue;
    std::size_t i = place(s.key);
    while (slots_[i].key != kEmpty) i = (i + 1) & mask_;
    slots_[i] = s;
  }
}

void MergeTable::set(std::uint32_t left, std::uint32_t right, std::uint32_t rank, std::uint32_t result,
                     bool last_wins) {
  if ((count_ + 1) * 4 > slots_.size() * 3) grow(slots_.size() * 2);
  const std::uint64_t key = (static_cast<std::uint64_t>(left) << 32) | right;
  const Pair pair = (static_cast<Pair>(rank) << 32) | result;
  std::size_t i = place(key);
  while (slots_[i].key != kEmpty && slots_[i].key != key) i = (i + 1) & mask_;
  if (slots_[i].key == key) {
    if (last_wins) slots_[i].pair = pair;
    return;
  }
  slots_[i] = {key, pair};
  ++count_;
}

Bpe::Bpe(BpeConfig config)
    : Model(std::move(config.vocabulary)), config_(std::move(config)), words_(0), lookup_(&vocabulary_.table()) {
  for (unsigned b = 0; b < 256; ++b) {
    const auto byte = static_cast<unsigned char>(b);
    fallback_[b] = vocabulary_.id(byte_token(byte)).value_or(-1);
    const auto id = vocabulary_.id(to_utf8(byte_level_character(byte)));
    byte_symbol_[b] = id ? static_cast<std::uint32_t>(*id) : kNoSymbol;
    if (config_.byte_symbols.size() == 256) byte_symbol_[b] = config_.byte_symbols[b];
    all_bytes_ = all_bytes_ && byte_symbol_[b] != kNoSymbol;
  }
  if (config_.byte_level) {
    words_ = StringTable(vocabulary_.size());
    vocabulary_.table().for_each([this](std::string_view token, TokenId id) {
      if (const auto bytes = from_byte_level(token); bytes && !bytes->empty()) words_.set(*bytes, id);
    });
    lookup_ = &words_;
  }
  if (config_.byte_level && all_bytes_) {
    byte_pairs_.reserve(65536);
    for (const std::uint32_t left : byte_symbol_) {
      for (const std::uint32_t right : byte_symbol_) byte_pairs_.push_back(config_.merges.find(left, right));
    }
  }
  whole_ = std::make_unique<std::atomic<Whole>[]>(lookup_->slots());
}

void Bpe::encode_word(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const {
  if (word.empty()) return;
  const std::size_t slot = word.size() <= lookup_->longest_key() ? lookup_->find_slot(word) : StringTable::kNone;
  if (slot != StringTable::kNone) {
    if (config_.ignore_merges || whole_[slot].load(std::memory_order_relaxed) == Whole::kYes) {
      out.push_back(lookup_->id_at(slot));
      return;
    }
  }
  WordCache::Entry* entry = scratch.cache.place(word);
  if (entry != nullptr && WordCache::holds(*entry, word)) {
    out.insert(out.end(), entry->ids.begin(), entry->ids.begin() + entry->count);
    return;
  }
  const std::size_t begin = out.size();
  merge_word(word, scratch, out);
  const std::span<const TokenId> ids(out.data() + begin, out.size() - begin);
  if (slot != StringTable::kNone && whole_[slot].load(std::memory_order_relaxed) == Whole::kUnknown) {
    const bool yes = ids.size() == 1 && ids[0] == lookup_->id_at(slot);
    whole_[slot].store(yes ? Whole::kYes : Whole::kNo, std::memory_order_relaxed);
    if (yes) return;
  }
  if (entry != nullptr) WordCache::keep(*entry, word, ids);
}

void Bpe::merge_word(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const {
  if (word.size() >= 0x7FFFFFFF)
    fail_argument("a word of {} bytes is too long to encode; the limit is 2 GiB", word.size());
  if (config_.byte_level && all_bytes_ && word.size() <= kShortWord) {
    std::uint32_t symbols[kShortWord];
    MergeTable::Pair pairs[kShortWord];
    std::size_t count = word.size();
    for (std::size_t i = 0; i < count; ++i) {
      const auto byte = static_cast<unsigned char>(word[i]);
      symbols[i] = byte_symbol_[byte];
      if (i > 0) pairs[i - 1] = byte_pairs_[static_cast<unsigned char>(word[i - 1]) * 256u + byte];
    }
    merge_short(symbols, pairs, count);
    for (std::size_t i = 0; i < count; ++i) append_symbol(symbols[i], out);
    return;
  }
  auto& symbols = scratch.symbols;
  symbols.clear();
  if (config_.byte_level) {
    split_bytes(word, symbols);
  } else {
    split_characters(word, symbols);
  }
  if (symbols.size() <= kShortWord) {
    MergeTable::Pair pairs[kShortWord];
    std::size_t count = symbols.size();
    pair_up(symbols.data(), count, pairs);
    merge_short(symbols.data(), pairs, count);
    symbols.resize(count);
  } else {
    merge_long(scratch);
  }
  for (const std::uint32_t s : symbols) append_symbol(s, out);
}

void Bpe::append_symbol(std::uint32_t symbol, std::vector<TokenId>& out) const {
  if (symbol < config_.virtual_base) {
    out.push_back(static_cast<TokenId>(symbol));
  } else {
    const auto& ids = config_.virtual_symbols[symbol - config_.virtual_base];
    out.insert(out.end(), ids.begin(), ids.end());
  }
}

namespace {

// Collects unknown characters as Hugging Face's BPE does: a run is one token when fuse_unk is set, and it is written
// only when the next known character or the end comes, even if fallback bytes came between.
class UnknownRun {
 public:
  UnknownRun(std::vector<std::uint32_t>& symbols, std::optional<TokenId> unk, bool fuse)
      : symbols_(symbols), unk_(unk), fuse_(fuse) {}
  void add() {
    if (!unk_) return;
    if (pending_ && !fuse_) symbols_.push_back(static_cast<std::uint32_t>(*unk_));
    pending_ = true;
  }
  void flush() {
    if (pending_) symbols_.push_back(static_cast<std::uint32_t>(*unk_));
    pending_ = false;
  }

 private:
  std::vector<std::uint32_t>& symbols_;
  std::optional<TokenId> unk_;
  bool fuse_;
  bool pending_ = false;
};

}  // namespace

bool Bpe::append_fallback(std::string_view character, std::vector<std::uint32_t>& symbols) const {
  const auto has_token = [this](char c) { return fallback_[static_cast<unsigned char>(c)] >= 0; };
  if (!config_.byte_fallback || !std::all_of(character.begin(), character.end(), has_token)) return false;
  for (const char c : character)
    symbols.push_back(static_cast<std::uint32_t>(fallback_[static_cast<unsigned char>(c)]));
  return true;
}

void Bpe::split_bytes(std::string_view word, std::vector<std::uint32_t>& symbols) const {
  UnknownRun unknown(symbols, config_.unk, config_.fuse_unk);
  for (const char c : word) {
    const std::uint32_t symbol = byte_symbol_[static_cast<unsigned char>(c)];
    if (symbol == kNoSymbol) {
      const std::string character = to_utf8(byte_level_character(static_cast<unsigned char>(c)));
      if (!append_fallback(character, symbols)) unknown.add();
      continue;
    }
    unknown.flush();
    symbols.push_back(symbol);
  }
  unknown.flush();
}

void Bpe::split_characters(std::string_view word, std::vector<std::uint32_t>& symbols) const {
  UnknownRun unknown(symbols, config_.unk, config_.fuse_unk);
  const bool affixed = !config_.continuing_subword_prefix.empty() || !config_.end_of_word_suffix.empty();
  std::string spelled;
  for (std::size_t i = 0; i < word.size();) {
    const std::uint32_t length = utf8_length(word[i]);
    std::string_view character = word.substr(i, length);
    if (affixed) {
      spelled.clear();
      if (i > 0) spelled += config_.continuing_subword_prefix;
      spelled += character;
      if (i + length == word.size()) spelled += config_.end_of_word_suffix;
      character = spelled;
    }
    i += length;
    if (const auto id = vocabulary_.id(character)) {
      unknown.flush();
      symbols.push_back(static_cast<std::uint32_t>(*id));
      continue;
    }
    if (append_fallback(character, symbols)) continue;
    unknown.add();
  }
  unknown.flush();
}

void Bpe::pair_up(const std::uint32_t* symbols, std::size_t count, MergeTable::Pair* pairs) const noexcept {
  for (std::size_t i = 0; i + 1 < count; ++i) pairs[i] = config_.merges.find(symbols[i], symbols[i + 1]);
}

void Bpe::merge_short(std::uint32_t* symbols, MergeTable::Pair* pairs, std::size_t& count) const noexcept {
  while (count > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < count; ++i) {
      // Only the rank decides; of equal ranks the leftmost.
      if ((pairs[i] >> 32) < (pairs[best] >> 32)) best = i;
    }
    if (pairs[best] == MergeTable::kNone) return;
    symbols[best] = static_cast<std::uint32_t>(pairs[best]);
    // The two look-ups below miss the caches more often than not: let them wait together, behind the moves.
    if (best > 0) config_.merges.prefetch(symbols[best - 1], symbols[best]);
    if (best + 2 < count) config_.merges.prefetch(symbols[best], symbols[best + 2]);
    for (std::size_t i = best + 1; i + 1 < count; ++i) {
      symbols[i] = symbols[i + 1];
      pairs[i - 1] = pairs[i];
    }
    --count;
    if (best > 0) pairs[best - 1] = config_.merges.find(symbols[best - 1], symbols[best]);
    if (best + 1 < count) pairs[best] = config_.merges.find(symbols[best], symbols[best + 1]);
  }
}

void Bpe::merge_long(Scratch& scratch) const {
  auto& symbols = scratch.symbols;
  auto& links = scratch.links;
  auto& heap = scratch.heap;
  const auto count = static_cast<std::uint32_t>(symbols.size());
  links.resize(count);
  heap.clear();
  const auto later = [](const Scratch::Candidate& a, const Scratch::Candidate& b) { return a.key > b.key; };
  const auto candidate = [&](std::uint32_t i) {
    const MergeTable::Pair pair = links[i].pair;
    heap.push_back({(pair & 0xFFFFFFFF00000000u) | i, pair});
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    links[i] = {i + 1 < count ? config_.merges.find(symbols[i], symbols[i + 1]) : MergeTable::kNone, symbols[i], i - 1,
                i + 1 < count ? i + 1 : kNoSymbol};
    if (links[i].pair != MergeTable::kNone) candidate(i);
  }
  std::make_heap(heap.begin(), heap.end(), later);
  const auto pair_up = [&](std::uint32_t i) {
    links[i].pair =
        links[i].next == kNoSymbol ? MergeTable::kNone : config_.merges.find(links[i].id, links[links[i].next].id);
    if (links[i].pair == MergeTable::kNone) return;
    candidate(i);
    std::push_heap(heap.begin(), heap.end(), later);
  };
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    const Scratch::Candidate top = heap.back();
    heap.pop_back();
    const auto i = static_cast<std::uint32_t>(top.key);
    if (links[i].id == kNoSymbol || links[i].pair != top.pair) continue;  // merged away or changed since
    const std::uint32_t right = links[i].next;
    links[i].id = static_cast<std::uint32_t>(top.pair);
    links[i].next = links[right].next;
    if (links[right].next != kNoSymbol) links[links[right].next].previous = i;
    links[right].id = kNoSymbol;
    if (links[i].previous != kNoSymbol) pair_up(links[i].previous);
    pair_up(i);
  }
  symbols.clear();
  for (std::uint32_t i = 0; i != kNoSymbol; i = links[i].next) symbols.push_back(links[i].id);
}

}  // namespace bitnet::tokenization
