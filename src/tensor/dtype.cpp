#include "bitnet/dtype.hpp"

#include <array>

#include "base/checked.hpp"

namespace bitnet {
namespace {

constexpr std::array<DTypeTraits, kDTypeCount> kTraits{{
    {"f32", 1, 4},     {"f16", 1, 2},     {"bf16", 1, 2},    {"f64", 1, 8},      {"i8", 1, 1},        {"i16", 1, 2},
    {"i32", 1, 4},     {"i64", 1, 8},     {"u8", 1, 1},      {"u16", 1, 2},      {"u32", 1, 4},       {"u64", 1, 8},
    {"bool", 1, 1},    {"q4_0", 32, 18},  {"q4_1", 32, 20},  {"q5_0", 32, 22},   {"q5_1", 32, 24},    {"q8_0", 32, 34},
    {"q4_k", 256, 144}, {"q5_k", 256, 176}, {"q6_k", 256, 210}, {"tq1_0", 256, 54}, {"tq2_0", 256, 66}, {"i2_s", 128, 32},
}};
static_assert(kTraits.back().name == "i2_s", "one row for each DType, in its order");

}  // namespace

const DTypeTraits& dtype_traits(DType type) noexcept { return kTraits[static_cast<std::size_t>(type)]; }

std::optional<DType> parse_dtype(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kTraits.size(); ++i)
    if (kTraits[i].name == name) return static_cast<DType>(i);
  return std::nullopt;
}

std::optional<std::uint64_t> dtype_bytes(DType type, std::uint64_t elements) noexcept {
  const DTypeTraits& traits = dtype_traits(type);
  if (elements % traits.block != 0) return std::nullopt;
  return checked_mul(elements / traits.block, traits.bytes);
}

}  // namespace bitnet
