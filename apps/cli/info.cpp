// `bitnet info`: this machine, this build, and what a plan would pick here.
#include <fmt/format.h>

#include <algorithm>

#include "backends/backend.hpp"
#include "base/machine.hpp"
#include "cli/commands.hpp"
#include "cli/machine.hpp"
#include "cli/options.hpp"
#include "exec/plan.hpp"

namespace bitnet::cli {
namespace {

constexpr std::pair<const char*, bool> kFeatures[] = {
#ifdef BITNET_PARALLEL
    {"parallel", true},
#else
    {"parallel", false},
#endif
#ifdef BITNET_SIMD
    {"simd", true},
#else
    {"simd", false},
#endif
#ifdef BITNET_TOKENIZERS
    {"tokenizers", true},
#else
    {"tokenizers", false},
#endif
#ifdef BITNET_TRACING
    {"tracing", true},
#else
    {"tracing", false},
#endif
#ifdef BITNET_BACKTRACE
    {"backtrace", true},
#else
    {"backtrace", false},
#endif
    {"mlx", false},       {"metal", false},
};

// Every operation with every type that some backend here runs: what any model can ask for.
std::vector<OpNeed> all_needs(const Context& context) {
  std::vector<std::unique_ptr<Backend>> backends;
  for (const BackendInfo& info : list_backends())
    if (info.available) backends.push_back(create_backend(context, info.name, info.isa_levels.front()));
  std::vector<OpNeed> needs;
  const auto add = [&](OpNeed need) {
    if (std::any_of(backends.begin(), backends.end(), [&](const auto& b) { return b->supports(need.op, need.type); }))
      needs.push_back(need);
  };
  for (int i = 0; i < kOpCount; ++i) {
    const auto op = static_cast<Op>(i);
    const bool typed = op == Op::kDenseMatmul || op == Op::kEmbed || op == Op::kAttention;
    for (int type = 0; typed && type < kDTypeCount; ++type) add({op, static_cast<DType>(type)});
    if (!typed) add({op});
  }
  return needs;
}

struct PlanRow {
  std::string_view op, backend;
  std::string reason;
  std::vector<std::string_view> types;
};

// The plan's operations, those that differ in the type alone as one.
std::vector<PlanRow> plan_rows(const Plan& plan) {
  std::vector<PlanRow> rows;
  for (const PlannedOp& operation : plan.operations()) {
    const Op op = operation.need.op;
    const bool typed = op == Op::kDenseMatmul || op == Op::kEmbed || op == Op::kAttention;
    const auto same = [&](const PlanRow& row) {
      return row.op == op_name(op) && row.backend == operation.backend->name() && row.reason == operation.reason;
    };
    auto row = std::find_if(rows.begin(), rows.end(), same);
    if (row == rows.end())
      row = rows.insert(rows.end(), {op_name(op), operation.backend->name(), operation.reason, {}});
    if (typed) row->types.push_back(dtype_name(operation.need.type));
  }
  return rows;
}

std::string join(const auto& words, const char* none) {
  return words.empty() ? none : fmt::format("{}", fmt::join(words, ", "));
}

void print_json(const Context& context, const Plan& plan, const std::vector<PlanRow>& rows) {
  Json json{{"version", version()}, {"machine", machine_json()}};
  for (const auto& [name, on] : kFeatures) json["features"][name] = on;
  json["backends"] = Json::array();
  for (const BackendInfo& info : list_backends())
    json["backends"].push_back({{"name", info.name},
                                {"priority", info.priority},
                                {"available", info.available},
                                {"reason", info.reason},
                                {"isa_levels", info.isa_levels}});
  json["plan"] = {{"backend", plan.primary().name()},
                  {"isa", plan.primary().isa()},
                  {"threads", context.threads()},
                  {"operations", Json::array()}};
  for (const PlanRow& row : rows)
    json["plan"]["operations"].push_back(
        {{"op", row.op}, {"types", row.types}, {"backend", row.backend}, {"reason", row.reason}});
  write_json(json);
}

void info(const ModelOptions& options) {
  const auto context = make_context(options);
  const Plan plan(*context, options.backend, options.isa, all_needs(*context));
  const std::vector<PlanRow> rows = plan_rows(plan);
  if (options.json) return print_json(*context, plan, rows);

  write_out(fmt::format("bitnet {}\n\n", version()));
  write_out(fmt::format("machine\n  processor  {}\n  cores      {} physical, {} logical\n  memory     {}\n\n",
                        cpu_name(), physical_cores(), logical_cores(), human_bytes(memory_bytes())));
  std::vector<std::string_view> on, off;
  for (const auto& [name, is_on] : kFeatures) (is_on ? on : off).push_back(name);
  write_out(fmt::format("build\n  with       {}\n  without    {}\n\n", join(on, "nothing"), join(off, "nothing")));
  write_out("backends, highest priority first\n");
  auto backends = list_backends();
  std::stable_sort(backends.begin(), backends.end(),
                   [](const auto& a, const auto& b) { return a.priority > b.priority; });
  for (const BackendInfo& backend : backends)
    write_out(fmt::format(
        "  {:<10} priority {:>3}  {}\n", backend.name, backend.priority,
        backend.available ? "levels, best first: " + join(backend.isa_levels, "none") : "not here: " + backend.reason));
  write_out(fmt::format("\nplan: backend {}, instruction set {}, {} thread{}\n", plan.primary().name(),
                        plan.primary().isa(), context->threads(), context->threads() == 1 ? "" : "s"));
  for (const PlanRow& row : rows) {
    write_out(fmt::format("  {:<15} {:<10} {}\n", row.op, row.backend, row.reason));
    if (!row.types.empty()) write_out(fmt::format("                  of {}\n", join(row.types, "")));
  }
}

}  // namespace

void add_info(CLI::App& app, Action& action) {
  auto options = std::make_shared<ModelOptions>();
  CLI::App* command = app.add_subcommand("info");
  command->description(
      "Show this machine, the backends, and what a plan would pick\n"
      "Shows the processor and its instruction sets, the backends with their priorities, what this build\n"
      "contains, and which backend a plan picks for each operation, and why.");
  add_machine_options(*command, *options);
  add_json_option(*command, *options, "the same");
  command->callback([options, &action] { action = [options] { info(*options); }; });
}

}  // namespace bitnet::cli
