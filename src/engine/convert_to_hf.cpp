#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/fail.hpp"
#include "engine/conversion.hpp"
#include "io/mapped_file.hpp"
#include "io/new_file.hpp"
#include "io/safetensors.hpp"
#include "text/tokenizer/to_json.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::array kFloatTypes{DType::kBF16, DType::kF16, DType::kF32};
// What stands beside the weights and goes along as it is.
constexpr const char* kTextFiles[] = {"tokenizer.json",
                                      "tokenizer_config.json",
                                      "special_tokens_map.json",
                                      "added_tokens.json",
                                      "generation_config.json",
                                      "chat_template.jinja",
                                      "vocab.json",
                                      "merges.txt"};

DType float_type(const std::string& what, const std::string& name) {
  for (const DType type : kFloatTypes)
    if (dtype_name(type) == name) return type;
  fail_argument("{} '{}' is none of bf16, f16 and f32", what, printable(name));
}

TensorFormat format_of(const ConvertOptions& options) {
  TensorFormat format;
  format.hugging_face = true;
  format.needs_ternary = options.type.empty() || options.type == "packed";
  if (format.needs_ternary) {
    format.ternary = TensorFormat::Ternary::kPackedRows;
    format.dense = float_type("the type of linears that are not ternary", options.dense);
  } else {
    format.linear = format.dense =
        float_type("beside 'packed' the linears of a Hugging Face directory have floats; the type", options.type);
  }
  if (!options.head.empty()) format.head = float_type("the head's type", options.head);
  return format;
}

// A directory that appears whole or not at all.
class NewDirectory {
 public:
  explicit NewDirectory(fs::path path)
      : path_(std::move(path)), temporary_(fmt::format("{}.{}.part", path_.string(), ::getpid())) {
    std::error_code error;
    fs::create_directories(temporary_, error);
    if (error) fail(ErrorCode::kIo, "cannot be made: {}", error.message());
  }
  ~NewDirectory() {
    std::error_code error;
    fs::remove_all(temporary_, error);
  }
  NewDirectory(const NewDirectory&) = delete;
  NewDirectory& operator=(const NewDirectory&) = delete;

  const fs::path& temporary() const noexcept { return temporary_; }
  // What stood there is moved away first, and removed when the new one has its place.
  void commit() {
    std::error_code error;
    const fs::path old = fmt::format("{}.{}.old", path_.string(), ::getpid());
    const bool replaces = fs::exists(path_, error);
    if (replaces) fs::rename(path_, old, error);
    if (!error) fs::rename(temporary_, path_, error);
    if (error) fail(ErrorCode::kIo, "cannot be put in place: {}", error.message());
    if (replaces) fs::remove_all(old, error);
  }

 private:
  fs::path path_, temporary_;
};

class ToHuggingFace final : public Conversion {
 public:
  ToHuggingFace(fs::path in, const ConvertOptions& options, const TensorFormat& format)
      : Conversion(std::move(in), options, format), packed_(format.ternary == TensorFormat::Ternary::kPackedRows) {
    ModelConfig config = files_->config();
    config.vocab = tensors_->vocabulary();
    config_json_ = config_to_hf(config, tensors_->head_type(), packed_, tensors_->dense_linears());
  }

  void write(const fs::path& out) override {
    NewDirectory directory(out);
    write_text(directory.temporary() / "config.json", config_json_);
    write_texts(directory.temporary());
    SafetensorsWriter writer(std::map<std::string, std::string>{{"format", "pt"}});
    for (const ConvertedTensor& tensor : tensors_->tensors())
      writer.add_tensor(tensor.name, tensor.type, shape_of(tensor));
    const auto fill = [&](std::size_t index, const SafetensorsWriter::Put& put) {
      tensors_->write(index, threads_, put);
      progress("converting", index + 1);
    };
    writer.write(directory.temporary() / "model.safetensors", fill);
    if (options_.verify) verify(directory.temporary());
    directory.commit();
  }

  ConvertSummary summary(const fs::path& out) const override {
    return {tensors_->parameters(), tensors_->tensors().size(), fs::file_size(out / "model.safetensors")};
  }

 private:
  static std::vector<std::uint64_t> shape_of(const ConvertedTensor& tensor) {
    if (tensor.form != ConvertedTensor::Form::kPackedRows) return tensor.shape;
    return {(tensor.shape[0] + 3) / 4, tensor.shape[1]};
  }

  static void write_text(const fs::path& path, std::string_view text) {
    NewFile file(path);
    file.write(std::as_bytes(std::span(text)));
    file.commit();
  }

  void write_texts(const fs::path& directory) const {
    std::error_code error;
    if (!gguf_) {
      for (const char* name : kTextFiles)
        if (fs::exists(in_ / name, error)) write_text(directory / name, read_text_file(in_ / name));
      return;
    }
    const GgufVocabulary vocabulary = gguf_vocabulary(*gguf_);
    Json config{{"tokenizer_class", "PreTrainedTokenizerFast"}, {"clean_up_tokenization_spaces", false}};
    if (vocabulary.tokens.empty()) {
      warn("there is no tokenizer in the file; the directory will work with token ids alone");
    } else if (vocabulary.model != "gpt2") {
      warn(
          fmt::format("its tokenizer is '{}', of which this version writes no tokenizer.json: take the one of the "
                      "model's publisher",
                      printable(vocabulary.model)));
    } else {
      write_text(directory / "tokenizer.json", export_tokenizer_json(vocabulary));
      const auto name = [&](const char* key, const std::optional<TokenId>& id) {
        if (id && static_cast<std::size_t>(*id) < vocabulary.tokens.size())
          config[key] = vocabulary.tokens[static_cast<std::size_t>(*id)];
      };
      name("bos_token", vocabulary.bos);
      name("eos_token", vocabulary.eos);
      if (!text_.chat_template.empty()) config["chat_template"] = text_.chat_template;
      write_text(directory / "tokenizer_config.json", config.dump(2) + "\n");
    }
    if (!text_.stop_tokens.empty())
      write_text(directory / "generation_config.json", Json{{"eos_token_id", text_.stop_tokens}}.dump(2) + "\n");
  }

  void verify(const fs::path& directory) const {
    const auto files = SafetensorsDirectory::open(directory);
    verify_tensors([&](std::string_view name) { return files->find(name); },
                   [&](const TensorView& tensor) { files->release(tensor); });
    for (const ConvertedTensor& tensor : tensors_->tensors())
      if (files->find(tensor.name)->shape != shape_of(tensor))
        fail(ErrorCode::kIo, "tensor '{}' was written in another shape", tensor.name);
    verify_config(config_from_hf(read_text_file(directory / "config.json")));
    std::error_code error;
    if (!text_.tokenizer || !fs::exists(directory / "tokenizer.json", error)) return;
    const TextParts text = load_text_parts(directory);
    if (const std::string sample = differing_text(*text.tokenizer); !sample.empty())
      fail(ErrorCode::kUnsupported, "the tokenizer splits '{}' in another way when it is read from tokenizer.json",
           printable(sample));
    if (text.chat_template != text_.chat_template)
      fail(ErrorCode::kIo, "the chat template was written and is another one when it is read");
  }

  bool packed_;
  std::string config_json_;
};

}  // namespace

std::unique_ptr<Conversion> conversion_to_hugging_face(fs::path in, const ConvertOptions& options) {
  return std::make_unique<ToHuggingFace>(std::move(in), options, format_of(options));
}

}  // namespace bitnet
