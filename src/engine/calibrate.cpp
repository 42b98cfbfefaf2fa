#include "bitnet/calibrate.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/fail.hpp"
#include "model/transformer.hpp"

namespace bitnet {
namespace {

// Sums over all tokens of the squares of what was there and of what rounding changed.
struct Noise {
  double signal = 0, error = 0;
  void add(double value, double rounded) {
    signal += value * value;
    error += (value - rounded) * (value - rounded);
  }
  double sqnr_db() const { return error > 0 ? 10 * std::log10(signal / error) : INFINITY; }
};

struct Watched {
  explicit Watched(std::string input_name) : name(std::move(input_name)) {
    for (const ObserverKind kind : kObserverKinds) observers.emplace_back(kind);
  }
  std::string name;
  std::vector<RangeObserver> observers;
  std::uint64_t zeros = 0;
  float min = INFINITY, max = -INFINITY;
  // Of the second run:
  std::vector<ValueRange> ranges;
  std::vector<Noise> statics;
  Noise dynamic;

  void observe(std::span<const float> x) {
    for (RangeObserver& observer : observers) observer.observe(x);
    for (const float v : x) {
      zeros += v == 0;
      min = std::min(min, v), max = std::max(max, v);
    }
  }
  void begin_measuring() {
    for (const RangeObserver& observer : observers) ranges.push_back(observer.range());
    statics.resize(ranges.size());
  }
  void measure(std::span<const float> x, std::size_t tokens) {
    std::vector<float> rounded(x.size());
    // A row is a token: what the engine does.
    dequantize(quantize(x, tokens, x.size() / tokens, {.granularity = Granularity::kChannel}), rounded);
    for (std::size_t i = 0; i < x.size(); ++i) dynamic.add(x[i], rounded[i]);
    for (std::size_t k = 0; k < ranges.size(); ++k) {
      dequantize(quantize(x, tokens, x.size() / tokens, {}, std::span(&ranges[k], 1)), rounded);
      for (std::size_t i = 0; i < x.size(); ++i) statics[k].add(x[i], rounded[i]);
    }
  }
  LinearInput result() const {
    LinearInput input{.name = name, .values = observers[0].count(), .min = min, .max = max};
    input.zero_fraction = static_cast<double>(zeros) / static_cast<double>(input.values);
    input.dynamic_sqnr_db = dynamic.sqnr_db();
    for (std::size_t k = 0; k < ranges.size(); ++k)
      input.statics.push_back({kObserverKinds[k], ranges[k], statics[k].sqnr_db()});
    return input;
  }
};

// Inputs by the first linear that reads them, in the model's order.
class Watch {
 public:
  explicit Watch(const Transformer& transformer) {
    std::size_t index = 0;
    for (const LayerWeights& layer : transformer.weights().layers) {
      const std::string prefix = fmt::format("blk.{}.", index++);
      add(layer.query, prefix + "attn_q, attn_k, attn_v");
      add(layer.output, prefix + "attn_output");
      add(layer.gate, prefix + "ffn_gate, ffn_up");
      add(layer.down, prefix + "ffn_down");
    }
  }
  LinearInputTap tap(bool measuring) {
    return [this, measuring](const Linear& linear, const float* x, std::size_t tokens, std::size_t cols) {
      Watched& watched = inputs_[index_.at(&linear)];
      measuring ? watched.measure({x, tokens * cols}, tokens) : watched.observe({x, tokens * cols});
    };
  }
  void begin_measuring() {
    for (Watched& input : inputs_) input.begin_measuring();
  }
  std::vector<LinearInput> results() const {
    std::vector<LinearInput> results;
    for (const Watched& input : inputs_) results.push_back(input.result());
    return results;
  }

 private:
  void add(const Linear& linear, std::string name) {
    index_[&linear] = inputs_.size();
    inputs_.emplace_back(std::move(name));
  }
  std::vector<Watched> inputs_;
  std::map<const Linear*, std::size_t> index_;
};

}  // namespace

std::vector<LinearInput> calibrate_inputs(const std::shared_ptr<const Model>& model, std::span<const TokenId> ids,
                                          const CalibrateOptions& options) {
  if (ids.empty() || options.window == 0) fail_argument("a text of no tokens calibrates nothing");
  for (const TokenId id : ids)
    if (id < 0 || static_cast<std::size_t>(id) >= model->info().vocabulary)
      fail_argument("token id {}: the model has {}", id, model->info().vocabulary);
  const Transformer& transformer = model->transformer();
  const std::size_t window = std::min(options.window, ids.size()), batch = std::min<std::size_t>(window, 64);
  const KvCache cache = transformer.make_cache(DType::kF32, window);
  Workspace workspace(model->context(), transformer.config(), batch);
  Watch watch(transformer);
  const std::uint64_t total = 2 * ids.size();
  std::uint64_t done = 0;
  for (const bool measuring : {false, true}) {
    if (measuring) watch.begin_measuring();
    workspace.set_tap(watch.tap(measuring));
    for (std::size_t at = 0; at < ids.size();) {
      const std::size_t position = at % window;
      const std::size_t count = std::min({batch, window - position, ids.size() - at});
      transformer.forward(ids.subspan(at, count), position, cache, workspace);
      at += count, done += count;
      if (options.progress) options.progress(measuring ? "measuring" : "observing", done, total);
    }
  }
  return watch.results();
}

}  // namespace bitnet
