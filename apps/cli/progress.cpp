#include "cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace bitnet::cli {
namespace {

constexpr double kPatience = 0.5, kRedraw = 0.05;  // seconds
constexpr std::uint64_t kWidth = 30;

}  // namespace

ProgressBar::ProgressBar() : terminal_(stderr_is_terminal()), start_(Clock::now()), last_(start_) {}

ProgressBar::~ProgressBar() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
}

void ProgressBar::update(std::string_view what, std::uint64_t done, std::uint64_t total) {
  if (!terminal_ || total == 0 || seconds_since(start_) < kPatience) return;
  if (drawn_ && done < total && seconds_since(last_) < kRedraw) return;
  done = std::min(done, total);
  const std::uint64_t filled = kWidth * done / total;
  const std::string bar = std::string(filled, '=') + std::string(kWidth - filled, ' ');
  fmt::print(stderr, "\r\x1b[K[{}] {:3}% {}", bar, 100 * done / total, what);
  std::fflush(stderr);
  drawn_ = true;
  last_ = Clock::now();
}

ProgressSink ProgressBar::sink() {
  return [this](std::string_view what, std::uint64_t done, std::uint64_t total) { update(what, done, total); };
}

}  // namespace bitnet::cli
