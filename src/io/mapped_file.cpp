#include "io/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "base/fail.hpp"

namespace bitnet {

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  struct Descriptor {
    int fd;
    ~Descriptor() {
      if (fd >= 0) ::close(fd);
    }
  };
  // Without O_NONBLOCK, opening a FIFO would wait for its writer.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) {
    const int error = errno;
    if (error == ENOENT || error == ENOTDIR) fail(ErrorCode::kNotFound, "{}: no such file", path.string());
    fail(ErrorCode::kIo, "{}: cannot be opened: {}", path.string(), std::strerror(error));
  }
  struct stat info {};
  if (::fstat(file.fd, &info) != 0) fail(ErrorCode::kIo, "{}: {}", path.string(), std::strerror(errno));
  if (S_ISDIR(info.st_mode)) fail_file("{}: is a directory, not a file", path.string());
  if (!S_ISREG(info.st_mode)) fail_file("{}: is no regular file", path.string());
  if (info.st_size <= 0) fail_file("{}: is empty", path.string());
  const auto size = static_cast<std::size_t>(info.st_size);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.fd, 0);
  if (data == MAP_FAILED) fail(ErrorCode::kIo, "{}: cannot be mapped: {}", path.string(), std::strerror(errno));
  return std::shared_ptr<const MappedFile>(new MappedFile(path, static_cast<const std::byte*>(data), size));
}

MappedFile::~MappedFile() { ::munmap(const_cast<std::byte*>(data_), size_); }

void MappedFile::release(std::span<const std::byte> part) const noexcept {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGE_SIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(part.data()) + page - 1) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(part.data() + part.size()) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

void MappedFile::will_need(std::span<const std::byte> part) const noexcept {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGE_SIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(part.data()) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(part.data() + part.size());
  if (!part.empty()) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_WILLNEED);
}

std::string read_text_file(const std::filesystem::path& path, std::size_t most_bytes) {
  const auto file = MappedFile::open(path);
  const auto bytes = file->bytes();
  if (bytes.size() > most_bytes)
    fail_file("{}: has {} bytes, more than the {} that such a file may have", path.string(), bytes.size(), most_bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace bitnet
