#include "bitnet/chat_template.hpp"

#include <algorithm>

#include "base/fail.hpp"
#include "text/chat/format.hpp"
#include "text/tokenizer/utf8.hpp"

namespace bitnet {
namespace {

std::string name_list() {
  std::string list;
  for (const chat::Format& format : chat::formats()) list += (list.empty() ? "" : ", ") + std::string(format.name);
  return list;
}

const chat::Format* find_format(std::string_view name) {
  for (const chat::Format& format : chat::formats())
    if (format.name == name) return &format;
  return nullptr;
}

// Nothing where the vocabulary does not take the marker for one token.
std::optional<TokenId> marker_id(const Tokenizer& tokenizer, std::string_view marker) {
  const auto id = tokenizer.token_to_id(marker);
  if (!id) return std::nullopt;
  const std::vector<TokenId> alone = tokenizer.encode(marker, {.add_special_tokens = false, .at_start = false});
  return alone.size() == 1 && alone.front() == *id ? id : std::nullopt;
}

// What a text of this tokenizer begins with by itself.
bool adds_bos(const Tokenizer& tokenizer) {
  const std::vector<TokenId> ids = tokenizer.encode("");
  return tokenizer.bos() && !ids.empty() && ids.front() == *tokenizer.bos();
}

std::string spelling(const Tokenizer& tokenizer, std::optional<TokenId> id) {
  return id ? tokenizer.id_to_token(*id).value_or("") : "";
}

// Turns segments into ids.
class Encoder {
 public:
  Encoder(const Tokenizer& tokenizer, std::span<const ChatSegment> segments) : tokenizer_(tokenizer) {
    for (const ChatSegment& s : segments)
      if (s.marker && std::ranges::find(markers_, s.text, &Marker::text) == markers_.end())
        markers_.push_back({s.text, marker_id(tokenizer, s.text)});
  }

  std::vector<TokenId> encode(std::span<const ChatSegment> segments) {
    for (const ChatSegment& s : segments) {
      const auto id = s.marker ? std::ranges::find(markers_, s.text, &Marker::text)->id : std::nullopt;
      if (!id) {
        // A marker that is no token is text like that around it, as it was in training.
        plain_ += s.text;
        continue;
      }
      flush();
      out_.push_back(*id);
    }
    flush();
    return std::move(out_);
  }

 private:
  struct Marker {
    std::string text;
    std::optional<TokenId> id;
  };

  void flush() {
    std::size_t begin = 0;
    for (const std::size_t cut : cuts()) {
      encode_plain(begin, cut);
      begin = cut;
    }
    encode_plain(begin, plain_.size());
    plain_.clear();
  }

  // Some vocabularies hold a template's markers as tokens that are not special, which no option keeps from being
  // matched: where a message spells one out, it is cut behind its first character.
  std::vector<std::size_t> cuts() const {
    std::vector<std::size_t> at;
    for (const Marker& marker : markers_) {
      if (!marker.id || tokenizer_.is_special(*marker.id)) continue;
      for (std::size_t i = plain_.find(marker.text); i != std::string::npos; i = plain_.find(marker.text, i + 1))
        at.push_back(i + tokenization::utf8_length(plain_[i]));
    }
    std::ranges::sort(at);
    return at;
  }

  void encode_plain(std::size_t begin, std::size_t end) {
    if (begin == end) return;
    const EncodeOptions options{.add_special_tokens = false, .parse_special = false, .at_start = out_.empty()};
    const std::vector<TokenId> ids = tokenizer_.encode(std::string_view(plain_).substr(begin, end - begin), options);
    out_.insert(out_.end(), ids.begin(), ids.end());
  }

