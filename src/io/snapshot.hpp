// Tensors saved to be taken up again: a safetensors file that says what it is and can tell that it is whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "io/safetensors.hpp"

namespace bitnet {

/// The metadata of such a file has, beside what its writer puts there, "kind", "version" (a whole number) and "crc32c",
/// eight hexadecimal digits: the CRC-32C of all other metadata, key and value by key in ascending order, then of each
/// tensor, in the order of their names, its name, type, "[shape]" and bytes; each text ends with a zero byte.
class Snapshot {
 public:
  using Metadata = std::map<std::string, std::string>;

  /// Writes a file whole or not at all. Throws as write_safetensors().
  static void write(const std::filesystem::path& path, std::string_view kind, std::uint32_t version,
                    std::span<const TensorView> tensors, Metadata metadata);
  /// Reads every byte once. Throws as SafetensorsFile::open(), and kInvalidFile for a file of another kind, or one that
  /// is damaged; kUnsupported for a version above `newest_version`.
  static Snapshot open(const std::filesystem::path& path, std::string_view kind, std::uint32_t newest_version);
  /// The same for bytes in memory, which must stay.
  static Snapshot parse(std::span<const std::byte> bytes, std::string name, std::string_view kind,
                        std::uint32_t newest_version);

  std::uint32_t version() const noexcept { return version_; }
  const std::string& name() const noexcept { return file_->name(); }
  /// Throws kInvalidFile naming the file when the key is absent.
  const std::string& metadata(const std::string& key) const;
  /// Throws kInvalidFile naming the file and the tensor when it is absent, or not of this type and shape.
  std::span<const std::byte> tensor(std::string_view name, DType type, std::span<const std::uint64_t> shape) const;

 private:
  Snapshot(std::shared_ptr<const SafetensorsFile> file, std::string_view kind, std::uint32_t newest_version);
  std::shared_ptr<const SafetensorsFile> file_;
  std::uint32_t version_ = 0;
};

}  // namespace bitnet
