// Bytes of two indexes of two trits each, which TL1 and TL2 share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace bitnet {

/// The four trits of a byte: 3 a + b + 4 of the first two in the high four bits, of the others in the low ones. An
/// index of 9 to 15 means nothing: then `known` is false and its trits are 0.
struct TlFour {
  std::array<std::int8_t, 4> trits{};
  bool known = true;
};

inline constexpr auto kTlFours = [] {
  std::array<TlFour, 256> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte)
    for (const std::size_t half : {std::size_t{0}, std::size_t{1}}) {
      const int index = static_cast<int>(half == 0 ? byte >> 4 : byte & 15);
      if (index < 9) {
        table[byte].trits[2 * half] = static_cast<std::int8_t>(index / 3 - 1);
        table[byte].trits[2 * half + 1] = static_cast<std::int8_t>(index % 3 - 1);
      } else {
        table[byte].known = false;
      }
    }
  return table;
}();

constexpr std::byte encode_tl_four(const std::int8_t* trits) {
  return static_cast<std::byte>((3 * trits[0] + trits[1] + 4) << 4 | (3 * trits[2] + trits[3] + 4));
}

}  // namespace bitnet
