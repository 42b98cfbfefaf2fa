// IQ1_BN, IQ2_BN, TL1 and TL2: against their layouts, against what their own packers make, and against files.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "base/half.hpp"
#include "io/gguf.hpp"
#include "quant/packing/iq_bn.hpp"
#include "quant/packing/tl1.hpp"
#include "quant/packing/tl2.hpp"
#include "quant/ternary.hpp"
#include "support/file_builder.hpp"
#include "support/reference.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;
using namespace bitnet::testing;
using Trits = std::vector<std::int8_t>;
using Bytes = std::vector<std::byte>;

Trits random_trits(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  Trits trits(count);
  for (std::int8_t& t : trits) t = static_cast<std::int8_t>(static_cast<int>(random() % 3) - 1);
  return trits;
}

Bytes random_bytes(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(count);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random());
  return bytes;
}

unsigned at(const Bytes& bytes, std::size_t i) { return std::to_integer<unsigned>(bytes.at(i)); }

TEST(IQ1BN, FirstValueIsTheLowestDigit) {
  Trits trits(64, -1);
  trits[0] = 0;   // digit 1 of 3^0 in byte 0: ceil(256 / 243)
  trits[9] = 1;   // digit 2 of 3^4 in byte 1: ceil(162 * 256 / 243)
  trits[31] = 1;  // digit 2 of 3^1 in byte 12, with the next
  trits[63] = 0;  // digit 1 of 3^3: ceil((6 + 27) * 256 / 243)
  trits[58] = 0;  // 16 * 3 + 5 * 2: byte 3 * 3 + 2, digit 0
  Bytes row(*iq1_bn_row_bytes(64));
  ASSERT_EQ(row.size(), 15u);
  encode_iq1_bn_row(trits.data(), 64, -0.5f, row.data());
  const std::vector<unsigned> want{0x00, 0xB8, 2, 171, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 35};
  for (std::size_t i = 0; i < want.size(); ++i) EXPECT_EQ(at(row, i), want[i]) << i;
  EXPECT_EQ(iq1_bn_row_scale(row.data()), -0.5f);
  Trits back(64);
  decode_iq1_bn_row(row.data(), 64, back.data());
  EXPECT_EQ(back, trits);
}

TEST(IQ2BN, PlacesCodesInPlanesOf16) {
  Trits trits(64, -1);
  trits[0] = 1;
  trits[17] = 1;
  trits[35] = 0;
  trits[63] = 1;
  trits[47] = 0;
  Bytes row(*iq2_bn_row_bytes(64));
  ASSERT_EQ(row.size(), 20u);
  encode_iq2_bn_row(trits.data(), 64, 1.0f, row.data());
  const std::vector<unsigned> want{0, 0, 0x80, 0x3F, 2, 8, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x90};
  for (std::size_t i = 0; i < want.size(); ++i) EXPECT_EQ(at(row, i), want[i]) << i;
  EXPECT_EQ(iq2_bn_row_scale(row.data()), 1.0f);
  Trits back(64);
  EXPECT_TRUE(decode_iq2_bn_row(row.data(), 64, back.data()));
  EXPECT_EQ(back, trits);
  row[4] |= std::byte{0x0C};
  EXPECT_FALSE(decode_iq2_bn_row(row.data(), 64, back.data()));
  EXPECT_EQ(back[16], 2);
}

