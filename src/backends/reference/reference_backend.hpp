// Plain loops: the oracle that every other backend is compared with, and the fallback that always runs.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "backends/backend.hpp"

namespace bitnet::reference {

std::vector<std::string_view> isa_levels();
std::unique_ptr<Backend> create_reference_backend(const Context& context, std::string_view isa);

}  // namespace bitnet::reference
