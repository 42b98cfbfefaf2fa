#ifdef BITNET_TOKENIZERS
#include "text/tokenizer/normalizer.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

#include "base/fail.hpp"
#include "text/tokenizer/byte_level.hpp"
#include "text/tokenizer/unicode.hpp"

namespace bitnet::tokenization {
namespace {

void append_form(std::string& out, std::string_view text, int options) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &mapped, static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (size < 0) {
    fail(ErrorCode::kInsufficientMemory, "normalizing {} bytes failed: {}", text.size(), utf8proc_errmsg(size));
  }
  out.append(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
}

void apply_form(std::string& text, NormalForm form) {
  if (is_ascii(text)) return;
  int options = UTF8PROC_STABLE;
  options |= form == NormalForm::kNfc || form == NormalForm::kNfkc ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
  if (form == NormalForm::kNfkc || form == NormalForm::kNfkd) options |= UTF8PROC_COMPAT;
  // utf8proc 2.8 takes U+11A7 for a final consonant and loses it behind a Hangul syllable. It composes with nothing, so
  // the text may be cut before it.
  constexpr std::string_view kNoFinal = "\xE1\x86\xA7";
  std::string out;
  std::size_t begin = 0;
  for (std::size_t at = 0; (at = text.find(kNoFinal, at)) != std::string::npos; at += kNoFinal.size()) {
    append_form(out, std::string_view(text).substr(begin, at - begin), options);
    begin = at;
  }
  append_form(out, std::string_view(text).substr(begin), options);
  text = std::move(out);
}

// Replaces each character by what f(character, out) appends.
template <typename F>
void map_characters(std::string& text, bool& first, const F& f) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = decode_utf8(text.data() + i);
    f(c.value, out);
    first = first && !out.empty();
    i += c.length;
  }
  text = std::move(out);
}

