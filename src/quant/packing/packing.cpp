#include "bitnet/packing.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/checked.hpp"
#include "base/crc32c.hpp"
#include "base/fail.hpp"
#include "base/parallel.hpp"
#include "quant/packing/packing_codec.hpp"

namespace bitnet {
namespace {

static_assert(std::endian::native == std::endian::little, "headers are little-endian and written as they lie");

constexpr std::array<std::string_view, kPackingStrategies> kNames{"uncompressed", "two-bit", "base3",  "byte-aligned",
                                                                  "run-length",   "sparse",  "hybrid", "entropy"};
constexpr char kMagic[4] = {'B', 'N', 'T', 'P'};
constexpr std::uint8_t kVersion = 1;

// The fastest to read come first.
constexpr std::array kBySpeed{PackingStrategy::kTwoBit, PackingStrategy::kByteAligned, PackingStrategy::kUncompressed,
                              PackingStrategy::kBase3,  PackingStrategy::kSparse,      PackingStrategy::kRunLength,
                              PackingStrategy::kHybrid, PackingStrategy::kEntropy};

struct Header {
  char magic[4];
  std::uint8_t version, strategy;
  std::uint16_t zero;
  std::uint64_t count;
  std::uint32_t segment_trits, segments;
  std::uint32_t crc;
};
static_assert(offsetof(Header, crc) == 24);

struct SegmentEntry {
  std::uint32_t bytes, crc;
};
static_assert(sizeof(SegmentEntry) == PackedTrits::kSegmentEntryBytes);

// Of the header without its own field, and of the segments' entries.
std::uint32_t header_crc(const Header& header, std::span<const std::byte> entries) {
  std::array<std::byte, offsetof(Header, crc)> bytes;
  std::memcpy(bytes.data(), &header, bytes.size());
  return crc32c(crc32c(0, bytes), entries);
}

std::size_t segments_of(std::uint64_t count, std::uint64_t segment) {
  return static_cast<std::size_t>(count / segment + (count % segment != 0));
}

void check_trits(std::span<const std::int8_t> trits, std::size_t first) {
  // Compilers make vectors of a loop that does not end early.
  unsigned char wrong = 0;
  for (const std::int8_t trit : trits)
    wrong = static_cast<unsigned char>(wrong | (static_cast<unsigned char>(trit + 1) & 0xfc) |
                                       (static_cast<unsigned char>(trit + 1) == 3 ? 1 : 0));
  if (wrong == 0) return;
  for (std::size_t i = 0; i < trits.size(); ++i)
    if (trits[i] < -1 || trits[i] > 1) fail_argument("value {} is {}: packing takes -1, 0 and 1", first + i, trits[i]);
}

std::span<const std::int8_t> segment_of(std::span<const std::int8_t> trits, std::size_t segment) {
  const std::size_t begin = segment * PackedTrits::kSegmentTrits;
  return trits.subspan(begin, std::min(PackedTrits::kSegmentTrits, trits.size() - begin));
}

}  // namespace

std::string_view packing_name(PackingStrategy strategy) noexcept { return kNames[static_cast<std::size_t>(strategy)]; }

std::optional<PackingStrategy> parse_packing(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<PackingStrategy>(i);
  return std::nullopt;
}

const PackingCodec& packing_codec(PackingStrategy strategy) noexcept {
  switch (strategy) {
    case PackingStrategy::kUncompressed: break;
    case PackingStrategy::kTwoBit: return two_bit_codec();
    case PackingStrategy::kBase3: return base3_codec();
    case PackingStrategy::kByteAligned: return byte_aligned_codec();
    case PackingStrategy::kRunLength: return run_length_codec();
    case PackingStrategy::kSparse: return sparse_codec();
    case PackingStrategy::kHybrid: return hybrid_codec();
    case PackingStrategy::kEntropy: return entropy_codec();
  }
  return uncompressed_codec();
}

std::size_t PackingCodec::packed_bytes(TritSpan trits) const {
  std::vector<std::byte> out;
  pack(trits, out);
  return out.size();
}

double TernaryStatistics::zero_fraction() const noexcept {
  return count > 0 ? static_cast<double>(zeros) / static_cast<double>(count) : 0.0;
}

double TernaryStatistics::entropy_bits() const noexcept {
  double bits = 0;
  for (const std::uint64_t n : {zeros, negatives, count - zeros - negatives})
    if (n > 0) {
      const double p = static_cast<double>(n) / static_cast<double>(count);
      bits -= p * std::log2(p);
    }
  return bits;
}

double TernaryStatistics::bound_bytes() const noexcept { return static_cast<double>(count) * entropy_bits() / 8; }

TernaryStatistics ternary_statistics(std::span<const std::int8_t> trits) noexcept {
  TernaryStatistics statistics;
  statistics.count = trits.size();
  for (std::size_t i = 0; i < trits.size(); ++i) {
    statistics.zeros += trits[i] == 0;
    statistics.negatives += trits[i] < 0;
    statistics.runs += i == 0 || trits[i] != trits[i - 1];
  }
  return statistics;
}

PackedTrits PackedTrits::parse(std::span<const std::byte> bytes) {
  PackedTrits packed;
  Header header;
  if (bytes.size() < kHeaderBytes) fail_file("packed values: {} bytes are no header", bytes.size());
  std::memcpy(&header, bytes.data(), kHeaderBytes);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0)
    fail_file("packed values: they do not begin with \"BNTP\"");
  if (header.version != kVersion)
    fail(ErrorCode::kUnsupported, "packed values: version {} is not known, {} is", header.version, kVersion);
  if (header.strategy >= kPackingStrategies)
    fail(ErrorCode::kUnsupported, "packed values: strategy {} is not known", header.strategy);
  if (header.segment_trits == 0 || header.segment_trits > kSegmentTrits ||
      header.segments != segments_of(header.count, header.segment_trits))
    fail_file("packed values: {} segments of {} cannot hold {} values", header.segments, header.segment_trits,
              header.count);
  const std::size_t begin = kHeaderBytes + std::size_t{header.segments} * kSegmentEntryBytes;
  if (begin > bytes.size()) fail_file("packed values: cut short in the list of their {} segments", header.segments);
  const auto entries = bytes.subspan(kHeaderBytes, begin - kHeaderBytes);
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION  // or a fuzzer would get no further
  if (header_crc(header, entries) != header.crc) fail_file("packed values: the header is damaged (checksum)");
#endif
  packed.bytes_ = bytes;
  packed.strategy_ = static_cast<PackingStrategy>(header.strategy);
  packed.count_ = header.count;
  packed.segment_trits_ = header.segment_trits;
  packed.offsets_.push_back(begin);
  for (std::size_t i = 0; i < header.segments; ++i) {
    SegmentEntry entry;
    std::memcpy(&entry, entries.data() + i * kSegmentEntryBytes, sizeof entry);
    packed.offsets_.push_back(packed.offsets_.back() + entry.bytes);
  }
  if (packed.offsets_.back() != bytes.size())
    fail_file("packed values: {} bytes are announced, and {} are there", packed.offsets_.back(), bytes.size());
  return packed;
}