TEST(IQ2BN, FourRowsInterleaveByFours) {
  Trits trits(4 * 128, -1);
  trits[2] = 1;                  // row 0: byte 2, bits 1-0
  trits[128 + 7] = 0;            // row 1: value 4 + 3, byte 4 + 3, bits 3-2
  trits[3 * 128 + 32 + 12] = 1;  // row 3: quarter 2, byte 32 + 12, bits 7-6
  trits[2 * 128 + 64 + 16] = 0;  // row 2: next block, quarter 1, byte 64 + 16 + 8
  const float scales[] = {1, 2, 3, 4};
  Bytes rows(4 * *iq2_bn_row_bytes(128));
  encode_iq2_bn_r4_rows(trits.data(), 128, scales, rows.data());
  for (std::size_t i = 16; i < rows.size(); ++i) {
    const std::size_t p = i - 16;
    EXPECT_EQ(at(rows, i), p == 2 ? 2u : p == 7 ? 4u : p == 44 ? 0x80u : p == 88 ? 1u : 0u) << p;
  }
  for (std::size_t lane = 0; lane < 4; ++lane) {
    EXPECT_EQ(iq2_bn_r4_row_scale(rows.data(), lane), scales[lane]);
    Trits back(128);
    EXPECT_TRUE(decode_iq2_bn_r4_row(rows.data(), lane, 128, back.data()));
    EXPECT_TRUE(std::equal(back.begin(), back.end(), trits.begin() + static_cast<std::ptrdiff_t>(128 * lane)));
  }
  rows[16 + 4] = std::byte{0xC0};
  Trits back(128);
  EXPECT_TRUE(decode_iq2_bn_r4_row(rows.data(), 0, 128, back.data()));
  EXPECT_FALSE(decode_iq2_bn_r4_row(rows.data(), 1, 128, back.data()));
}

TEST(IQBN, ThereAndBack) {
  for (const std::size_t cols : {64u, 128u, 576u, 2560u}) {
    const Trits trits = random_trits(4 * cols, static_cast<unsigned>(cols));
    // One byte on, so that scales lie at odd addresses.
    Bytes one(*iq1_bn_row_bytes(cols) + 1), two(*iq2_bn_row_bytes(cols) + 1), four(4 * *iq2_bn_row_bytes(cols) + 1);
    Trits back(cols);
    const float scales[] = {0.75f, 1.2188548f, -3.0f, 0.0f};
    encode_iq2_bn_r4_rows(trits.data(), cols, scales, four.data() + 1);
    for (std::size_t r = 0; r < 4; ++r) {
      const Trits want(trits.begin() + static_cast<std::ptrdiff_t>(r * cols),
                       trits.begin() + static_cast<std::ptrdiff_t>((r + 1) * cols));
      encode_iq1_bn_row(want.data(), cols, scales[r], one.data() + 1);
      decode_iq1_bn_row(one.data() + 1, cols, back.data());
      EXPECT_EQ(back, want);
      EXPECT_EQ(iq1_bn_row_scale(one.data() + 1), f16_to_f32(f32_to_f16(scales[r])));
      encode_iq2_bn_row(want.data(), cols, scales[r], two.data() + 1);
      EXPECT_TRUE(decode_iq2_bn_row(two.data() + 1, cols, back.data()));
      EXPECT_EQ(back, want);
      EXPECT_EQ(iq2_bn_row_scale(two.data() + 1), scales[r]);
      EXPECT_TRUE(decode_iq2_bn_r4_row(four.data() + 1, r, cols, back.data()));
      EXPECT_EQ(back, want);
      EXPECT_EQ(iq2_bn_r4_row_scale(four.data() + 1, r), scales[r]);
    }
  }
}

TEST(IQBN, OtherWidthsHaveNoRows) {
  for (const std::size_t cols : {0u, 1u, 63u, 65u, 96u}) {
    EXPECT_FALSE(iq1_bn_row_bytes(cols));
    EXPECT_FALSE(iq2_bn_row_bytes(cols));
  }
  const std::size_t most = ~std::size_t{63};
  EXPECT_EQ(*iq1_bn_row_bytes(most), most / 64 * 13 + 2);
  EXPECT_EQ(*iq2_bn_row_bytes(most), most / 4 + 4);
}

TEST(IQBN, AnyBytesDecode) {
  const Bytes bytes = random_bytes(4 * *iq2_bn_row_bytes(256), 9);
  Trits trits(256);
  for (std::size_t lane = 0; lane < 4; ++lane) {
    decode_iq2_bn_r4_row(bytes.data(), lane, 256, trits.data());
    EXPECT_TRUE(std::all_of(trits.begin(), trits.end(), [](int t) { return t >= -1 && t <= 2; }));
  }
  const Bytes one = random_bytes(*iq1_bn_row_bytes(256), 10), two = random_bytes(*iq2_bn_row_bytes(256), 11);
  decode_iq1_bn_row(one.data(), 256, trits.data());
  EXPECT_TRUE(std::all_of(trits.begin(), trits.end(), [](int t) { return t >= -1 && t <= 1; }));
  EXPECT_FALSE(decode_iq2_bn_row(two.data(), 256, trits.data()));
}

