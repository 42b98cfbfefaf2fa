// The SIMD backend: one table of kernels, chosen when it is created, and the context's threads.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "backends/backend.hpp"
#include "backends/limit_loops.hpp"

namespace bitnet::cpu {

/// Every level name that --isa takes for this backend.
std::vector<std::string_view> known_isa_levels();
/// Those that the build has and this processor runs, best first.
std::vector<std::string_view> usable_isa_levels();
/// `isa` is one of usable_isa_levels().
std::unique_ptr<Backend> create_cpu_backend(const Context& context, std::string_view isa);
/// `isa` is one of usable_isa_levels().
const LimitLoops& limit_loops(std::string_view isa);

}  // namespace bitnet::cpu
