#include "cli/machine.hpp"

#include "base/machine.hpp"

namespace bitnet::cli {

Json machine_json() {
  return {{"cpu", cpu_name()},
          {"physical_cores", physical_cores()},
          {"logical_cores", logical_cores()},
          {"memory_bytes", memory_bytes()}};
}

Json model_json(const ModelInfo& info) {
  return {{"name", info.name},
          {"architecture", info.architecture},
          {"layers", info.layers},
          {"hidden", info.hidden},
          {"ffn", info.ffn},
          {"heads", info.heads},
          {"kv_heads", info.kv_heads},
          {"head_dim", info.head_dim},
          {"vocabulary", info.vocabulary},
          {"context_length", info.context_length},
          {"parameters", info.parameters},
          {"ternary_parameters", info.ternary_parameters},
          {"weight_bytes", info.weight_bytes},
          {"bytes_per_token", info.bytes_per_token},
          {"macs_per_token", info.macs_per_token},
          {"backend", info.backend},
          {"isa", info.isa}};
}

}  // namespace bitnet::cli
