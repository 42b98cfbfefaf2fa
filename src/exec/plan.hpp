// Which backend runs which operation of a model: decided once, when the model is loaded.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/backend.hpp"

namespace bitnet {

/// An operation that a model needs; `type` as in Backend::supports.
struct OpNeed {
  Op op;
  DType type = DType::kF32;
  bool operator==(const OpNeed&) const = default;
};

struct PlannedOp {
  OpNeed need;
  const Backend* backend = nullptr;
  std::string reason;               // "highest priority of those that support it", ...
};

/// Owns the backends it uses.
class Plan {
 public:
  /// `backend` and `isa` as in LoadOptions. Each need goes to the named backend, or to the one of highest priority that is
  /// available; where that one does not support it, to the next that does, with a warning in the log. Throws kUnsupported
  /// when none does. The context must outlive the plan.
  Plan(const Context& context, std::string_view backend, std::string_view isa, std::span<const OpNeed> needs);

  /// The backend of a need that was given to the constructor; throws kInternal for another.
  const Backend& backend(Op op, DType type = DType::kF32) const;
  /// The backend that was asked for, or the one of highest priority.
  const Backend& primary() const { return *backends_.front(); }
  std::span<const PlannedOp> operations() const { return operations_; }

 private:
  std::vector<std::unique_ptr<Backend>> backends_;   // in the order they are tried
  std::vector<PlannedOp> operations_;
};

}  // namespace bitnet
