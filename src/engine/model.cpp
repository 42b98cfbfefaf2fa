#include "bitnet/model.hpp"

#include <chrono>
#include <functional>
#include <utility>

#include "base/fail.hpp"
#include "engine/built_in_model.hpp"
#include "engine/i2s_detection.hpp"
#include "engine/tokenizer_loader.hpp"
#include "model/loader.hpp"

namespace bitnet {
namespace {

void count(const WeightMatrix& matrix, ModelInfo& info, bool read_each_token) {
  const std::uint64_t elements = static_cast<std::uint64_t>(matrix.rows) * matrix.cols;
  info.parameters += elements;
  info.weight_bytes += matrix.bytes + matrix.shortlist.size();
  if (matrix.kind == WeightMatrix::Kind::kTernary) info.ternary_parameters += elements;
  if (read_each_token) {
    info.bytes_per_token += matrix.shortlist ? matrix.shortlist.size() : matrix.bytes;
    info.macs_per_token += elements;
  }
}

ModelInfo describe(const Transformer& transformer) {
  const ModelConfig& config = transformer.config();
  const TransformerWeights& weights = transformer.weights();
  ModelInfo info;
  info.name = config.name;
  info.architecture = config.architecture;
  info.layers = config.layers, info.hidden = config.hidden, info.ffn = config.ffn, info.heads = config.heads;
  info.kv_heads = config.kv_heads, info.head_dim = config.head_dim, info.vocabulary = config.vocab;
  info.context_length = config.context_length;
  // An untied embedding is read one row a token: next to nothing.
  count(weights.embedding, info, !weights.head);
  if (weights.head) count(*weights.head, info, true);
  std::uint64_t vectors = weights.output_norm.size() + weights.head_bias.size();
  for (const LayerWeights& layer : weights.layers) {
    vectors += layer.attention_norm.size() + layer.ffn_norm.size() + layer.attention_sub_norm.size() + layer.ffn_sub_norm.size();
    for (const Linear* linear : {&layer.query, &layer.key, &layer.value, &layer.output, &layer.gate, &layer.up, &layer.down}) {
      count(linear->weight, info, true);
      vectors += linear->bias.size() + linear->input_norm.size();
    }
  }
  info.parameters += vectors;
  info.weight_bytes += vectors * sizeof(float);
  info.shared_weight_bytes = weights.shared_bytes;
  info.shared_weights_found = weights.shared_found;
  const Backend& backend = transformer.plan().primary();
  info.backend = backend.name();
  info.isa = backend.isa();
  return info;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

// Fills a Model, whose members nobody else may write.
struct ModelBuilder {
  using Clock = std::chrono::steady_clock;

  static std::shared_ptr<const Model> load(std::shared_ptr<const Context> context, std::shared_ptr<const WeightFiles> files,
                                           const std::string& name, const std::function<TextParts()>& load_text,
                                           const LoadOptions& options, Clock::time_point start) {
    if (!context) context = std::make_shared<const Context>();
    auto transformer = load_transformer(context, std::move(files), name, {options.backend, options.isa, options.progress, options.shared_weights});
    TextParts text = load_text();
    const std::size_t vocab = transformer->config().vocab;
    if (text.tokenizer && text.tokenizer->vocabulary_size() > vocab)
      fail_file("{}: the tokenizer knows {} tokens but the model's embedding has {} rows: they do not belong together", name,
                text.tokenizer->vocabulary_size(), vocab);
    return build(std::move(context), std::move(transformer), std::move(text), start);
  }

  static std::shared_ptr<const Model> build(std::shared_ptr<const Context> context, std::unique_ptr<const Transformer> transformer,
                                            TextParts text, Clock::time_point start) {
    // What packing had for a time, such as a head's rows in two layouts.
    context->pool().release_free();
    std::shared_ptr<Model> model(new Model());
    model->context_ = std::move(context);
    model->transformer_ = std::move(transformer);
    model->tokenizer_ = std::move(text.tokenizer);
    model->stop_tokens_ = std::move(text.stop_tokens);
    model->chat_template_ = std::move(text.chat_template);
    model->info_ = describe(*model->transformer_);
    model->info_.load_seconds = seconds_since(start);
    return model;
  }
};

Model::~Model() = default;

std::shared_ptr<const Model> Model::load(std::shared_ptr<const Context> context, const std::filesystem::path& path,
                                         const LoadOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  auto files = WeightFiles::open(path, settle_layouts(path, options.layouts));
  return ModelBuilder::load(std::move(context), std::move(files), path.string(), [&] { return load_text_parts(path); }, options, start);
}

std::shared_ptr<const Model> Model::built_in(std::shared_ptr<const Context> context, const LoadOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const auto file = built_in_model_file();
  return ModelBuilder::load(std::move(context), WeightFiles::of(file), file->name(), [&] { return load_text_parts(*file); }, options,
                            start);
}

std::shared_ptr<const Model> Model::synthetic(std::shared_ptr<const Context> context, std::string_view architecture,
                                              const LoadOptions& options, std::uint64_t seed) {
  const auto start = std::chrono::steady_clock::now();
  if (!context) context = std::make_shared<const Context>();
  if (options.shared_weights) fail_argument("random weights cannot be shared between processes");
  auto transformer = synthetic_transformer(context, architecture, {options.backend, options.isa, options.progress}, seed);
  return ModelBuilder::build(std::move(context), std::move(transformer), {}, start);
}

std::vector<std::string> Model::synthetic_architectures() { return bitnet::synthetic_architectures(); }

}  // namespace bitnet
