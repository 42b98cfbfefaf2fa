// The instruction-set levels that kernels are compiled for: their names, and which this processor has.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bitnet::cpu {

/// In rising order within an architecture. kGeneric is plain C++ on vectors that the compiler makes of arrays: the
/// level of processors that Highway has no vectors for.
enum class Isa : std::uint8_t {
  kGeneric,
  kSse2,
  kSsse3,
  kSse4,
  kAvx2,
  kAvx2Vnni,
  kAvx512,
  kAvx512Vnni,
  kAvx512Vbmi,
  kAvx512Amx,
  kNeon,
  kNeonDotprod,
  kNeonI8mm,
};
inline constexpr int kIsaCount = static_cast<int>(Isa::kNeonI8mm) + 1;

/// As --isa and BITNET_FORCE_ISA spell it.
std::string_view isa_name(Isa isa) noexcept;
std::optional<Isa> parse_isa(std::string_view name) noexcept;
/// Whether this processor and its operating system run it.
bool processor_has(Isa isa) noexcept;

}  // namespace bitnet::cpu
