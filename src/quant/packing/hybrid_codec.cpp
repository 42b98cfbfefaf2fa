// Blocks that are packed each in the way that takes the fewest bytes. A u32 says how many values a block has (the last
// one has what is left); a block is a byte for its strategy, the number of its bytes where that does not follow from
// the strategy (seven bits a byte from the lowest up, the highest bit of all but the last set), and its bytes.
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "quant/packing/packing_codec.hpp"

namespace bitnet {
namespace {

constexpr std::array kWays{PackingStrategy::kBase3, PackingStrategy::kTwoBit, PackingStrategy::kRunLength,
                           PackingStrategy::kSparse};
// Tried in turn; a block of everything comes last, so that nothing but the prefix is ever lost to the best single way.
constexpr std::array<std::uint32_t, 5> kBlocks{256, 1024, 4096, 16384, std::numeric_limits<std::uint32_t>::max()};

bool has_fixed_size(PackingStrategy way) { return way == PackingStrategy::kBase3 || way == PackingStrategy::kTwoBit; }

std::size_t varint_bytes(std::size_t value) {
  std::size_t bytes = 1;
  while (value >>= 7) ++bytes;
  return bytes;
}

// The best way for one block, and what it takes in all.
std::pair<PackingStrategy, std::size_t> best_way(TritSpan block) {
  std::pair best{kWays[0], std::numeric_limits<std::size_t>::max()};
  for (const PackingStrategy way : kWays) {
    const std::size_t bytes = packing_codec(way).packed_bytes(block);
    const std::size_t all = 1 + bytes + (has_fixed_size(way) ? 0 : varint_bytes(bytes));
    if (all < best.second) best = {way, all};
  }
  return best;
}

template <typename Visit>
void each_block(TritSpan trits, std::size_t block, const Visit& visit) {
  for (std::size_t at = 0; at < trits.size(); at += block) {
    const std::size_t count = std::min(block, trits.size() - at);
    visit(trits.subspan(at, count));
    if (count < block) return;
  }
}

std::pair<std::uint32_t, std::size_t> best_block(TritSpan trits) {
  std::pair best{kBlocks[0], std::numeric_limits<std::size_t>::max()};
  for (const std::uint32_t block : kBlocks) {
    std::size_t bytes = sizeof block;
    each_block(trits, block, [&](TritSpan part) { bytes += best_way(part).second; });
    if (bytes < best.second) best = {block, bytes};
  }
  return best;
}

class Hybrid final : public PackingCodec {
 public:
  void pack(TritSpan trits, std::vector<std::byte>& out) const override {
    const std::uint32_t block = best_block(trits).first;
    const auto* bytes = reinterpret_cast<const std::byte*>(&block);
    out.insert(out.end(), bytes, bytes + sizeof block);
    each_block(trits, block, [&](TritSpan part) {
      const PackingStrategy way = best_way(part).first;
      out.push_back(static_cast<std::byte>(way));
      if (!has_fixed_size(way)) {
        std::size_t size = packing_codec(way).packed_bytes(part);
        for (; size >= 128; size >>= 7) out.push_back(static_cast<std::byte>(size | 128));
        out.push_back(static_cast<std::byte>(size));
      }
      packing_codec(way).pack(part, out);
    });
  }

  std::size_t packed_bytes(TritSpan trits) const override { return best_block(trits).second; }

  bool unpack(std::span<const std::byte> packed, std::span<std::int8_t> trits) const override {
    std::uint32_t block;
    if (packed.size() < sizeof block) return false;
    std::memcpy(&block, packed.data(), sizeof block);
    if (block == 0) return false;
    packed = packed.subspan(sizeof block);
    while (!trits.empty()) {
      const auto part = trits.first(std::min<std::size_t>(block, trits.size()));
      trits = trits.subspan(part.size());
      std::size_t size = 0;
      if (packed.empty()) return false;
      const auto way = static_cast<PackingStrategy>(packed[0]);
      packed = packed.subspan(1);
      if (std::ranges::find(kWays, way) == kWays.end()) return false;
      if (has_fixed_size(way)) {
        size = packing_codec(way).packed_bytes(part);
      } else if (!read_size(packed, size)) {
        return false;
      }
      if (size > packed.size() || !packing_codec(way).unpack(packed.first(size), part)) return false;
      packed = packed.subspan(size);
    }
    return packed.empty();
  }

 private:
  static bool read_size(std::span<const std::byte>& packed, std::size_t& size) {
    for (unsigned shift = 0; shift <= 28; shift += 7) {
      if (packed.empty()) return false;
      const auto byte = std::to_integer<unsigned>(packed[0]);
      packed = packed.subspan(1);
      size |= static_cast<std::size_t>(byte & 127) << shift;
      if (byte < 128) return true;
    }
    return false;
  }
};

}  // namespace

const PackingCodec& hybrid_codec() noexcept {
  static const Hybrid codec;
  return codec;
}

}  // namespace bitnet
