#include "engine/decode_threads.hpp"

#include <algorithm>

namespace bitnet {

void DecodeThreads::took(double seconds) noexcept {
  least_ = tokens_ == 0 ? seconds : std::min(least_, seconds);
  ++tokens_;
  if (settled_) {
    if (tokens_ < kTokensBetween) return;
    settled_ = false;
    best_least_ = 0;
    best_ = current_ = most_;
  } else {
    if (tokens_ < kTokensEach) return;
    // Fewer threads must show that they are faster, not only as fast.
    const bool faster = best_least_ == 0 || least_ < 0.95 * best_least_;
    if (faster) {
      best_least_ = least_;
      best_ = current_;
    }
    settled_ = !faster || current_ == 1;
    current_ = settled_ ? best_ : current_ / 2;
  }
  tokens_ = 0;
}

}  // namespace bitnet
