#include "memory/mapping.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <cstring>

#include "base/checked.hpp"

namespace bitnet {

std::byte* map_pages(std::size_t bytes, std::size_t alignment, bool huge_pages) noexcept {
  // Over-map by the alignment and trim.
  const std::size_t mapped = bytes + alignment;
  if (bytes == 0 || mapped < bytes) return nullptr;
  void* raw = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (raw == MAP_FAILED) return nullptr;
  const auto start = reinterpret_cast<std::uintptr_t>(raw);
  const std::uintptr_t aligned = round_up(start, alignment);
  if (aligned > start) ::munmap(raw, aligned - start);
  const std::size_t tail = start + mapped - (aligned + bytes);
  if (tail > 0) ::munmap(reinterpret_cast<void*>(aligned + bytes), tail);
#ifdef MADV_HUGEPAGE
  if (huge_pages)
    ::madvise(reinterpret_cast<void*>(aligned), bytes, MADV_HUGEPAGE);  // advice: nothing is lost when refused
#else
  (void)huge_pages;
#endif
  return reinterpret_cast<std::byte*>(aligned);
}

void unmap_pages(std::byte* base, std::size_t bytes) noexcept { ::munmap(base, bytes); }

bool drop_pages(std::byte* base, std::size_t bytes) noexcept {
#ifdef __linux__
  return ::madvise(base, bytes, MADV_DONTNEED) == 0;
#else
  // Elsewhere that is advice, and the pages may keep what they hold: new ones take their place.
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
  return ::mmap(base, bytes, PROT_READ | PROT_WRITE, kFlags, -1, 0) != MAP_FAILED;
#endif
}

namespace {

class PageSource final : public MemorySource {
 public:
  explicit PageSource(bool huge_pages) : huge_pages_(huge_pages) {}
  Device device() const noexcept override { return Device::kCpu; }
  std::byte* map(std::size_t bytes, std::size_t alignment) noexcept override {
    return map_pages(bytes, alignment, huge_pages_);
  }
  void unmap(std::byte* base, std::size_t bytes) noexcept override { unmap_pages(base, bytes); }
  bool drop(std::byte* base, std::size_t bytes) noexcept override { return drop_pages(base, bytes); }
  void zero(std::byte* base, std::size_t bytes) noexcept override { std::memset(base, 0, bytes); }

 private:
  bool huge_pages_;
};

}  // namespace

std::shared_ptr<MemorySource> page_source(bool huge_pages) { return std::make_shared<PageSource>(huge_pages); }

}  // namespace bitnet
