// Sizes that small blocks come in: multiples of 16 up to 256, then sixteen steps a doubling: a block has at most a
// sixteenth too much.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace bitnet {

inline constexpr std::size_t kSizeClasses = 208;

/// Bytes of a block of the class; the last has 1 MiB.
constexpr std::size_t class_bytes(std::size_t size_class) {
  if (size_class < 16) return (size_class + 1) * 16;
  return (size_class % 16 + 17) << (4 + (size_class - 16) / 16);
}

/// The smallest class whose blocks hold `size` bytes, 1 to 1 MiB.
constexpr std::size_t class_of(std::size_t size) {
  if (size <= 256) return (size - 1) / 16;
  const auto width = static_cast<std::size_t>(std::bit_width(size - 1));
  return 16 + (width - 9) * 16 + ((size - 1) >> (width - 5)) - 16;
}

/// The same for blocks at a multiple of `alignment`, a power of two up to the class's size: a slab's blocks lie at
/// multiples of their size. What is rounded up to `alignment` is a class's size itself, or less than a step below one,
/// and steps are powers of two: either way a multiple of it.
constexpr std::size_t class_of(std::size_t size, std::size_t alignment) {
  return class_of((size + alignment - 1) & ~(alignment - 1));
}

static_assert(class_bytes(kSizeClasses - 1) == std::size_t{1} << 20);

}  // namespace bitnet