// One interface for both table formats.
struct TlFormat {
  const char* name;
  std::optional<std::uint64_t> (*bytes)(std::uint64_t, std::uint64_t) noexcept;
  bool (*fits)(const TlTiles&) noexcept;
  void (*check)(const TlTiles&);
  float (*scale)(const std::byte*, std::size_t, std::size_t) noexcept;
  bool (*decode_rows)(const std::byte*, const TlTiles&, std::size_t, std::size_t, std::int8_t*) noexcept;
  bool (*decode)(const std::byte*, const TlTiles&, std::int8_t*) noexcept;
  void (*encode)(const std::int8_t*, const TlTiles&, float, std::byte*) noexcept;
};
constexpr TlFormat kTl1{"TL1",     tl1_bytes,       tl1_fits,   check_tl1_tiles,
                        tl1_scale, decode_tl1_rows, decode_tl1, encode_tl1};
constexpr TlFormat kTl2{"TL2",     tl2_bytes,       tl2_fits,   check_tl2_tiles,
                        tl2_scale, decode_tl2_rows, decode_tl2, encode_tl2};

Bytes encoded(const TlFormat& format, const TlTiles& tiles, const Trits& trits, float scale) {
  Bytes bytes(*format.bytes(tiles.m, tiles.k), std::byte{0xAA});
  format.encode(trits.data(), tiles, scale, bytes.data());
  return bytes;
}

// What bitnet.cpp's own preprocess_weights_tl1 and _tl2 (utils/convert-hf-to-gguf-bitnet.py, numpy 2) make of the trits
// below, up to the scale: the bytes' FNV-1a.
struct Packed {
  TlTiles tiles;
  std::uint64_t hash;
};
constexpr Packed kPackedTl1[] = {
    {{128, 192, 64, 64, 32}, 0xc32e6f37ba8e2fe0},   {{128, 96, 128, 32, 64}, 0xcfbc900e3f552ab9},
    {{96, 64, 48, 32, 16}, 0xd972541978731f69},     {{320, 256, 160, 64, 32}, 0x2027dff90ced446f},
    {{640, 256, 320, 128, 64}, 0x445f990fd4e3f108},
};
constexpr Packed kPackedTl2[] = {
    {{128, 416, 64, 192, 32}, 0x4aa5a04bb1edef3b}, {{96, 256, 96, 96, 32}, 0xe3f8c64d9d313795},
    {{64, 480, 32, 288, 32}, 0xbd6fd61cf8f33b2f},  {{160, 288, 160, 96, 32}, 0x6b9aa12e11e2fbca},
    {{64, 448, 64, 192, 32}, 0x413b4da8bc4aee4c},
};

Trits trits_of_packed(std::size_t count) {
  std::uint32_t x = 1;
  Trits trits(count);
  for (std::int8_t& t : trits) {
    x = x * 1664525u + 1013904223u;
    t = static_cast<std::int8_t>(static_cast<int>((x >> 16) % 3) - 1);
  }
  return trits;
}

std::uint64_t fnv1a(const std::byte* bytes, std::size_t count) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (std::size_t i = 0; i < count; ++i) hash = (hash ^ std::to_integer<std::uint64_t>(bytes[i])) * 0x100000001b3u;
  return hash;
}

