#include "quant/packing/hf_packed.hpp"

#include <algorithm>

namespace bitnet {

bool decode_hf_packed_row(const std::byte* packed, std::size_t rows, std::size_t cols, std::size_t row,
                          std::int8_t* trits) noexcept {
  const std::size_t packed_rows = hf_packed_rows(rows);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(packed) + row % packed_rows * cols;
  const auto shift = static_cast<unsigned>(2 * (row / packed_rows));
  unsigned bad = 0;
  for (std::size_t c = 0; c < cols; ++c) {
    const unsigned code = bytes[c] >> shift & 3u;
    bad |= code & code >> 1;
    trits[c] = static_cast<std::int8_t>(static_cast<int>(code) - 1);
  }
  return bad == 0;
}

void encode_hf_packed(const std::int8_t* trits, std::size_t rows, std::size_t cols, std::byte* out) noexcept {
  const std::size_t packed_rows = hf_packed_rows(rows);
  std::fill_n(out, packed_rows * cols, std::byte{0});
  for (std::size_t r = 0; r < rows; ++r) {
    std::byte* row = out + r % packed_rows * cols;
    for (std::size_t c = 0; c < cols; ++c) row[c] |= static_cast<std::byte>((*trits++ + 1) << (2 * (r / packed_rows)));
  }
}

}  // namespace bitnet
