// Watching a stream of text for stop strings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bitnet {

/// Holds back text that may be the beginning of a stop string, so that no part of one is ever streamed.
class StopMatcher {
 public:
  explicit StopMatcher(std::vector<std::string> stops);

  /// Adds `piece`; returns what is certain to be wanted. After a match it returns the text before the stop and
  /// stopped() is true.
  std::string push(std::string_view piece);
  /// What was held back, when the stream ends without a match.
  std::string finish();
  bool stopped() const noexcept { return stopped_; }

 private:
  std::vector<std::string> stops_;
  std::string held_;
  bool stopped_ = false;
};

}  // namespace bitnet
