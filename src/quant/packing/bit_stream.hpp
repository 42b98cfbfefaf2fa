// Bits in bytes, from each byte's lowest up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace bitnet {

class BitWriter {
 public:
  explicit BitWriter(std::vector<std::byte>& out) : out_(out) {}
  /// The lowest `count` bits of `value`, whose others are 0; at most 56.
  void put(std::uint64_t value, unsigned count) {
    bits_ |= value << held_;
    held_ += count;
    for (; held_ >= 8; held_ -= 8, bits_ >>= 8) out_.push_back(static_cast<std::byte>(bits_));
  }
  /// What is left of a byte becomes 0.
  void finish() {
    if (held_ > 0) out_.push_back(static_cast<std::byte>(bits_));
    bits_ = 0, held_ = 0;
  }

 private:
  std::vector<std::byte>& out_;
  std::uint64_t bits_ = 0;
  unsigned held_ = 0;
};

/// Reads zeros behind the end; overrun() tells whether any were taken.
class BitReader {
 public:
  explicit BitReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  /// 56 bits at least, the next one lowest, without taking them.
  std::uint64_t peek() {
    if (held_ < 56) refill();
    return bits_;
  }
  void skip(unsigned count) {
    bits_ = count < 64 ? bits_ >> count : 0;
    held_ -= count;
    taken_ += count;
  }
  std::uint64_t take(unsigned count) {
    const std::uint64_t value = peek() & ((std::uint64_t{1} << count) - 1);
    skip(count);
    return value;
  }
  bool overrun() const noexcept { return taken_ > 8 * bytes_.size(); }

 private:
  void refill() {
    // Bytes that fit entirely; eight at once while there are as many.
    if (at_ + 8 <= bytes_.size()) {
      std::uint64_t word;
      std::memcpy(&word, bytes_.data() + at_, sizeof word);
      const unsigned whole = (63 - held_) / 8;
      bits_ |= word << held_;
      at_ += whole;
      held_ += 8 * whole;
      // Bits beyond the whole bytes are read again by the next refill, and are the same then.
      if (held_ < 64) bits_ &= (std::uint64_t{1} << held_) - 1;
      return;
    }
    for (; held_ <= 56; held_ += 8, ++at_)
      if (at_ < bytes_.size()) bits_ |= static_cast<std::uint64_t>(std::to_integer<std::uint8_t>(bytes_[at_])) << held_;
  }

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  std::uint64_t bits_ = 0, taken_ = 0;
  unsigned held_ = 0;
};

}  // namespace bitnet
