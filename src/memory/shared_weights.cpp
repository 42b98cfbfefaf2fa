#include "memory/shared_weights.hpp"

#include "base/fail.hpp"

#ifdef __linux__
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/checked.hpp"
#include "memory/mapping.hpp"
#endif

namespace bitnet {

Buffer place_weights(HybridMemoryPool& pool, SharedWeights* shared, std::size_t bytes,
                     const std::function<void(std::byte*)>& fill) {
  if (shared != nullptr) return shared->place(bytes, fill);
  Buffer buffer = pool.buffer({.size = bytes, .tag = MemoryTag::kWeights});
  fill(buffer.data());
  return buffer;
}

#ifndef __linux__

class SharedWeights::Region {};
SharedWeights::SharedWeights(std::shared_ptr<Region>) {}
SharedWeights::~SharedWeights() = default;
std::shared_ptr<SharedWeights> SharedWeights::open(const std::string&) {
  fail(ErrorCode::kUnsupported, "weights can be shared between processes on Linux alone: leave --shared-weights out");
}
bool SharedWeights::found() const noexcept { return false; }
Buffer SharedWeights::place(std::size_t, const std::function<void(std::byte*)>&) { return {}; }
void SharedWeights::seal() {}
std::uint64_t SharedWeights::bytes() const noexcept { return 0; }
const std::string& SharedWeights::name() const noexcept {
  static const std::string none;
  return none;
}
std::size_t SharedWeights::remove_unused() { return 0; }

#else

namespace {

constexpr char kMagic[8] = {'B', 'I', 'T', 'S', 'H', 'M', 'W', '1'};
constexpr std::size_t kHeaderBytes = std::size_t{2} << 20;
constexpr std::size_t kKeyBytes = 4032;
// Address space for one region: blocks keep their places in it however far it grows.
constexpr std::size_t kMostBytes = std::size_t{1} << 37;
constexpr std::size_t kRegionAlignment = std::size_t{64} << 20;
constexpr const char* kDirectory = "/dev/shm";

// At the region's beginning, in front of its blocks.
struct Header {
  char magic[8];
  std::atomic<std::uint64_t> ready;  // 1: all blocks are in place
  std::uint64_t blocks;
  std::uint64_t bytes;  // of the file
  std::uint64_t key_bytes;
  char unused[24];
  char key[kKeyBytes];
  struct Block {
    std::uint64_t offset, bytes;
  } block[(kHeaderBytes - 4096) / 16];
};
static_assert(sizeof(Header) <= kHeaderBytes && std::atomic<std::uint64_t>::is_always_lock_free);

std::string prefix() { return fmt::format("bitnet-{}-", ::getuid()); }

std::string name_of(const std::string& key) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : key) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3u;
  return fmt::format("/{}{:016x}", prefix(), hash);
}

[[noreturn]] void fail_system(const char* what, const std::string& name) {
  const int error = errno;
  if (error == ENOSPC || error == ENOMEM)
    fail(ErrorCode::kInsufficientMemory, "{} of shared memory {}: {}; make {} larger, or leave --shared-weights out",
         what, name, std::strerror(error), kDirectory);
  fail(ErrorCode::kIo, "{} of shared memory {}: {}", what, name, std::strerror(error));
}

// An open file of shared memory.
struct File {
  int fd = -1;
  File() = default;
  explicit File(int f) : fd(f) {}
  File(File&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd, other.fd);
    return *this;
  }
  ~File() {
    if (fd >= 0) ::close(fd);
  }
  bool lock(int how) const {
    while (::flock(fd, how) != 0)
      if (errno != EINTR) return false;
    return true;
  }
};

// Whether `name` still leads to this file: another process may have removed it meanwhile.
bool is_named(const File& file, const std::string& name) {
  const File now(::shm_open(name.c_str(), O_RDONLY | O_CLOEXEC, 0));
  struct stat a {
  }, b{};
  return now.fd >= 0 && ::fstat(now.fd, &a) == 0 && ::fstat(file.fd, &b) == 0 && a.st_ino == b.st_ino &&
         a.st_dev == b.st_dev;
}

