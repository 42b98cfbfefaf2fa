// A model's weights as the tensors of a GGUF file: which there are, their bytes, and whether a file holds them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "io/gguf.hpp"
#include "io/gguf_writer.hpp"
#include "model/weight_files.hpp"
#include "quant/ternary.hpp"

namespace bitnet {

class GgufTensors {
 public:
  /// `linear`: i2_s, tq1_0 or tq2_0 for ternary weights; f16 holds those too (0 and the scale), and dense ones. `head`,
  /// of the embedding and the head: f32, f16, bf16, q8_0 or q6_k. Vectors are f32. Throws kInvalidFile or kUnsupported
  /// naming the tensor: missing, of a wrong shape, part of no model of this architecture, or not ternary where `linear`
  /// must be.
  GgufTensors(std::shared_ptr<const WeightFiles> files, DType linear, DType head);

  /// Throws kInvalidArgument where a row is no whole number of blocks.
  void list(GgufWriter& writer) const;
  std::size_t size() const noexcept { return items_.size(); }
  /// The bytes of tensor `index` of the list. Throws kInvalidFile for values that the type cannot hold.
  void fill(std::size_t index, std::span<std::byte> bytes) const;
  /// Throws kIo naming the tensor unless `written` holds all of them: ternary values and scales as they are (a scale as
  /// f16 has it where the type stores that), dense values within the type's rounding.
  void verify(const GgufFile& written) const;

  /// Rows of the embedding.
  std::size_t vocabulary() const noexcept { return vocabulary_; }
  std::uint64_t parameters() const noexcept { return parameters_; }

 private:
  struct Item {
    std::string name;
    DType type;
    std::vector<std::uint64_t> shape;
    const TensorView* source = nullptr;  // null: `values` holds it
    std::optional<TernarySource> ternary{};
    std::size_t interleaved_heads = 0;  // rows to be put in the order of interleaved RoPE, head by head; 0: none
    std::vector<float> values{};
  };

  const TensorView* find(std::string_view name);
  const TensorView& require(std::string_view name);
  void add_vector(const std::string& name, std::string_view from, std::size_t size);
  void add_matrix(const std::string& name, const TensorView& tensor, std::size_t cols, DType type);
  void add_layer(std::size_t layer);
  void add_linear(const std::string& name, const std::string& from, std::size_t rows, std::size_t cols,
                  std::size_t rope_heads);
  void add_rope_factors();
  void refuse_unknown_tensors() const;

  static std::size_t source_row(const Item& item, std::size_t row);
  static std::vector<std::int8_t> trits(const Item& item);
  static void floats(const Item& item, std::size_t row, std::span<float> values);
  static void fill_ternary(const Item& item, std::span<std::byte> bytes);
  static void fill_dense(const Item& item, std::span<std::byte> bytes);
  static void verify_ternary(const Item& item, const TensorView& written);
  static void verify_dense(const Item& item, const TensorView& written);

  std::shared_ptr<const WeightFiles> files_;
  const ModelConfig& config_;
  const TensorNames& names_;
  DType linear_;
  std::size_t vocabulary_ = 0;
  std::uint64_t parameters_ = 0;
  std::set<std::string> used_;
  std::vector<Item> items_;
};

}  // namespace bitnet
