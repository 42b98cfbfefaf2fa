// safetensors, Hugging Face's file format: a JSON header, then the tensors' bytes (github.com/huggingface/safetensors).
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/mapped_file.hpp"
#include "tensor/tensor_view.hpp"

namespace bitnet {

/// A tensor as listed. `dtype` means nothing when `known` is false: an element type that this library cannot read.
struct SafetensorsTensor : TensorView {
  std::string type_name;  // as the header spells it: "BF16", "F8_E4M3"
  bool known = true;
};

/// One file. Views point into the bytes, which the file object keeps mapped when open() made it. The checks are the
/// format's own: offsets cover the data without a gap or an overlap, no name stands twice.
class SafetensorsFile {
 public:
  /// Throws kNotFound, kIo, or kInvalidFile naming the file and the tensor.
  static std::shared_ptr<const SafetensorsFile> open(const std::filesystem::path& path);
  /// The same for bytes in memory, which must stay; `name` stands in errors.
  static std::shared_ptr<const SafetensorsFile> parse(std::span<const std::byte> bytes, std::string name);

  /// Where their bytes lie in the file.
  std::span<const SafetensorsTensor> tensors() const noexcept { return tensors_; }
  const std::string& name() const noexcept { return name_; }
  /// Whether a tensor is listed, of a type that can be read or not.
  bool contains(std::string_view name) const { return index_.find(name) != index_.end(); }
  /// Null when there is none; throws kUnsupported naming the tensor and its type when this library cannot read it.
  const TensorView* find(std::string_view name) const;
  /// "__metadata__".
  const std::map<std::string, std::string>& metadata() const noexcept { return metadata_; }
  /// Null when the bytes came from parse().
  const MappedFile* mapping() const noexcept { return mapping_.get(); }

 private:
  SafetensorsFile() = default;
  void read(std::span<const std::byte> bytes);

  std::string name_;
  std::shared_ptr<const MappedFile> mapping_;
  std::vector<SafetensorsTensor> tensors_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::map<std::string, std::string> metadata_;
};

/// All shards of a checkpoint: model.safetensors.index.json with the files it names, or model.safetensors, or the only
/// *.safetensors of the directory.
class SafetensorsDirectory {
 public:
  /// Throws as SafetensorsFile::open; kNotFound too when a shard is missing, kInvalidFile when the index names
  /// something other than a plain file name, when a tensor is not in the shard that the index gives, or when two shards
  /// hold it.
  static std::shared_ptr<const SafetensorsDirectory> open(const std::filesystem::path& directory);

  /// As SafetensorsFile::find.
  const TensorView* find(std::string_view name) const;
  std::span<const std::shared_ptr<const SafetensorsFile>> files() const noexcept { return files_; }
  /// Lets the system drop the pages of a tensor's bytes.
  void release(const TensorView& tensor) const;

 private:
  SafetensorsDirectory() = default;
  std::vector<std::shared_ptr<const SafetensorsFile>> files_;
};

/// The list of tensors first, then write(), which asks for one tensor's bytes after the other's.
class SafetensorsWriter {
 public:
  using Put = std::function<void(std::span<const std::byte> bytes)>;
  using Fill = std::function<void(std::size_t index, const Put& put)>;
  using Verify = std::function<void(const std::filesystem::path& temporary)>;

  explicit SafetensorsWriter(std::map<std::string, std::string> metadata = {}) : metadata_(std::move(metadata)) {}
  /// Throws kInvalidArgument: a type that the format lacks, a size that overflows, a name that is there already.
  void add_tensor(std::string_view name, DType type, std::span<const std::uint64_t> shape);
  /// As GgufWriter::write(); kInvalidArgument too where names or metadata are no UTF-8.
  void write(const std::filesystem::path& path, const Fill& fill, const Verify& verify = {}) const;

 private:
  struct Tensor {
    std::string name;
    std::string_view type_name;
    std::vector<std::uint64_t> shape;
    std::uint64_t bytes;
  };
  std::map<std::string, std::string> metadata_;
  std::set<std::string, std::less<>> names_;
  std::vector<Tensor> tensors_;
};

/// Writes a file whole or not at all: into a temporary one beside it, renamed at the end. Tensor bytes must have the
/// length of dtype times shape; names are UTF-8, each once. Throws kIo, kInvalidArgument.
void write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                       const std::map<std::string, std::string>& metadata = {});

}  // namespace bitnet
