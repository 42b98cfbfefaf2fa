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
  if (!std::isfinite(temperature) || temperature < 0.0f)
    fail_argument("temperature is {}: take a number of 0 (greedy) or more", temperature);
  if (top_k < 0) fail_argument("top_k is {}: take 0 (off) or more", top_k);
  // Written so that NaN fails too.
  if (!(top_p >= 0.0f && top_p <= 1.0f)) fail_argument("top_p is {}: take a probability from 0 to 1 (off)", top_p);
  if (!(min_p >= 0.0f && min_p <= 1.0f)) fail_argument("min_p is {}: take a probability from 0 (off) to 1", min_p);
  if (!std::isfinite(repeat_penalty) || repeat_penalty <= 0.0f)
    fail_argument("repeat_penalty is {}: take a number above 0; 1 is off", repeat_penalty);
  if (repeat_window < 0) fail_argument("repeat_window is {}: take 0 or more tokens", repeat_window);
}

std::string_view finish_reason_name(FinishReason reason) noexcept {
  switch (reason) {
    case FinishReason::kLength: return "length";
    case FinishReason::kStopToken: return "stop_token";
    case FinishReason::kStopText: return "stop_text";
    case FinishReason::kContextFull: return "context_full";
    case FinishReason::kCancelled: return "cancelled";
  }
  return "unknown";
}

}  // namespace bitnet
