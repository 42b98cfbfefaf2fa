#include "model/weight_files.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "base/fail.hpp"
#include "io/gguf.hpp"
#include "io/safetensors.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;

// Of a file that is mapped.
std::string file_identity(const MappedFile& file) {
  std::error_code error;
  const fs::path path = fs::weakly_canonical(file.path(), error);
  const auto changed = fs::last_write_time(file.path(), error).time_since_epoch().count();
  return fmt::format("{} of {} bytes, changed {};", path.string(), file.bytes().size(), changed);
}

// Of one in memory.
std::string contents_identity(const GgufFile& file) {
  std::uint64_t sum = file.tensors().size();
  for (const GgufTensor& tensor : file.tensors())
    for (std::size_t i = 0; i + 8 <= tensor.view.bytes.size(); i += 8) {
      std::uint64_t word;
      std::memcpy(&word, tensor.view.bytes.data() + i, 8);
      sum = (std::rotl(sum, 23) ^ word) * 0x9E3779B97F4A7C15u;
    }
  return fmt::format("{}, sum {:016x};", file.name(), sum);
}

class GgufWeights final : public WeightFiles {
 public:
  GgufWeights(std::shared_ptr<const GgufFile> file, I2SLayout i2_s) : file_(std::move(file)) {
    try {
      config_ = config_from_gguf(*file_);
    } catch (const Error& e) {
      throw e.with_context(file_->name());
    }
    if (config_.name.empty()) config_.name = fs::path(file_->name()).stem().string();
    config_.i2_s_layout = i2_s;
  }
  const ModelConfig& config() const override { return config_; }
  const TensorNames& names() const override { return kGgufNames; }
  const TensorView* find(std::string_view name) const override { return file_->find(name); }
  std::vector<std::string> tensor_names() const override {
    std::vector<std::string> names;
    for (const GgufTensor& tensor : file_->tensors()) names.push_back(tensor.view.name);
    return names;
  }
  std::string identity() const override {
    const std::string file = file_->mapping() != nullptr ? file_identity(*file_->mapping()) : contents_identity(*file_);
    return file + std::string(kI2SLayoutNames[static_cast<std::size_t>(config_.i2_s_layout)]) + ";";
  }
  void release(const TensorView& tensor) const override {
    if (file_->mapping() != nullptr) file_->mapping()->release(tensor.bytes);
  }

 private:
  std::shared_ptr<const GgufFile> file_;
  ModelConfig config_;
};

class HuggingFaceWeights final : public WeightFiles {
 public:
  explicit HuggingFaceWeights(const fs::path& directory) {
    const fs::path config = directory / "config.json";
    const std::string text = read_text_file(config, 1 << 24);
    try {
      config_ = config_from_hf(text);
    } catch (const Error& e) {
      throw e.with_context(directory.string());
    }
    config_.name = fs::weakly_canonical(directory).filename().string();
    files_ = SafetensorsDirectory::open(directory);
  }
  const ModelConfig& config() const override { return config_; }
  const TensorNames& names() const override {
    const bool one_bit_llm = find(kOneBitLlmNames.in_layer(0, kOneBitLlmNames.attention_sub_norm)) != nullptr;
    return one_bit_llm ? kOneBitLlmNames : kHuggingFaceNames;
  }
  const TensorView* find(std::string_view name) const override { return files_->find(name); }
  std::vector<std::string> tensor_names() const override {
    std::vector<std::string> names;
    for (const auto& file : files_->files())
      for (const TensorView& tensor : file->tensors()) names.push_back(tensor.name);
    return names;
  }
  std::string identity() const override {
    std::string identity;
    for (const auto& file : files_->files()) identity += file_identity(*file->mapping());
    return identity;
  }
  void release(const TensorView& tensor) const override { files_->release(tensor); }

 private:
  std::shared_ptr<const SafetensorsDirectory> files_;
  ModelConfig config_;
};

}  // namespace

std::shared_ptr<const WeightFiles> WeightFiles::open(const fs::path& path, I2SLayout i2_s) {
  std::error_code error;
  if (fs::is_directory(path, error)) return std::make_shared<HuggingFaceWeights>(path);
  return of(GgufFile::open(path), i2_s);
}

std::shared_ptr<const WeightFiles> WeightFiles::of(std::shared_ptr<const GgufFile> file, I2SLayout i2_s) {
  return std::make_shared<GgufWeights>(std::move(file), i2_s);
}

}  // namespace bitnet
