// Blocks of whole pages cut from large mappings, so that neighbouring weights share huge pages.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

namespace bitnet {

/// Not thread-safe: the pool locks around it. Blocks are best fit by address; neighbours merge when freed, and a region
/// that is wholly free goes back to the system. Every block is zero when handed out.
class PageRegions {
 public:
  static constexpr std::size_t kPageBytes = 4096;
  static constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;
  static constexpr std::size_t kRegionBytes = std::size_t{64} << 20;

  explicit PageRegions(bool huge_pages) : huge_pages_(huge_pages) {}
  ~PageRegions();
  PageRegions(const PageRegions&) = delete;
  PageRegions& operator=(const PageRegions&) = delete;

  /// `bytes` is a multiple of kPageBytes. Null when the system has no more.
  std::byte* allocate(std::size_t bytes, std::size_t alignment);
  void deallocate(std::byte* block, std::size_t bytes);

 private:
  struct Region {
    std::byte* base = nullptr;
    std::size_t bytes = 0;
    std::map<std::size_t, std::size_t> free;   // offset -> length, never adjacent
  };
  bool map_region(std::size_t bytes);
  static std::byte* take(Region& region, std::map<std::size_t, std::size_t>::iterator extent, std::size_t offset,
                         std::size_t bytes);

  bool huge_pages_;
  std::vector<Region> regions_;
};

}  // namespace bitnet