template <std::size_t N>
void expect_packed(const TlFormat& format, const Packed (&all)[N]) {
  for (const Packed& packed : all) {
    const TlTiles& tiles = packed.tiles;
    SCOPED_TRACE(::testing::Message() << format.name << ' ' << tiles.m << ' ' << tiles.k);
    ASSERT_TRUE(format.fits(tiles));
    const Trits trits = trits_of_packed(tiles.m * tiles.k);
    const Bytes bytes = encoded(format, tiles, trits, 0.1f);
    EXPECT_EQ(fnv1a(bytes.data(), bytes.size() - 32), packed.hash);
    EXPECT_EQ(format.scale(bytes.data(), tiles.m, tiles.k), 0.1f);
    EXPECT_TRUE(std::all_of(bytes.end() - 28, bytes.end(), [](std::byte b) { return b == std::byte{0}; }));
    Trits back(trits.size());
    EXPECT_TRUE(format.decode(bytes.data(), tiles, back.data()));
    EXPECT_EQ(back, trits);
    // Rows on their own, from bytes at an odd address.
    Bytes odd(bytes.size() + 1);
    std::copy(bytes.begin(), bytes.end(), odd.begin() + 1);
    for (const std::size_t first : {std::size_t{0}, std::size_t{1}, std::size_t{30}, tiles.m - 3}) {
      Trits some(3 * tiles.k);
      EXPECT_TRUE(format.decode_rows(odd.data() + 1, tiles, first, 3, some.data()));
      EXPECT_TRUE(std::equal(some.begin(), some.end(), trits.begin() + static_cast<std::ptrdiff_t>(first * tiles.k)));
    }
  }
}

TEST(Tl1, PacksAsBitnetCppDoes) { expect_packed(kTl1, kPackedTl1); }
TEST(Tl2, PacksAsBitnetCppDoes) { expect_packed(kTl2, kPackedTl2); }

// Zeros but for a few values, whose bytes are worked out from the layout in tl1.hpp.
TEST(Tl1, PlacesByHand) {
  const TlTiles tiles{64, 32, 32, 16, 32};  // by = 8: blocks of 64 bytes, two in a tile, four tiles
  Trits trits(64 * 32, 0);
  const auto value = [&](std::size_t row, std::size_t column) -> std::int8_t& { return trits[row * 32 + column]; };
  value(0, 0) = 1;    // byte 0: 7 in front
  value(15, 3) = -1;  // byte 15: 3 behind
  value(2, 5) = 1;    // second four: 16 + 2: 5 in front
  value(16, 6) = -1;  // second 16 rows, second four: 32 + 16: 1 behind
  value(0, 8) = 1;    // second block: 64
  value(0, 16) = 1;   // second tile of columns: 128
  value(32, 0) = -1;  // second tile of rows: 256: 1 in front
  const Bytes bytes = encoded(kTl1, tiles, trits, 1.0f);
  ASSERT_EQ(bytes.size(), 512u + 32);
  const std::pair<std::size_t, unsigned> places[] = {{0, 0x74},  {15, 0x43},  {18, 0x54}, {48, 0x41},
                                                     {64, 0x74}, {128, 0x74}, {256, 0x14}};
  for (std::size_t i = 0; i < 512; ++i) {
    const auto place = std::find_if(std::begin(places), std::end(places), [&](const auto& p) { return p.first == i; });
    EXPECT_EQ(at(bytes, i), place == std::end(places) ? 0x44u : place->second) << i;
  }
  EXPECT_EQ(at(bytes, 514), 0x80u);
  EXPECT_EQ(at(bytes, 515), 0x3Fu);
}

TEST(Tl2, PlacesByHand) {
  const TlTiles tiles{64, 256, 64, 96, 32};  // k3 = 192: threes 2048 bytes, signs 512, twos 1024
  Trits trits(64 * 256, 0);
  const auto value = [&](std::size_t row, std::size_t column) -> std::int8_t& { return trits[row * 256 + column]; };
  value(0, 0) = 1;     // byte 0: 9 in front
  value(8, 4) = -1;    // row 8 is byte 16: -3 behind; sign of three 1: word 8, bit 13
  value(17, 8) = 1;    // second block: 32 + 9: 1 behind (columns 6 .. 11: three 6 .. 8 in front)
  value(63, 95) = -1;  // second 32 rows: 16 * 32 + 15 * 32 + 31; sign block 4 + 3, three 7: word 15, bit 0
  value(1, 96) = -1;   // second tile of columns: 32 * 32 + 1; sign block 8: word 1, bit 15
  value(24, 192) = 1;  // first of the twos: 2560 + 24
  value(9, 231) = -1;  // second tile of twos, block 8 * 2 + 1 of it: byte 17: -1 behind
  const Bytes bytes = encoded(kTl2, tiles, trits, 2.0f);
  ASSERT_EQ(bytes.size(), 64u * 64 + 32);
  const std::pair<std::size_t, unsigned> places[] = {{0, 0x90},
                                                     {16, 0x03},
                                                     {32 + 9, 0x10},
                                                     {512 + 15 * 32 + 31, 0x01},
                                                     {1024 + 1, 0x90},
                                                     {2048 + 17, 32},
                                                     {2048 + 7 * 32 + 30, 1},
                                                     {2048 + 8 * 32 + 3, 0x80},
                                                     {2560 + 24, 0x74},
                                                     {2560 + 512 + 32 + 17, 0x43}};
  for (std::size_t i = 0; i < 4096; ++i) {
    const auto place = std::find_if(std::begin(places), std::end(places), [&](const auto& p) { return p.first == i; });
    const unsigned otherwise = i >= 2560 && i < 3584 ? 0x44u : 0u;
    EXPECT_EQ(at(bytes, i), place == std::end(places) ? otherwise : place->second) << i;
  }
  EXPECT_EQ(tl2_scale(bytes.data(), 64, 256), 2.0f);
}

