// One way of packing trits: what stands behind each PackingStrategy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bitnet/packing.hpp"

namespace bitnet {

using TritSpan = std::span<const std::int8_t>;

class PackingCodec {
 public:
  virtual ~PackingCodec() = default;
  /// Appends. Trits are -1, 0 and +1, at most PackedTrits::kSegmentTrits of them.
  virtual void pack(TritSpan trits, std::vector<std::byte>& out) const = 0;
  /// False when `packed` is nothing that pack() writes for as many trits; hostile bytes are safe.
  virtual bool unpack(std::span<const std::byte> packed, std::span<std::int8_t> trits) const = 0;
  /// Bytes that pack() appends.
  virtual std::size_t packed_bytes(TritSpan trits) const;
};

/// Constant objects, one a strategy.
const PackingCodec& packing_codec(PackingStrategy strategy) noexcept;
const PackingCodec& uncompressed_codec() noexcept;
const PackingCodec& two_bit_codec() noexcept;
const PackingCodec& base3_codec() noexcept;
const PackingCodec& byte_aligned_codec() noexcept;
const PackingCodec& run_length_codec() noexcept;
const PackingCodec& sparse_codec() noexcept;
const PackingCodec& hybrid_codec() noexcept;
const PackingCodec& entropy_codec() noexcept;

}  // namespace bitnet
