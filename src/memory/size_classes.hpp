// Sizes that small blocks come in: multiples of 16 up to 128, then four steps a doubling.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace bitnet {

inline constexpr std::size_t kSizeClasses = 60;

/// Bytes of a block of the class; the last has 1 MiB.
constexpr std::size_t class_bytes(std::size_t size_class) {
  if (size_class < 8) return (size_class + 1) * 16;
  return (size_class % 4 + 5) << (5 + (size_class - 8) / 4);
}

/// The smallest class whose blocks hold `size` bytes, 1 to 1 MiB.
constexpr std::size_t class_of(std::size_t size) {
  if (size <= 128) return (size - 1) / 16;
  const auto width = static_cast<std::size_t>(std::bit_width(size - 1));
  return 8 + (width - 8) * 4 + ((size - 1) >> (width - 3)) - 4;
}

/// The same for blocks at a multiple of `alignment`, a power of two up to the class's size: a slab's blocks lie at
/// multiples of their size.
constexpr std::size_t class_of(std::size_t size, std::size_t alignment) {
  std::size_t size_class = class_of((size + alignment - 1) & ~(alignment - 1));
  while ((class_bytes(size_class) & (alignment - 1)) != 0) ++size_class;
  return size_class;
}

static_assert(class_bytes(kSizeClasses - 1) == std::size_t{1} << 20);

}  // namespace bitnet
