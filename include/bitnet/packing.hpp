// Ternary values in few bytes: seven ways of packing that the document behind this project names, and an entropy coder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace bitnet {

/// Trits are values -1, 0 and +1, a byte each where they are not packed. n of them take, without what PackedTrits adds:
enum class PackingStrategy : std::uint8_t {
  kUncompressed,  // n bytes
  kTwoBit,        // n / 4, as bitnet.cpp's I2_S has them
  kBase3,         // n / 5: five digits of base 3 a byte, as ggml's TQ1_0 has them
  kByteAligned,   // n / 4 in whole lines of 64 bytes, so that a reader needs vectors of one kind and no other loop
  kRunLength,     // a byte for each run of up to 63 equal values, and one for each 7 bits of a longer run's length
  kSparse,   // where the values other than 0 are: a bit each, or Rice-coded distances, whichever is less; then signs
  kHybrid,   // each block in the smallest of the other ways but kEntropy; the size of blocks that does best
  kEntropy,  // rANS: n times the entropy of one value, and about 0.3 %
};
inline constexpr std::size_t kPackingStrategies = 8;

/// "uncompressed", "two-bit", "base3", "byte-aligned", "run-length", "sparse", "hybrid", "entropy".
std::string_view packing_name(PackingStrategy strategy) noexcept;
std::optional<PackingStrategy> parse_packing(std::string_view name) noexcept;

struct TernaryStatistics {
  std::uint64_t count = 0, zeros = 0, negatives = 0;
  std::uint64_t runs = 0;  // of equal values

  double zero_fraction() const noexcept;
  /// Entropy of one value, in bits, for values that do not depend on each other (Shannon, 1948). What codes each value
  /// by itself cannot take less: a bound for all strategies but where values come in runs or patterns.
  double entropy_bits() const noexcept;
  /// count * entropy_bits() / 8.
  double bound_bytes() const noexcept;
};
TernaryStatistics ternary_statistics(std::span<const std::int8_t> trits) noexcept;

/// Trits as a self-describing run of bytes (little-endian): "BNTP", version, strategy, two zero bytes, the number of
/// trits (u64), trits a segment (u32), segments (u32), a CRC-32C of all that stands before the first segment but itself
/// (u32); then bytes (u32) and CRC-32C (u32) of each segment, then the segments. Segments are packed apart from each
/// other, so that several threads read one tensor and a part of it can be read alone.
class PackedTrits {
 public:
  static constexpr std::size_t kHeaderBytes = 28, kSegmentEntryBytes = 8;
  /// A whole number of every strategy's blocks.
  static constexpr std::size_t kSegmentTrits = 5 * (std::size_t{1} << 18);

  /// A view of `bytes`, which must stay. Reads the header. Throws kInvalidFile when it is damaged or does not fit the
  /// bytes' number, kUnsupported for another version or an unknown strategy.
  static PackedTrits parse(std::span<const std::byte> bytes);

  PackingStrategy strategy() const noexcept { return strategy_; }
  std::uint64_t count() const noexcept { return count_; }
  std::size_t bytes() const noexcept { return bytes_.size(); }
  std::size_t segments() const noexcept { return offsets_.size() - 1; }
  /// Where a segment's trits begin; that of segments() is count().
  std::uint64_t segment_begin(std::size_t segment) const noexcept;

  /// All of them. Throws kInvalidFile when a checksum does not hold, kInvalidArgument when `trits` has not count()
  /// places.
  void unpack(std::span<std::int8_t> trits, int threads = 1) const;
  /// One segment; may be called from several threads. Throws as unpack().
  void unpack_segment(std::size_t segment, std::span<std::int8_t> trits) const;

 private:
  std::span<const std::byte> bytes_;
  PackingStrategy strategy_ = PackingStrategy::kUncompressed;
  std::uint64_t count_ = 0, segment_trits_ = kSegmentTrits;
  std::vector<std::uint64_t> offsets_;  // of the segments, and the end
};

/// As PackedTrits::parse() reads it. Throws kInvalidArgument when a value is none of -1, 0 and +1.
std::vector<std::byte> pack_trits(std::span<const std::int8_t> trits, PackingStrategy strategy, int threads = 1);

struct PackedSize {
  PackingStrategy strategy;
  std::uint64_t bytes;  // pack_trits().size()
  bool suitable;        // no larger than kTwoBit, which every level of every processor reads at the memory's speed
};
/// What each strategy makes of the data, the smallest first and the faster to read where two are equal. Throws as
/// pack_trits().
std::vector<PackedSize> packed_sizes(std::span<const std::int8_t> trits, int threads = 1);

}  // namespace bitnet
