#include "engine/stop_matcher.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"
#include "text/tokenizer/utf8.hpp"

namespace bitnet {

StopMatcher::StopMatcher(std::vector<std::string> stops) : stops_(std::move(stops)) {
  for (const std::string& stop : stops_) {
    if (stop.empty()) fail_argument("a stop text is empty: it would end every generation before it begins");
    // Generated text is UTF-8; bytes that are not could only match inside a character.
    if (!tokenization::is_valid_utf8(stop)) fail_argument("the stop text '{}' is not UTF-8", printable(stop));
  }
}

std::string StopMatcher::push(std::string_view piece) {
  if (stopped_) return {};
  if (stops_.empty()) return std::string(piece);
  held_ += piece;

  // The stop that is complete first ends the text, and of those that end together the longest: so the result does not
  // depend on how the text came in pieces.
  std::size_t begin = std::string::npos, end = std::string::npos;
  for (const std::string& stop : stops_) {
    const std::size_t at = held_.find(stop);
    if (at == std::string::npos) continue;
    const std::size_t stop_end = at + stop.size();
    if (end == std::string::npos || stop_end < end || (stop_end == end && at < begin)) begin = at, end = stop_end;
  }
  if (begin != std::string::npos) {
    stopped_ = true;
    held_.resize(begin);
    return std::exchange(held_, {});
  }

  std::size_t hold = 0;
  for (const std::string& stop : stops_) {
    const std::string_view text = held_;
    for (std::size_t n = std::min(stop.size() - 1, text.size()); n > hold; --n)
      if (text.ends_with(std::string_view(stop).substr(0, n))) hold = n;
  }
  std::string out = held_.substr(0, held_.size() - hold);
  held_.erase(0, out.size());
  return out;
}

std::string StopMatcher::finish() { return std::exchange(held_, {}); }

}  // namespace bitnet
