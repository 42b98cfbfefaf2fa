#include "model/loader.hpp"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "base/crc32c.hpp"
#include "base/fail.hpp"
#include "model/linear_weights.hpp"
#include "quant/ternary.hpp"

namespace bitnet {
namespace {

// One weight matrix of the file before the plan exists: ternary whatever its format, or dense as stored.
struct PendingLinear {
  Linear* target;
  const TensorView* tensor;
  std::optional<TernarySource> ternary;
};

class Loader {
 public:
  Loader(std::shared_ptr<const Context> context, std::shared_ptr<const WeightFiles> files, const PlacementOptions& options)
      : context_(std::move(context)), files_(std::move(files)), names_(files_->names()), options_(options), config_(files_->config()) {}

  std::unique_ptr<const Transformer> load() {
    const TensorView& embedding = require(names_.embedding);
    if (embedding.shape.size() != 2) fail_file("tensor '{}' is [{}], not a matrix", embedding.name, fmt::join(embedding.shape, ", "));
    if (config_.vocab == 0) config_.vocab = embedding.shape[0];
    config_.validate();
    weights_.embedding = dense(embedding, config_.vocab, config_.hidden);
    if (const TensorView* head = find(names_.head); head != nullptr && !config_.tied_embeddings) {
      weights_.head = dense(*head, config_.vocab, config_.hidden);
    } else if (head == nullptr && !config_.tied_embeddings) {
      fail_file("tensor '{}' is missing, and the configuration does not tie the head to the embedding", names_.head);
    }
    weights_.head_bias = optional_vector(names_.head_bias, config_.vocab);
    weights_.output_norm = vector(names_.output_norm, config_.hidden);
    if (!names_.rope_factors.empty()) weights_.rope_frequency_factors = optional_vector(names_.rope_factors, config_.rope_dims / 2);
    for (const float factor : weights_.rope_frequency_factors)
      if (!(factor > 0.0f)) fail_file("tensor '{}' holds {}: frequency factors are above 0", names_.rope_factors, factor);

    // Linears are pointed to by what is pending: no layer may move from here on.
    weights_.layers.resize(config_.layers);
    for (std::size_t i = 0; i < config_.layers; ++i) describe_layer(i);
    refuse_unknown_tensors();

    auto plan = std::make_unique<Plan>(*context_, options_.backend, options_.isa, needs());
    if (options_.shared_weights) share(*plan);
    place_head(*plan);
    std::uint64_t done = 0;
    for (PendingLinear& pending : pending_) {
      place(*plan, pending);
      if (options_.progress) options_.progress("loading", ++done, pending_.size());
    }
    weights_.mapping = files_;
    weights_.sample = sample();
    if (shared_) {
      shared_->seal();
      weights_.shared_bytes = shared_->bytes();
      weights_.shared_found = shared_->found();
    }
    return std::make_unique<Transformer>(context_, config_, std::move(plan), std::move(weights_));
  }

 private:
  const TensorView* find(std::string_view name) {
    if (name.empty()) return nullptr;
    const TensorView* tensor = files_->find(name);
    if (tensor != nullptr) used_.insert(tensor->name);
    return tensor;
  }

  const TensorView& require(std::string_view name) {
    const TensorView* tensor = find(name);
    if (tensor == nullptr) fail_file("tensor '{}' is missing: the file is no complete {} model", name, config_.architecture);
    return *tensor;
  }

  WeightMatrix dense(const TensorView& tensor, std::size_t rows, std::size_t cols) const {
    check_matrix(tensor, rows, cols);
    const auto row_bytes = dtype_bytes(tensor.dtype, cols);
    if (!row_bytes || is_matrix_type(tensor.dtype))
      fail(ErrorCode::kUnsupported, "tensor '{}' is {} with rows of {} values, which cannot be read row by row", tensor.name,
           dtype_name(tensor.dtype), cols);
    WeightMatrix matrix;
    matrix.dtype = tensor.dtype;
    matrix.rows = rows;
    matrix.cols = cols;
    matrix.data = tensor.bytes.data();
    matrix.bytes = tensor.bytes.size();
    return matrix;
  }

  std::vector<float> vector(std::string_view name, std::size_t size) { return read_floats(require(name), size); }
  std::vector<float> optional_vector(std::string_view name, std::size_t size) {
    const TensorView* tensor = find(name);
    return tensor != nullptr ? read_floats(*tensor, size) : std::vector<float>();
  }

  void describe_layer(std::size_t i) {
    LayerWeights& layer = weights_.layers[i];
    const auto name = [&](std::string_view part) { return names_.in_layer(i, part); };
    const std::size_t q_width = config_.heads * config_.head_dim, kv_width = config_.kv_heads * config_.head_dim;
    layer.attention_norm = vector(name(names_.attention_norm), config_.hidden);
    layer.ffn_norm = vector(name(names_.ffn_norm), config_.hidden);
    if (config_.sub_norms) {
      layer.attention_sub_norm = vector(name(names_.attention_sub_norm), q_width);
      layer.ffn_sub_norm = vector(name(names_.ffn_sub_norm), config_.ffn);
    }
    describe_linear(layer.query, name(names_.query), q_width, config_.hidden);
    describe_linear(layer.key, name(names_.key), kv_width, config_.hidden);
    describe_linear(layer.value, name(names_.value), kv_width, config_.hidden);
    describe_linear(layer.output, name(names_.output), config_.hidden, q_width);
    describe_linear(layer.gate, name(names_.gate), config_.ffn, config_.hidden);
    describe_linear(layer.up, name(names_.up), config_.ffn, config_.hidden);
    describe_linear(layer.down, name(names_.down), config_.hidden, config_.ffn);
  }

