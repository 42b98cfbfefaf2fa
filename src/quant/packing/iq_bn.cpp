#include "quant/packing/iq_bn.hpp"

#include <cstring>

#include "base/half.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kBlock1Bytes = 13, kScale1Bytes = sizeof(std::uint16_t);
constexpr std::size_t kBlock2Bytes = 16, kScale2Bytes = sizeof(float);
constexpr std::size_t kLanes = 4;  // rows that IQ2_BN_R4 interleaves

std::optional<std::size_t> row_bytes(std::size_t cols, std::size_t block_bytes, std::size_t scale_bytes) {
  if (cols == 0 || cols % kIQBNBlock != 0) return std::nullopt;
  return cols / kIQBNBlock * block_bytes + scale_bytes;  // less than `cols` from one block on: it fits
}

// Where value `digit` of byte `byte` stands in a block of IQ1_BN; the last byte's fifth digit stands nowhere.
constexpr std::size_t kNowhere = kIQBNBlock;
constexpr std::size_t place1(std::size_t byte, std::size_t digit) {
  if (byte == 12) return digit < 4 ? 16 * digit + 15 : kNowhere;
  return byte / 3 * 16 + byte % 3 * 5 + digit;
}

// Digit n of a byte is the carry of (byte * 3^(4 - n) mod 256) * 3.
constexpr unsigned kPowers[] = {81, 27, 9, 3, 1};

float load_float(const std::byte* from) {
  float value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

}  // namespace

std::optional<std::size_t> iq1_bn_row_bytes(std::size_t cols) noexcept {
  return row_bytes(cols, kBlock1Bytes, kScale1Bytes);
}

std::optional<std::size_t> iq2_bn_row_bytes(std::size_t cols) noexcept {
  return row_bytes(cols, kBlock2Bytes, kScale2Bytes);
}

float iq1_bn_row_scale(const std::byte* row) noexcept {
  std::uint16_t half;
  std::memcpy(&half, row, sizeof half);
  return f16_to_f32(half);
}

float iq2_bn_row_scale(const std::byte* row) noexcept { return load_float(row); }

float iq2_bn_r4_row_scale(const std::byte* rows, std::size_t lane) noexcept {
  return load_float(rows + lane * kScale2Bytes);
}

void decode_iq1_bn_row(const std::byte* row, std::size_t cols, std::int8_t* trits) noexcept {
  row += kScale1Bytes;
  for (std::size_t i = 0; i < cols; i += kIQBNBlock, row += kBlock1Bytes, trits += kIQBNBlock)
    for (std::size_t b = 0; b < kBlock1Bytes; ++b)
      for (std::size_t n = 0; n < 5; ++n) {
        const unsigned carry = (std::to_integer<unsigned>(row[b]) * kPowers[n] & 255) * 3 >> 8;
        if (const std::size_t at = place1(b, n); at != kNowhere) trits[at] = static_cast<std::int8_t>(carry - 1);
      }
}

bool decode_iq2_bn_row(const std::byte* row, std::size_t cols, std::int8_t* trits) noexcept {
  row += kScale2Bytes;
  unsigned undefined = 0;
  for (std::size_t i = 0; i < cols; i += kIQBNBlock, row += kBlock2Bytes, trits += kIQBNBlock) {
    // A copy, which the trits cannot alias, lets compilers vectorize.
    std::uint8_t block[kBlock2Bytes];
    std::memcpy(block, row, sizeof block);
    for (unsigned plane = 0; plane < 4; ++plane)
      for (std::size_t j = 0; j < kBlock2Bytes; ++j)
        trits[kBlock2Bytes * plane + j] = static_cast<std::int8_t>((block[j] >> (2 * plane) & 3) - 1);
    for (const unsigned byte : block) undefined |= byte & byte >> 1 & 0x55u;
  }
  return undefined == 0;
}

bool decode_iq2_bn_r4_row(const std::byte* rows, std::size_t lane, std::size_t cols, std::int8_t* trits) noexcept {
  rows += kLanes * (kScale2Bytes + lane);
  unsigned undefined = 0;
  for (std::size_t i = 0; i < cols; i += kIQBNBlock, rows += kLanes * kBlock2Bytes)
    for (std::size_t quarter = 0; quarter < 4; ++quarter, trits += 16)
      for (std::size_t j = 0; j < 4; ++j) {
        const auto byte = std::to_integer<unsigned>(rows[16 * quarter + j]);
        for (unsigned plane = 0; plane < 4; ++plane)
          trits[4 * plane + j] = static_cast<std::int8_t>((byte >> (2 * plane) & 3) - 1);
        undefined |= byte & byte >> 1 & 0x55u;
      }
  return undefined == 0;
}

void encode_iq1_bn_row(const std::int8_t* trits, std::size_t cols, float scale, std::byte* out) noexcept {
  const std::uint16_t half = f32_to_f16(scale);
  std::memcpy(out, &half, sizeof half);
  out += sizeof half;
  for (std::size_t i = 0; i < cols; i += kIQBNBlock, trits += kIQBNBlock)
    for (std::size_t b = 0; b < kBlock1Bytes; ++b) {
      unsigned number = 0;
      for (std::size_t n = 5; n-- > 0;) {
        const std::size_t at = place1(b, n);
        number = number * 3 + (at != kNowhere ? static_cast<unsigned>(trits[at] + 1) : 0u);
      }
      *out++ = static_cast<std::byte>((number * 256 + 242) / 243);
    }
}

void encode_iq2_bn_row(const std::int8_t* trits, std::size_t cols, float scale, std::byte* out) noexcept {
  std::memcpy(out, &scale, sizeof scale);
  out += sizeof scale;
  for (std::size_t i = 0; i < cols; i += kIQBNBlock, trits += kIQBNBlock)
    for (std::size_t j = 0; j < kBlock2Bytes; ++j) {
      unsigned byte = 0;
      for (unsigned plane = 0; plane < 4; ++plane)
        byte |= static_cast<unsigned>(trits[kBlock2Bytes * plane + j] + 1) << (2 * plane);
      *out++ = static_cast<std::byte>(byte);
    }
}

void encode_iq2_bn_r4_rows(const std::int8_t* trits, std::size_t cols, const float* scales, std::byte* out) noexcept {
  std::memcpy(out, scales, kLanes * sizeof *scales);
  out += kLanes * sizeof *scales;
  for (std::size_t i = 0; i < cols; i += 16)
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      for (std::size_t j = 0; j < 4; ++j) {
        unsigned byte = 0;
        for (unsigned plane = 0; plane < 4; ++plane)
          byte |= static_cast<unsigned>(trits[lane * cols + i + 4 * plane + j] + 1) << (2 * plane);
        *out++ = static_cast<std::byte>(byte);
      }
}

}  // namespace bitnet
