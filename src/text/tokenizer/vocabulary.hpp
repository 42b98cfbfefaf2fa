// Token strings and their ids, both ways.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bitnet/tokenizer.hpp"

namespace bitnet::tokenization {

/// Seeded once a process, so that no file can be made whose strings all collide.
std::uint64_t hash_seed() noexcept;
std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) noexcept;

/// A flat hash table from strings to ids: open addressing, the strings in one arena. A token encode asks it once a
/// word.
class StringTable {
 public:
  struct Slot {
    std::uint32_t hash;
    std::uint32_t offset;
    std::uint32_t size;
    TokenId id;  // -1: empty
  };
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  explicit StringTable(std::size_t expected = 0);

  /// Adds or replaces. Throws kInvalidFile when the strings exceed 4 GiB in sum.
  void set(std::string_view key, TokenId id);
  /// The slot of `key`, stable until the next `set`; kNone when absent.
  std::size_t find_slot(std::string_view key) const noexcept;
  std::optional<TokenId> find(std::string_view key) const noexcept {
    const std::size_t slot = find_slot(key);
    return slot == kNone ? std::nullopt : std::optional<TokenId>(slots_[slot].id);
  }
  TokenId id_at(std::size_t slot) const noexcept { return slots_[slot].id; }
  std::string_view key_at(std::size_t slot) const noexcept {
    return std::string_view(arena_).substr(slots_[slot].offset, slots_[slot].size);
  }
  std::size_t slots() const noexcept { return slots_.size(); }
  std::size_t size() const noexcept { return count_; }
  std::size_t longest_key() const noexcept { return longest_; }

  template <typename F>
  void for_each(const F& f) const {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].id >= 0) f(key_at(i), slots_[i].id);
    }
  }

 private:
  void grow(std::size_t capacity);

  std::uint64_t seed_;
  std::vector<Slot> slots_;
  std::string arena_;
  std::size_t count_ = 0;
  std::size_t longest_ = 0;
};

/// Values by id. Ids may be sparse: memory grows with the number of values, never with the largest id.
template <typename T>
class IdMap {
 public:
  void reserve(std::size_t expected) { dense_.reserve(expected); }
  void set(TokenId id, T value) {
    const auto index = static_cast<std::size_t>(id);
    limit_ = index >= limit_ ? index + 1 : limit_;
    if (index < dense_.size() || index < 4 * ++count_ + 65536) {
      if (index >= dense_.size()) dense_.resize(index + 1);
      dense_[index] = std::move(value);
    } else {
      sparse_[id] = std::move(value);
    }
  }
  const T* find(TokenId id) const noexcept {
    if (id >= 0 && static_cast<std::size_t>(id) < dense_.size() && dense_[static_cast<std::size_t>(id)]) {
      return &*dense_[static_cast<std::size_t>(id)];
    }
    if (sparse_.empty()) return nullptr;  // an id may lie there although `dense_` grew past it later
    const auto it = sparse_.find(id);
    return it == sparse_.end() ? nullptr : &it->second;
  }
  /// One more than the largest id.
  std::size_t limit() const noexcept { return limit_; }
  /// Calls f(id, value), in no order, once an id.
  template <typename F>
  void for_each(const F& f) const {
    for (std::size_t i = 0; i < dense_.size(); ++i) {
      if (dense_[i]) f(static_cast<TokenId>(i), *dense_[i]);
    }
    for (const auto& [id, value] : sparse_) {
      if (find(id) == &value) f(id, value);
    }
  }

 private:
  std::vector<std::optional<T>> dense_;
  std::unordered_map<TokenId, T> sparse_;
  std::size_t limit_ = 0, count_ = 0;
};

class Vocabulary {
 public:
  explicit Vocabulary(std::size_t expected = 0) : ids_(expected) { tokens_.reserve(expected); }

  /// A token given twice keeps its last id; an id given twice keeps its last token.
  void add(std::string_view token, TokenId id) {
    ids_.set(token, id);
    tokens_.set(id, std::string(token));
  }

  std::optional<TokenId> id(std::string_view token) const noexcept { return ids_.find(token); }
  /// The token's spelling; null when no token has this id.
  const std::string* token(TokenId id) const noexcept { return tokens_.find(id); }
  /// Number of tokens.
  std::size_t size() const noexcept { return ids_.size(); }
  const StringTable& table() const noexcept { return ids_; }
  const IdMap<std::string>& tokens() const noexcept { return tokens_; }

 private:
  StringTable ids_;
  IdMap<std::string> tokens_;
};

}  // namespace bitnet::tokenization
