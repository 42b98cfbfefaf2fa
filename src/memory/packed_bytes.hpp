// Bytes compressed in place, piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace bitnet {

/// What of a block has been compressed. The pieces from the first on lie packed behind each other at the block's
/// beginning, those that were not yet reached at their own places.
struct PackedPieces {
  static constexpr std::size_t kPieceBytes = std::size_t{256} << 10;
  static constexpr std::uint32_t kStored = 1u << 31;  // set: the piece lies as it was

  std::vector<std::uint32_t> sizes;  // of the packed pieces, in bytes; 0: all zeros
  std::size_t bytes = 0;             // their sum
};

/// Working memory of packing and unpacking, for one thread at a time.
class PiecePacker {
 public:
  PiecePacker();
  ~PiecePacker();

  /// What one of eight pieces says about the size of all of them packed, as a share of `size`.
  double sample(const std::byte* data, std::size_t size, std::size_t element_bytes);
  /// Packs the next piece of the block that begins at `data`. sizes must have room for it.
  void pack_next(std::byte* data, std::size_t size, std::size_t element_bytes, PackedPieces& pieces);
  /// Writes the block as it was to `out`, which is `packed` itself or apart from it; pieces that were not packed are
  /// in their places already, when it is, and otherwise copied. False: the packed bytes are damaged.
  bool unpack(const std::byte* packed, const PackedPieces& pieces, std::size_t size, std::size_t element_bytes,
              std::byte* out);

 private:
  // Writes to packed_ and returns how many bytes; kStored when that saves nothing.
  std::uint32_t pack(const std::byte* data, std::size_t size, std::size_t element_bytes);

  struct Codec;
  std::unique_ptr<Codec> codec_;
  std::vector<std::byte> planes_, packed_;
};

}  // namespace bitnet
