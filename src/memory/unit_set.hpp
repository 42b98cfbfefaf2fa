// A set of small numbers, changed and asked in ranges.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bitnet {

class UnitSet {
 public:
  explicit UnitSet(std::size_t size) : words_((size + 63) / 64) {}

  void insert(std::size_t first, std::size_t count) {
    for_each_word(first, count, [](std::uint64_t& word, std::uint64_t mask) { word |= mask; });
  }
  void erase(std::size_t first, std::size_t count) {
    for_each_word(first, count, [](std::uint64_t& word, std::uint64_t mask) { word &= ~mask; });
  }
  std::size_t count(std::size_t first, std::size_t count) {
    std::size_t found = 0;
    for_each_word(first, count, [&](std::uint64_t word, std::uint64_t mask) {
      found += static_cast<std::size_t>(std::popcount(word & mask));
    });
    return found;
  }

 private:
  template <typename Each>
  void for_each_word(std::size_t first, std::size_t count, const Each& each) {
    for (const std::size_t end = first + count; first < end;) {
      const std::size_t bit = first % 64, bits = std::min<std::size_t>(64 - bit, end - first);
      each(words_[first / 64], (bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1) << bit);
      first += bits;
    }
  }

  std::vector<std::uint64_t> words_;
};

}  // namespace bitnet
