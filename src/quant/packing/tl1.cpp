#include "quant/packing/tl1.hpp"

#include <cstring>

#include "base/checked.hpp"
#include "base/fail.hpp"
#include "quant/packing/tl_pairs.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kTailBytes = 32;     // the scale and padding
constexpr std::size_t kBlockValues = 256;  // in a block of bmm rows by 256 / bmm columns
constexpr std::size_t kGroup = 16;         // rows whose bytes are neighbours

// What does not fit, or null.
const char* misfit(const TlTiles& t) {
  if (t.m == 0 || t.k == 0 || t.bm == 0 || t.bk == 0 || t.bmm == 0) return "none may be 0";
  if (t.bmm % kGroup != 0 || kBlockValues % t.bmm != 0 || kBlockValues / t.bmm % 4 != 0)
    return "bmm must be 16, 32 or 64";
  if (t.m % t.bm != 0) return "bm must divide m";
  if (t.k % t.bk != 0) return "bk must divide k";
  if (t.bm % t.bmm != 0) return "bmm must divide bm";
  if (t.bk % (kBlockValues / t.bmm) != 0) return "256 / bmm must divide bk";
  if (!tl1_bytes(t.m, t.k)) return "m times k is too big";
  return nullptr;
}

// Calls visit(byte, column) for each byte of a row, in the order of its columns.
template <typename Visit>
void for_each_byte(const TlTiles& t, std::size_t row, const Visit& visit) {
  const std::size_t by = kBlockValues / t.bmm, block_bytes = kBlockValues / 4;
  const std::size_t in_tile = row % t.bm, in_block = in_tile % t.bmm;
  const std::size_t tile_bytes = t.bm * t.bk / 4, strip = t.bk / by * block_bytes;  // a tile's block row
  std::size_t tile = row / t.bm * (t.k / t.bk) * tile_bytes + in_tile / t.bmm * strip +
                     in_block / kGroup * (by / 4) * kGroup + in_block % kGroup;
  std::size_t column = 0;
  for (std::size_t i = 0; i < t.k / t.bk; ++i, tile += tile_bytes)
    for (std::size_t j = 0; j < t.bk / by; ++j)
      for (std::size_t q = 0; q < by / 4; ++q, column += 4) visit(tile + j * block_bytes + q * kGroup, column);
}

}  // namespace

std::optional<std::uint64_t> tl1_bytes(std::uint64_t rows, std::uint64_t cols) noexcept {
  const auto count = checked_mul(rows, cols);
  if (!count || *count == 0 || *count % kBlockValues != 0) return std::nullopt;
  return *count / 4 + kTailBytes;
}

bool tl1_fits(const TlTiles& tiles) noexcept { return misfit(tiles) == nullptr; }

void check_tl1_tiles(const TlTiles& tiles) {
  if (const char* why = misfit(tiles))
    fail_argument("TL1's tiles m = {}, k = {}, bm = {}, bk = {}, bmm = {} do not fit: {}", tiles.m, tiles.k, tiles.bm,
                  tiles.bk, tiles.bmm, why);
}

float tl1_scale(const std::byte* source, std::size_t rows, std::size_t cols) noexcept {
  float scale;
  std::memcpy(&scale, source + rows * cols / 4, sizeof scale);
  return scale;
}

bool decode_tl1_rows(const std::byte* source, const TlTiles& tiles, std::size_t first, std::size_t count,
                     std::int8_t* trits) noexcept {
  bool sound = true;
  for (std::size_t row = first; row < first + count; ++row, trits += tiles.k)
    for_each_byte(tiles, row, [&](std::size_t at, std::size_t column) {
      const TlFour& four = kTlFours[std::to_integer<std::size_t>(source[at])];
      std::memcpy(trits + column, four.trits.data(), four.trits.size());
      sound &= four.known;
    });
  return sound;
}

bool decode_tl1(const std::byte* source, const TlTiles& tiles, std::int8_t* trits) noexcept {
  return decode_tl1_rows(source, tiles, 0, tiles.m, trits);
}

void encode_tl1(const std::int8_t* trits, const TlTiles& tiles, float scale, std::byte* out) noexcept {
  std::byte* tail = out + tiles.m * tiles.k / 4;
  std::memset(tail, 0, kTailBytes);
  std::memcpy(tail, &scale, sizeof scale);
  for (std::size_t row = 0; row < tiles.m; ++row, trits += tiles.k)
    for_each_byte(tiles, row, [&](std::size_t at, std::size_t column) { out[at] = encode_tl_four(trits + column); });
}

}  // namespace bitnet