void lowercase(std::string& text, bool& first) {
  map_characters(text, first, [](char32_t c, std::string& out) {
    append_utf8(out, c == 0x130 ? U'i' : static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
    // The one character whose lower case is two (SpecialCasing.txt): i and a combining dot.
    if (c == 0x130) append_utf8(out, 0x307);
  });
}

// BERT's rule takes the nonspacing marks alone.
void strip_nonspacing_marks(std::string& text, bool& first) {
  map_characters(text, first, [](char32_t c, std::string& out) {
    if (!is_nonspacing_mark(c)) append_utf8(out, c);
  });
}

void strip_marks(std::string& text, bool& first) {
  map_characters(text, first, [](char32_t c, std::string& out) {
    if (char_class(c) != CharClass::kMark) append_utf8(out, c);
  });
}

template <typename F>
class Simple final : public Normalizer {
 public:
  explicit Simple(F f) : f_(std::move(f)) {}
  void normalize(std::string& text, bool& first) const override { f_(text, first); }

 private:
  F f_;
};

template <typename F>
std::unique_ptr<Normalizer> simple(F f) {
  return std::make_unique<Simple<F>>(std::move(f));
}

bool is_chinese(char32_t c) noexcept {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

void clean_text(std::string& text, bool& first) {
  map_characters(text, first, [](char32_t c, std::string& out) {
    const bool blank = c == '\t' || c == '\n' || c == '\r';
    if (c == 0 || c == kReplacementCharacter || (!blank && is_other(c))) return;
    append_utf8(out, blank || is_white_space(c) ? U' ' : c);
  });
}

// SentencePiece's nmt_nfkc rules that Hugging Face kept: control characters go, odd spaces become plain ones.
void nmt(std::string& text, bool& first) {
  map_characters(text, first, [](char32_t c, std::string& out) {
    if ((c >= 1 && c <= 8) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F) return;
    const bool space = c == 9 || c == 10 || c == 12 || c == 13 || c == 0x1680 || (c >= 0x200B && c <= 0x200F) ||
                       c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
    append_utf8(out, space ? U' ' : c);
  });
}

// Steps that each make text longer must not multiply without end.
constexpr std::size_t kMaxNormalized = std::size_t{1} << 30;

class Sequence final : public Normalizer {
 public:
  explicit Sequence(std::vector<std::unique_ptr<Normalizer>> steps) : steps_(std::move(steps)) {}
  void normalize(std::string& text, bool& first) const override {
    for (const auto& step : steps_) {
      step->normalize(text, first);
      if (text.size() > kMaxNormalized) fail_argument("the text grows beyond {} bytes when normalized", kMaxNormalized);
    }
  }

 private:
  std::vector<std::unique_ptr<Normalizer>> steps_;
};

}  // namespace

std::string replace_all(std::string_view text, const Pattern& pattern, std::string_view content, bool* first) {
  std::string out;
  std::size_t copied = 0;
  const std::size_t limit = std::min(4 * text.size() + (std::size_t{1} << 20), kMaxNormalized);
  const auto put = [&](std::size_t begin, std::size_t end) {
    out.append(text, copied, begin - copied);
    out.append(content);
    if (first != nullptr && out.empty() && end > 0) *first = false;
    copied = end;
    if (out.size() > limit)
      fail_argument("replacing '{}' makes the text longer than {} bytes",
                    printable(pattern.regex ? pattern.regex->pattern() : pattern.literal), limit);
  };
  if (pattern.regex) {
    Regex::Searcher searcher(*pattern.regex, text);
    searcher.for_each([&](Regex::Match m) { put(m.begin, m.end); });
  } else if (!pattern.literal.empty()) {
    for (std::size_t at; (at = text.find(pattern.literal, copied)) != std::string_view::npos;) {
      put(at, at + pattern.literal.size());
    }
  }
  out.append(text, copied);
  return out;
}

std::unique_ptr<Normalizer> make_normal_form(NormalForm form) {
  return simple([form](std::string& text, bool&) { apply_form(text, form); });
}

std::unique_ptr<Normalizer> make_lowercase() { return simple(lowercase); }

std::unique_ptr<Normalizer> make_strip(bool left, bool right) {
  return simple([left, right](std::string& text, bool& first) {
    std::size_t begin = 0, end = text.size();
    while (left && begin < end) {
      const CodePoint c = decode_utf8(text.data() + begin);
      if (!is_white_space(c.value)) break;
      begin += c.length;
    }
    while (right && begin < end) {
      const CodePoint c = last_character(std::string_view(text).substr(begin, end - begin));
      if (!is_white_space(c.value)) break;
      end -= c.length;
    }
    first = first && begin == 0;
    text = text.substr(begin, end - begin);
  });
}

std::unique_ptr<Normalizer> make_strip_accents() { return simple(strip_marks); }

std::unique_ptr<Normalizer> make_prepend(std::string prefix) {
  return simple([prefix = std::move(prefix)](std::string& text, bool&) {
    if (!text.empty()) text.insert(0, prefix);
  });
}

std::unique_ptr<Normalizer> make_replace(Pattern pattern, std::string content) {
  return simple([pattern = std::move(pattern), content = std::move(content)](std::string& text, bool& first) {
    text = replace_all(text, pattern, content, &first);
  });
}

std::unique_ptr<Normalizer> make_nmt() { return simple(nmt); }

std::unique_ptr<Normalizer> make_byte_level_normalizer() {
  return simple([](std::string& text, bool&) { text = to_byte_level(text); });
}

std::unique_ptr<Normalizer> make_bert_normalizer(BertNormalizerConfig config) {
  return simple([config](std::string& text, bool& first) {
    if (config.clean_text) clean_text(text, first);
    if (config.handle_chinese_chars) {
      map_characters(text, first, [](char32_t c, std::string& out) {
        if (is_chinese(c)) out += ' ';
        append_utf8(out, c);
        if (is_chinese(c)) out += ' ';
      });
    }
    if (config.strip_accents.value_or(config.lowercase)) {
      apply_form(text, NormalForm::kNfd);
      strip_nonspacing_marks(text, first);
    }
    if (config.lowercase) lowercase(text, first);
  });
}

std::unique_ptr<Normalizer> make_normalizer_sequence(std::vector<std::unique_ptr<Normalizer>> steps) {
  return std::make_unique<Sequence>(std::move(steps));
}

}  // namespace bitnet::tokenization
#endif  // BITNET_TOKENIZERS
