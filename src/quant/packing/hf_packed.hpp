// Hugging Face's packed ternary weights: uint8, four rows a byte (transformers integrations/bitnet.py).
#pragma once

#include <cstddef>
#include <cstdint>

namespace bitnet {

/// [rows, cols] trits become [ceil(rows / 4), cols] bytes: bits 2i of byte (r, c) are the code of row r + i * ceil(rows
/// / 4), code = value + 1. Rows that do not exist have code 0; code 3 stands for no ternary value.
constexpr std::size_t hf_packed_rows(std::size_t rows) { return (rows + 3) / 4; }

/// One row of `cols` trits; returns false when a code is 3, and what is written is then of no use.
bool decode_hf_packed_row(const std::byte* packed, std::size_t rows, std::size_t cols, std::size_t row,
                          std::int8_t* trits) noexcept;

/// All of [rows, cols] trits of {-1, 0, +1}.
void encode_hf_packed(const std::int8_t* trits, std::size_t rows, std::size_t cols, std::byte* out) noexcept;

}  // namespace bitnet
