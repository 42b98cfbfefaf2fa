// The named tensors of a GGUF file or of a Hugging Face directory behind one lookup.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/weight_layouts.hpp"
#include "model/config.hpp"
#include "model/tensor_names.hpp"
#include "tensor/tensor_view.hpp"

namespace bitnet {

class GgufFile;

class WeightFiles {
 public:
  virtual ~WeightFiles() = default;

  /// A GGUF file when `path` is a file, a Hugging Face directory otherwise. `layouts` are what
  /// files leave unsaid. Throws kNotFound, kInvalidFile, kInvalidArgument for unknown layouts.
  static std::shared_ptr<const WeightFiles> open(const std::filesystem::path& path, const WeightLayouts& layouts = {});
  /// Of a GGUF file that is open already.
  static std::shared_ptr<const WeightFiles> of(std::shared_ptr<const GgufFile> file, const WeightLayouts& layouts = {});

  virtual const ModelConfig& config() const = 0;
  virtual const TensorNames& names() const = 0;
  /// Null when there is none; throws kUnsupported for one of a type this library cannot read.
  virtual const TensorView* find(std::string_view name) const = 0;
  virtual std::vector<std::string> tensor_names() const = 0;
  /// Tells these files, and these contents, from all others: paths, sizes and times of change, or a sum of the bytes.
  virtual std::string identity() const = 0;
  /// Lets the system drop the pages of bytes that were consumed.
  virtual void release(const TensorView& tensor) const = 0;
};

}  // namespace bitnet
