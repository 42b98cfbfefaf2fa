// What the CLI tells of the machine and of a model, in the words of all its JSON outputs.
#pragma once

#include "cli/options.hpp"

namespace bitnet::cli {

/// {"cpu","physical_cores","logical_cores","memory_bytes"}
Json machine_json();
/// Sizes, what runs it, and what one decoded token costs.
Json model_json(const ModelInfo& info);

}  // namespace bitnet::cli
