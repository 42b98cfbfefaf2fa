// How a conversation is written for a model: the markers and words around each message.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/tokenizer.hpp"

namespace bitnet {

struct ChatMessage {
  std::string role;  // "system", "user" or "assistant"
  std::string content;
};

/// A stretch of a written conversation. No two neighbours are plain text.
struct ChatSegment {
  std::string text;
  bool marker = false;  // one of the template's own tokens, such as "<|im_start|>"; false: plain text
};

/// What ends an answer.
struct ChatStops {
  std::vector<TokenId> tokens;
  std::vector<std::string> texts;  // the end marker where the vocabulary has no token for it
};

namespace chat {
struct Format;  // internal: src/text/chat/format.hpp
}

/// One of a few templates that are written out in C++ and recognised in the Jinja text that model files carry; Jinja
/// itself is not run. A value that refers to nothing; the functions that take a tokenizer want the one it was made
/// with.
///
///   - chatml: "<|im_start|>role\ncontent<|im_end|>\n" (SmolLM2, Qwen 2), with the default system message of the Jinja
///   - bitnet: "System: |User: |Assistant: " content "<|eot_id|>" (BitNet b1.58 2B-4T)
///   - llama3: "<|start_header_id|>role<|end_header_id|>\n\n" content "<|eot_id|>", without the dates of Llama 3.1
///   - llama2: BOS "[INST] <<SYS>>..." content " [/INST]", answer, EOS
///   - mistral: BOS " [INST] " content " [/INST]", answer, EOS; and the older form without the spaces in front
///
/// What is plain text in a template ("User: ", "[INST]" of Llama 2) can be written by a user too: only markers are
/// safe.
class ChatTemplate {
 public:
  /// The template whose Jinja this is. Where there is none, a tokenizer that has ChatML's tokens means ChatML. Throws
  /// kUnsupported, naming the known ones.
  static ChatTemplate recognise(std::string_view jinja, const Tokenizer& tokenizer);
  /// Throws kInvalidArgument, naming the known ones.
  static ChatTemplate named(std::string_view name, const Tokenizer& tokenizer);
  static std::vector<std::string> names();
  /// As `named`, for a name alone.
  static void check_name(std::string_view name);

  std::string_view name() const noexcept;
  /// Whether a conversation may begin with a system message.
  bool takes_system() const noexcept;

  /// The conversation with everything that the template puts in, BOS included; with `add_generation_prompt` up to where
  /// the answer begins. Invalid UTF-8 becomes U+FFFD. Throws kInvalidArgument: no messages, an unknown role, or an
  /// order of roles that the template does not have; kUnsupported: a system message where it takes none.
  std::vector<ChatSegment> segments(std::span<const ChatMessage> messages, bool add_generation_prompt = true) const;
  /// The same as one text.
  std::string render(std::span<const ChatMessage> messages, bool add_generation_prompt = true) const;
  /// The same as ids: those of tokenizing the text as a whole (Hugging Face's apply_chat_template), but that tokens of
  /// the template and special tokens which a message spells out stay plain text.
  std::vector<TokenId> encode(const Tokenizer& tokenizer, std::span<const ChatMessage> messages,
                              bool add_generation_prompt = true) const;
  ChatStops stops(const Tokenizer& tokenizer) const;

 private:
  ChatTemplate(const chat::Format& format, const Tokenizer& tokenizer);

  const chat::Format* format_;  // in a static table
  std::string bos_, eos_;       // as the vocabulary spells them; empty: none is written
  std::optional<std::string> default_system_;
  bool leading_space_ = true;  // mistral
};

}  // namespace bitnet