std::uint64_t PackedTrits::segment_begin(std::size_t segment) const noexcept {
  return std::min(count_, segment * segment_trits_);
}

void PackedTrits::unpack_segment(std::size_t segment, std::span<std::int8_t> trits) const {
  const std::uint64_t count = segment_begin(segment + 1) - segment_begin(segment);
  if (trits.size() != count)
    fail_argument("segment {} has {} values, and room is for {}", segment, count, trits.size());
  const auto bytes = bytes_.subspan(offsets_[segment], offsets_[segment + 1] - offsets_[segment]);
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  SegmentEntry entry;
  std::memcpy(&entry, bytes_.data() + kHeaderBytes + segment * kSegmentEntryBytes, sizeof entry);
  if (crc32c(0, bytes) != entry.crc) fail_file("packed values: segment {} is damaged (checksum)", segment);
#endif
  if (!packing_codec(strategy_).unpack(bytes, trits))
    fail_file("packed values: segment {} is nothing that {} packing writes", segment, packing_name(strategy_));
}

void PackedTrits::unpack(std::span<std::int8_t> trits, int threads) const {
  if (trits.size() != count_) fail_argument("{} values are packed, and room is for {}", count_, trits.size());
  parallel_for(threads, segments(), 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t s = begin; s < end; ++s)
      unpack_segment(s, trits.subspan(segment_begin(s), segment_begin(s + 1) - segment_begin(s)));
  });
}

std::vector<std::byte> pack_trits(std::span<const std::int8_t> trits, PackingStrategy strategy, int threads) {
  std::vector<std::vector<std::byte>> segments(segments_of(trits.size(), PackedTrits::kSegmentTrits));
  parallel_for(threads, segments.size(), 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t s = begin; s < end; ++s) {
      const auto segment = segment_of(trits, s);
      check_trits(segment, s * PackedTrits::kSegmentTrits);
      packing_codec(strategy).pack(segment, segments[s]);
    }
  });
  std::vector<SegmentEntry> entries;
  std::size_t size = PackedTrits::kHeaderBytes;
  for (const auto& segment : segments) {
    entries.push_back({static_cast<std::uint32_t>(segment.size()), crc32c(0, segment)});
    size += sizeof(SegmentEntry) + segment.size();
  }
  Header header{{},
                kVersion,
                static_cast<std::uint8_t>(strategy),
                0,
                trits.size(),
                static_cast<std::uint32_t>(PackedTrits::kSegmentTrits),
                static_cast<std::uint32_t>(segments.size()),
                0};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.crc = header_crc(header, std::as_bytes(std::span(entries)));
  std::vector<std::byte> packed(size);
  std::byte* to = packed.data();
  const auto put = [&to](const void* bytes, std::size_t count) {
    if (count > 0) std::memcpy(to, bytes, count);
    to += count;
  };
  put(&header, PackedTrits::kHeaderBytes);
  put(entries.data(), entries.size() * sizeof(SegmentEntry));
  for (const auto& segment : segments) put(segment.data(), segment.size());
  return packed;
}

std::vector<PackedSize> packed_sizes(std::span<const std::int8_t> trits, int threads) {
  check_trits(trits, 0);
  const std::size_t segments = segments_of(trits.size(), PackedTrits::kSegmentTrits);
  std::vector<PackedSize> sizes;
  std::uint64_t two_bit = 0;
  for (const PackingStrategy strategy : kBySpeed) {
    std::vector<std::uint64_t> parts(segments);
    parallel_for(threads, segments, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t s = begin; s < end; ++s) parts[s] = packing_codec(strategy).packed_bytes(segment_of(trits, s));
    });
    std::uint64_t bytes = PackedTrits::kHeaderBytes + segments * PackedTrits::kSegmentEntryBytes;
    for (const std::uint64_t part : parts) bytes += part;
    if (strategy == PackingStrategy::kTwoBit) two_bit = bytes;
    sizes.push_back({strategy, bytes, bytes <= two_bit});
  }
  std::ranges::stable_sort(sizes, {}, &PackedSize::bytes);
  return sizes;
}

}  // namespace bitnet
