#ifdef BITNET_TOKENIZERS
#include "text/tokenizer/pre_tokenizer.hpp"

#include "text/tokenizer/byte_level.hpp"
#include "text/tokenizer/unicode.hpp"

namespace bitnet::tokenization {
namespace {

// Turns a stream of matching and other spans, which together cover a text, into pieces. Empty spans are left out of the
// pieces, yet they count where a behavior looks at neighbours.
class SpanJoiner {
 public:
  SpanJoiner(Piece piece, SplitBehavior behavior, PieceSink sink) : piece_(piece), behavior_(behavior), sink_(sink) {}

  void span(std::size_t begin, std::size_t end, bool match) {
    switch (behavior_) {
      case SplitBehavior::kRemoved:
        if (!match) emit(begin, end);
        return;
      case SplitBehavior::kIsolated: emit(begin, end); return;
      case SplitBehavior::kContiguous:
        if (!open_ || match != last_match_) start(begin);
        break;
      case SplitBehavior::kMergedWithPrevious:
        if (!open_ || !match || last_match_) start(begin);
        break;
      case SplitBehavior::kMergedWithNext:
        // A match opens a piece that the next span without match joins.
        if (!open_ || match || !last_match_) start(begin);
        break;
    }
    end_ = end;
    last_match_ = match;
  }
  void finish() {
    if (open_) emit(begin_, end_);
    open_ = false;
  }

 private:
  void start(std::size_t begin) {
    if (open_) emit(begin_, end_);
    open_ = true;
    begin_ = begin;
  }
  void emit(std::size_t begin, std::size_t end) {
    if (begin < end) sink_({piece_.text.substr(begin, end - begin), piece_.first && begin == 0});
  }

  Piece piece_;
  SplitBehavior behavior_;
  PieceSink sink_;
  bool open_ = false, last_match_ = false;
  std::size_t begin_ = 0, end_ = 0;
};

class Split final : public PreTokenizer {
 public:
  Split(Pattern pattern, SplitBehavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}

  void split(Piece piece, PieceSink sink) const override {
    SpanJoiner joiner(piece, behavior_, sink);
    const std::string_view text = piece.text;
    std::size_t done = 0;
    const auto match = [&](std::size_t begin, std::size_t end) {
      if (done < begin) joiner.span(done, begin, invert_);
      joiner.span(begin, end, !invert_);
      done = end;
    };
    if (pattern_.regex) {
      Regex::Searcher searcher(*pattern_.regex, text);
      searcher.for_each([&](Regex::Match m) { match(m.begin, m.end); });
    } else if (!pattern_.literal.empty()) {
      for (std::size_t at; (at = text.find(pattern_.literal, done)) != std::string_view::npos;) {
        match(at, at + pattern_.literal.size());
      }
    }
    if (done < text.size()) joiner.span(done, text.size(), invert_);
    joiner.finish();
  }

 private:
  Pattern pattern_;
  SplitBehavior behavior_;
  bool invert_;
};

class KnownSplit final : public PreTokenizer {
 public:
  explicit KnownSplit(KnownPattern pattern) : pattern_(pattern) {}
  void split(Piece piece, PieceSink sink) const override {
    for (std::size_t begin = 0; begin < piece.text.size();) {
      const std::size_t end = piece_end(pattern_, piece.text, begin);
      sink({piece.text.substr(begin, end - begin), piece.first && begin == 0});
      begin = end;
    }
  }

 private:
  KnownPattern pattern_;
};

// Each character is a match or not.
template <typename IsMatch>
class CharacterSplit final : public PreTokenizer {
 public:
  CharacterSplit(IsMatch is_match, SplitBehavior behavior) : is_match_(std::move(is_match)), behavior_(behavior) {}
  void split(Piece piece, PieceSink sink) const override {
    SpanJoiner joiner(piece, behavior_, sink);
    std::size_t done = 0;
    for (std::size_t i = 0; i < piece.text.size();) {
      const CodePoint c = decode_utf8(piece.text.data() + i);
      if (is_match_(c.value)) {
        if (done < i) joiner.span(done, i, false);
        joiner.span(i, i + c.length, true);
        done = i + c.length;
      }
      i += c.length;
    }
    if (done < piece.text.size()) joiner.span(done, piece.text.size(), false);
    joiner.finish();
  }

