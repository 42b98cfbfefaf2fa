#include <algorithm>
#include <array>

#include "base/fail.hpp"
#include "engine/conversion.hpp"
#include "io/gguf_writer.hpp"
#include "io/mapped_file.hpp"
#include "text/tokenizer/to_gguf.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;

// llama.h's LLAMA_FTYPE_*; I2_S is bitnet.cpp's.
struct LinearType {
  DType type;
  std::uint32_t file_type;
  bool ternary_alone;
};
constexpr std::array kLinearTypes{LinearType{DType::kI2_S, 40, true},  LinearType{DType::kTQ2_0, 37, true},
                                  LinearType{DType::kTQ1_0, 36, true}, LinearType{DType::kF16, 1, false},
                                  LinearType{DType::kBF16, 32, false}, LinearType{DType::kF32, 0, false},
                                  LinearType{DType::kQ8_0, 7, false}};
constexpr std::array kHeadTypes{DType::kF16, DType::kBF16, DType::kF32, DType::kQ8_0, DType::kQ6_K};
constexpr std::uint32_t kPackedFileType = 1024;  // LLAMA_FTYPE_GUESSED: none of llama.cpp's

std::optional<LinearType> find_linear_type(std::string_view name) {
  for (const LinearType& entry : kLinearTypes)
    if (dtype_name(entry.type) == name) return entry;
  return std::nullopt;
}

std::string names_of_packings() {
  std::string names;
  for (std::size_t i = 0; i < kPackingStrategies; ++i)
    names += std::string(packing_name(static_cast<PackingStrategy>(i))) + ", ";
  return names + "smallest";
}

struct GgufFormat {
  TensorFormat tensors;
  std::uint32_t file_type;
};

GgufFormat format_of(const ConvertOptions& options) {
  GgufFormat format{{}, kPackedFileType};
  const std::string name = options.type.empty() ? "i2_s" : options.type;
  if (const auto linear = find_linear_type(name)) {
    format.file_type = linear->file_type;
    format.tensors.linear = linear->type;
    format.tensors.needs_ternary = linear->ternary_alone;
    if (!linear->ternary_alone) format.tensors.dense = linear->type;
  } else if (const auto packing = parse_packing(name); packing || name == "smallest") {
    format.tensors.ternary = TensorFormat::Ternary::kPackedTrits;
    format.tensors.packing = packing;
  } else {
    fail_argument("the type '{}' is none of i2_s, tq2_0, tq1_0, f16, bf16, f32, q8_0, {}", printable(name),
                  names_of_packings());
  }
  if (format.tensors.needs_ternary) {
    const auto dense = find_linear_type(options.dense);
    if (!dense || dense->ternary_alone)
      fail_argument("the type '{}' of linears that are not ternary is none of f16, bf16, f32 and q8_0",
                    printable(options.dense));
    format.tensors.dense = dense->type;
  }
  if (!options.head.empty()) {
    const auto* head = std::ranges::find(kHeadTypes, options.head, [](DType type) { return dtype_name(type); });
    if (head == kHeadTypes.end())
      fail_argument("the head's type '{}' is none of f16, bf16, f32, q8_0 and q6_k", printable(options.head));
    format.tensors.head = *head;
  }
  return format;
}

class ToGguf final : public Conversion {
 public:
  ToGguf(fs::path in, const ConvertOptions& options, const GgufFormat& format)
      : Conversion(std::move(in), options, format.tensors), file_type_(format.file_type) {
    if (gguf_) {
      copy_metadata();
    } else {
      describe_model();
      describe_tokenizer();
    }
    // Who names types by rules knows.
    if (!tensors_->dense_linears().empty() && format.tensors.needs_ternary && options.precision.empty())
      warn(fmt::format("{} linears are not ternary and are written as {}, '{}' the first of them",
                       tensors_->dense_linears().size(), dtype_name(format.tensors.dense),
                       tensors_->dense_linears().front()));
    for (const ConvertedTensor& tensor : tensors_->tensors())
      if (tensor.form == ConvertedTensor::Form::kPackedTrits) {
        writer_.add_bytes(tensor.name);
      } else {
        writer_.add_tensor(tensor.name, tensor.type, tensor.shape);
      }
  }

  void write(const fs::path& out) override {
    const auto fill = [&](std::size_t index, const GgufWriter::Put& put) {
      tensors_->write(index, threads_, put);
      progress("converting", index + 1);
    };
    const auto check = [&](const fs::path& temporary) { verify(temporary); };
    writer_.write(out, fill, options_.verify ? GgufWriter::Verify(check) : GgufWriter::Verify());
  }

  ConvertSummary summary(const fs::path& out) const override {
    return {tensors_->parameters(), tensors_->tensors().size(), fs::file_size(out)};
  }

 private:
  // Everything but what says how the tensors are stored.
  void copy_metadata() {
    for (const GgufFile::Entry& entry : gguf_->metadata()) {
      if (entry.key == "general.file_type" || entry.key == "general.quantization_version" ||
          entry.key == "general.alignment")
        continue;
      if (entry.key == "general.name" && !options_.name.empty()) continue;
      if (entry.key == "tokenizer.ggml.pre" && !options_.pre.empty()) continue;
      writer_.copy(entry.key, entry.value);
    }
    if (!options_.name.empty()) writer_.set("general.name", options_.name);
    if (!options_.pre.empty()) writer_.set("tokenizer.ggml.pre", options_.pre);
    writer_.set("general.file_type", file_type_);
    writer_.set("general.quantization_version", std::uint32_t{2});
  }