  const Tokenizer& tokenizer_;
  std::vector<Marker> markers_;
  std::string plain_;
  std::vector<TokenId> out_;
};

}  // namespace

ChatTemplate::ChatTemplate(const chat::Format& format, const Tokenizer& tokenizer)
    : format_(&format), eos_(spelling(tokenizer, tokenizer.eos())) {
  if (format.always_bos || adds_bos(tokenizer)) bos_ = spelling(tokenizer, tokenizer.bos());
}

ChatTemplate ChatTemplate::recognise(std::string_view jinja, const Tokenizer& tokenizer) {
  if (jinja.empty()) {
    if (tokenizer.token_to_id("<|im_start|>") && tokenizer.token_to_id("<|im_end|>")) return named("chatml", tokenizer);
    fail(
        ErrorCode::kUnsupported,
        "the model's files give no chat template, as those of models that only complete text: name the one that it was "
        "trained with (--chat-template), one of {}",
        name_list());
  }
  const auto formats = chat::formats();
  const auto format = std::ranges::find_if(formats, [&](const chat::Format& f) { return f.matches(jinja); });
  if (format == formats.end())
    fail(
        ErrorCode::kUnsupported,
        "the model's chat template is none of those known here: name the one that is nearest (--chat-template), one of "
        "{}",
        name_list());
  ChatTemplate result(*format, tokenizer);
  // Hugging Face tokenizes the rendered text without adding tokens, so the Jinja alone decides.
  if (!format->always_bos)
    result.bos_ = jinja.find("bos_token") != std::string_view::npos ? spelling(tokenizer, tokenizer.bos()) : "";
  if (format->name == "chatml") result.default_system_ = chat::default_system_message(jinja);
  if (format->name == "mistral") result.leading_space_ = jinja.find(" [INST] ") != std::string_view::npos;
  return result;
}

ChatTemplate ChatTemplate::named(std::string_view name, const Tokenizer& tokenizer) {
  check_name(name);
  return ChatTemplate(*find_format(name), tokenizer);
}

void ChatTemplate::check_name(std::string_view name) {
  if (find_format(name) == nullptr)
    fail_argument("there is no chat template '{}': take one of {}", printable(name), name_list());
}

std::vector<std::string> ChatTemplate::names() {
  std::vector<std::string> names;
  for (const chat::Format& format : chat::formats()) names.emplace_back(format.name);
  return names;
}

std::string_view ChatTemplate::name() const noexcept { return format_->name; }

bool ChatTemplate::takes_system() const noexcept { return format_->name != "mistral" || leading_space_; }

std::vector<ChatSegment> ChatTemplate::segments(std::span<const ChatMessage> messages,
                                                bool add_generation_prompt) const {
  if (messages.empty()) fail_argument("the conversation has no messages");
  for (const ChatMessage& message : messages) {
    if (message.role != "system" && message.role != "user" && message.role != "assistant")
      fail_argument("'{}' is no role of a message: take system, user or assistant", printable(message.role));
    if (message.role == "system" && !takes_system())
      fail(ErrorCode::kUnsupported, "the model's chat template ({}) has no system message", name());
  }
  chat::Writer writer;
  format_->write({bos_, eos_, default_system_, leading_space_}, messages, add_generation_prompt, writer);
  return writer.take();
}

std::string ChatTemplate::render(std::span<const ChatMessage> messages, bool add_generation_prompt) const {
  std::string text;
  for (const ChatSegment& segment : segments(messages, add_generation_prompt)) text += segment.text;
  return text;
}

std::vector<TokenId> ChatTemplate::encode(const Tokenizer& tokenizer, std::span<const ChatMessage> messages,
                                          bool add_generation_prompt) const {
  const std::vector<ChatSegment> written = segments(messages, add_generation_prompt);
  return Encoder(tokenizer, written).encode(written);
}

ChatStops ChatTemplate::stops(const Tokenizer& tokenizer) const {
  ChatStops stops;
  const std::string end = format_->end.empty() ? eos_ : std::string(format_->end);
  if (const auto id = marker_id(tokenizer, end)) {
    stops.tokens.push_back(*id);
  } else if (!end.empty()) {
    stops.texts.push_back(end);
  }
  return stops;
}

}  // namespace bitnet
