#include "text/tokenizer/vocabulary.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>

#include "base/fail.hpp"

namespace bitnet::tokenization {
namespace {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t load64(const char* p) noexcept {
  std::uint64_t v;
  std::memcpy(&v, p, 8);
  return v;
}

std::uint64_t load32(const char* p) noexcept {
  std::uint32_t v;
  std::memcpy(&v, p, 4);
  return v;
}

constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15u;

}  // namespace

std::uint64_t hash_seed() noexcept {
  static const std::uint64_t seed = [] {
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32) | device();
  }();
  return seed;
}

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) noexcept {
  const char* p = bytes.data();
  std::size_t n = bytes.size();
  std::uint64_t h = seed ^ (kMultiplier * (n + 1));
  while (n > 16) {
    h = mix(h ^ load64(p), kMultiplier ^ load64(p + 8));
    p += 16;
    n -= 16;
  }
  std::uint64_t a = 0, b = 0;
  if (n >= 8) {
    a = load64(p);
    b = load64(p + n - 8);
  } else if (n >= 4) {
    a = load32(p);
    b = load32(p + n - 4);
  } else if (n > 0) {
    a = static_cast<unsigned char>(p[0]) | (static_cast<std::uint64_t>(static_cast<unsigned char>(p[n / 2])) << 8) |
        (static_cast<std::uint64_t>(static_cast<unsigned char>(p[n - 1])) << 16);
  }
  return mix(h ^ a, (seed | 1) ^ b ^ kMultiplier);
}

StringTable::StringTable(std::size_t expected) : seed_(hash_seed()) {
  grow(std::bit_ceil(expected + expected / 2 + 8));
}

void StringTable::grow(std::size_t capacity) {
  std::vector<Slot> old(capacity, Slot{0, 0, 0, -1});
  old.swap(slots_);
  for (const Slot& s : old) {
    if (s.id < 0) continue;
    const auto hash = hash_bytes(std::string_view(arena_).substr(s.offset, s.size), seed_);
    std::size_t i = hash & (capacity - 1);
    while (slots_[i].id >= 0) i = (i + 1) & (capacity - 1);
    slots_[i] = s;
  }
}

void StringTable::set(std::string_view key, TokenId id) {
  const std::size_t present = find_slot(key);
  if (present != kNone) {
    slots_[present].id = id;
    return;
  }
  if (arena_.size() + key.size() > 0xFFFFFFFFu) fail_file("the token strings are longer than 4 GiB in sum");
  if ((count_ + 1) * 4 > slots_.size() * 3) grow(slots_.size() * 2);
  const auto hash = hash_bytes(key, seed_);
  std::size_t i = hash & (slots_.size() - 1);
  while (slots_[i].id >= 0) i = (i + 1) & (slots_.size() - 1);
  slots_[i] = {static_cast<std::uint32_t>(hash >> 32), static_cast<std::uint32_t>(arena_.size()),
               static_cast<std::uint32_t>(key.size()), id};
  arena_.append(key);
  ++count_;
  longest_ = std::max(longest_, key.size());
}

std::size_t StringTable::find_slot(std::string_view key) const noexcept {
  const auto hash = hash_bytes(key, seed_);
  const auto tag = static_cast<std::uint32_t>(hash >> 32);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot& s = slots_[i];
    if (s.id < 0) return kNone;
    if (s.hash == tag && s.size == key.size() && std::memcmp(arena_.data() + s.offset, key.data(), key.size()) == 0) {
      return i;
    }
  }
}

}  // namespace bitnet::tokenization
