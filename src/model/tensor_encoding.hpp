// One tensor of a conversion: where its values come from, and its bytes in the new file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bitnet/packing.hpp"
#include "quant/ternary.hpp"
#include "tensor/tensor_view.hpp"

namespace bitnet {

/// Takes the next bytes of a tensor.
using TensorBytes = std::function<void(std::span<const std::byte>)>;

/// RoPE turns pairs of values: neighbours in GGUF files of llama (kInterleaved), the halves of a head elsewhere.
enum class RowOrder : std::uint8_t { kAsIs, kInterleave, kSeparate };

struct ConvertedTensor {
  enum class Form : std::uint8_t {
    kValues,      // `values`, as `type`
    kDense,       // `source` as `type`, row by row
    kTernary,     // `ternary` as `type`: a ternary type with its scale, or floats and Q8_0 of 0 and the scale
    kPackedRows,  // `ternary` as Hugging Face packs it (u8); the scale is a tensor of its own
    kPackedTrits  // `ternary` as PackedTrits (i8, one dimension); the scale is a tensor of its own
  };

  std::string name;
  Form form = Form::kValues;
  DType type = DType::kF32;
  std::vector<std::uint64_t> shape;  // of kPackedTrits the matrix's; the file has the number of bytes
  const TensorView* source = nullptr;
  std::optional<TernarySource> ternary{};
  std::optional<PackingStrategy> packing{};  // kPackedTrits; nothing: the smallest
  RowOrder order = RowOrder::kAsIs;
  std::size_t heads = 0;  // that rows belong to, where their order changes
  std::vector<float> values{};
  std::shared_ptr<const Pruner> pruner{};  // kDense
};

/// Which row of the source is row `row`.
std::size_t source_row(const ConvertedTensor& tensor, std::size_t row);

/// All values of `ternary`, in the order of the new file's rows.
std::vector<std::int8_t> all_trits(const ConvertedTensor& tensor, int threads);

/// All bytes, in pieces of some megabytes; `release` is called now and then, when the source's pages may leave memory.
/// Throws kInvalidFile for values that the type cannot hold, naming the tensor.
void write_tensor(const ConvertedTensor& tensor, int threads, const TensorBytes& put,
                  const std::function<void()>& release);

/// Throws kIo unless `written` holds the same: ternary values and scales exactly (a scale as the type rounds it), dense
/// values within half a step of the type.
void verify_tensor(const ConvertedTensor& tensor, const TensorView& written, int threads,
                   const std::function<void()>& release);

/// The source's values and what the new file has in their place, some rows at a time, in their order: for measuring
/// what was lost. `visit` is called by one thread.
void visit_values(const ConvertedTensor& tensor,
                  const std::function<void(std::span<const float> source, std::span<const float> written)>& visit);

}  // namespace bitnet
