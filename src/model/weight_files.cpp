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

TernaryLayouts resolve(const WeightLayouts& layouts) {
  TernaryLayouts resolved;
  const auto i2_s = parse_i2s_layout(layouts.i2s);
  if (!i2_s) fail_argument("the layout '{}' of I2_S is none of x86, arm and rows", printable(layouts.i2s));
  resolved.i2_s = *i2_s;
  if (layouts.tl.empty()) return resolved;
  const auto take = [](const TlPreset* preset, std::vector<TlTiles>& tiles) {
    if (preset != nullptr) tiles.assign(preset->tiles.begin(), preset->tiles.end());
    return preset != nullptr;
  };
  const bool first = take(find_tl_preset(kTl1Presets, layouts.tl), resolved.tl1);
  const bool second = take(find_tl_preset(kTl2Presets, layouts.tl), resolved.tl2);
  if (first || second) return resolved;
  std::error_code error;
  if (!fs::exists(layouts.tl, error)) {
    std::string names;
    for (const TlPreset& preset : kTl1Presets) names += fmt::format("{}{}", names.empty() ? "" : ", ", preset.name);
    fail(ErrorCode::kNotFound, "{}: neither a file nor one of the models whose tiles are known: {}", layouts.tl, names);
  }
  try {
    resolved.tl1 = resolved.tl2 = parse_tl_config(read_text_file(layouts.tl, std::size_t{1} << 20));
  } catch (const Error& e) {
    throw e.with_context(layouts.tl);
  }
  return resolved;
}

class GgufWeights final : public WeightFiles {
 public:
  GgufWeights(std::shared_ptr<const GgufFile> file, const WeightLayouts& layouts)
      : file_(std::move(file)), layouts_(layouts) {
    try {
      config_ = config_from_gguf(*file_);
    } catch (const Error& e) {
      throw e.with_context(file_->name());
    }
    if (config_.name.empty()) config_.name = fs::path(file_->name()).stem().string();
    config_.layouts = resolve(layouts);
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
    return fmt::format("{}{};{};", file, layouts_.i2s, layouts_.tl);
  }
  void release(const TensorView& tensor) const override {
    if (file_->mapping() != nullptr) file_->mapping()->release(tensor.bytes);
  }

 private:
  std::shared_ptr<const GgufFile> file_;
  WeightLayouts layouts_;
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

std::shared_ptr<const WeightFiles> WeightFiles::open(const fs::path& path, const WeightLayouts& layouts) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    (void)resolve(layouts);  // refuses what makes no sense
    return std::make_shared<HuggingFaceWeights>(path);
  }
  return of(GgufFile::open(path), layouts);
}

std::shared_ptr<const WeightFiles> WeightFiles::of(std::shared_ptr<const GgufFile> file, const WeightLayouts& layouts) {
  return std::make_shared<GgufWeights>(std::move(file), layouts);
}

}  // namespace bitnet
