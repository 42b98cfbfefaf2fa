#include "quant/packing/tl2.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "base/checked.hpp"
#include "base/fail.hpp"
#include "quant/packing/tl_pairs.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kTailBytes = 32;   // the scale and padding
constexpr std::size_t kBlockBytes = 32;  // of every part
constexpr std::size_t kRows = 32;        // of a block
constexpr std::size_t kThreeColumns = 6, kSignColumns = 24, kTwoColumns = 4;
constexpr std::size_t kTwoTile = 32;       // columns of a tile of twos
constexpr std::size_t kAssumedTwos = 256;  // columns in twos that the size formula counts with, whatever k and bk are
constexpr unsigned kThreeIndexes = 14;

// The part that every tensor has behind its codes begins here.
std::optional<std::uint64_t> scale_at(std::uint64_t rows, std::uint64_t cols) {
  if (rows == 0 || cols < kAssumedTwos) return std::nullopt;
  const auto threes = checked_mul(cols - kAssumedTwos, rows);
  // Room for the trits too, and for the products below.
  if (!threes || !checked_mul(rows, cols) || !checked_mul(rows, kAssumedTwos)) return std::nullopt;
  const auto bits = checked_mul(*threes / 3, 5);
  if (!bits) return std::nullopt;
  const auto bytes = checked_add(*bits / 8, rows * (kAssumedTwos / 4));
  if (!bytes || !checked_add(*bytes, 2 * kTailBytes)) return std::nullopt;
  return (*bytes + 31) / 32 * 32;
}

// What does not fit, or null.
const char* misfit(const TlTiles& t) {
  if (t.m == 0 || t.k == 0 || t.bm == 0 || t.bk == 0 || t.bmm == 0) return "none may be 0";
  if (t.bmm != kRows) return "bmm must be 32";
  if (t.m % t.bm != 0) return "bm must divide m";
  if (t.bm % kRows != 0) return "32 must divide bm";
  if (t.bk % kSignColumns != 0) return "24 must divide bk";
  const std::size_t twos = t.k % t.bk;
  if (twos % kTwoTile != 0) return "32 must divide k % bk";
  // More would not fit into the size that every reader and writer takes.
  if (twos > kAssumedTwos) return "k % bk must be at most 256";
  if (!scale_at(t.m, t.k)) return "k must be 256 or more, and m times k a size that can be counted";
  return nullptr;
}

// The byte of a block that belongs to a row of it: the middle eights change places.
constexpr std::size_t byte_of(std::size_t row) {
  const std::size_t eight = row / 8;
  return eight == 1 || eight == 2 ? row ^ 24 : row;
}
static_assert(byte_of(7) == 7 && byte_of(8) == 16 && byte_of(15) == 23 && byte_of(16) == 8 && byte_of(24) == 24);

// Where the blocks of one strip of 32 rows begin, whose first row is `row`. Along the columns of a tile they are
// neighbours.
class Strip {
 public:
  Strip(const TlTiles& t, std::size_t row)
      : t_(t), k3_(t.k - t.k % t.bk), tile_row_(row / t.bm), strip_(row % t.bm / kRows) {}

  std::size_t three_columns() const { return k3_; }
  // The blocks of threes and signs that hold `column`, and of twos, from k3 on.
  std::size_t threes(std::size_t column) const { return block(column, t_.bk, kThreeColumns, k3_); }
  std::size_t signs(std::size_t column) const { return t_.m * k3_ / 6 + block(column, t_.bk, kSignColumns, k3_); }
  std::size_t twos(std::size_t column) const {
    return t_.m * k3_ / 6 + t_.m * k3_ / 24 + block(column - k3_, kTwoTile, kTwoColumns, t_.k - k3_);
  }

 private:
  std::size_t block(std::size_t column, std::size_t tile, std::size_t width, std::size_t part) const {
    const std::size_t tiles = tile_row_ * (part / tile) + column / tile;
    return ((tiles * (t_.bm / kRows) + strip_) * (tile / width) + column % tile / width) * kBlockBytes;
  }

  const TlTiles& t_;
  std::size_t k3_, tile_row_, strip_;
};

// The bit of a sign word for three `three`, 0 .. 7, of a row of a block.
unsigned sign_bit(std::size_t row, std::size_t three) { return 15 - static_cast<unsigned>(2 * three + row / 16); }

// 9 a + 3 b + c, 0 .. 13, in balanced ternary, and from 16 on the same negated; 14 and 15 stay zeros.
constexpr auto kThrees = [] {
  std::array<std::array<std::int8_t, 3>, 32> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const int index = static_cast<int>(i % 16), digits = index + 13;
    if (index >= static_cast<int>(kThreeIndexes)) continue;
    const int values[] = {digits / 9 - 1, digits / 3 % 3 - 1, digits % 3 - 1};
    for (std::size_t n = 0; n < 3; ++n) table[i][n] = static_cast<std::int8_t>(i < 16 ? values[n] : -values[n]);
  }
  return table;
}();

