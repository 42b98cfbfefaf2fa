// Regular expressions of tokenizer files, run by PCRE2.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bitnet::tokenization {

/// How a pattern is meant: tokenizer.json files are written for Oniguruma with Ruby's syntax, llama.cpp's patterns for
/// ECMAScript. They differ in anchors, in `\h` and in sets within sets.
enum class RegexDialect { kOniguruma, kEcmaScript };

/// Immutable and safe to share between threads.
class Regex {
 public:
  struct Match {
    std::size_t begin, end;
  };

  /// Throws kInvalidFile with PCRE2's message when the pattern is not a regular expression, kUnsupported when it uses
  /// what PCRE2 reads differently.
  explicit Regex(std::string_view pattern, RegexDialect dialect = RegexDialect::kOniguruma);
  ~Regex();
  Regex(Regex&&) noexcept;

  const std::string& pattern() const noexcept { return pattern_; }

  /// Searches one text from left to right. The text must be valid UTF-8 and outlive the searcher.
  class Searcher {
   public:
    Searcher(const Regex& regex, std::string_view text);
    ~Searcher();
    Searcher(const Searcher&) = delete;
    Searcher& operator=(const Searcher&) = delete;
    /// The first match that begins at `from` or later. Throws kUnsupported when matching takes too many steps.
    std::optional<Match> find(std::size_t from);
    /// Calls f(match) for all matches; an empty one right behind another match does not count, nor one in an empty
    /// text.
    template <typename F>
    void for_each(const F& f) {
      constexpr std::size_t kNone = static_cast<std::size_t>(-1);
      if (size() == 0) return;
      std::size_t last = kNone;
      for (std::size_t from = 0; from <= size();) {
        const auto match = find(from);
        if (!match) return;
        if (match->begin == match->end && match->end == last) {
          from = after_character(match->end);
          continue;
        }
        f(*match);
        from = last = match->end;
      }
    }

   private:
    struct State;
    std::size_t size() const noexcept;
    std::size_t after_character(std::size_t at) const noexcept;
    std::unique_ptr<State> state_;
  };

 private:
  struct Code;
  std::string pattern_;
  std::unique_ptr<Code> code_;
};

}  // namespace bitnet::tokenization
