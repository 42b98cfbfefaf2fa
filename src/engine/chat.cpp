#include "bitnet/chat.hpp"

#include <algorithm>
#include <utility>

#include "base/fail.hpp"

namespace bitnet {
namespace {

const Tokenizer& tokenizer_of(const Session& session) {
  const Tokenizer* tokenizer = session.model().tokenizer();
  if (tokenizer == nullptr) fail(ErrorCode::kUnsupported, "a chat needs a tokenizer, and the model's files hold none");
  return *tokenizer;
}

}  // namespace

struct Chat::Prompt {
  std::vector<TokenId> ids;
  std::size_t first = 0;  // message that it begins with
};

Chat::Chat(Session session, ChatTemplate chat_template)
    : session_(std::move(session)),
      template_(std::move(chat_template)),
      stops_(template_.stops(tokenizer_of(session_))) {}

void Chat::set_system(std::optional<std::string> text) {
  if (text && !template_.takes_system())
    fail(ErrorCode::kUnsupported, "the model's chat template ({}) has no system message", template_.name());
  system_ = std::move(text);
}

// The system message and those from `first` on.
std::vector<TokenId> Chat::encode(std::size_t first) const {
  std::vector<ChatMessage> messages;
  if (system_) messages.push_back({"system", *system_});
  messages.insert(messages.end(), messages_.begin() + static_cast<std::ptrdiff_t>(first), messages_.end());
  return template_.encode(tokenizer_of(session_), messages);
}

// The conversation, or the end of it that fits.
Chat::Prompt Chat::fit(std::size_t max_tokens) const {
  const std::size_t context = session_.context_length();
  Prompt prompt{encode(0)};
  // Every drop moves what follows and so empties the cache: many turns at once make it rare.
  std::size_t limit = context - std::min(max_tokens, context / 4);
  while (prompt.ids.size() > limit && prompt.first + 2 < messages_.size()) {
    prompt.first += 2;
    prompt.ids = encode(prompt.first);
    limit = context / 2;
  }
  if (prompt.ids.size() > context)
    fail_argument(
        "the message makes a prompt of {} tokens, which does not fit into the context of {}: take a larger context "
        "(-c) "
        "or a shorter message",
        prompt.ids.size(), context);
  return prompt;
}

ChatReply Chat::send(std::string text, const GenerateOptions& options) {
  messages_.push_back({"user", std::move(text)});
  try {
    const Prompt prompt = fit(options.max_tokens);
    const auto cached = session_.tokens();
    // The last token is evaluated in any case: the answer begins with its logits.
    const auto common =
        std::min<std::size_t>(static_cast<std::size_t>(std::ranges::mismatch(cached, prompt.ids).in1 - cached.begin()),
                              prompt.ids.size() - 1);
    session_.rewind(common);

    GenerateOptions generate = options;
    generate.stop_tokens.insert(generate.stop_tokens.end(), stops_.tokens.begin(), stops_.tokens.end());
    generate.stop.insert(generate.stop.end(), stops_.texts.begin(), stops_.texts.end());
    ChatReply reply{session_.generate(std::span(prompt.ids).subspan(common), generate), common, prompt.first / 2};
    if (reply.ids.empty() && reply.finish == FinishReason::kCancelled) {
      messages_.pop_back();
      reply.dropped_turns = 0;
      return reply;
    }
    messages_.push_back({"assistant", reply.text});
    messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(prompt.first));
    return reply;
  } catch (...) {
    messages_.pop_back();
    throw;
  }
}

}  // namespace bitnet
