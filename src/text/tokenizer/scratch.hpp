// Working memory of one encode call, kept between calls because its word cache pays off over many of them.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer/vocabulary.hpp"

namespace bitnet::tokenization {

/// Words seen before and their ids: direct-mapped, so its size is fixed and an old word gives way to a new one.
class WordCache {
 public:
  static constexpr std::size_t kMaxWord = 30;
  static constexpr std::size_t kMaxIds = 8;

  struct Entry {
    std::uint8_t size = 0;  // 0: empty
    std::uint8_t count = 0;
    std::array<char, kMaxWord> word;
    std::array<TokenId, kMaxIds> ids;
  };
  static_assert(sizeof(Entry) == 64);

  /// Where `word` belongs; null when it is too long to keep. Check `holds` before use.
  Entry* place(std::string_view word) {
    if (word.size() > kMaxWord) return nullptr;
    if (entries_.empty()) entries_.resize(kEntries);
    return &entries_[hash_bytes(word, seed_) >> (64 - kBits)];
  }
  static bool holds(const Entry& entry, std::string_view word) noexcept {
    return entry.size == word.size() && std::memcmp(entry.word.data(), word.data(), word.size()) == 0;
  }
  static void keep(Entry& entry, std::string_view word, std::span<const TokenId> ids) noexcept {
    if (ids.size() > kMaxIds) return;
    entry.size = static_cast<std::uint8_t>(word.size());
    entry.count = static_cast<std::uint8_t>(ids.size());
    std::memcpy(entry.word.data(), word.data(), word.size());
    if (!ids.empty()) std::memcpy(entry.ids.data(), ids.data(), ids.size_bytes());
  }

 private:
  static constexpr int kBits = 15;
  static constexpr std::size_t kEntries = std::size_t{1} << kBits;

  std::uint64_t seed_ = hash_seed();
  std::vector<Entry> entries_;
};

struct Scratch {
  struct Link {
    std::uint64_t pair;  // rank and result of merging with the next symbol, as in MergeTable
    std::uint32_t id;
    std::uint32_t previous, next;
  };
  struct Candidate {
    std::uint64_t key;  // rank, then position: the smallest is merged first
    std::uint64_t pair;
  };

  WordCache cache;
  std::vector<std::uint32_t> symbols;
  std::vector<Link> links;
  std::vector<Candidate> heap;
};

/// Lends scratches: as many exist as calls ever ran at once.
class ScratchPool {
 public:
  class Lease {
   public:
    explicit Lease(ScratchPool& pool) : pool_(pool) {
      const std::lock_guard lock(pool.mutex_);
      if (!pool.free_.empty()) {
        scratch_ = std::move(pool.free_.back());
        pool.free_.pop_back();
      }
      if (!scratch_) scratch_ = std::make_unique<Scratch>();
    }
    ~Lease() {
      // A very long word must not pin its buffers for the tokenizer's life.
      if (scratch_->links.capacity() > kKeptSymbols) {
        scratch_->links = {};
        scratch_->heap = {};
        scratch_->symbols = {};
      }
      const std::lock_guard lock(pool_.mutex_);
      pool_.free_.push_back(std::move(scratch_));
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Scratch& operator*() const noexcept { return *scratch_; }

   private:
    static constexpr std::size_t kKeptSymbols = 1 << 16;
    ScratchPool& pool_;
    std::unique_ptr<Scratch> scratch_;
  };

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Scratch>> free_;
};

}  // namespace bitnet::tokenization
