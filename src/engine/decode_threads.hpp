// How many threads decode fastest: more share the work, and wait for each other more often.
#pragma once

namespace bitnet {

/// Tries all threads, then half as many, and so on while that is faster, a few tokens each; then stays, and looks again
/// after many tokens, since other programs come and go. Results do not depend on the number.
class DecodeThreads {
 public:
  /// `most` is at least 1.
  explicit DecodeThreads(int most) : most_(most), current_(most), best_(most) {}

  /// What the next token should use.
  int current() const noexcept { return current_; }
  /// How long a token took with current().
  void took(double seconds) noexcept;

  static constexpr int kTokensEach = 3;
  static constexpr int kTokensBetween = 1000;

 private:
  int most_;
  int current_;
  int best_;
  int tokens_ = 0;  // with current_, or since it was settled
  bool settled_ = false;
  double least_ = 0;       // seconds a token, with current_
  double best_least_ = 0;  // with best_; 0: nothing tried yet
};

}  // namespace bitnet
