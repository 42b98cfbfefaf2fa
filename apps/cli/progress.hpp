// A progress bar on stderr for loads that make a person wait.
#pragma once

#include <cstdint>
#include <string_view>

#include "bitnet/context.hpp"
#include "cli/options.hpp"

namespace bitnet::cli {

/// Draws only on a terminal, only after half a second, and wipes its line at the end.
class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void update(std::string_view what, std::uint64_t done, std::uint64_t total);
  ProgressSink sink();

 private:
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point start_, last_;
};

}  // namespace bitnet::cli
