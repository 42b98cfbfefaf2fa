#include "io/snapshot.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/crc32c.hpp"
#include "base/fail.hpp"

namespace bitnet {
namespace {

constexpr const char* kKind = "kind";
constexpr const char* kVersion = "version";
constexpr const char* kChecksum = "crc32c";

std::uint32_t add_text(std::uint32_t crc, const std::string& text) {
  return crc32c(crc, std::as_bytes(std::span(text.c_str(), text.size() + 1)));
}

template <typename Tensors>
std::string checksum(const Snapshot::Metadata& metadata, const Tensors& tensors) {
  std::uint32_t crc = 0;
  for (const auto& [key, value] : metadata)
    if (key != kChecksum) crc = add_text(add_text(crc, key), value);
  std::vector<const TensorView*> by_name;
  for (const TensorView& tensor : tensors) by_name.push_back(&tensor);
  std::ranges::sort(by_name, {}, [](const TensorView* tensor) -> const std::string& { return tensor->name; });
  for (const TensorView* tensor : by_name) {
    crc = add_text(crc, tensor->name);
    crc = add_text(crc, std::string(dtype_name(tensor->dtype)));
    crc = add_text(crc, fmt::format("[{}]", fmt::join(tensor->shape, ",")));
    crc = crc32c(crc, tensor->bytes);
  }
  return fmt::format("{:08x}", crc);
}

}  // namespace

void Snapshot::write(const std::filesystem::path& path, std::string_view kind, std::uint32_t version,
                     std::span<const TensorView> tensors, Metadata metadata) {
  metadata[kKind] = kind;
  metadata[kVersion] = std::to_string(version);
  metadata[kChecksum] = checksum(metadata, tensors);
  write_safetensors(path, tensors, metadata);
}

Snapshot::Snapshot(std::shared_ptr<const SafetensorsFile> file, std::string_view kind, std::uint32_t newest_version)
    : file_(std::move(file)) {
  const auto found = file_->metadata().find(kKind);
  if (found == file_->metadata().end() || found->second != kind)
    fail_file("{}: no {}: the file says it is '{}'", name(), kind,
              found == file_->metadata().end() ? "" : printable(found->second));
  const std::string& version = metadata(kVersion);
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), version_);
  if (error != std::errc() || end != version.data() + version.size())
    fail_file("{}: version '{}' is no whole number", name(), printable(version));
  if (version_ > newest_version)
    fail(ErrorCode::kUnsupported, "{}: version {} of a {}: this program reads up to {}; take a newer one", name(),
         version_, kind, newest_version);
#ifndef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION  // or a fuzzer would get no further
  if (metadata(kChecksum) != checksum(file_->metadata(), file_->tensors()))
    fail_file("{}: damaged: its checksum is not that of its contents; remove the file", name());
#endif
}

Snapshot Snapshot::open(const std::filesystem::path& path, std::string_view kind, std::uint32_t newest_version) {
  return {SafetensorsFile::open(path), kind, newest_version};
}

Snapshot Snapshot::parse(std::span<const std::byte> bytes, std::string name, std::string_view kind,
                         std::uint32_t newest_version) {
  return {SafetensorsFile::parse(bytes, std::move(name)), kind, newest_version};
}

const std::string& Snapshot::metadata(const std::string& key) const {
  const auto found = file_->metadata().find(key);
  if (found == file_->metadata().end()) fail_file("{}: its metadata has no {}", name(), key);
  return found->second;
}

std::span<const std::byte> Snapshot::tensor(std::string_view tensor_name, DType type,
                                            std::span<const std::uint64_t> shape) const {
  const TensorView* tensor = file_->find(tensor_name);
  if (tensor == nullptr) fail_file("{}: tensor '{}' is missing", name(), tensor_name);
  if (tensor->dtype != type || !std::ranges::equal(tensor->shape, shape))
    fail_file("{}: tensor '{}' is {} [{}], and {} [{}] is needed", name(), tensor_name, dtype_name(tensor->dtype),
              fmt::join(tensor->shape, ", "), dtype_name(type), fmt::join(shape, ", "));
  return tensor->bytes;
}

}  // namespace bitnet
