#include "bitnet/dtype.hpp"

#include <array>

#include "base/checked.hpp"

namespace bitnet {
namespace {

constexpr std::array<DTypeTraits, kDTypeCount> kTraits{{
    {"f32", 1, 4},      {"f16", 1, 2},         {"bf16", 1, 2},     {"f64", 1, 8},      {"i8", 1, 1},
    {"i16", 1, 2},      {"i32", 1, 4},         {"i64", 1, 8},      {"u8", 1, 1},       {"u16", 1, 2},
    {"u32", 1, 4},      {"u64", 1, 8},         {"bool", 1, 1},     {"q4_0", 32, 18},   {"q4_1", 32, 20},
    {"q5_0", 32, 22},   {"q5_1", 32, 24},      {"q8_0", 32, 34},   {"q4_k", 256, 144}, {"q5_k", 256, 176},
    {"q6_k", 256, 210}, {"tq1_0", 256, 54},    {"tq2_0", 256, 66}, {"i2_s", 128, 32},  {"iq1_bn", 64, 13},
    {"iq2_bn", 64, 16}, {"iq2_bn_r4", 64, 16}, {"tl1", 4, 1},      {"tl2", 2, 1},
}};
static_assert(kTraits.back().name == "tl2", "one row for each DType, in its order");

}  // namespace

const DTypeTraits& dtype_traits(DType type) noexcept { return kTraits[static_cast<std::size_t>(type)]; }

bool is_matrix_type(DType type) noexcept { return type >= DType::kI2_S; }

std::optional<DType> parse_dtype(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kTraits.size(); ++i)
    if (kTraits[i].name == name) return static_cast<DType>(i);
  return std::nullopt;
}

std::optional<std::uint64_t> dtype_bytes(DType type, std::uint64_t elements) noexcept {
  const DTypeTraits& traits = dtype_traits(type);
  if (type == DType::kTL2) return std::nullopt;
  if (elements % traits.block != 0) return std::nullopt;
  return checked_mul(elements / traits.block, traits.bytes);
}

namespace {

// bitnet.cpp's files: the scale and what brings the data that follow to a multiple of 32.
constexpr std::uint64_t kScaleTail = 32;

std::optional<std::uint64_t> plus(std::optional<std::uint64_t> bytes, std::uint64_t more) {
  return bytes ? checked_add(*bytes, more) : std::nullopt;
}

// Threes in five bits and twos in four, counted as if 256 columns went in twos (quant/packing/tl2.hpp).
std::optional<std::uint64_t> tl2_bytes_of(std::uint64_t rows, std::uint64_t cols) {
  if (cols < 256) return std::nullopt;
  const auto threes = checked_mul(cols - 256, rows);
  const auto five = threes ? checked_mul(*threes / 3, 5) : std::nullopt;
  const auto twos = checked_mul(rows, 64);
  if (!five || !twos) return std::nullopt;
  const auto codes = checked_add(*five / 8, *twos);
  return codes && *codes < UINT64_MAX - 64 ? std::optional((*codes + 31) / 32 * 32 + kScaleTail) : std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> matrix_bytes(DType type, std::uint64_t rows, std::uint64_t cols) noexcept {
  if (type == DType::kTL2) return tl2_bytes_of(rows, cols);
  const auto elements = checked_mul(rows, cols);
  if (!elements) return std::nullopt;
  if (type == DType::kI2_S || type == DType::kTL1) return plus(dtype_bytes(type, *elements), kScaleTail);
  const auto row = dtype_bytes(type, cols);
  const std::uint64_t scale = type == DType::kIQ1_BN ? 2 : type == DType::kIQ2_BN || type == DType::kIQ2_BN_R4 ? 4 : 0;
  if (type == DType::kIQ2_BN_R4 && rows % 4 != 0) return std::nullopt;
  const auto with_scale = plus(row, scale);
  return with_scale ? checked_mul(*with_scale, rows) : std::nullopt;
}

}  // namespace bitnet
