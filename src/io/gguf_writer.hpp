// Writing GGUF version 3, little-endian (ggml docs/gguf.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/dtype.hpp"
#include "io/gguf.hpp"

namespace bitnet {

/// Metadata first, then the list of tensors, then write(), which asks for one tensor's bytes after the other's.
class GgufWriter {
 public:
  // Throw kInvalidArgument for a key that is there already.
  void set(std::string_view key, std::uint32_t value);
  void set(std::string_view key, float value);
  void set(std::string_view key, bool value);
  void set(std::string_view key, std::string_view value);
  void set(std::string_view key, const char* value) { set(key, std::string_view(value)); }
  void set(std::string_view key, std::span<const std::string> values);
  void set(std::string_view key, std::span<const std::int32_t> values);

  /// A value as another file has it.
  void copy(std::string_view key, const GgufValue& value);

  /// Shape outermost first, [rows, cols]; at most 4 dimensions. Throws kInvalidArgument naming the tensor: a name that
  /// is there already or has over 63 bytes (llama.cpp's limit), a type that the format lacks, or rows that are no whole
  /// number of blocks.
  void add_tensor(std::string_view name, DType type, std::span<const std::uint64_t> shape);

  /// A tensor of bytes (i8, one dimension) whose number is known when they are written. Throws as add_tensor().
  void add_bytes(std::string_view name);

  /// Takes the next bytes of a tensor.
  using Put = std::function<void(std::span<const std::byte> bytes)>;
  /// Hands all bytes of tensor `index`, in the order in which they were added, to `put` piece by piece.
  using Fill = std::function<void(std::size_t index, const Put& put)>;
  /// Reads the complete file under its temporary name, and throws when it is not as it should be.
  using Verify = std::function<void(const std::filesystem::path& temporary)>;
  /// The file appears whole or not at all: under another name first, renamed when it is on disk and `verify` returns.
  /// Throws kIo, kInternal when `fill` gives another number of bytes, and what `fill` and `verify` throw.
  void write(const std::filesystem::path& path, const Fill& fill, const Verify& verify = {}) const;

 private:
  struct Tensor {
    std::string name;
    DType type;
    std::vector<std::uint64_t> shape;
    std::optional<std::uint64_t> bytes;  // nothing: known when they are written
  };
  void begin(std::string_view key, std::uint32_t type);
  void add_name(std::string_view name);
  static void append_entry(std::string& out, const Tensor& tensor, std::uint64_t offset, std::uint64_t bytes);

  std::string metadata_;  // as it stands in the file
  std::uint64_t keys_ = 0;
  std::set<std::string, std::less<>> names_;
  std::vector<Tensor> tensors_;
};

}  // namespace bitnet
