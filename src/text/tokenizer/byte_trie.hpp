// A trie over bytes for matching many fixed strings at a position.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace bitnet::tokenization {

class ByteTrie {
 public:
  ByteTrie() { root_.fill(0); }

  /// `value` must not be negative; a string added twice keeps its first value. Empty strings are left out.
  void add(std::string_view key, std::int32_t value) {
    if (key.empty()) return;
    std::uint32_t node = root_[static_cast<unsigned char>(key[0])];
    if (node == 0) node = root_[static_cast<unsigned char>(key[0])] = new_node(key[0], 0);
    for (const char byte : key.substr(1)) {
      std::uint32_t next = nodes_[node].child;
      while (next != 0 && nodes_[next].byte != static_cast<unsigned char>(byte)) next = nodes_[next].sibling;
      if (next == 0) {
        next = new_node(byte, nodes_[node].child);
        nodes_[node].child = next;
      }
      node = next;
    }
    if (nodes_[node].value < 0) nodes_[node].value = value;
  }

  bool empty() const noexcept { return nodes_.size() == 1; }
  bool starts_with(unsigned char byte) const noexcept { return root_[byte] != 0; }

  /// Calls f(length, value) for every string that starts `text`, shortest first.
  template <typename F>
  void for_each_prefix(std::string_view text, const F& f) const {
    if (text.empty()) return;
    std::uint32_t node = root_[static_cast<unsigned char>(text[0])];
    for (std::size_t i = 0; node != 0;) {
      if (nodes_[node].value >= 0) f(i + 1, nodes_[node].value);
      if (++i == text.size()) return;
      const auto byte = static_cast<unsigned char>(text[i]);
      node = nodes_[node].child;
      while (node != 0 && nodes_[node].byte != byte) node = nodes_[node].sibling;
    }
  }

 private:
  struct Node {
    std::uint32_t child, sibling;  // 0: none
    std::int32_t value;            // -1: no string ends here
    unsigned char byte;
  };

  std::uint32_t new_node(char byte, std::uint32_t sibling) {
    nodes_.push_back({0, sibling, -1, static_cast<unsigned char>(byte)});
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }

  std::array<std::uint32_t, 256> root_;
  std::vector<Node> nodes_{Node{0, 0, -1, 0}};
};

}  // namespace bitnet::tokenization
