// Which tensor of a model gets which type: the rules that `bitnet quantize --precision` takes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/dtype.hpp"

namespace bitnet {

/// What becomes of one matrix.
struct PrecisionChoice {
  bool ternary = false;         // its weights are made ternary (absmean)
  std::optional<DType> type{};  // else this; nothing: as the target has it
};

/// Rules "WHERE=WHAT", separated by commas; of those that match a tensor the last counts. WHERE is linears, attention,
/// ffn, first, last (the linears of these layers), embedding, head, or a name as GGUF has it without ".weight", in
/// which
/// * stands for anything: "blk.*.ffn_down". WHAT is ternary (linears alone), keep, f32, f16, bf16, q8_0 or q6_k.
class PrecisionPolicy {
 public:
  /// Throws kInvalidArgument naming the rule and what there is.
  explicit PrecisionPolicy(std::string_view rules, std::size_t layers);

  /// Of "blk.3.ffn_down", "token_embd" or "output".
  PrecisionChoice choice(std::string_view name);
  /// Throws kInvalidArgument when a rule matched none of the names asked for.
  void check_all_used() const;

 private:
  struct Rule {
    std::string text, where;
    PrecisionChoice what;
    bool used = false;
  };
  bool matches(const Rule& rule, std::string_view name) const;

  std::size_t layers_;
  std::vector<Rule> rules_;
};

}  // namespace bitnet
