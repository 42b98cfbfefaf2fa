// A file that appears whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace bitnet {

/// Writes into a temporary file beside `path`; commit() gives it the name, and without that it is removed again.
class NewFile {
 public:
  /// Throws kIo naming the path.
  explicit NewFile(std::filesystem::path path);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  /// Throws kIo naming the path, for a full disk too.
  void write(std::span<const std::byte> bytes);
  /// Replaces bytes that were written before, `offset` from the beginning. Throws kIo.
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  std::uint64_t size() const noexcept { return size_; }
  /// Where the bytes are until commit(); complete after flush().
  const std::filesystem::path& temporary() const noexcept { return temporary_; }
  /// Returns when the bytes have reached the disk. Throws kIo.
  void flush();
  /// flush(), then the name; what stood there before is replaced. Throws kIo.
  void commit();

 private:
  [[noreturn]] void fail_write(const char* what) const;

  std::filesystem::path path_, temporary_;
  int file_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace bitnet
