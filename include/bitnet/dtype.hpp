// Element types of tensors, in memory and in files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bitnet {

/// Plain types hold one element in whole bytes. Block types hold `block` elements in `bytes` bytes, as ggml lays them
/// out (ggml-common.h). kI2_S, kTL1 and kTL2 are bitnet.cpp's, with one f32 scale behind the whole tensor; kIQ*_BN are
/// ik_llama.cpp's, with a scale before each row (quant/packing/).
enum class DType : std::uint8_t {
  kF32, kF16, kBF16, kF64, kI8, kI16, kI32, kI64, kU8, kU16, kU32, kU64, kBool,
  kQ4_0, kQ4_1, kQ5_0, kQ5_1, kQ8_0, kQ4_K, kQ5_K, kQ6_K, kTQ1_0, kTQ2_0, kI2_S,
  kIQ1_BN, kIQ2_BN, kIQ2_BN_R4, kTL1, kTL2,
};
inline constexpr int kDTypeCount = static_cast<int>(DType::kTL2) + 1;

struct DTypeTraits {
  std::string_view name;   // "f32", "q6_k", "i2_s": also the spelling of command-line flags
  std::uint32_t block;     // elements a block; 1 for plain types
  std::uint32_t bytes;     // bytes a block
};

const DTypeTraits& dtype_traits(DType type) noexcept;
inline std::string_view dtype_name(DType type) noexcept { return dtype_traits(type).name; }
inline bool is_block_type(DType type) noexcept { return dtype_traits(type).block > 1; }
/// Whether the bytes of a matrix have a meaning together alone: scales stand apart from the blocks.
bool is_matrix_type(DType type) noexcept;
std::optional<DType> parse_dtype(std::string_view name) noexcept;

/// Bytes of `elements` elements; nothing when `elements` is no multiple of the block or the product overflows.
/// This is the code bytes alone of types whose scales stand apart, and of kTL2, whose size depends on the shape, nothing.
std::optional<std::uint64_t> dtype_bytes(DType type, std::uint64_t elements) noexcept;

/// Bytes of a matrix [rows, cols] with all its scales and what pads it; a vector is one row. Nothing when rows are no whole
/// number of blocks (of kI2_S and kTL1 the whole matrix) or the number overflows.
std::optional<std::uint64_t> matrix_bytes(DType type, std::uint64_t rows, std::uint64_t cols) noexcept;

}  // namespace bitnet
