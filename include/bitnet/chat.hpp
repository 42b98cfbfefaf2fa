// A conversation with a model, turn by turn.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bitnet/chat_template.hpp"
#include "bitnet/session.hpp"

namespace bitnet {

/// An answer. timings.prompt_tokens counts what was evaluated for it, not what the cache held already.
struct ChatReply : GenerateResult {
  std::size_t reused_tokens = 0;  // of the conversation, found in the cache
  std::size_t dropped_turns = 0;  // oldest questions, with their answers, that found no place in the context any more
};

/// Keeps the messages and a session whose cache holds them: a turn evaluates what is new, and the tokens are the same
/// as if the whole conversation were given to a fresh session. An answer whose text tokenizes otherwise than the model
/// wrote it (by other pieces, or stripped by the template) is evaluated again with the next turn. Not thread-safe.
class Chat {
 public:
  /// Throws kUnsupported when the session's model has no tokenizer. What the session's cache holds is reused or
  /// dropped.
  Chat(Session session, ChatTemplate chat_template);

  /// From the next turn on; nothing means what the template says by itself. Throws kUnsupported where it takes none.
  void set_system(std::optional<std::string> text);
  /// Forgets all messages but the system's.
  void reset() noexcept { messages_.clear(); }

  /// One turn: the user's text in, the answer out as Session::generate gives it; options.stop and options.stop_tokens
  /// are in addition to the template's own. When the conversation with room for an answer (max_tokens, at most a
  /// quarter of the context) does not fit, the oldest turns are dropped until half of the context is free; the system
  /// message stays. Throws kInvalidArgument when the text alone does not fit. After an error, or a cancellation before
  /// the first token, the messages are those from before.
  ChatReply send(std::string text, const GenerateOptions& options = {});

  /// Users' and assistant's messages in turn, without the system's.
  const std::vector<ChatMessage>& messages() const noexcept { return messages_; }
  const Session& session() const noexcept { return session_; }
  const ChatTemplate& chat_template() const noexcept { return template_; }

 private:
  struct Prompt;
  std::vector<TokenId> encode(std::size_t first) const;
  Prompt fit(std::size_t max_tokens) const;

  Session session_;
  ChatTemplate template_;
  ChatStops stops_;
  std::optional<std::string> system_;
  std::vector<ChatMessage> messages_;
};

}  // namespace bitnet
