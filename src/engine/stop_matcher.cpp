#include "engine/stop_matcher.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"

namespace bitnet {

StopMatcher::StopMatcher(std::vector<std::string> stops) : stops_(std::move(stops)) {
  for (const std::string& stop : stops_)
    if (stop.empty()) fail_argument("a stop text is empty: it would end every generation at once");
}

std::string StopMatcher::push(std::string_view piece) {
  if (stopped_) return {};
  held_ += piece;
  std::size_t first = std::string::npos;
  for (const std::string& stop : stops_) first = std::min(first, held_.find(stop));
  if (first != std::string::npos) {
    stopped_ = true;
    std::string wanted = held_.substr(0, first);
    held_.clear();
    return wanted;
  }
  // Keep the longest end that some stop begins with.
  std::size_t keep = 0;
  for (const std::string& stop : stops_)
    for (std::size_t n = std::min(stop.size() - 1, held_.size()); n > keep; --n)
      if (held_.compare(held_.size() - n, n, stop, 0, n) == 0) keep = n;
  std::string wanted = held_.substr(0, held_.size() - keep);
  held_.erase(0, wanted.size());
  return wanted;
}

std::string StopMatcher::finish() { return std::exchange(held_, {}); }

}  // namespace bitnet
