// Address space from the system.
#pragma once

#include <cstddef>
#include <memory>

#include "bitnet/memory.hpp"

namespace bitnet {

inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

/// `bytes` of zero pages at a multiple of `alignment`, both multiples of kPageBytes; null when the system refuses.
/// Pages take memory when they are touched.
std::byte* map_pages(std::size_t bytes, std::size_t alignment, bool huge_pages) noexcept;
void unmap_pages(std::byte* base, std::size_t bytes) noexcept;
/// Gives the memory of these pages back to the system; they are zero when they are touched again. False: it refused.
bool drop_pages(std::byte* base, std::size_t bytes) noexcept;

/// These pages as a pool's source.
std::shared_ptr<MemorySource> page_source(bool huge_pages);

}  // namespace bitnet
