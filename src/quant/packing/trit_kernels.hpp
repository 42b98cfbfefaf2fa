// The loops that packing spends its time in: one table an instruction-set level, and plain C++ that each must agree
// with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bitnet {

/// Codes of two bits, value + 1, lie in planes: of a block's `width` bytes byte p holds the codes of values p, width +
/// p, 2 width + p and 3 width + p, from its highest bits down. Base-3 blocks are 32 bytes: digit n, value + 1, of byte
/// m is value 32 n + m, and a byte ceil(sum of digit_n * 3^(4 - n) * 256 / 243) (tq1_0.hpp). Pointers need no
/// alignment.
struct TritKernels {
  std::string_view level;  // "plain", or as isa_name() has it
  /// Code 3 becomes 0; false when there was one.
  bool (*unpack_planes32)(const std::byte* codes, std::size_t blocks, std::int8_t* trits) noexcept;
  bool (*unpack_planes64)(const std::byte* codes, std::size_t blocks, std::int8_t* trits) noexcept;
  void (*pack_planes32)(const std::int8_t* trits, std::size_t blocks, std::byte* codes) noexcept;
  void (*pack_planes64)(const std::int8_t* trits, std::size_t blocks, std::byte* codes) noexcept;
  void (*unpack_base3)(const std::byte* bytes, std::size_t blocks, std::int8_t* trits) noexcept;
  void (*pack_base3)(const std::int8_t* trits, std::size_t blocks, std::byte* bytes) noexcept;
  /// trits[i] = 0 where bit i of `present` is 0, else -1 where that of `negative` is 1, else 1; 64 values a word.
  /// `negative` has no bits that `present` lacks.
  void (*expand_bits)(const std::uint64_t* present, const std::uint64_t* negative, std::size_t words,
                      std::int8_t* trits) noexcept;
};
inline constexpr std::size_t kBase3Block = 160, kBase3BlockBytes = 32;

const TritKernels& plain_trit_kernels() noexcept;
/// Those of this build that this processor runs, the best first, the plain ones last.
std::vector<const TritKernels*> usable_trit_kernels();
/// The best, or what BITNET_FORCE_ISA names where it names one of them.
const TritKernels& trit_kernels() noexcept;

}  // namespace bitnet
