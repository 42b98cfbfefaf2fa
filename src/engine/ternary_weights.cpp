#include "bitnet/ternary_weights.hpp"

#include "base/fail.hpp"
#include "base/machine.hpp"
#include "engine/i2s_detection.hpp"
#include "model/converted_tensors.hpp"

namespace bitnet {

std::vector<TernaryWeights> read_ternary_weights(const std::filesystem::path& path,
                                                 const TernaryWeightsOptions& options) {
  const int threads = options.threads > 0 ? options.threads : physical_cores();
  try {
    const auto files = WeightFiles::open(path, settle_layouts(path, options.layouts));
    // What a conversion would read.
    const ConvertedTensors model(files, {.needs_ternary = false});
    std::vector<TernaryWeights> weights;
    std::size_t done = 0;
    for (const ConvertedTensor& tensor : model.tensors()) {
      if (options.progress) options.progress("reading", ++done, model.tensors().size());
      if (!tensor.ternary) continue;
      const std::vector<std::int8_t> trits = all_trits(tensor, threads);
      TernaryWeights entry;
      entry.name = tensor.name.substr(0, tensor.name.rfind(".weight"));
      entry.rows = tensor.ternary->rows, entry.cols = tensor.ternary->cols, entry.scale = tensor.ternary->scale;
      entry.statistics = ternary_statistics(trits);
      if (tensor.source->dtype == DType::kI2_S)
        entry.undefined = count_undefined_i2_s(tensor.source->bytes.data(), trits.size());
      if (options.sizes) entry.sizes = packed_sizes(trits, threads);
      weights.push_back(std::move(entry));
      files->release(*tensor.source);
    }
    return weights;
  } catch (const Error& e) {
    throw e.with_context(path.string());
  }
}

}  // namespace bitnet