// Removes the region if nobody else has it open.
bool remove_if_unused(const File& file, const std::string& name) {
  return file.lock(LOCK_EX | LOCK_NB) && is_named(file, name) && ::shm_unlink(name.c_str()) == 0;
}

}  // namespace

class SharedWeights::Region final : public MemorySource {
 public:
  // With the file locked: shared when it is filled, otherwise for this process alone.
  Region(std::string name, const std::string& key, File file, bool found)
      : name_(std::move(name)), file_(std::move(file)), found_(found) {
    base_ = reserve();
    if (!found_ && ::ftruncate(file_.fd, 0) != 0) fail_system("emptying", name_);
    if (map_at(0, kHeaderBytes) == nullptr) fail_system("mapping", name_);
    end_ = kRegionAlignment;
    if (found_) return;
    allocate(0, kHeaderBytes);
    std::memcpy(header().magic, kMagic, sizeof(kMagic));
    header().key_bytes = key.size();
    std::memcpy(header().key, key.data(), key.size());
  }
  ~Region() override {
    ::munmap(base_, kMostBytes);
    remove_if_unused(file_, name_);
  }

  Device device() const noexcept override { return Device::kCpu; }
  std::byte* map(std::size_t bytes, std::size_t alignment) noexcept override {
    const std::size_t at = round_up(end_, alignment);
    if (bytes > kMostBytes - at) return nullptr;
    std::byte* mapped = map_at(at, bytes);
    if (mapped != nullptr) end_ = at + bytes;
    return mapped;
  }
  void unmap(std::byte*, std::size_t) noexcept override {}
  bool drop(std::byte*, std::size_t) noexcept override { return false; }
  void zero(std::byte* base, std::size_t bytes) noexcept override { std::memset(base, 0, bytes); }

  Header& header() const noexcept { return *reinterpret_cast<Header*>(base_); }
  std::byte* base() const noexcept { return base_; }
  bool found() const noexcept { return found_; }
  const std::string& name() const noexcept { return name_; }

  // So that writing to it later cannot fail.
  void allocate(std::size_t offset, std::size_t bytes) const {
    const int error = ::posix_fallocate(file_.fd, static_cast<off_t>(offset), static_cast<off_t>(bytes));
    if (error != 0) {
      errno = error;
      fail_system("allocating", name_);
    }
  }

  void publish() {
    header().bytes = end_;
    header().ready.store(1, std::memory_order_release);
    file_.lock(LOCK_SH);
  }

 private:
  static std::byte* reserve() {
    const std::size_t bytes = kMostBytes + kRegionAlignment;
    void* raw = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (raw == MAP_FAILED)
      fail(ErrorCode::kInsufficientMemory,
           "the system has no address space for shared weights: leave --shared-weights out");
    const auto start = reinterpret_cast<std::uintptr_t>(raw), aligned = round_up(start, kRegionAlignment);
    if (aligned > start) ::munmap(raw, aligned - start);
    const std::size_t tail = start + bytes - (aligned + kMostBytes);
    if (tail > 0) ::munmap(reinterpret_cast<void*>(aligned + kMostBytes), tail);
    return reinterpret_cast<std::byte*>(aligned);
  }

  std::byte* map_at(std::size_t offset, std::size_t bytes) noexcept {
    struct stat status {};
    if (::fstat(file_.fd, &status) != 0) return nullptr;
    const auto end = static_cast<off_t>(offset + bytes);
    if (status.st_size < end && (found_ || ::ftruncate(file_.fd, end) != 0)) return nullptr;
    void* mapped = ::mmap(base_ + offset, bytes, found_ ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                          file_.fd, static_cast<off_t>(offset));
    if (mapped == MAP_FAILED) return nullptr;
    ::madvise(mapped, bytes, MADV_HUGEPAGE);  // where the system allows that for shared memory
    return base_ + offset;
  }

  std::string name_;
  File file_;
  bool found_;
  std::byte* base_ = nullptr;
  std::size_t end_ = 0;
};

