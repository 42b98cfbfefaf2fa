// What the two targets of a conversion share.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "bitnet/convert.hpp"
#include "engine/tokenizer_loader.hpp"
#include "model/converted_tensors.hpp"

namespace bitnet {

class Conversion {
 public:
  /// `format` is the target's; policy and pruning are read from the options. Throws as convert_model().
  Conversion(std::filesystem::path in, const ConvertOptions& options, TensorFormat format);
  virtual ~Conversion() = default;
  virtual void write(const std::filesystem::path& out) = 0;
  virtual ConvertSummary summary(const std::filesystem::path& out) const = 0;
  /// Tells `options.quality` of all matrices that were changed.
  void report_quality() const;

 protected:
  void progress(const char* what, std::size_t done) const;
  void warn(const std::string& message) const;
  /// All tensors, with `find` in the place of the file that was written.
  void verify_tensors(const std::function<const TensorView*(std::string_view)>& find,
                      const std::function<void(const TensorView&)>& release) const;
  /// Throws kIo when the configuration read is not the source's.
  void verify_config(const ModelConfig& read) const;
  /// Whether `written` splits some texts as the source's tokenizer does; the first that it does not, else "".
  std::string differing_text(const Tokenizer& written) const;

  std::filesystem::path in_;
  const ConvertOptions& options_;
  int threads_;
  std::shared_ptr<const GgufFile> gguf_;  // null for a directory
  std::shared_ptr<const WeightFiles> files_;
  std::optional<ConvertedTensors> tensors_;
  TextParts text_;
};

/// Throw kInvalidArgument naming what there is.
std::unique_ptr<Conversion> conversion_to_gguf(std::filesystem::path in, const ConvertOptions& options);
std::unique_ptr<Conversion> conversion_to_hugging_face(std::filesystem::path in, const ConvertOptions& options);

}  // namespace bitnet
