// GGUF, llama.cpp's file format: metadata, then named tensors (ggml docs/gguf.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/mapped_file.hpp"
#include "tensor/tensor_view.hpp"

namespace bitnet {

/// The numbers are the format's own.
enum class GgufType : std::uint32_t {
  kUint8 = 0,
  kInt8,
  kUint16,
  kInt16,
  kUint32,
  kInt32,
  kFloat32,
  kBool,
  kString,
  kArray,
  kUint64,
  kInt64,
  kFloat64,
};
std::string_view gguf_type_name(GgufType type) noexcept;
/// The number that a tensor's type has in a file (ggml.h); nothing for types that the format lacks.
std::optional<std::uint32_t> gguf_type_id(DType type) noexcept;
/// Bytes of a tensor in a file: matrix_bytes() of the last dimension and the product of the others.
std::optional<std::uint64_t> gguf_tensor_bytes(DType type, std::span<const std::uint64_t> shape) noexcept;

/// One metadata value where the file holds it: `bytes` begin at the value, and behind a text's or an array's header.
struct GgufValue {
  GgufType type = GgufType::kUint8;
  GgufType element = GgufType::kUint8;  // kArray only
  std::uint64_t count = 1;              // elements of an array
  std::span<const std::byte> bytes;     // the value, checked to lie inside the file
};

/// A tensor as listed. `view.dtype` means nothing when `known` is false: another project's type.
struct GgufTensor {
  TensorView view;
  std::uint32_t type_id = 0;
  bool known = true;
};

/// Versions 2 and 3, little-endian. Views point into the mapping: the file must outlive them. Opening reads the
/// metadata once and touches no tensor's bytes; what it keeps is at most a few times the metadata's size, whatever
/// counts they claim.
class GgufFile {
 public:
  /// Throws kNotFound, kIo, kUnsupported for other versions, or kInvalidFile naming the file, the offset and the key or
  /// tensor: cut short, a length or product that does not fit, overlapping tensors, a name that stands twice.
  static std::shared_ptr<const GgufFile> open(const std::filesystem::path& path);
  /// The same for bytes in memory, which must stay; `name` stands in errors.
  static std::shared_ptr<const GgufFile> parse(std::span<const std::byte> bytes, std::string name);

  std::uint32_t version() const noexcept { return version_; }
  const std::string& name() const noexcept { return name_; }
  /// Null when the bytes came from parse().
  const MappedFile* mapping() const noexcept { return mapping_.get(); }

  // Nothing when the key is absent; kInvalidFile naming the key when its value does not fit the type asked for.
  // Integers of any width and sign are taken where the value fits, and as floats too.
  std::optional<std::uint64_t> get_uint(std::string_view key) const;
  std::optional<std::int64_t> get_int(std::string_view key) const;
  std::optional<double> get_float(std::string_view key) const;
  std::optional<bool> get_bool(std::string_view key) const;
  std::optional<std::string_view> get_string(std::string_view key) const;
  std::optional<std::vector<std::string_view>> get_strings(std::string_view key) const;
  std::optional<std::vector<double>> get_floats(std::string_view key) const;
  std::optional<std::vector<std::int64_t>> get_ints(std::string_view key) const;

  struct Entry {
    std::string_view key;
    GgufValue value;
  };
  /// In the file's order.
  std::span<const Entry> metadata() const noexcept { return metadata_; }
  /// A value for people: long texts and arrays are cut.
  std::string to_text(const GgufValue& value) const;

  std::span<const GgufTensor> tensors() const noexcept { return tensors_; }
  /// Whether a tensor is listed, of a type that can be read or not.
  bool contains(std::string_view name) const { return tensor_index_.find(name) != tensor_index_.end(); }
  /// Null when there is none; throws kUnsupported naming the tensor and its type id when this library cannot read it.
  const TensorView* find(std::string_view name) const;

 private:
  friend class GgufParser;
  GgufFile() = default;
  const GgufValue* value(std::string_view key) const;
  [[noreturn]] void wrong_type(std::string_view key, const GgufValue& value, const char* needed) const;

  std::string name_;
  std::shared_ptr<const MappedFile> mapping_;
  std::uint32_t version_ = 0;
  std::vector<Entry> metadata_;
  std::map<std::string_view, std::size_t> keys_;
  std::vector<GgufTensor> tensors_;
  std::map<std::string, std::size_t, std::less<>> tensor_index_;
};

}  // namespace bitnet