  void describe_linear(Linear& linear, const std::string& name, std::size_t rows, std::size_t cols) {
    const TensorView& tensor = require(name + ".weight");
    linear.bias = optional_vector(name + ".bias", rows);
    if (normalizes_input(config_, name)) linear.input_norm = vector(name + ".rms_norm.weight", cols);
    auto ternary = ternary_linear(config_, name, tensor, rows, cols, [&] { return find(name + std::string(names_.scale_suffix)); });
    if (!ternary) (void)dense(tensor, rows, cols);    // refuses what no row can be read of
    pending_.push_back({&linear, &tensor, std::move(ternary)});
  }

  std::vector<OpNeed> needs() const {
    std::vector<OpNeed> needs{{Op::kRmsNorm},     {Op::kRope},
                              {Op::kActivation},  {Op::kElementwise},
                              {Op::kAttention, DType::kF16}, {Op::kAttention, DType::kF32}, {Op::kAttention, DType::kQ8_0},
                              {Op::kEmbed, weights_.embedding.dtype},
                              {Op::kDenseMatmul, (weights_.head ? *weights_.head : weights_.embedding).dtype}};
    for (const PendingLinear& pending : pending_)
      needs.push_back(pending.ternary ? OpNeed{Op::kTernaryMatmul} : OpNeed{Op::kDenseMatmul, pending.tensor->dtype});
    return needs;
  }

  // Enough to tell files apart without reading them whole.
  std::uint32_t sample() const {
    std::uint32_t crc = 0;
    for (const std::string& name : used_) {
      const auto bytes = files_->find(name)->bytes;
      const std::size_t count = std::min<std::size_t>(bytes.size(), 64);
      crc = crc32c(crc, std::as_bytes(std::span(name)));
      crc = crc32c(crc, bytes.first(count));
      crc = crc32c(crc, bytes.subspan((bytes.size() - count) / 2, count));
    }
    return crc;
  }

  void share(const Plan& plan) {
    std::string key = std::string("bitnet ") + BITNET_VERSION + ";" + files_->identity();
    for (const PlannedOp& op : plan.operations()) key += fmt::format("{}:{}:{};", op_name(op.need.op), op.backend->name(), op.backend->isa());
    shared_ = SharedWeights::open(key);
  }

  // First and largest: while its rows are in memory twice, nothing else is.
  void place_head(const Plan& plan) {
    WeightMatrix& head = weights_.head ? *weights_.head : weights_.embedding;
    const Backend& backend = plan.backend(Op::kDenseMatmul, head.dtype);
    // A tied matrix is read by both.
    if (!weights_.head && &plan.backend(Op::kEmbed, head.dtype) != &backend) return;
    head = backend.pack_head(std::move(head), shared_.get());
    if (head.layout != 0 || head.shortlist) files_->release(require(weights_.head ? names_.head : names_.embedding));
  }

  void place(const Plan& plan, PendingLinear& pending) {
    WeightMatrix& weight = pending.target->weight;
    if (!pending.ternary) {
      const auto& shape = pending.tensor->shape;
      weight = dense(*pending.tensor, shape[0], shape[1]);
      weight = plan.backend(Op::kDenseMatmul, weight.dtype).pack_dense(std::move(weight), shared_.get());
      if (weight.layout != 0) files_->release(*pending.tensor);
      return;
    }
    const TernarySource& source = *pending.ternary;
    weight = plan.backend(Op::kTernaryMatmul)
                 .pack_ternary(source.rows, source.cols, source.scale,
                               [&](std::size_t row, std::size_t count, std::int8_t* trits) { source.read(row, count, trits); },
                               shared_.get());
    pending.ternary.reset();  // what it unpacked
    files_->release(*pending.tensor);
  }

  // A tensor that nobody asked for means that the model computes something this library does not.
  void refuse_unknown_tensors() const {
    for (const std::string& name : files_->tensor_names()) {
      if (used_.count(name) != 0 || name == names_.head || name.ends_with("rotary_emb.inv_freq")) continue;
      fail(ErrorCode::kUnsupported, "tensor '{}' is no part of the architecture {} as this version knows it", printable(name),
           config_.architecture);
    }
  }

  std::shared_ptr<const Context> context_;
  std::shared_ptr<const WeightFiles> files_;
  const TensorNames& names_;
  const PlacementOptions& options_;
  ModelConfig config_;
  TransformerWeights weights_;
  std::shared_ptr<SharedWeights> shared_;
  std::deque<PendingLinear> pending_;
  std::set<std::string> used_;
};

}  // namespace

std::unique_ptr<const Transformer> load_transformer(std::shared_ptr<const Context> context, std::shared_ptr<const WeightFiles> files,
                                                    const std::string& name, const PlacementOptions& options) {
  try {
    return Loader(std::move(context), std::move(files), options).load();
  } catch (const Error& e) {
    throw e.with_context(name);
  }
}

}  // namespace bitnet
