// A file in memory, page by page as it is touched.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace bitnet {

/// A read-only mapping of a whole regular file. The file must not shrink while it is mapped.
class MappedFile {
 public:
  /// Throws kNotFound or kIo naming the path; a directory, a device or an empty file is kInvalidFile.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
  const std::filesystem::path& path() const noexcept { return path_; }

  /// The whole pages inside `part`, a part of bytes(), may leave memory; touched again, they are read again.
  void release(std::span<const std::byte> part) const noexcept;
  /// A hint that `part` is read soon: the system may start reading it from disk.
  void will_need(std::span<const std::byte> part) const noexcept;

 private:
  MappedFile(std::filesystem::path path, const std::byte* data, std::size_t size)
      : path_(std::move(path)), data_(data), size_(size) {}
  std::filesystem::path path_;
  const std::byte* data_;
  std::size_t size_;
};

/// The text of a small file. Throws as MappedFile::open, and kInvalidFile above `most_bytes`.
std::string read_text_file(const std::filesystem::path& path, std::size_t most_bytes = std::size_t{1} << 30);

}  // namespace bitnet
