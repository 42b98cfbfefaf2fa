// Byte pair encoding (Sennrich et al., 2016), over characters or, for byte-level models, over bytes.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "text/tokenizer/model.hpp"

namespace bitnet::tokenization {

/// Which pairs of symbols merge, in which order and into what: a flat hash table.
class MergeTable {
 public:
  /// rank << 32 | id of the result: the smaller of two merges first.
  using Pair = std::uint64_t;
  static constexpr Pair kNone = ~Pair{0};

  explicit MergeTable(std::size_t expected = 0);

  /// `last_wins` decides between two ranks of one pair.
  void set(std::uint32_t left, std::uint32_t right, std::uint32_t rank, std::uint32_t result, bool last_wins);
  Pair find(std::uint32_t left, std::uint32_t right) const noexcept {
    const std::uint64_t key = (static_cast<std::uint64_t>(left) << 32) | right;
    for (std::size_t i = place(key);; i = (i + 1) & mask_) {
      if (slots_[i].key == key) return slots_[i].pair;
      if (slots_[i].key == kEmpty) return kNone;
    }
  }

  /// Starts to load what `find` will look at.
  void prefetch(std::uint32_t left, std::uint32_t right) const noexcept {
    __builtin_prefetch(&slots_[place((static_cast<std::uint64_t>(left) << 32) | right)]);
  }

 private:
  struct Slot {
    std::uint64_t key;
    Pair pair;
  };
  static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};

  std::size_t place(std::uint64_t key) const noexcept {
    key = (key ^ (key >> 29)) * multiplier_;
    return static_cast<std::size_t>(key >> shift_);
  }
  void grow(std::size_t capacity);

  std::uint64_t multiplier_;
  std::vector<Slot> slots_;
  std::size_t mask_ = 0;
  int shift_ = 0;
  std::size_t count_ = 0;
};

struct BpeConfig {
  Vocabulary vocabulary;
  MergeTable merges;
  bool byte_level = false;     // words are raw bytes, tokens are spelled in GPT-2's byte alphabet
  bool ignore_merges = false;  // a word that is a token is that token, whatever the merges say
  bool fuse_unk = false;
  bool byte_fallback = false;  // characters outside the vocabulary become <0x..> tokens
  std::optional<TokenId> unk;
  std::string continuing_subword_prefix, end_of_word_suffix;

  // llama.cpp merges strings that need not be tokens. Such symbols have ids from `virtual_base` on; when one is left
  // over, it is written as these ids. `byte_symbols` then gives the first symbol of each byte.
  std::uint32_t virtual_base = 0x80000000u;
  std::vector<std::vector<TokenId>> virtual_symbols;
  std::vector<std::uint32_t> byte_symbols;
};

class Bpe final : public Model {
 public:
  explicit Bpe(BpeConfig config);
  void encode_word(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const override;

 private:
  enum class Whole : std::uint8_t { kUnknown, kYes, kNo };

  void merge_word(std::string_view word, Scratch& scratch, std::vector<TokenId>& out) const;
  void split_bytes(std::string_view word, std::vector<std::uint32_t>& symbols) const;
  void split_characters(std::string_view word, std::vector<std::uint32_t>& symbols) const;
  bool append_fallback(std::string_view character, std::vector<std::uint32_t>& symbols) const;
  void pair_up(const std::uint32_t* symbols, std::size_t count, MergeTable::Pair* pairs) const noexcept;
  void merge_short(std::uint32_t* symbols, MergeTable::Pair* pairs, std::size_t& count) const noexcept;
  void merge_long(Scratch& scratch) const;
  void append_symbol(std::uint32_t symbol, std::vector<TokenId>& out) const;

  BpeConfig config_;
  StringTable words_;  // tokens as a word spells them; empty table when words are spelled as in the vocabulary
  const StringTable* lookup_;
  mutable std::unique_ptr<std::atomic<Whole>[]> whole_;  // by slot of *lookup_: does merging the token give itself?
  std::array<std::uint32_t, 256> byte_symbol_;           // byte-level only
  bool all_bytes_ = true;                                // every byte has a symbol of its own
  std::vector<MergeTable::Pair> byte_pairs_;  // merges of two bytes, by left * 256 + right: most lookups end here
  std::array<TokenId, 256> fallback_;         // <0x..> by byte, -1 when absent
};

}  // namespace bitnet::tokenization
