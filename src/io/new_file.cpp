#include "io/new_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/fail.hpp"

namespace bitnet {

NewFile::NewFile(std::filesystem::path path)
    : path_(std::move(path)), temporary_(fmt::format("{}.{}.part", path_.string(), ::getpid())) {
  file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file_ < 0) fail_write("cannot be written");
}

NewFile::~NewFile() {
  if (file_ >= 0) {
    ::close(file_);
    ::unlink(temporary_.c_str());
  }
}

void NewFile::fail_write(const char* what) const {
  fail(ErrorCode::kIo, "{}: {}: {}", path_.string(), what, std::strerror(errno));
}

void NewFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail_write("cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    size_ += static_cast<std::uint64_t>(written);
  }
}

void NewFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail_write("cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

// Only bytes that have reached the disk may take the name.
void NewFile::flush() {
  if (::fsync(file_) != 0) fail_write("cannot be written");
}

void NewFile::commit() {
  flush();
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail_write("cannot be put in place");
  if (::close(std::exchange(file_, -1)) != 0) fail_write("cannot be written");
}

}  // namespace bitnet
