// Writing GGUF version 3, little-endian (ggml docs/gguf.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/dtype.hpp"

namespace bitnet {

/// Metadata first, then the list of tensors, then write(), which asks for one tensor's bytes at a time.
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

  /// Shape outermost first, [rows, cols]; at most 4 dimensions. Throws kInvalidArgument naming the tensor: a name that
  /// is there already or has over 63 bytes (llama.cpp's limit), a type that the format lacks, or rows that are no whole
  /// number of blocks.
  void add_tensor(std::string_view name, DType type, std::span<const std::uint64_t> shape);

  /// Fills exactly the bytes of tensor `index`, in the order of add_tensor.
  using Fill = std::function<void(std::size_t index, std::span<std::byte> bytes)>;
  /// Reads the complete file under its temporary name, and throws when it is not as it should be.
  using Verify = std::function<void(const std::filesystem::path& temporary)>;
  /// The file appears whole or not at all: under another name first, renamed when it is on disk and `verify` returns.
  /// At most one tensor is in memory. Throws kIo, and what `fill` and `verify` throw.
  void write(const std::filesystem::path& path, const Fill& fill, const Verify& verify = {}) const;

 private:
  struct Tensor {
    std::string name;
    DType type;
    std::vector<std::uint64_t> shape;
    std::uint64_t bytes;
  };
  void begin(std::string_view key, std::uint32_t type);

  std::string metadata_;  // as it stands in the file
  std::uint64_t keys_ = 0;
  std::set<std::string, std::less<>> names_;
  std::vector<Tensor> tensors_;
};

}  // namespace bitnet
