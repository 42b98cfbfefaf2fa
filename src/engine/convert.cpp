#include "bitnet/convert.hpp"

#include "base/fail.hpp"
#include "base/machine.hpp"
#include "engine/conversion.hpp"
#include "engine/i2s_detection.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;

// Words, numbers, white space and letters from elsewhere: what vocabularies split in different ways.
constexpr std::string_view kSampleTexts[] = {
    "Once upon a time, there was a small robot.",
    "It's 1234567 o'clock; they'll say: \"Don't!\"",
    " \n\n  two  spaces\t\r\nand tabs ",
    "Grüße, señor! Привет 你好 🙂",
    "x=3.14*(y[0]+z_1)//2 #!?",
    "HELLO'S we'Re 'sTop <|endoftext|>",
};

bool is_model_directory(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error) && fs::exists(path / "config.json", error);
}

}  // namespace

Conversion::Conversion(fs::path in, const ConvertOptions& options, TensorFormat format)
    : in_(std::move(in)), options_(options), threads_(options.threads > 0 ? options.threads : physical_cores()) {
  std::error_code error;
  if (!fs::exists(in_, error)) fail(ErrorCode::kNotFound, "{}: there is no such file or directory", in_.string());
  if (fs::is_directory(in_, error)) {
    files_ = WeightFiles::open(in_, options.layouts);
    text_ = load_text_parts(in_);
  } else {
    gguf_ = GgufFile::open(in_);
    files_ = WeightFiles::of(gguf_, settle_layouts(in_, options.layouts));
    text_ = load_text_parts(*gguf_);
  }
  std::optional<PrecisionPolicy> policy;
  if (!options.precision.empty()) {
    format.policy = &policy.emplace(options.precision, files_->config().layers);
    format.needs_ternary = false;
  }
  if (!options.prune.empty()) format.pruning = Pruning::parse(options.prune);
  tensors_.emplace(files_, format);
}

void Conversion::progress(const char* what, std::size_t done) const {
  if (options_.progress) options_.progress(what, done, tensors_->tensors().size());
}

void Conversion::warn(const std::string& message) const {
  if (options_.log) options_.log(LogLevel::kWarning, fmt::format("{}: {}", in_.string(), message));
}

void Conversion::report_quality() const {
  if (!options_.quality) return;
  for (const ConvertedTensor& tensor : tensors_->tensors()) {
    const DType from = tensor.source != nullptr ? tensor.source->dtype : tensor.type;
    // Vectors, what is copied, and what was ternary before.
    if (tensor.source == nullptr ||
        (tensor.form == ConvertedTensor::Form::kDense && from == tensor.type && !tensor.pruner) ||
        (tensor.ternary && !tensor.ternary->from_masters()))
      continue;
    TensorComparison comparison;
    visit_values(tensor, [&](std::span<const float> source, std::span<const float> written) {
      comparison.add(source, written);
    });
    const std::uint64_t elements = tensor.shape[0] * tensor.shape[1];
    const bool packed =
        tensor.form == ConvertedTensor::Form::kPackedTrits || tensor.form == ConvertedTensor::Form::kPackedRows;
    const std::uint64_t bytes =
        packed ? (elements + 3) / 4 : matrix_bytes(tensor.type, tensor.shape[0], tensor.shape[1]).value_or(0);
    options_.quality(comparison.finish(tensor.name.substr(0, tensor.name.rfind(".weight")),
                                       packed ? "packed" : std::string(dtype_name(tensor.type)), bytes));
    files_->release(*tensor.source);
  }
}

void Conversion::verify_tensors(const std::function<const TensorView*(std::string_view)>& find,
                                const std::function<void(const TensorView&)>& release) const {
  const auto tensors = tensors_->tensors();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    tensors_->verify(i, find(tensors[i].name), threads_, release);
    progress("verifying", i + 1);
  }
}

void Conversion::verify_config(const ModelConfig& read) const {
  const ModelConfig& config = files_->config();
  if (read.hidden != config.hidden || read.ffn != config.ffn || read.layers != config.layers ||
      read.heads != config.heads || read.kv_heads != config.kv_heads || read.head_dim != config.head_dim ||
      read.rms_eps != config.rms_eps || read.rope_theta != config.rope_theta ||
      read.context_length != config.context_length || read.activation != config.activation ||
      read.sub_norms != config.sub_norms || read.tied_embeddings != config.tied_embeddings)
    fail(ErrorCode::kIo, "the configuration was written and is another one when it is read");
}

std::string Conversion::differing_text(const Tokenizer& written) const {
  for (const std::string_view sample : kSampleTexts)
    if (written.encode(sample) != text_.tokenizer->encode(sample)) return std::string(sample);
  return "";
}

ConvertSummary convert_model(const fs::path& in, const fs::path& out, const ConvertOptions& options) {
  std::error_code error;
  const bool gguf = out.extension() == ".gguf";
  if (gguf && fs::is_directory(out, error)) fail_argument("{}: is a directory; name the file to write", out.string());
  if (fs::exists(out, error) && !options.replace)
    fail_argument("{}: exists already; take another name, or replace it (--force)", out.string());
  if (!gguf && fs::exists(out, error) && !is_model_directory(out))
    fail_argument("{}: is no model, so it is not replaced; name a GGUF file (.gguf) or a new directory", out.string());
  if (fs::exists(in, error) && fs::exists(out, error) && fs::equivalent(in, out, error))
    fail_argument("{}: is what is converted; name another target", out.string());
  try {
    const auto conversion = gguf ? conversion_to_gguf(in, options) : conversion_to_hugging_face(in, options);
    conversion->write(out);
    conversion->report_quality();
    return conversion->summary(out);
  } catch (const Error& e) {
    // Errors of writing name what was to be written.
    throw e.code() == ErrorCode::kIo ? e.with_context(out.string()) : e.with_context(in.string());
  }
}

}  // namespace bitnet
