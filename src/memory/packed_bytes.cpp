#include "memory/packed_bytes.hpp"

#include <algorithm>
#include <cstring>

#ifdef BITNET_COMPRESSION
#include <zstd.h>
#endif

#include "base/checked.hpp"

namespace bitnet {
namespace {

bool all_zero(const std::byte* data, std::size_t size) {
  return size == 0 || (data[0] == std::byte{0} && std::memcmp(data, data + 1, size - 1) == 0);
}

// Byte i of all elements lies together: exponents are alike, low bits of mantissas are not.
void split_planes(const std::byte* data, std::size_t size, std::size_t element_bytes, std::byte* planes) {
  const std::size_t elements = size / element_bytes;
  for (std::size_t plane = 0; plane < element_bytes; ++plane)
    for (std::size_t i = 0; i < elements; ++i) planes[plane * elements + i] = data[i * element_bytes + plane];
  std::copy(data + elements * element_bytes, data + size, planes + elements * element_bytes);
}

void join_planes(const std::byte* planes, std::size_t size, std::size_t element_bytes, std::byte* data) {
  const std::size_t elements = size / element_bytes;
  for (std::size_t plane = 0; plane < element_bytes; ++plane)
    for (std::size_t i = 0; i < elements; ++i) data[i * element_bytes + plane] = planes[plane * elements + i];
  std::copy(planes + elements * element_bytes, planes + size, data + elements * element_bytes);
}

std::size_t piece_size(std::size_t size, std::size_t index) {
  return std::min(PackedPieces::kPieceBytes, size - index * PackedPieces::kPieceBytes);
}

}  // namespace

#ifdef BITNET_COMPRESSION
struct PiecePacker::Codec {
  ZSTD_CCtx* compress = ZSTD_createCCtx();
  ZSTD_DCtx* restore = ZSTD_createDCtx();
  ~Codec() {
    ZSTD_freeCCtx(compress);
    ZSTD_freeDCtx(restore);
  }
};
#else
struct PiecePacker::Codec {};
#endif

PiecePacker::PiecePacker()
    : codec_(std::make_unique<Codec>()), planes_(PackedPieces::kPieceBytes), packed_(PackedPieces::kPieceBytes) {
#ifdef BITNET_COMPRESSION
  if (codec_->compress == nullptr || codec_->restore == nullptr) throw std::bad_alloc();
#endif
}
PiecePacker::~PiecePacker() = default;

std::uint32_t PiecePacker::pack(const std::byte* data, std::size_t size, std::size_t element_bytes) {
  if (all_zero(data, size)) return 0;
#ifdef BITNET_COMPRESSION
  split_planes(data, size, element_bytes, planes_.data());
  const std::size_t bytes = ZSTD_compressCCtx(codec_->compress, packed_.data(), size, planes_.data(), size, 1);
  if (!ZSTD_isError(bytes) && bytes < size) return static_cast<std::uint32_t>(bytes);
#else
  (void)element_bytes;
#endif
  return PackedPieces::kStored | static_cast<std::uint32_t>(size);
}

double PiecePacker::sample(const std::byte* data, std::size_t size, std::size_t element_bytes) {
  std::size_t raw = 0, packed = 0;
  const std::size_t pieces = div_up(size, PackedPieces::kPieceBytes);
  for (std::size_t i = 0; i < pieces; i += 8) {
    const std::size_t piece = piece_size(size, i);
    raw += piece;
    packed += pack(data + i * PackedPieces::kPieceBytes, piece, element_bytes) & ~PackedPieces::kStored;
  }
  return static_cast<double>(packed) / static_cast<double>(raw);
}

void PiecePacker::pack_next(std::byte* data, std::size_t size, std::size_t element_bytes, PackedPieces& pieces) {
  const std::size_t index = pieces.sizes.size(), piece = piece_size(size, index);
  const std::byte* from = data + index * PackedPieces::kPieceBytes;
  std::byte* to = data + pieces.bytes;
  const std::uint32_t packed = pack(from, piece, element_bytes), bytes = packed & ~PackedPieces::kStored;
  if ((packed & PackedPieces::kStored) != 0) {
    std::memmove(to, from, bytes);
  } else {
    std::copy_n(packed_.data(), bytes, to);
  }
  pieces.sizes.push_back(packed);
  pieces.bytes += bytes;
}

bool PiecePacker::unpack(const std::byte* packed, const PackedPieces& pieces, std::size_t size,
                         std::size_t element_bytes, std::byte* out) {
  const std::size_t reached = std::min(pieces.sizes.size() * PackedPieces::kPieceBytes, size);
  if (out != packed && reached < size) std::copy(packed + reached, packed + size, out + reached);
  // From the last to the first: in place, no piece is written over before it is read.
  std::size_t end = pieces.bytes;
  for (std::size_t index = pieces.sizes.size(); index-- > 0;) {
    const std::uint32_t bytes = pieces.sizes[index] & ~PackedPieces::kStored;
    end -= bytes;
    std::byte* to = out + index * PackedPieces::kPieceBytes;
    const std::size_t piece = piece_size(size, index);
    if (bytes == 0) {
      std::memset(to, 0, piece);  // `packed` may be null when all are such
    } else if ((pieces.sizes[index] & PackedPieces::kStored) != 0) {
      std::memmove(to, packed + end, piece);
    } else {
#ifdef BITNET_COMPRESSION
      std::copy_n(packed + end, bytes, packed_.data());
      if (ZSTD_decompressDCtx(codec_->restore, planes_.data(), piece, packed_.data(), bytes) != piece) return false;
      join_planes(planes_.data(), piece, element_bytes, to);
#else
      (void)element_bytes;
      return false;
#endif
    }
  }
  return true;
}

}  // namespace bitnet
