#ifdef BITNET_TOKENIZERS
#include "text/tokenizer/regex.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/fail.hpp"
#include "text/tokenizer/utf8.hpp"

namespace bitnet::tokenization {
namespace {

// PCRE2's own `\s` takes U+180E, which is no White_Space since Unicode 6.3.
constexpr std::string_view kSpace =
    "\\t-\\r\\x20\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}";
constexpr std::string_view kWord = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";
// Outside a set Oniguruma's `\w` takes Latin-1's superscripts and fractions too.
constexpr std::string_view kLoneWord = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{b2}\\x{b3}\\x{b9}\\x{bc}-\\x{be}";

constexpr std::uint32_t kMatchLimit = 10'000'000;
constexpr std::uint32_t kHeapLimitKib = 65536;
constexpr std::size_t kMaxPattern = 65536;

std::string in_set(bool negated, std::string_view members) {
  return fmt::format("[{}{}]", negated ? "^" : "", members);
}

// Rewrites what PCRE2 would read otherwise than the pattern's author meant.
std::string translate(std::string_view pattern, RegexDialect dialect) {
  const bool oniguruma = dialect == RegexDialect::kOniguruma;
  std::string out;
  bool set = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      const char e = pattern[++i];
      switch (e) {
        case 's': out += set ? std::string(kSpace) : in_set(false, kSpace); continue;
        case 'S':
          if (set) break;
          out += in_set(true, kSpace);
          continue;
        case 'w': out += set ? std::string(kWord) : in_set(false, oniguruma ? kLoneWord : kWord); continue;
        case 'W':
          if (set) break;
          out += in_set(true, oniguruma ? kLoneWord : kWord);
          continue;
        case 'h':
          if (!oniguruma) break;
          out += set ? "0-9A-Fa-f" : "[0-9A-Fa-f]";
          continue;
        case 'H':
          if (!oniguruma || set) break;
          out += "[^0-9A-Fa-f]";
          continue;
        case 'u':
          if (i + 4 < pattern.size()) {
            out += fmt::format("\\x{{{}}}", pattern.substr(i + 1, 4));
            i += 4;
            continue;
          }
          break;
        default: break;
      }
      out += c;
      out += e;
      continue;
    }
    if (!set && c == '[') {
      set = true;
      out += c;
      if (i + 1 < pattern.size() && pattern[i + 1] == '^') out += pattern[++i];
      // A bracket that comes first is a member.
      if (i + 1 < pattern.size() && pattern[i + 1] == ']') {
        out += "\\]";
        ++i;
      }
      continue;
    }
    if (set && c == ']') {
      set = false;
    } else if (set && c == '[' && i + 1 < pattern.size() && pattern[i + 1] == ':') {
      const std::size_t end = pattern.find(":]", i);
      if (end != std::string_view::npos) {
        out += pattern.substr(i, end + 2 - i);
        i = end + 1;
        continue;
      }
      out += '\\';
    } else if (set && c == '[') {
      if (oniguruma) {
        fail(ErrorCode::kUnsupported, "the pattern '{}' has a set within a set, which this build cannot read",
             printable(pattern));
      }
      out += '\\';
    } else if (set && oniguruma && c == '&' && i + 1 < pattern.size() && pattern[i + 1] == '&') {
      fail(ErrorCode::kUnsupported, "the pattern '{}' intersects sets with &&, which this build cannot read",
           printable(pattern));
    }
    out += c;
  }
  return out;
}

std::string message_of(int code) {
  PCRE2_UCHAR8 buffer[256];
  pcre2_get_error_message(code, buffer, sizeof buffer);
  return reinterpret_cast<const char*>(buffer);
}

}  // namespace

struct Regex::Code {
  pcre2_code* code = nullptr;
  bool jit = false;
  ~Code() { pcre2_code_free(code); }
};

struct Regex::Searcher::State {
  const Regex* regex;
  std::string_view text;
  pcre2_match_data* data = nullptr;
  pcre2_match_context* context = nullptr;
  pcre2_jit_stack* stack = nullptr;

  ~State() {
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    pcre2_jit_stack_free(stack);
  }
};

Regex::Regex(std::string_view pattern, RegexDialect dialect) : pattern_(pattern), code_(std::make_unique<Code>()) {
  if (pattern.size() > kMaxPattern) {
    fail(ErrorCode::kUnsupported, "a pattern of {} bytes is longer than {}", pattern.size(), kMaxPattern);
  }
  const std::string translated = translate(pattern, dialect);
  std::uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
  options |= dialect == RegexDialect::kOniguruma ? PCRE2_MULTILINE : PCRE2_DOLLAR_ENDONLY;
  int error = 0;
  PCRE2_SIZE offset = 0;
  code_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR8>(translated.data()), translated.size(), options, &error,
                              &offset, nullptr);
  if (code_->code == nullptr) fail_file("the pattern '{}' is not valid: {}", printable(pattern), message_of(error));
  code_->jit = pcre2_jit_compile(code_->code, PCRE2_JIT_COMPLETE) == 0;
}

Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;

Regex::Searcher::Searcher(const Regex& regex, std::string_view text) : state_(std::make_unique<State>()) {
  state_->regex = &regex;
  state_->text = text;
  state_->data = pcre2_match_data_create_from_pattern(regex.code_->code, nullptr);
  state_->context = pcre2_match_context_create(nullptr);
  if (state_->data == nullptr || state_->context == nullptr) {
    fail(ErrorCode::kInsufficientMemory, "no memory to match a pattern");
  }
  pcre2_set_match_limit(state_->context, kMatchLimit);
  pcre2_set_heap_limit(state_->context, kHeapLimitKib);
}

Regex::Searcher::~Searcher() = default;

std::size_t Regex::Searcher::size() const noexcept { return state_->text.size(); }

std::size_t Regex::Searcher::after_character(std::size_t at) const noexcept {
  return at + (at < size() ? utf8_length(state_->text[at]) : 1);
}

std::optional<Regex::Match> Regex::Searcher::find(std::size_t from) {
  State& s = *state_;
  const auto* text = reinterpret_cast<PCRE2_SPTR8>(s.text.data() != nullptr ? s.text.data() : "");
  const auto run = [&](std::uint32_t options) {
    return pcre2_match(s.regex->code_->code, text, s.text.size(), from, options, s.data, s.context);
  };
  int rc = run(PCRE2_NO_UTF_CHECK);
  if (rc == PCRE2_ERROR_JIT_STACKLIMIT && s.stack == nullptr) {
    // The default stack of 32 KiB serves short matches; long ones get their own.
    s.stack = pcre2_jit_stack_create(std::size_t{64} << 10, std::size_t{16} << 20, nullptr);
    pcre2_jit_stack_assign(s.context, nullptr, s.stack);
    rc = run(PCRE2_NO_UTF_CHECK);
  }
  if (rc == PCRE2_ERROR_NOMATCH) return std::nullopt;
  if (rc < 0) {
    fail(ErrorCode::kUnsupported, "the pattern '{}' cannot be matched against this text: {}",
         printable(s.regex->pattern_), message_of(rc));
  }
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(s.data);
  // \K can set a begin behind the end or before `from`; such a match has no meaning here.
  if (bounds[0] > bounds[1] || bounds[0] < from) {
    fail(ErrorCode::kUnsupported, "the pattern '{}' matches backwards", printable(s.regex->pattern_));
  }
  return Match{bounds[0], bounds[1]};
}

}  // namespace bitnet::tokenization
#endif  // BITNET_TOKENIZERS
