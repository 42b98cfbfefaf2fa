// Where the values other than 0 are, then their signs. The first byte says how the places are written: kBitmap, a bit
// for each value in whole bytes; or k = 0 .. 15, the distances between places in Rice's code, the quotient by 2^k in
// ones and a zero, then k bits (R. F. Rice, JPL 79-22, 1979; best for the geometric distances of independent values,
// Gallager and Van Voorhis 1975). The number of places is a u32 behind it; signs are a bit each, 1 for -1.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/checked.hpp"
#include "quant/packing/bit_stream.hpp"
#include "quant/packing/packing_codec.hpp"
#include "quant/packing/trit_kernels.hpp"

namespace bitnet {
namespace {

constexpr unsigned kMostRice = 15;
constexpr std::byte kBitmap{255};
constexpr std::size_t kPrefix = 1 + sizeof(std::uint32_t);
// A quotient of more ones than this is written as this many and 32 bits of the distance instead.
constexpr unsigned kMostOnes = 23;

// What stands before each value other than 0: calls with the number of zeros and the value.
template <typename Visit>
void each_place(TritSpan trits, const Visit& visit) {
  std::size_t last = 0;
  for (std::size_t i = 0; i < trits.size(); ++i)
    if (trits[i] != 0) {
      visit(i - last, trits[i]);
      last = i + 1;
    }
}

struct Choice {
  std::size_t places = 0, bytes = 0;
  std::byte way = kBitmap;
};

std::size_t rice_bits(std::size_t distance, unsigned k) {
  const std::size_t quotient = distance >> k;
  return quotient < kMostOnes ? quotient + 1 + k : kMostOnes + 32;
}

Choice choose(TritSpan trits) {
  Choice choice;
  std::array<std::size_t, kMostRice + 1> bits{};
  std::size_t together = 0;
  each_place(trits, [&](std::size_t distance, std::int8_t) { ++choice.places, together += distance; });
  // The best k lies beside the logarithm of the mean distance.
  const std::size_t mean = choice.places > 0 ? together / choice.places : 0;
  const unsigned near = mean > 0 ? static_cast<unsigned>(std::bit_width(mean)) - 1 : 0;
  const unsigned first = near > 1 ? std::min(near - 1, kMostRice) : 0, last = std::min(near + 1, kMostRice);
  each_place(trits, [&](std::size_t distance, std::int8_t) {
    for (unsigned k = first; k <= last; ++k) bits[k] += rice_bits(distance, k);
  });
  std::size_t best = div_up(trits.size(), 8);
  for (unsigned k = first; k <= last; ++k)
    if (const std::size_t bytes = div_up(bits[k], 8); bytes < best)
      best = bytes, choice.way = static_cast<std::byte>(k);
  choice.bytes = kPrefix + best + div_up(choice.places, 8);
  return choice;
}

// Bits 0, 1, ... of `bits` at the places where `mask` has ones, in rising order.
std::uint64_t deposit(std::uint64_t bits, std::uint64_t mask) {
  std::uint64_t result = 0;
  for (; mask != 0; mask &= mask - 1, bits >>= 1) result |= mask & (0 - mask) & (0 - (bits & 1));
  return result;
}

bool unpack_bitmap(std::span<const std::byte> map, std::span<const std::byte> sign_bytes, std::size_t places,
                   std::span<std::int8_t> trits) {
  constexpr std::size_t kWords = 64;
  BitReader signs(sign_bytes);
  std::array<std::uint64_t, kWords> present, negative;
  std::array<std::int8_t, 64 * kWords> values;
  std::size_t seen = 0;
  for (std::size_t at = 0; at < trits.size(); at += values.size()) {
    const std::size_t count = std::min(values.size(), trits.size() - at);
    present.fill(0);
    std::memcpy(present.data(), map.data() + at / 8, div_up(count, 8));
    if (count % 64 != 0 && present[count / 64] >> (count % 64) != 0) return false;  // behind the last value
    for (std::size_t w = 0; w < kWords; ++w) {
      const auto ones = static_cast<unsigned>(std::popcount(present[w]));
      seen += ones;
      const unsigned low = std::min(ones, 32u);
      std::uint64_t bits = signs.take(low);
      if (ones > low) bits |= signs.take(ones - low) << low;
      negative[w] = deposit(bits, present[w]);
    }
    if (count == values.size()) {
      trit_kernels().expand_bits(present.data(), negative.data(), kWords, trits.data() + at);
    } else {
      trit_kernels().expand_bits(present.data(), negative.data(), kWords, values.data());
      std::copy_n(values.begin(), count, trits.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  return seen == places && !signs.overrun();
}

bool unpack_rice(std::span<const std::byte> coded, std::span<const std::byte> sign_bytes, unsigned k,
                 std::size_t places, std::span<std::int8_t> trits) {
  std::ranges::fill(trits, std::int8_t{0});
  BitReader distances(coded), signs(sign_bytes);
  std::size_t at = 0;
  for (std::size_t place = 0; place < places; ++place) {
    const auto ones = static_cast<unsigned>(std::countr_one(distances.peek()));
    std::size_t distance;
    if (ones < kMostOnes) {
      distances.skip(ones + 1);
      distance = (static_cast<std::size_t>(ones) << k) + distances.take(k);
    } else {
      distances.skip(kMostOnes);
      distance = distances.take(32);
    }
    if (distance >= trits.size() - at) return false;
    at += distance;
    trits[at++] = signs.take(1) != 0 ? std::int8_t{-1} : std::int8_t{1};
  }
  return !distances.overrun() && !signs.overrun();
}

class Sparse final : public PackingCodec {
 public:
  void pack(TritSpan trits, std::vector<std::byte>& out) const override {
    const Choice choice = choose(trits);
    out.push_back(choice.way);
    const auto places = static_cast<std::uint32_t>(choice.places);
    const auto* bytes = reinterpret_cast<const std::byte*>(&places);
    out.insert(out.end(), bytes, bytes + sizeof places);
    BitWriter writer(out);
    if (choice.way == kBitmap) {
      for (const std::int8_t trit : trits) writer.put(trit != 0, 1);
    } else {
      const auto k = std::to_integer<unsigned>(choice.way);
      each_place(trits, [&](std::size_t distance, std::int8_t) {
        const std::size_t quotient = distance >> k;
        if (quotient < kMostOnes) {
          writer.put((std::uint64_t{1} << quotient) - 1, static_cast<unsigned>(quotient) + 1);
          writer.put(distance & ((std::size_t{1} << k) - 1), k);
        } else {
          writer.put((std::uint64_t{1} << kMostOnes) - 1, kMostOnes);
          writer.put(distance, 32);
        }
      });
    }
    writer.finish();
    each_place(trits, [&](std::size_t, std::int8_t trit) { writer.put(trit < 0, 1); });
    writer.finish();
  }

  std::size_t packed_bytes(TritSpan trits) const override { return choose(trits).bytes; }

  bool unpack(std::span<const std::byte> packed, std::span<std::int8_t> trits) const override {
    if (packed.size() < kPrefix) return false;
    std::uint32_t places;
    std::memcpy(&places, packed.data() + 1, sizeof places);
    const std::byte way = packed[0];
    const auto rest = packed.subspan(kPrefix);
    const std::size_t sign_bytes = div_up(places, 8);
    if (places > trits.size() || sign_bytes > rest.size()) return false;
    const auto where = rest.first(rest.size() - sign_bytes), signs = rest.last(sign_bytes);
    if (way == kBitmap) return where.size() == div_up(trits.size(), 8) && unpack_bitmap(where, signs, places, trits);
    const auto k = std::to_integer<unsigned>(way);
    return k <= kMostRice && unpack_rice(where, signs, k, places, trits);
  }
};

}  // namespace

const PackingCodec& sparse_codec() noexcept {
  static const Sparse codec;
  return codec;
}

}  // namespace bitnet