 private:
  IsMatch is_match_;
  SplitBehavior behavior_;
};

template <typename IsMatch>
std::unique_ptr<PreTokenizer> character_split(IsMatch is_match, SplitBehavior behavior) {
  return std::make_unique<CharacterSplit<IsMatch>>(std::move(is_match), behavior);
}

template <typename F>
class Rewrite final : public PreTokenizer {
 public:
  explicit Rewrite(F f) : f_(std::move(f)) {}
  void split(Piece piece, PieceSink sink) const override { f_(piece, sink); }

 private:
  F f_;
};

template <typename F>
std::unique_ptr<PreTokenizer> rewrite(F f) {
  return std::make_unique<Rewrite<F>>(std::move(f));
}

class ByteLevelMapping final : public PreTokenizer {
 public:
  void split(Piece piece, PieceSink sink) const override { sink({to_byte_level(piece.text), piece.first}); }
  bool is_byte_level_mapping() const noexcept override { return true; }
};

bool is_tokenizer_punctuation(char32_t c) noexcept {
  if (c < 0x80) return c > ' ' && c < 0x7F && !(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  return is_punctuation(c);
}

}  // namespace

std::unique_ptr<PreTokenizer> make_split(Pattern pattern, SplitBehavior behavior, bool invert) {
  // Known patterns leave nothing unmatched, so these behaviors keep just the pieces.
  if (pattern.regex && ((behavior == SplitBehavior::kIsolated) || (behavior == SplitBehavior::kRemoved && invert))) {
    if (const auto known = recognise_pattern(pattern.regex->pattern())) return make_known_split(*known);
  }
  return std::make_unique<Split>(std::move(pattern), behavior, invert);
}

std::unique_ptr<PreTokenizer> make_known_split(KnownPattern pattern) { return std::make_unique<KnownSplit>(pattern); }

std::unique_ptr<PreTokenizer> make_prefix_space() {
  return rewrite([](Piece piece, PieceSink sink) {
    if (piece.text.starts_with(' ')) {
      sink(piece);
      return;
    }
    std::string text = " ";
    text += piece.text;
    sink({text, piece.first});
  });
}

std::unique_ptr<PreTokenizer> make_byte_level_mapping() { return std::make_unique<ByteLevelMapping>(); }

std::unique_ptr<PreTokenizer> make_metaspace(std::string replacement, PrependScheme scheme, bool split) {
  return rewrite([replacement = std::move(replacement), scheme, split](Piece piece, PieceSink sink) {
    std::string text = replace_all(piece.text, Pattern{" ", nullptr}, replacement);
    const bool prepend = scheme == PrependScheme::kAlways || (scheme == PrependScheme::kFirst && piece.first);
    if (prepend && !text.starts_with(replacement)) text.insert(0, replacement);
    const Piece whole{text, piece.first};
    if (!split) {
      sink(whole);
      return;
    }
    SpanJoiner joiner(whole, SplitBehavior::kMergedWithNext, sink);
    std::size_t done = 0;
    for (std::size_t at; (at = text.find(replacement, done)) != std::string::npos;) {
      if (done < at) joiner.span(done, at, false);
      done = at + replacement.size();
      joiner.span(at, done, true);
    }
    if (done < text.size()) joiner.span(done, text.size(), false);
    joiner.finish();
  });
}

std::unique_ptr<PreTokenizer> make_whitespace() {
  // \w+|[^\w\s]+
  return rewrite([](Piece piece, PieceSink sink) {
    enum class Kind { kNone, kWord, kPunctuation };
    const auto kind = [](char32_t c) {
      return is_word(c) ? Kind::kWord : is_white_space(c) ? Kind::kNone : Kind::kPunctuation;
    };
    std::size_t begin = 0;
    Kind open = Kind::kNone;
    const auto close = [&](std::size_t end) {
      if (open != Kind::kNone) sink({piece.text.substr(begin, end - begin), piece.first && begin == 0});
    };
    for (std::size_t i = 0; i < piece.text.size();) {
      const CodePoint c = decode_utf8(piece.text.data() + i);
      const Kind k = kind(c.value);
      if (k != open) {
        close(i);
        open = k;
        begin = i;
      }
      i += c.length;
    }
    close(piece.text.size());
  });
}

std::unique_ptr<PreTokenizer> make_whitespace_split() {
  return character_split(is_white_space, SplitBehavior::kRemoved);
}

std::unique_ptr<PreTokenizer> make_digits(bool individual) {
  return character_split(is_number, individual ? SplitBehavior::kIsolated : SplitBehavior::kContiguous);
}

std::unique_ptr<PreTokenizer> make_punctuation(SplitBehavior behavior) {
  return character_split(is_tokenizer_punctuation, behavior);
}

std::unique_ptr<PreTokenizer> make_delimiter(std::string delimiter) {
  return make_split(Pattern{std::move(delimiter), nullptr}, SplitBehavior::kRemoved, false);
}

std::unique_ptr<PreTokenizer> make_fixed_length(std::size_t length) {
  return rewrite([length](Piece piece, PieceSink sink) {
    std::size_t begin = 0, characters = 0;
    for (std::size_t i = 0; i < piece.text.size();) {
      i += utf8_length(piece.text[i]);
      if (++characters == length || i == piece.text.size()) {
        sink({piece.text.substr(begin, i - begin), piece.first && begin == 0});
        begin = i;
        characters = 0;
      }
    }
  });
}

std::unique_ptr<PreTokenizer> make_escaped_spaces(bool prefix) {
  return rewrite([prefix](Piece piece, PieceSink sink) {
    std::string text = replace_all(piece.text, Pattern{" ", nullptr}, kMetaspace);
    if (prefix && piece.first) text.insert(0, kMetaspace);
    sink({text, piece.first});
  });
}

std::unique_ptr<PreTokenizer> make_metaspace_runs() {
  return rewrite([](Piece piece, PieceSink sink) {
    const std::string_view text = piece.text;
    std::size_t begin = 0;
    for (std::size_t at = 0; (at = text.find(kMetaspace, at)) != std::string_view::npos; at += kMetaspace.size()) {
      if (at == begin || text.substr(0, at).ends_with(kMetaspace)) continue;
      sink({text.substr(begin, at - begin), piece.first && begin == 0});
      begin = at;
    }
    if (begin < text.size()) sink({text.substr(begin), piece.first && begin == 0});
  });
}

std::vector<std::unique_ptr<PreTokenizer>> make_bert_pre_tokenizer() {
  std::vector<std::unique_ptr<PreTokenizer>> steps;
  steps.push_back(make_whitespace_split());
  steps.push_back(make_punctuation(SplitBehavior::kIsolated));
  return steps;
}

bool PreTokenizerSequence::take_byte_level_mapping() {
  if (steps_.empty() || !steps_.back()->is_byte_level_mapping()) return false;
  for (std::size_t i = 0; i + 1 < steps_.size(); ++i) {
    if (steps_[i]->is_byte_level_mapping()) return false;
  }
  steps_.pop_back();
  return true;
}

void PreTokenizerSequence::run(std::size_t step, Piece piece, PieceSink sink) const {
  if (step == steps_.size()) {
    if (!piece.text.empty()) sink(piece);
    return;
  }
  steps_[step]->split(piece, [&](Piece p) {
    if (step + 1 == steps_.size()) {
      sink(p);
    } else {
      run(step + 1, p, sink);
    }
  });
}

}  // namespace bitnet::tokenization
#endif  // BITNET_TOKENIZERS