TEST(Tl, IndexesWithoutMeaningAreTold) {
  const TlTiles one{32, 32, 32, 32, 32}, two{32, 288, 32, 96, 32}, twos{32, 256, 32, 192, 32};
  Trits trits(32 * 288);
  Bytes bytes = encoded(kTl1, one, Trits(32 * 32, 1), 1);
  EXPECT_TRUE(decode_tl1(bytes.data(), one, trits.data()));
  bytes[1] = std::byte{0x89};
  EXPECT_FALSE(decode_tl1(bytes.data(), one, trits.data()));
  EXPECT_EQ(Trits(trits.begin() + 32, trits.begin() + 37), (Trits{1, 1, 0, 0, 1}));
  EXPECT_TRUE(decode_tl1_rows(bytes.data(), one, 0, 1, trits.data()));
  EXPECT_FALSE(decode_tl1_rows(bytes.data(), one, 1, 1, trits.data()));

  bytes = encoded(kTl2, two, Trits(32 * 288, 1), 1);
  EXPECT_TRUE(decode_tl2(bytes.data(), two, trits.data()));
  bytes[2] = std::byte{0xDE};
  EXPECT_FALSE(decode_tl2_rows(bytes.data(), two, 2, 1, trits.data()));
  EXPECT_EQ(Trits(trits.begin(), trits.begin() + 7), (Trits{1, 1, 1, 0, 0, 0, 1}));
  EXPECT_TRUE(decode_tl2_rows(bytes.data(), two, 3, 1, trits.data()));

  bytes = encoded(kTl2, twos, Trits(32 * 256, -1), 1);
  bytes[32 * 192 / 6 + 32 * 192 / 24] = std::byte{0x90};
  EXPECT_FALSE(decode_tl2_rows(bytes.data(), twos, 0, 1, trits.data()));
  EXPECT_EQ(Trits(trits.begin() + 191, trits.begin() + 197), (Trits{-1, 0, 0, -1, -1, -1}));
  // A negative zero is a zero.
  std::fill(bytes.begin(), bytes.end(), std::byte{0});
  bytes[32 * 192 / 6 + 1] = std::byte{0xFF};
  EXPECT_TRUE(decode_tl2_rows(bytes.data(), twos, 0, 1, trits.data()));
  EXPECT_EQ(Trits(trits.begin(), trits.begin() + 192), Trits(192, 0));
}

// Any bytes, in a heap block of the tensor's exact size, for sanitizers to see; the shapes of the tests above.
TEST(Tl, AnyBytesDecode) {
  const auto run = [](const TlFormat& format, const TlTiles& tiles) {
    const Bytes bytes = random_bytes(*format.bytes(tiles.m, tiles.k), 5);
    Trits trits(tiles.m * tiles.k);
    EXPECT_FALSE(format.decode(bytes.data(), tiles, trits.data()));
    EXPECT_TRUE(std::all_of(trits.begin(), trits.end(), [](int t) { return t >= -1 && t <= 1; }));
    (void)format.scale(bytes.data(), tiles.m, tiles.k);
  };
  for (const Packed& packed : kPackedTl1) run(kTl1, packed.tiles);
  for (const Packed& packed : kPackedTl2) run(kTl2, packed.tiles);
}

