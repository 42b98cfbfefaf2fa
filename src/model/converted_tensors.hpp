// A model's weights as the tensors of another file: which there are, their bytes, and whether a file holds them.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "bitnet/packing.hpp"
#include "model/precision_policy.hpp"
#include "model/tensor_encoding.hpp"
#include "model/weight_files.hpp"

namespace bitnet {

/// What is written. Vectors are f32 in GGUF files; in Hugging Face's bf16 where that keeps every value, else f32.
struct TensorFormat {
  enum class Ternary : std::uint8_t { kType, kPackedRows, kPackedTrits };

  bool hugging_face = false;               // names and the order of rows; GGUF's otherwise
  Ternary ternary = Ternary::kType;        // kPackedRows: Hugging Face's bytes; kPackedTrits: PackedTrits
  DType linear = DType::kI2_S;             // of ternary linears with kType
  DType dense = DType::kF16;               // of other linears
  std::optional<DType> head;               // of the embedding and the head; nothing: as they are, f16 for block types
  std::optional<PackingStrategy> packing;  // with kPackedTrits; nothing: the smallest, tensor by tensor
  bool needs_ternary = true;               // a model of which no linear is ternary is refused
  PrecisionPolicy* policy = nullptr;       // which linears are made ternary, and types other than the above
  std::optional<Pruning> pruning;          // of linears that are not ternary yet
};

class ConvertedTensors {
 public:
  /// Throws kInvalidFile or kUnsupported naming the tensor: missing, of a wrong shape, or part of no model of this
  /// architecture.
  ConvertedTensors(std::shared_ptr<const WeightFiles> files, const TensorFormat& format);

  std::span<const ConvertedTensor> tensors() const noexcept { return tensors_; }
  /// All bytes of tensor `index`, piece by piece. Throws kInvalidFile for values that its type cannot hold.
  void write(std::size_t index, int threads, const TensorBytes& put) const;
  /// Throws kIo naming the tensor unless `written` is this one: ternary values and scales as they are (a scale as the
  /// type rounds it), dense values within the type's rounding.
  void verify(std::size_t index, const TensorView* written, int threads,
              const std::function<void(const TensorView&)>& release) const;

  /// Rows of the embedding.
  std::size_t vocabulary() const noexcept { return vocabulary_; }
  std::uint64_t parameters() const noexcept { return parameters_; }
  /// Linears that are not ternary, as the target names them: "model.layers.0.mlp.down_proj".
  std::span<const std::string> dense_linears() const noexcept { return dense_linears_; }
  std::size_t ternary_linears() const noexcept { return ternary_linears_; }
  /// The widest type in which embedding and head are written.
  DType head_type() const noexcept { return head_type_; }

 private:
  const TensorView* find(std::string_view name);
  const TensorView& require(std::string_view name);
  void add_vector(const std::string& name, std::string_view from, std::size_t size);
  void add_values(const std::string& name, std::vector<float> values);
  ConvertedTensor& add_matrix(const std::string& name, const TensorView& tensor, std::size_t cols, DType type);
  void add_head(const std::string& name, std::string_view policy_name, const TensorView& tensor);
  void add_layer(std::size_t layer);
  struct LinearNames {
    std::string to, from, policy;  // without ".weight"
  };
  void add_linear(const LinearNames& names, std::size_t rows, std::size_t cols, std::size_t rope_heads);
  PrecisionChoice choice(std::string_view policy_name) const;
  void add_rope_factors();
  void refuse_unknown_tensors() const;

  std::shared_ptr<const WeightFiles> files_;
  const ModelConfig& config_;
  const TensorNames &from_, &to_;
  TensorFormat format_;
  std::size_t vocabulary_ = 0, ternary_linears_ = 0;
  std::uint64_t parameters_ = 0;
  DType head_type_ = DType::kF16;
  std::set<std::string> used_;
  std::vector<std::string> dense_linears_;
  std::vector<ConvertedTensor> tensors_;
};

}  // namespace bitnet
