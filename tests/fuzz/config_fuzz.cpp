// Any text is a config.json that this library understands, or a bitnet::Error. What is understood is within its bounds.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "bitnet/error.hpp"
#include "model/config.hpp"

using namespace bitnet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const ModelConfig config = config_from_hf({reinterpret_cast<const char*>(data), size});
    if (config.heads == 0 || config.kv_heads == 0 || config.heads % config.kv_heads != 0 ||
        config.rope_dims > config.head_dim || !std::isfinite(config.rms_eps) || !std::isfinite(config.rope_theta))
      std::abort();
    (void)config.quantization.excludes("model.layers.0.self_attn.q_proj");
  } catch (const Error&) {
  }
  return 0;
}