TEST(Tl, SizesAreThoseOfBitnetCpp) {
  EXPECT_EQ(tl1_bytes(3200, 8640), 3200u * 8640 / 4 + 32);
  EXPECT_EQ(tl2_bytes(512, 512), 512u * 256 / 3 * 5 / 8 / 32 * 32 + 32 + 512 * 64 + 32);
  EXPECT_EQ(tl2_bytes(512, 1536), 512u * 1280 / 3 * 5 / 8 / 32 * 32 + 32 + 512 * 64 + 32);
  EXPECT_EQ(tl2_bytes(32, 256), 32u * 64 + 32);
  const std::uint64_t most = ~std::uint64_t{0};
  for (const auto& [rows, cols] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {0, 256}, {most, most}, {most, 256}, {256, most}, {std::uint64_t{1} << 32, std::uint64_t{1} << 32}}) {
    EXPECT_FALSE(tl1_bytes(rows, cols)) << rows << ' ' << cols;
    EXPECT_FALSE(tl2_bytes(rows, cols)) << rows << ' ' << cols;
  }
  EXPECT_FALSE(tl1_bytes(3, 5));
  EXPECT_FALSE(tl2_bytes(64, 192));
}

TEST(Tl, TilesThatDoNotDivideAreRefused) {
  const auto refused = [](const TlFormat& format, const TlTiles& tiles, const char* why) {
    EXPECT_FALSE(format.fits(tiles)) << why;
    expect_error(ErrorCode::kInvalidArgument, why, [&] { format.check(tiles); });
  };
  const TlTiles one{3200, 3200, 320, 128, 64}, two{3200, 3200, 320, 96, 32};
  EXPECT_NO_THROW(check_tl1_tiles(one));
  EXPECT_NO_THROW(check_tl2_tiles(two));
  for (const auto member : {&TlTiles::m, &TlTiles::k, &TlTiles::bm, &TlTiles::bk, &TlTiles::bmm}) {
    TlTiles without_one = one, without_two = two;
    without_one.*member = without_two.*member = 0;
    refused(kTl1, without_one, "none may be 0");
    refused(kTl2, without_two, "none may be 0");
  }
  refused(kTl1, {3200, 3200, 320, 128, 128}, "bmm must be");
  refused(kTl1, {3200, 3200, 320, 128, 48}, "bmm must be");
  refused(kTl1, {3200, 3200, 256, 128, 64}, "bm must divide m");
  refused(kTl1, {3200, 3200, 320, 96, 64}, "bk must divide k");
  refused(kTl1, {3200, 3200, 160, 128, 64}, "bmm must divide bm");
  refused(kTl1, {3200, 3200, 320, 4, 32}, "256 / bmm must divide bk");
  refused(kTl1, {std::size_t{1} << 60, 1 << 20, 320, 128, 64}, "bm must divide m");
  refused(kTl1, {std::size_t{1} << 60, 1 << 20, 64, 128, 64}, "too big");
  refused(kTl2, {4096, 1536, 256, 96, 64}, "bmm must be 32");
  refused(kTl2, {3200, 3200, 256, 96, 32}, "bm must divide m");
  refused(kTl2, {3200, 3200, 80, 96, 32}, "32 must divide bm");
  refused(kTl2, {3200, 3200, 320, 32, 32}, "24 must divide bk");
  refused(kTl2, {3200, 2576, 320, 96, 32}, "32 must divide k % bk");
  refused(kTl2, {3200, 672, 320, 384, 32}, "at most 256");
  refused(kTl2, {3200, 192, 320, 96, 32}, "k must be 256 or more");
  refused(kTl2, {std::size_t{1} << 60, 3072, 64, 96, 32}, "a size that can be counted");
}

TEST(TlPresets, FitTheirFormats) {
  for (const TlPreset& preset : kTl1Presets)
    for (const TlTiles& tiles : preset.tiles) EXPECT_TRUE(tl1_fits(tiles)) << preset.name;
  for (const TlPreset& preset : kTl2Presets)
    for (const TlTiles& tiles : preset.tiles) EXPECT_TRUE(tl2_fits(tiles)) << preset.name;
  const TlPreset* preset = find_tl_preset(kTl2Presets, "bitnet_b1_58-3B");
  ASSERT_NE(preset, nullptr);
  ASSERT_NE(find_tl_tiles(preset->tiles, 8640, 3200), nullptr);
  EXPECT_EQ(find_tl_tiles(preset->tiles, 8640, 3200)->bm, 320u);
  EXPECT_EQ(find_tl_tiles(preset->tiles, 3200, 8641), nullptr);
  EXPECT_EQ(find_tl_preset(kTl1Presets, "3B"), nullptr);
}

