#include <cmath>

#include "base/fail.hpp"
#include "bitnet/session.hpp"

namespace bitnet {

SamplerOptions SamplerOptions::greedy() {
  SamplerOptions options;
  options.temperature = 0.0f;
  return options;
}

void SamplerOptions::validate() const {
  const auto check = [](const char* field, float value, float least, float most) {
    if (!(value >= least && value <= most)) fail_argument("{} is {}: {} to {} is allowed", field, value, least, most);
  };
  check("temperature", temperature, 0.0f, 100.0f);
  check("top-p", top_p, 0.0f, 1.0f);
  check("min-p", min_p, 0.0f, 1.0f);
  check("the repetition penalty", repeat_penalty, 0.01f, 100.0f);
  if (top_k < 0) fail_argument("top-k is {}: 0 (off) or more is allowed", top_k);
  if (repeat_window < 0) fail_argument("the repetition window is {}: 0 or more is allowed", repeat_window);
}

std::string_view finish_reason_name(FinishReason reason) noexcept {
  switch (reason) {
    case FinishReason::kLength: return "length";
    case FinishReason::kStopToken: return "stop_token";
    case FinishReason::kStopText: return "stop_text";
    case FinishReason::kContextFull: return "context_full";
    case FinishReason::kCancelled: return "cancelled";
  }
  return "length";
}

}  // namespace bitnet