// Rows `first` to `end` of one strip, relative to it; the trits are those of row `first`.
bool decode_strip(const std::byte* source, const TlTiles& tiles, const Strip& strip, std::size_t first, std::size_t end,
                  std::int8_t* trits) {
  bool sound = true;
  for (std::size_t column = 0; column < strip.three_columns(); column += kSignColumns) {
    const std::byte* codes = source + strip.threes(column);
    const std::byte* signs = source + strip.signs(column);
    for (std::size_t row = first; row < end; ++row) {
      std::int8_t* out = trits + (row - first) * tiles.k + column;
      const std::byte* word = signs + row % 16 * 2;
      const auto negative = std::to_integer<unsigned>(word[0]) | std::to_integer<unsigned>(word[1]) << 8;
      for (std::size_t three = 0; three < 8; ++three, out += 3) {
        const auto byte = std::to_integer<unsigned>(codes[three / 2 * kBlockBytes + byte_of(row)]);
        const unsigned index = three % 2 == 0 ? byte >> 4 : byte & 15;
        sound &= index < kThreeIndexes;
        const auto& values = kThrees[index | (negative >> sign_bit(row, three) & 1) << 4];
        std::memcpy(out, values.data(), values.size());
      }
    }
  }
  for (std::size_t column = strip.three_columns(); column < tiles.k; column += kTwoColumns) {
    const std::byte* codes = source + strip.twos(column);
    for (std::size_t row = first; row < end; ++row) {
      const TlFour& four = kTlFours[std::to_integer<std::size_t>(codes[byte_of(row)])];
      std::memcpy(trits + (row - first) * tiles.k + column, four.trits.data(), four.trits.size());
      sound &= four.known;
    }
  }
  return sound;
}

void encode_row(const std::int8_t* trits, const TlTiles& tiles, std::size_t row, std::byte* out) {
  const Strip strip(tiles, row);
  row %= kRows;
  for (std::size_t column = 0; column < strip.three_columns(); column += 3) {
    const std::int8_t* three = trits + column;
    const int value = 9 * three[0] + 3 * three[1] + three[2];
    const bool high = column % kThreeColumns == 0;
    out[strip.threes(column) + byte_of(row)] |= static_cast<std::byte>(std::abs(value) << (high ? 4 : 0));
    if (value >= 0) continue;
    const unsigned bit = sign_bit(row, column % kSignColumns / 3);
    out[strip.signs(column) + row % 16 * 2 + bit / 8] |= static_cast<std::byte>(1u << bit % 8);
  }
  for (std::size_t column = strip.three_columns(); column < tiles.k; column += kTwoColumns)
    out[strip.twos(column) + byte_of(row)] = encode_tl_four(trits + column);
}

}  // namespace

std::optional<std::uint64_t> tl2_bytes(std::uint64_t rows, std::uint64_t cols) noexcept {
  const auto at = scale_at(rows, cols);
  if (!at) return std::nullopt;
  return *at + kTailBytes;
}

bool tl2_fits(const TlTiles& tiles) noexcept { return misfit(tiles) == nullptr; }

void check_tl2_tiles(const TlTiles& tiles) {
  if (const char* why = misfit(tiles))
    fail_argument("TL2's tiles m = {}, k = {}, bm = {}, bk = {}, bmm = {} do not fit: {}", tiles.m, tiles.k, tiles.bm,
                  tiles.bk, tiles.bmm, why);
}

float tl2_scale(const std::byte* source, std::size_t rows, std::size_t cols) noexcept {
  float scale;
  std::memcpy(&scale, source + scale_at(rows, cols).value_or(0), sizeof scale);
  return scale;
}

bool decode_tl2_rows(const std::byte* source, const TlTiles& tiles, std::size_t first, std::size_t count,
                     std::int8_t* trits) noexcept {
  bool sound = true;
  for (std::size_t row = first, end = first + count; row < end;) {
    const std::size_t begin = row / kRows * kRows, stop = std::min(end, begin + kRows);
    sound &= decode_strip(source, tiles, Strip(tiles, begin), row - begin, stop - begin, trits);
    trits += (stop - row) * tiles.k;
    row = stop;
  }
  return sound;
}

bool decode_tl2(const std::byte* source, const TlTiles& tiles, std::int8_t* trits) noexcept {
  return decode_tl2_rows(source, tiles, 0, tiles.m, trits);
}

void encode_tl2(const std::int8_t* trits, const TlTiles& tiles, float scale, std::byte* out) noexcept {
  const auto size = static_cast<std::size_t>(scale_at(tiles.m, tiles.k).value_or(0));
  std::memset(out, 0, size + kTailBytes);
  for (std::size_t row = 0; row < tiles.m; ++row, trits += tiles.k) encode_row(trits, tiles, row, out);
  std::memcpy(out + size, &scale, sizeof scale);
}

}  // namespace bitnet
