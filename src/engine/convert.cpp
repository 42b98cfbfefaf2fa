#include "bitnet/convert.hpp"

#include <algorithm>
#include <array>

#include "base/fail.hpp"
#include "engine/tokenizer_loader.hpp"
#include "io/gguf_writer.hpp"
#include "io/mapped_file.hpp"
#include "model/gguf_tensors.hpp"
#include "text/tokenizer/to_gguf.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;

// llama.h's LLAMA_FTYPE_*; I2_S is bitnet.cpp's.
struct LinearType {
  DType type;
  std::uint32_t file_type;
};
constexpr std::array kLinearTypes{LinearType{DType::kI2_S, 40}, LinearType{DType::kTQ2_0, 37},
                                  LinearType{DType::kTQ1_0, 36}, LinearType{DType::kF16, 1}};
constexpr std::array kHeadTypes{DType::kF16, DType::kBF16, DType::kF32, DType::kQ8_0, DType::kQ6_K};

LinearType linear_type(const std::string& name) {
  for (const LinearType& entry : kLinearTypes)
    if (dtype_name(entry.type) == name) return entry;
  fail_argument("the type '{}' is none of i2_s, tq2_0, tq1_0 and f16", printable(name));
}

DType head_type(const std::string& name) {
  for (const DType type : kHeadTypes)
    if (dtype_name(type) == name) return type;
  fail_argument("the head's type '{}' is none of f16, bf16, f32, q8_0 and q6_k", printable(name));
}

// Words, numbers, white space and letters from elsewhere: what vocabularies split in different ways.
constexpr std::string_view kSampleTexts[] = {
    "Once upon a time, there was a small robot.",
    "It's 1234567 o'clock; they'll say: \"Don't!\"",
    " \n\n  two  spaces\t\r\nand tabs ",
    "Grüße, señor! Привет 你好 🙂",
    "x=3.14*(y[0]+z_1)//2 #!?",
    "HELLO'S we'Re 'sTop <|endoftext|>",
};

class Conversion {
 public:
  Conversion(fs::path in, const ConvertOptions& options)
      : in_(std::move(in)), options_(options), type_(linear_type(options.type)), head_(head_type(options.head)) {
    std::error_code error;
    if (!fs::exists(in_, error)) fail(ErrorCode::kNotFound, "{}: there is no such file or directory", in_.string());
    if (!fs::is_directory(in_, error))
      fail(ErrorCode::kUnsupported,
           "{}: this version converts Hugging Face directories, with config.json and *.safetensors", in_.string());
    files_ = WeightFiles::open(in_);
    tensors_.emplace(files_, type_.type, head_);
    describe_model();
    describe_tokenizer();
    tensors_->list(writer_);
  }

  void write(const fs::path& out) {
    const auto fill = [&](std::size_t index, std::span<std::byte> bytes) {
      tensors_->fill(index, bytes);
      if (options_.progress) options_.progress("converting", index + 1, tensors_->size());
    };
    writer_.write(out, fill, [&](const fs::path& temporary) { verify(temporary); });
  }

  ConvertSummary summary(const fs::path& out) const {
    return {tensors_->parameters(), tensors_->size(), fs::file_size(out)};
  }

 private:
  void describe_model() {
    const ModelConfig& config = files_->config();
    const std::string prefix = config.architecture + ".";
    const auto count = [&](const char* key, std::size_t value) {
      writer_.set(prefix + key, static_cast<std::uint32_t>(value));
    };
    writer_.set("general.architecture", config.architecture);
    writer_.set("general.type", "model");
    writer_.set("general.name", options_.name.empty() ? config.name : options_.name);
    writer_.set("general.file_type", type_.file_type);
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
      const std::string json = read_text_file(path);
      try {
        vocabulary_ = export_gguf_vocabulary(json, options_.pre, tensors_->vocabulary());
        tokenizer_ = Tokenizer::from_json(json);
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
      if (options_.log)
        options_.log(
            LogLevel::kWarning,
            fmt::format("{}: there is no tokenizer.json; the file will work with token ids alone", in_.string()));
    }
    if (bos) writer_.set("tokenizer.ggml.bos_token_id", static_cast<std::uint32_t>(*bos));
    // GGUF has one id for the end of a text and one for the end of a turn.
    const std::vector<TokenId>& eos = config.eos;
    if (!eos.empty()) writer_.set("tokenizer.ggml.eos_token_id", static_cast<std::uint32_t>(eos[0]));
    if (eos.size() > 1) writer_.set("tokenizer.ggml.eot_token_id", static_cast<std::uint32_t>(eos[1]));
    if (eos.size() > 2 && options_.log)
      options_.log(LogLevel::kWarning,
                   fmt::format("{}: of {} end tokens the file keeps the first two", in_.string(), eos.size()));
    text_ = load_text_parts(in_);
    if (!text_.chat_template.empty()) writer_.set("tokenizer.chat_template", text_.chat_template);
  }

  void verify(const fs::path& temporary) const {
    const auto file = GgufFile::open(temporary);
    tensors_->verify(*file);
    const ModelConfig read = config_from_gguf(*file), &config = files_->config();
    if (read.hidden != config.hidden || read.ffn != config.ffn || read.layers != config.layers ||
        read.heads != config.heads || read.kv_heads != config.kv_heads || read.head_dim != config.head_dim ||
        read.rms_eps != config.rms_eps || read.rope_theta != config.rope_theta ||
        read.context_length != config.context_length || read.activation != config.activation ||
        read.sub_norms != config.sub_norms || read.tied_embeddings != config.tied_embeddings)
      fail(ErrorCode::kIo, "the configuration was written and is another one when it is read");
    const TextParts text = load_text_parts(*file);
    if (text.chat_template != text_.chat_template)
      fail(ErrorCode::kIo, "the chat template was written and is another one when it is read");
    if (tokenizer_) verify_tokenizer(*text.tokenizer);
  }

  void verify_tokenizer(const Tokenizer& written) const {
    for (const std::string_view sample : kSampleTexts)
      if (written.encode(sample) != tokenizer_->encode(sample))
        fail(ErrorCode::kUnsupported,
             "the tokenizer splits '{}' in another way when it is read from GGUF with tokenizer.ggml.pre '{}': name "
             "another way "
             "of splitting (--pre), or the tokenizer has a part that GGUF cannot say",
             printable(sample), vocabulary_->pre);
  }

  fs::path in_;
  const ConvertOptions& options_;
  LinearType type_;
  DType head_;
  std::shared_ptr<const WeightFiles> files_;
  std::optional<GgufTensors> tensors_;
  std::optional<ExportedVocabulary> vocabulary_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  TextParts text_;
  GgufWriter writer_;
};

}  // namespace

ConvertSummary convert_to_gguf(const fs::path& in, const fs::path& out, const ConvertOptions& options) {
  std::error_code error;
  if (fs::is_directory(out, error)) fail_argument("{}: is a directory; name the file to write", out.string());
  if (fs::exists(out, error) && !options.replace)
    fail_argument("{}: exists already; take another name, or replace it (--force)", out.string());
  try {
    Conversion conversion(in, options);
    conversion.write(out);
    return conversion.summary(out);
  } catch (const Error& e) {
    // Errors of writing name the file that was to be written.
    throw e.code() == ErrorCode::kIo ? e.with_context(out.string()) : e.with_context(in.string());
  }
}

}  // namespace bitnet
