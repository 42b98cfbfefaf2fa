// rANS (J. Duda, arXiv 1311.2540) over groups of values: how often each of the three values is decides how often a
// group is expected, and a group's share of 2^14 slots is what it takes of a state. Layout: u16 the expected share of
// -1 in 65536, u16 that of 0, u8 values a group, u8 states (1 or 8), the states as a decoder begins with them (u32
// each), then the u16 words that it takes. Group i belongs to state i modulo their number: they do not wait for each
// other.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "quant/packing/packing_codec.hpp"

namespace bitnet {
namespace {

constexpr unsigned kSlotBits = 14;
constexpr std::uint32_t kSlots = 1u << kSlotBits;
constexpr std::uint32_t kLowest = 1u << 16;  // of a state; below it a word is taken
constexpr std::size_t kMostGroup = 5, kMostGroups = 243;
constexpr std::size_t kPrefix = 6;
constexpr std::size_t kSeveralStatesFrom = 1 << 14;  // values; their states would weigh too much in less
constexpr double kMostLoss = 1.0025;

static_assert(std::endian::native == std::endian::little, "words are read as they lie");

// Shares of -1, 0 and 1 in 65536; 0 only for a value that does not occur.
using Shares = std::array<std::uint32_t, 3>;

Shares shares_of(TritSpan trits) {
  std::array<std::uint64_t, 3> counts{};
  for (const std::int8_t trit : trits) ++counts[static_cast<std::size_t>(trit + 1)];
  Shares shares{};
  std::uint32_t left = 65536;
  for (std::size_t v = 0; v < 3; ++v) {
    if (counts[v] == 0) continue;
    const auto share = static_cast<std::uint32_t>((counts[v] * 65536 + trits.size() / 2) / trits.size());
    left -= shares[v] = std::clamp(share, 1u, 65534u);
  }
  // Rounding may have given away a little too much or too little, as a difference modulo 2^32.
  shares[static_cast<std::size_t>(std::ranges::max_element(counts) - counts.begin())] += left;
  // A u16 holds no 65536: where nothing but this value occurs, another one that never comes gets 1.
  for (std::size_t v = 0; v < 2; ++v)
    if (shares[v] == 65536) shares[v] = 65535, shares[v + 1] = 1;
  return shares;
}

// The slots of each group of `group` values; its first value counts least: -1 is digit 0.
struct Model {
  std::size_t group = 1, groups = 3;
  std::array<std::uint16_t, kMostGroups> frequency{}, start{};

  Model(const Shares& shares, std::size_t values) : group(values) {
    groups = 1;
    for (std::size_t i = 0; i < group; ++i) groups *= 3;
    std::int64_t left = kSlots;
    std::array<std::uint32_t, kMostGroups> slots{};
    for (std::size_t g = 0; g < groups; ++g) {
      std::uint64_t weight = std::uint64_t{1} << 32;
      bool occurs = true;
      for (std::size_t i = 0, rest = g; i < group; ++i, rest /= 3) {
        weight = weight * shares[rest % 3] >> 16;
        occurs &= shares[rest % 3] != 0;
      }
      constexpr std::uint64_t kHalf = std::uint64_t{1} << (31 - kSlotBits);
      if (occurs) slots[g] = std::max(1u, static_cast<std::uint32_t>((weight + kHalf) >> (32 - kSlotBits)));
      left -= slots[g];
    }
    // What rounding left over goes to, or comes from, the most frequent group, which loses least by it.
    while (left != 0) {
      auto& most = *std::ranges::max_element(slots);
      const std::int64_t change = std::max<std::int64_t>(left, 1 - static_cast<std::int64_t>(most));
      most = static_cast<std::uint32_t>(most + change);
      left -= change;
    }
    std::uint32_t at = 0;
    for (std::size_t g = 0; g < groups; ++g) {
      start[g] = static_cast<std::uint16_t>(at);
      frequency[g] = static_cast<std::uint16_t>(slots[g]);
      at += slots[g];
    }
  }

