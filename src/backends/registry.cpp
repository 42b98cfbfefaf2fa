#include <algorithm>

#include "backends/backend.hpp"
#include "backends/limit_loops.hpp"
#include "backends/reference/reference_backend.hpp"
#include "base/env.hpp"
#include "base/fail.hpp"

#ifdef BITNET_SIMD
#include "backends/cpu/cpu_backend.hpp"
#endif

namespace bitnet {
namespace {

struct Entry {
  std::string_view name;
  int priority;
  std::vector<std::string_view> (*known_levels)();
  std::vector<std::string_view> (*usable_levels)();  // best first; none: the backend cannot run here
  std::unique_ptr<Backend> (*create)(const Context& context, std::string_view isa);
  const LimitLoops& (*limits)(std::string_view isa);
};

const LimitLoops& plain_limits(std::string_view) { return plain_limit_loops(); }

constexpr Entry kEntries[] = {
#ifdef BITNET_SIMD
    {"cpu", 100, &cpu::known_isa_levels, &cpu::usable_isa_levels, &cpu::create_cpu_backend, &cpu::limit_loops},
#endif
    {"reference", 0, &reference::isa_levels, &reference::isa_levels, &reference::create_reference_backend,
     &plain_limits},
};

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string quoted_list(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) text += fmt::format("{}{}", text.empty() ? "" : ", ", name);
  return text;
}

const Entry& find_entry(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Entry& entry : kEntries) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  fail_argument("there is no backend '{}' in this build: take one of {}", printable(name), quoted_list(names));
}

std::vector<std::string_view> all_levels() {
  std::vector<std::string_view> names;
  for (const Entry& entry : kEntries)
    for (const std::string_view level : entry.known_levels())
      if (!contains(names, level)) names.push_back(level);
  return names;
}

}  // namespace

std::string_view op_name(Op op) noexcept {
  switch (op) {
    case Op::kTernaryMatmul: return "ternary_matmul";
    case Op::kDenseMatmul: return "dense_matmul";
    case Op::kEmbed: return "embed";
    case Op::kRmsNorm: return "rms_norm";
    case Op::kRope: return "rope";
    case Op::kAttention: return "attention";
    case Op::kActivation: return "activation";
    case Op::kElementwise: return "elementwise";
  }
  return "unknown";
}

std::vector<BackendInfo> list_backends() {
  std::vector<BackendInfo> infos;
  for (const Entry& entry : kEntries) {
    BackendInfo info;
    info.name = entry.name;
    info.priority = entry.priority;
    for (const std::string_view level : entry.usable_levels()) info.isa_levels.emplace_back(level);
    info.available = !info.isa_levels.empty();
    if (!info.available) info.reason = "this processor has none of the instruction sets that the build contains";
    infos.push_back(std::move(info));
  }
  return infos;
}

std::unique_ptr<Backend> create_backend(const Context& context, std::string_view name, std::string_view isa) {
  const std::string forced_backend = name.empty() ? environment("BITNET_FORCE_BACKEND") : std::string(name);
  const Entry* entry = &kEntries[0];
  if (!forced_backend.empty()) {
    entry = &find_entry(forced_backend);
  } else {
    for (const Entry& candidate : kEntries) {
      if (!candidate.usable_levels().empty()) {
        entry = &candidate;
        break;
      }
    }
  }

  std::string level(isa);
  if (level.empty()) {
    level = environment("BITNET_FORCE_ISA");
    // The variable speaks of the backend that has this level; others, made as fallbacks beside it, take their best.
    const std::vector<std::string_view> known = all_levels();
    if (!level.empty() && contains(known, level) && !contains(entry->known_levels(), level)) level.clear();
  }
  const std::vector<std::string_view> usable = entry->usable_levels();
  if (usable.empty()) fail(ErrorCode::kUnsupported, "backend {} cannot run on this processor", entry->name);
  if (level.empty()) level = usable.front();
  if (!contains(entry->known_levels(), level)) {
    fail_argument("backend {} has no instruction-set level '{}': take one of {}", entry->name, printable(level),
                  quoted_list(entry->known_levels()));
  }
  if (!contains(usable, level)) {
    fail(ErrorCode::kUnsupported, "this processor or build cannot run instruction-set level '{}': take one of {}",
         level, quoted_list(usable));
  }
  return entry->create(context, level);
}

const LimitLoops& limit_loops(std::string_view backend, std::string_view isa) { return find_entry(backend).limits(isa); }

}  // namespace bitnet
