// The chat templates written out, one function each.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/chat_template.hpp"

namespace bitnet::chat {

/// Gathers segments; plain text that follows plain text is joined to it.
class Writer {
 public:
  void marker(std::string_view text);
  void text(std::string_view text);
  /// A message's own text, without white space at its ends (Python's str.strip) when `strip`.
  void content(std::string_view text, bool strip = false);
  std::vector<ChatSegment> take() { return std::move(segments_); }

 private:
  std::vector<ChatSegment> segments_;
};

/// What a template takes from a model's files.
struct Details {
  std::string_view bos, eos;
  const std::optional<std::string>& default_system;
  bool leading_space;
};

struct Format {
  std::string_view name;
  /// Whether a Jinja text is this template; asked in the order of the table.
  bool (*matches)(std::string_view jinja);
  /// Roles have been checked; there is at least one message.
  void (*write)(const Details& details, std::span<const ChatMessage> messages, bool add_generation_prompt,
                Writer& writer);
  std::string_view end;  // the marker that ends an answer; empty: the model's EOS
  /// BOS stands in front whatever the Jinja or the tokenizer say.
  bool always_bos;
};

std::span<const Format> formats() noexcept;

/// The system message that a ChatML template writes when a conversation has none: '<|im_start|>system\nTEXT<|im_end|>'
/// as one string literal of the Jinja.
std::optional<std::string> default_system_message(std::string_view jinja);

}  // namespace bitnet::chat