  /// Expected bits of a value that is as the shares say.
  double bits(const Shares& shares) const {
    double sum = 0;
    for (std::size_t g = 0; g < groups; ++g) {
      double probability = 1;
      for (std::size_t i = 0, rest = g; i < group; ++i, rest /= 3) probability *= shares[rest % 3] / 65536.0;
      if (probability > 0) sum -= probability * std::log2(frequency[g] / static_cast<double>(kSlots));
    }
    return sum / static_cast<double>(group);
  }
};

// Long groups are read faster, but the rarest take more than their share.
Model choose_model(const Shares& shares) {
  const double single = Model(shares, 1).bits(shares);
  for (std::size_t group = kMostGroup; group > 1; --group)
    if (Model model(shares, group); model.bits(shares) <= single * kMostLoss) return model;
  return Model(shares, 1);
}

template <typename T>
void append(std::vector<std::byte>& out, const T* values, std::size_t count) {
  const auto* bytes = reinterpret_cast<const std::byte*>(values);
  out.insert(out.end(), bytes, bytes + count * sizeof(T));
}

template <std::size_t kStates>
bool decode(const Model& model, std::span<const std::byte> packed, std::span<std::int8_t> trits) {
  if (packed.size() < kStates * sizeof(std::uint32_t)) return false;
  std::array<std::uint32_t, kStates> states;
  std::memcpy(states.data(), packed.data(), sizeof states);
  for (const std::uint32_t state : states)
    if (state < kLowest) return false;
  packed = packed.subspan(sizeof states);
  if (packed.size() % 2 != 0) return false;
  const std::byte *words = packed.data(), *const end = words + packed.size();

  std::array<std::uint8_t, kSlots> group_of;
  std::array<std::array<std::int8_t, 8>, kMostGroups> values{};
  for (std::size_t g = 0; g < model.groups; ++g) {
    std::fill_n(group_of.begin() + model.start[g], model.frequency[g], static_cast<std::uint8_t>(g));
    for (std::size_t i = 0, rest = g; i < model.group; ++i, rest /= 3)
      values[g][i] = static_cast<std::int8_t>(static_cast<int>(rest % 3) - 1);
  }
  // One group of one state; a word is there.
  const auto step = [&](std::uint32_t& state) {
    const std::uint32_t slot = state & (kSlots - 1);
    const std::size_t g = group_of[slot];
    state = model.frequency[g] * (state >> kSlotBits) + slot - model.start[g];
    std::uint16_t word;
    std::memcpy(&word, words, sizeof word);
    const bool take = state < kLowest;
    state = take ? state << 16 | word : state;
    words += take ? sizeof word : 0;
    return g;
  };

  const std::size_t count = trits.size(), groups = (count + model.group - 1) / model.group;
  std::size_t i = 0;
  std::int8_t* to = trits.data();
  // Stores of eight values, of which the next ones overwrite what is too much.
  const std::size_t safe = count >= 8 + kStates * kMostGroup ? count - 8 - kStates * kMostGroup : 0;
  while (static_cast<std::size_t>(to - trits.data()) < safe &&
         static_cast<std::size_t>(end - words) >= kStates * sizeof(std::uint16_t)) {
    for (std::size_t s = 0; s < kStates; ++s) {
      std::memcpy(to, values[step(states[s])].data(), 8);
      to += model.group;
    }
    i += kStates;
  }
  for (; i < groups; ++i) {
    std::uint32_t& state = states[i % kStates];
    const std::uint32_t slot = state & (kSlots - 1);
    const std::size_t g = group_of[slot];
    state = model.frequency[g] * (state >> kSlotBits) + slot - model.start[g];
    if (state < kLowest) {
      if (words == end) return false;
      std::uint16_t word;
      std::memcpy(&word, words, sizeof word);
      words += sizeof word;
      state = state << 16 | word;
    }
    const std::size_t left = count - i * model.group;
    std::copy_n(values[g].data(), std::min(left, model.group), trits.data() + i * model.group);
  }
  return words == end && std::ranges::all_of(states, [](std::uint32_t state) { return state == kLowest; });
}

class Entropy final : public PackingCodec {
 public:
  void pack(TritSpan trits, std::vector<std::byte>& out) const override {
    if (trits.empty()) return;
    const Shares shares = shares_of(trits);
    const Model model = choose_model(shares);
    const std::size_t states = trits.size() < kSeveralStatesFrom ? 1 : 8;
    const auto low = static_cast<std::uint16_t>(shares[0]), zero = static_cast<std::uint16_t>(shares[1]);
    append(out, &low, 1);
    append(out, &zero, 1);
    out.push_back(static_cast<std::byte>(model.group));
    out.push_back(static_cast<std::byte>(states));

    // A decoder takes last what was written first.
    std::vector<std::uint16_t> words;
    words.reserve(trits.size() / 8);
    std::array<std::uint32_t, 8> state;
    state.fill(kLowest);
    const std::size_t groups = (trits.size() + model.group - 1) / model.group;
    for (std::size_t i = groups; i-- > 0;) {
      std::size_t g = 0;
      for (std::size_t k = model.group; k-- > 0;)
        g = g * 3 + static_cast<std::size_t>(trits[std::min(i * model.group + k, trits.size() - 1)] + 1);
      std::uint32_t& x = state[i % states];
      const std::uint32_t frequency = model.frequency[g];
      if (x >= (std::uint64_t{kLowest >> kSlotBits} << 16) * frequency) {
        words.push_back(static_cast<std::uint16_t>(x));
        x >>= 16;
      }
      x = ((x / frequency) << kSlotBits) + x % frequency + model.start[g];
    }
    std::ranges::reverse(words);
    append(out, state.data(), states);
    append(out, words.data(), words.size());
  }

  bool unpack(std::span<const std::byte> packed, std::span<std::int8_t> trits) const override {
    if (trits.empty()) return packed.empty();
    if (packed.size() < kPrefix) return false;
    std::uint16_t low, zero;
    std::memcpy(&low, packed.data(), sizeof low);
    std::memcpy(&zero, packed.data() + 2, sizeof zero);
    const auto group = std::to_integer<std::size_t>(packed[4]), states = std::to_integer<std::size_t>(packed[5]);
    if (group < 1 || group > kMostGroup) return false;
    Shares shares{low, zero, 0};
    if (shares[0] + shares[1] > 65536) return false;
    shares[2] = 65536 - shares[0] - shares[1];
    const Model model(shares, group);
    const auto rest = packed.subspan(kPrefix);
    return states == 1 ? decode<1>(model, rest, trits) : states == 8 && decode<8>(model, rest, trits);
  }
};

}  // namespace

const PackingCodec& entropy_codec() noexcept {
  static const Entropy codec;
  return codec;
}

}  // namespace bitnet