  void describe_model() {
    const ModelConfig& config = files_->config();
    const std::string prefix = config.architecture + ".";
    const auto count = [&](const char* key, std::size_t value) {
      writer_.set(prefix + key, static_cast<std::uint32_t>(value));
    };
    writer_.set("general.architecture", config.architecture);
    writer_.set("general.type", "model");
    writer_.set("general.name", options_.name.empty() ? config.name : options_.name);
    writer_.set("general.file_type", file_type_);
    writer_.set("general.quantization_version", std::uint32_t{2});
    count("vocab_size", tensors_->vocabulary());
    count("context_length", config.context_length);
    count("embedding_length", config.hidden);
    count("block_count", config.layers);
    count("feed_forward_length", config.ffn);
    count("attention.head_count", config.heads);
    count("attention.head_count_kv", config.kv_heads);
    if (config.head_dim * config.heads != config.hidden) {
      count("attention.key_length", config.head_dim);
      count("attention.value_length", config.head_dim);
    }
    writer_.set(prefix + "attention.layer_norm_rms_epsilon", config.rms_eps);
    count("rope.dimension_count", config.rope_dims);
    writer_.set(prefix + "rope.freq_base", config.rope_theta);
    if (config.rope_scaling.kind == RopeScaling::Kind::kLinear) {
      writer_.set(prefix + "rope.scaling.type", "linear");
      writer_.set(prefix + "rope.scaling.factor", static_cast<float>(config.rope_scaling.factor));
    }
  }

  void describe_tokenizer() {
    const ModelConfig& config = files_->config();
    const fs::path path = in_ / "tokenizer.json";
    std::error_code error;
    std::optional<TokenId> bos = config.bos;
    if (fs::exists(path, error)) {
      try {
        vocabulary_ = export_gguf_vocabulary(read_text_file(path), options_.pre, tensors_->vocabulary());
      } catch (const Error& e) {
        throw e.with_context(path.string());
      }
      // The tokenizer's BOS stands in front of texts whatever the configuration says.
      if (vocabulary_->add_bos) bos = vocabulary_->bos;
      writer_.set("tokenizer.ggml.model", vocabulary_->model);
      writer_.set("tokenizer.ggml.pre", vocabulary_->pre);
      writer_.set("tokenizer.ggml.tokens", vocabulary_->tokens);
      writer_.set("tokenizer.ggml.token_type", vocabulary_->token_types);
      writer_.set("tokenizer.ggml.merges", vocabulary_->merges);
      writer_.set("tokenizer.ggml.add_bos_token", vocabulary_->add_bos);
    } else {
      writer_.set("tokenizer.ggml.model", "none");  // llama.cpp's name for it
      warn("there is no tokenizer.json; the file will work with token ids alone");
    }
    if (bos) writer_.set("tokenizer.ggml.bos_token_id", static_cast<std::uint32_t>(*bos));
    // GGUF has one id for the end of a text and one for the end of a turn.
    const std::vector<TokenId>& eos = config.eos;
    if (!eos.empty()) writer_.set("tokenizer.ggml.eos_token_id", static_cast<std::uint32_t>(eos[0]));
    if (eos.size() > 1) writer_.set("tokenizer.ggml.eot_token_id", static_cast<std::uint32_t>(eos[1]));
    if (eos.size() > 2) warn(fmt::format("of {} end tokens the file keeps the first two", eos.size()));
    if (!text_.chat_template.empty()) writer_.set("tokenizer.chat_template", text_.chat_template);
  }

  void verify(const fs::path& temporary) const {
    const auto file = GgufFile::open(temporary);
    if (file->tensors().size() != tensors_->tensors().size())
      fail(ErrorCode::kIo, "the file holds {} tensors, not {}", file->tensors().size(), tensors_->tensors().size());
    verify_tensors([&](std::string_view name) { return file->find(name); },
                   [&](const TensorView& tensor) { file->mapping()->release(tensor.bytes); });
    verify_config(config_from_gguf(*file));
    const TextParts text = load_text_parts(*file);
    if (text.chat_template != text_.chat_template)
      fail(ErrorCode::kIo, "the chat template was written and is another one when it is read");
    if (!text_.tokenizer || (!vocabulary_ && !gguf_)) return;
    if (const std::string sample = differing_text(*text.tokenizer); !sample.empty())
      fail(ErrorCode::kUnsupported,
           "the tokenizer splits '{}' in another way when it is read from GGUF with tokenizer.ggml.pre '{}': name "
           "another way of splitting (--pre), or the tokenizer has a part that GGUF cannot say",
           printable(sample), vocabulary_ ? vocabulary_->pre : options_.pre);
  }

  std::uint32_t file_type_;
  std::optional<ExportedVocabulary> vocabulary_;
  GgufWriter writer_;
};

}  // namespace

std::unique_ptr<Conversion> conversion_to_gguf(fs::path in, const ConvertOptions& options) {
  GgufFormat format = format_of(options);
  // Programs that read GGUF expect f16 where Hugging Face has bf16.
  std::error_code error;
  if (!format.tensors.head && fs::is_directory(in, error)) format.tensors.head = DType::kF16;
  return std::make_unique<ToGguf>(std::move(in), options, format);
}

}  // namespace bitnet
