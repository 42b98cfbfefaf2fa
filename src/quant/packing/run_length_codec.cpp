// Runs of equal values, a byte each: the value + 1 in the two highest bits, below them the run's length - 1. 63 there
// says that the length - 64 follows, seven bits a byte from the lowest up, the highest bit of all but the last set.
#include <algorithm>

#include "quant/packing/packing_codec.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kLong = 64;

std::size_t run_at(TritSpan trits, std::size_t begin) {
  std::size_t end = begin + 1;
  while (end < trits.size() && trits[end] == trits[begin]) ++end;
  return end - begin;
}

class RunLength final : public PackingCodec {
 public:
  void pack(TritSpan trits, std::vector<std::byte>& out) const override {
    for (std::size_t i = 0; i < trits.size();) {
      const std::size_t length = run_at(trits, i);
      const auto value = static_cast<unsigned>(trits[i] + 1) << 6;
      out.push_back(static_cast<std::byte>(value | static_cast<unsigned>(std::min(length, kLong) - 1)));
      if (length >= kLong) {
        std::size_t rest = length - kLong;
        for (; rest >= 128; rest >>= 7) out.push_back(static_cast<std::byte>(rest | 128));
        out.push_back(static_cast<std::byte>(rest));
      }
      i += length;
    }
  }

  std::size_t packed_bytes(TritSpan trits) const override {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < trits.size();) {
      const std::size_t length = run_at(trits, i);
      ++bytes;
      if (length >= kLong)
        for (std::size_t rest = length - kLong;; rest >>= 7) {
          ++bytes;
          if (rest < 128) break;
        }
      i += length;
    }
    return bytes;
  }

  bool unpack(std::span<const std::byte> packed, std::span<std::int8_t> trits) const override {
    std::size_t at = 0, from = 0;
    while (from < packed.size()) {
      const auto byte = std::to_integer<unsigned>(packed[from++]);
      std::size_t length = (byte & 63) + 1;
      if (byte >> 6 == 3) return false;
      if (length == kLong) {
        std::size_t rest = 0;
        // Four bytes hold more than a segment.
        for (unsigned shift = 0;; shift += 7) {
          if (from == packed.size() || shift > 21) return false;
          const auto next = std::to_integer<unsigned>(packed[from++]);
          rest |= static_cast<std::size_t>(next & 127) << shift;
          if (next < 128) break;
        }
        length += rest;
      }
      if (length > trits.size() - at) return false;
      std::fill_n(trits.begin() + static_cast<std::ptrdiff_t>(at), length, static_cast<std::int8_t>((byte >> 6) - 1));
      at += length;
    }
    return at == trits.size();
  }
};

}  // namespace

const PackingCodec& run_length_codec() noexcept {
  static const RunLength codec;
  return codec;
}

}  // namespace bitnet