namespace {

bool is_filled(const File& file, const std::string& key, const std::string& name) {
  struct stat status {};
  if (::fstat(file.fd, &status) != 0) fail_system("reading", name);
  if (static_cast<std::size_t>(status.st_size) < kHeaderBytes) return false;
  void* mapped = ::mmap(nullptr, kHeaderBytes, PROT_READ, MAP_SHARED, file.fd, 0);
  if (mapped == MAP_FAILED) fail_system("mapping", name);
  const auto& header = *static_cast<const Header*>(mapped);
  const bool filled = std::memcmp(header.magic, kMagic, sizeof(kMagic)) == 0 &&
                      header.ready.load(std::memory_order_acquire) == 1 && header.key_bytes == key.size() &&
                      std::memcmp(header.key, key.data(), key.size()) == 0 &&
                      header.bytes <= static_cast<std::uint64_t>(status.st_size);
  ::munmap(mapped, kHeaderBytes);
  return filled;
}

}  // namespace

std::shared_ptr<SharedWeights> SharedWeights::open(const std::string& key) {
  if (key.size() > kKeyBytes)
    fail(ErrorCode::kUnsupported, "weights whose key has {} bytes cannot be shared: take a shorter path", key.size());
  remove_unused();
  const std::string name = name_of(key);
  for (;;) {
    File file(::shm_open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (file.fd < 0) fail_system("opening", name);
    struct stat status {};
    if (::fstat(file.fd, &status) != 0) fail_system("reading", name);
    // Somebody else's would let them change our weights.
    if (status.st_uid != ::geteuid() || (status.st_mode & 077) != 0)
      fail(ErrorCode::kIo, "shared memory {} is not this user's alone: remove {}{}", name, kDirectory, name);
    // Waits for whoever fills it.
    if (!file.lock(LOCK_SH)) fail_system("locking", name);
    if (!is_named(file, name)) continue;
    bool found = is_filled(file, key, name);
    if (!found) {
      if (!file.lock(LOCK_EX)) fail_system("locking", name);
      // Between the locks another may have filled or removed it.
      if (!is_named(file, name)) continue;
      if (is_filled(file, key, name)) continue;
    }
    return std::shared_ptr<SharedWeights>(
        new SharedWeights(std::make_shared<Region>(name, key, std::move(file), found)));
  }
}

SharedWeights::SharedWeights(std::shared_ptr<Region> region) : region_(std::move(region)) {
  MemoryPoolConfig config = MemoryPoolConfig::unlimited();
  config.source = region_;
  pool_ = HybridMemoryPool::create(config);
}
SharedWeights::~SharedWeights() = default;

bool SharedWeights::found() const noexcept { return region_->found(); }
std::uint64_t SharedWeights::bytes() const noexcept { return bytes_; }
const std::string& SharedWeights::name() const noexcept { return region_->name(); }

Buffer SharedWeights::place(std::size_t bytes, const std::function<void(std::byte*)>& fill) {
  Header& header = region_->header();
  if (blocks_ == std::size(header.block))
    fail(ErrorCode::kUnsupported, "a model of more than {} matrices cannot be shared", blocks_);
  Buffer buffer = pool_->buffer({.size = bytes, .tag = MemoryTag::kWeights});
  const Header::Block block{static_cast<std::uint64_t>(buffer.data() - region_->base()), bytes};
  if (found()) {
    const Header::Block& there = header.block[blocks_];
    if (blocks_ >= header.blocks || there.offset != block.offset || there.bytes != block.bytes)
      fail(ErrorCode::kInternal,
           "shared memory {} holds other weights: end the processes that use it, or leave "
           "--shared-weights out",
           name());
  } else {
    region_->allocate(block.offset, bytes);
    fill(buffer.data());
    header.block[blocks_] = block;
    header.blocks = blocks_ + 1;
  }
  ++blocks_;
  bytes_ += bytes;
  return buffer;
}

void SharedWeights::seal() {
  if (!found()) region_->publish();
}

std::size_t SharedWeights::remove_unused() {
  std::size_t removed = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(kDirectory, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix())) continue;
    const File file(::shm_open(("/" + name).c_str(), O_RDWR | O_CLOEXEC, 0));
    if (file.fd >= 0 && remove_if_unused(file, "/" + name)) ++removed;
  }
  return removed;
}

#endif

}  // namespace bitnet