TEST(TlConfig, ReadsWhatConfigparserWrites) {
  const auto tiles = parse_tl_config(
      "# a comment\r\n[Kernels_0]\r\nm = 512\r\nK: 256\r\n bm=128 \r\nbk\t=\t96\r\nbmm = 32\r\nauthor = me\r\n\r\n"
      "; more\n[again]\nm=512\nk=256\nbm=1\nbk=1\nbmm=1\n[Kernels_1]\nbmm = 2147483647\nbm = 4\nm = 3\nk = 7\nbk = 1");
  EXPECT_EQ(tiles, (std::vector<TlTiles>{{512, 256, 128, 96, 32}, {3, 7, 4, 1, 2147483647}}));
  EXPECT_TRUE(parse_tl_config("").empty());
  EXPECT_TRUE(parse_tl_config("\n# nothing\n").empty());
}

TEST(TlConfig, NamesTheLineThatIsWrong) {
  const auto refused = [](const std::string& text, const std::string& why) {
    expect_error(ErrorCode::kInvalidFile, why, [&] { parse_tl_config(text); });
  };
  const std::string good = "[a]\nm = 1\nk = 2\nbm = 3\nbk = 4\n";
  refused(good, "line 1: section [a] has no 'bmm'");
  refused(good + "[b]\nm = 1\n", "line 1: section [a] has no 'bmm'");
  refused(good + "m = 1\n", "line 6: 'm' stands twice in [a]");
  for (const char* value :
       {"", "0", "-1", "+1", "1.5", "0x10", "2147483648", "99999999999999999999", "3 # three", "a\x01"})
    refused(good + "bmm = " + value, "line 6: bmm = '");
  refused("m = 1\n", "line 1: 'm = 1' stands before");
  refused("[a\nm = 1\n", "line 1: the section '[a' has no ']'");
  refused("\n\n[a]\nhello\n", "line 4: 'hello' is neither");
  std::string many;
  for (std::size_t i = 0; i <= kMostTlKernels; ++i) many += good + "bmm = 5\n";
  refused(many, "more than 1024 sections");
  expect_robust(good + "bmm = 5\n[b]\nk:7\n", 64, [](std::string_view text) { (void)parse_tl_config(text); });
}

// Files that other projects' own code wrote (reference/gguf/README.md).
class ForeignFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(folder() / "manifest.json")) GTEST_SKIP() << "no reference files at " << folder();
  }
  static fs::path folder() { return reference_dir() / "gguf"; }

  // Calls check(rows, cols, bytes from the tensor's first, trits and scale of the same tensor in I2_S) for each of the
  // `type` tensors of MODEL/`format`, whose size is `size(rows, cols)`.
  template <typename Size, typename Check>
  static void for_each_tensor(const std::string& model, const std::string& format, std::uint32_t type, const Size& size,
                              const Check& check) {
    SCOPED_TRACE(model + "/" + format);
    const std::string bytes = read_xz(folder() / model / (format + ".gguf.xz"));
    const auto file = GgufFile::parse(as_bytes(bytes), format);
    const std::string plain_bytes = read_bytes(folder() / model / "I2_S.gguf");
    const auto plain = GgufFile::parse(as_bytes(plain_bytes), "I2_S");
    std::ifstream manifest_file(folder() / "manifest.json");
    const auto samples = nlohmann::json::parse(manifest_file)[model + "/" + format]["samples"];
    int tensors = 0, sampled = 0;
    for (const GgufTensor& tensor : file->tensors()) {
      if (tensor.type_id != type) continue;
      SCOPED_TRACE(tensor.view.name);
      ++tensors;
      const std::size_t rows = tensor.view.shape.at(0), cols = tensor.view.shape.at(1);
      const auto source = TernarySource::detect(*plain->find(tensor.view.name));
      ASSERT_TRUE(source);
      ASSERT_EQ(source->rows, rows);
      ASSERT_EQ(source->cols, cols);
      const std::byte* end = as_bytes(bytes).data() + bytes.size();
      ASSERT_LE(size(rows, cols), static_cast<std::size_t>(end - tensor.view.bytes.data()));
      Trits trits(rows * cols);
      source->read(0, rows, trits.data());
      // A copy of the formula's size, so that sanitizers see a step beyond.
      const Bytes exact(tensor.view.bytes.data(), tensor.view.bytes.data() + size(rows, cols));
      check(rows, cols, exact, trits, source->scale);
      if (!samples.contains(tensor.view.name)) continue;
      ++sampled;
      EXPECT_FLOAT_EQ(samples[tensor.view.name]["scale"].get<float>(), source->scale);
    }
    EXPECT_EQ(tensors, 14);
    EXPECT_EQ(sampled, 3);
  }
};

