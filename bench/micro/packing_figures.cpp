// What the ways of packing make of random trits, every byte counted, and what the project's founding document claims:
//   packing_figures     {"ratios":[{"zeros","entropy_bits","bound","STRATEGY":RATIO...}],
//                        "claims":[{"strategy","claimed","at_half","reached_at"}]}
// Ratios are against a byte a trit. `reached_at` is the least share of zeros, signs even, from which the claimed ratio
// is reached, found by halving; null where not even 99.99 % zeros do. Everything is unpacked and compared.
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

#include "bitnet/packing.hpp"

namespace bitnet::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kTrits = std::size_t{1} << 23;

std::vector<std::int8_t> random_trits(double zeros, std::size_t count) {
  std::mt19937 random(1);
  std::vector<std::int8_t> trits(count);
  for (std::int8_t& trit : trits) {
    const std::uint32_t r = random();
    trit = static_cast<std::int8_t>((r >> 1) * 0x1p-31 < zeros ? 0 : (r & 1) != 0 ? 1 : -1);
  }
  return trits;
}

double ratio(const std::vector<std::int8_t>& trits, PackingStrategy strategy) {
  const auto packed = pack_trits(trits, strategy, 2);
  std::vector<std::int8_t> back(trits.size());
  PackedTrits::parse(packed).unpack(back, 2);
  if (back != trits) throw std::runtime_error("the trits are not what they were");
  return static_cast<double>(trits.size()) / static_cast<double>(packed.size());
}

Json ratios() {
  Json rows = Json::array();
  for (const double zeros : {1.0 / 3, 0.42, 0.5, 0.7, 0.8, 0.9, 0.95}) {
    const auto trits = random_trits(zeros, kTrits);
    const double bits = ternary_statistics(trits).entropy_bits();
    Json row{{"zeros", zeros}, {"entropy_bits", bits}, {"bound", 8 / bits}};
    for (std::size_t i = 0; i < kPackingStrategies; ++i) {
      const auto strategy = static_cast<PackingStrategy>(i);
      row[std::string(packing_name(strategy))] = ratio(trits, strategy);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

struct Claim {
  PackingStrategy strategy;
  double ratio;
};
constexpr Claim kClaims[] = {{PackingStrategy::kUncompressed, 1.0}, {PackingStrategy::kTwoBit, 4.0},
                             {PackingStrategy::kBase3, 5.1},        {PackingStrategy::kByteAligned, 3.2},
                             {PackingStrategy::kRunLength, 8.5},    {PackingStrategy::kSparse, 12.3},
                             {PackingStrategy::kHybrid, 6.8},       {PackingStrategy::kEntropy, 0}};

Json claims() {
  Json rows = Json::array();
  constexpr std::size_t kCount = kTrits / 8;
  for (const Claim& claim : kClaims) {
    Json row{{"strategy", packing_name(claim.strategy)}, {"claimed", claim.ratio}, {"reached_at", nullptr}};
    row["at_half"] = ratio(random_trits(0.5, kCount), claim.strategy);
    if (claim.ratio == 0) row["claimed"] = nullptr;
    // To two digits, as claims have them: 44 bytes of header in a million are no broken promise.
    const auto reaches = [&](double zeros) {
      return ratio(random_trits(zeros, kCount), claim.strategy) >= claim.ratio * 0.9995;
    };
    if (claim.ratio != 0 && reaches(0.9999)) {
      double low = 0, high = 0.9999;
      if (reaches(0)) high = 0;
      while (high - low > 0.0005) (reaches((low + high) / 2) ? high : low) = (low + high) / 2;
      row["reached_at"] = high;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace
}  // namespace bitnet::bench

int main() {
  try {
    const nlohmann::ordered_json json{{"ratios", bitnet::bench::ratios()}, {"claims", bitnet::bench::claims()}};
    std::puts(json.dump(1).c_str());
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "packing_figures: %s\n", e.what());
    return 1;
  }
}
