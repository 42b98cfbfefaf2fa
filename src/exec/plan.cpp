#include "exec/plan.hpp"

#include <algorithm>

#include "base/env.hpp"
#include "base/fail.hpp"

namespace bitnet {
namespace {

std::string describe(const OpNeed& need) {
  const bool typed = need.op == Op::kDenseMatmul || need.op == Op::kEmbed || need.op == Op::kAttention;
  return typed ? fmt::format("{} of {}", op_name(need.op), dtype_name(need.type)) : std::string(op_name(need.op));
}

}  // namespace

Plan::Plan(const Context& context, std::string_view backend, std::string_view isa, std::span<const OpNeed> needs) {
  std::vector<BackendInfo> known = list_backends();
  std::stable_sort(known.begin(), known.end(), [](const auto& a, const auto& b) { return a.priority > b.priority; });

  const std::string forced = backend.empty() ? environment("BITNET_FORCE_BACKEND") : std::string(backend);
  if (!forced.empty()) {
    backends_.push_back(create_backend(context, forced, isa));
  }
  for (const BackendInfo& info : known) {
    if (!info.available || info.name == forced) continue;
    // An instruction set was asked of the first backend only; those behind it are there to fall back on.
    backends_.push_back(create_backend(context, info.name, backends_.empty() ? isa : std::string_view()));
  }
  if (backends_.empty()) fail(ErrorCode::kUnsupported, "no backend can run on this machine");

  for (const OpNeed& need : needs) {
    const bool planned = std::any_of(operations_.begin(), operations_.end(), [&](const auto& o) { return o.need == need; });
    if (planned) continue;
    const auto it = std::find_if(backends_.begin(), backends_.end(), [&](const auto& b) { return b->supports(need.op, need.type); });
    if (it == backends_.end()) fail(ErrorCode::kUnsupported, "no backend runs {}", describe(need));
    PlannedOp operation{need, it->get(), ""};
    if (it == backends_.begin()) {
      operation.reason = forced.empty() ? "highest priority here" : "asked for";
    } else {
      operation.reason = fmt::format("{} does not run it", primary().name());
      context.log(LogLevel::kWarning, fmt::format("{} runs on backend {}: {}", describe(need), (*it)->name(), operation.reason));
    }
    operations_.push_back(std::move(operation));
  }
}

const Backend& Plan::backend(Op op, DType type) const {
  for (const PlannedOp& operation : operations_)
    if (operation.need == OpNeed{op, type}) return *operation.backend;
  fail(ErrorCode::kInternal, "{} was not planned", describe({op, type}));
}

}  // namespace bitnet