TEST_F(ForeignFiles, Iq1BnHoldsTheModelsCodes) {
  for_each_tensor(
      "bitnet-k256", "IQ1_BN", 134, [](std::size_t rows, std::size_t cols) { return rows * *iq1_bn_row_bytes(cols); },
      [](std::size_t rows, std::size_t cols, const Bytes& bytes, const Trits& want, float scale) {
        Trits trits(want.size());
        Bytes again(bytes.size());
        const std::size_t step = *iq1_bn_row_bytes(cols);
        for (std::size_t r = 0; r < rows; ++r) {
          decode_iq1_bn_row(bytes.data() + r * step, cols, trits.data() + r * cols);
          encode_iq1_bn_row(want.data() + r * cols, cols, scale, again.data() + r * step);
          ASSERT_EQ(iq1_bn_row_scale(bytes.data() + r * step), scale) << r;
        }
        EXPECT_TRUE(trits == want);
        EXPECT_TRUE(again == bytes);
      });
}

TEST_F(ForeignFiles, Iq2BnHoldsTheModelsCodes) {
  for (const char* model : {"bitnet-k256", "llama-k256"})
    for_each_tensor(
        model, "IQ2_BN", 135, [](std::size_t rows, std::size_t cols) { return rows * *iq2_bn_row_bytes(cols); },
        [](std::size_t rows, std::size_t cols, const Bytes& bytes, const Trits& want, float scale) {
          Trits trits(want.size());
          Bytes again(bytes.size());
          const std::size_t step = *iq2_bn_row_bytes(cols);
          for (std::size_t r = 0; r < rows; ++r) {
            ASSERT_TRUE(decode_iq2_bn_row(bytes.data() + r * step, cols, trits.data() + r * cols));
            encode_iq2_bn_row(want.data() + r * cols, cols, scale, again.data() + r * step);
            ASSERT_EQ(iq2_bn_row_scale(bytes.data() + r * step), scale) << r;
          }
          EXPECT_TRUE(trits == want);
          EXPECT_TRUE(again == bytes);
        });
}

TEST_F(ForeignFiles, Tl2HoldsTheModelsCodes) {
  const auto config = parse_tl_config(read_bytes(folder() / "TL2-kernel_config.ini"));
  EXPECT_EQ(config.size(), 4u);
  for_each_tensor(
      "bitnet-k256", "TL2", 39, [](std::size_t rows, std::size_t cols) { return *tl2_bytes(rows, cols); },
      [&](std::size_t rows, std::size_t cols, const Bytes& bytes, const Trits& want, float scale) {
        const TlTiles* tiles = find_tl_tiles(config, rows, cols);
        ASSERT_NE(tiles, nullptr);
        ASSERT_NO_THROW(check_tl2_tiles(*tiles));
        Trits trits(want.size());
        EXPECT_TRUE(decode_tl2(bytes.data(), *tiles, trits.data()));
        EXPECT_TRUE(trits == want);
        EXPECT_EQ(tl2_scale(bytes.data(), rows, cols), scale);
        EXPECT_TRUE(encoded(kTl2, *tiles, want, scale) == bytes);
      });
}

}  // namespace
}  // namespace bitnet
