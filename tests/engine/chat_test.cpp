// Conversations: what a turn evaluates, and what happens at the end of the context.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "bitnet/bitnet.hpp"
#include "support/tiny_model.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;
using Ids = std::vector<TokenId>;

class ChatTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const fs::path directory = fs::path(::testing::TempDir()) / ("bitnet-chat-" + std::to_string(::getpid()));
    testing::write_tiny_model(directory, {.context = 400, .chat_template = testing::kTinyChatTemplate});
    model_ = Model::load(nullptr, directory);
    testing::write_tiny_model(directory, {.tokenizer = false});
    silent_ = Model::load(nullptr, directory);
    fs::remove_all(directory);
  }
  static void TearDownTestSuite() { model_.reset(), silent_.reset(); }

  static ChatTemplate chatml() { return ChatTemplate::recognise(model_->chat_template(), *model_->tokenizer()); }
  static Chat chat(const SessionOptions& options = {}) { return Chat(Session(model_, options), chatml()); }
  static GenerateOptions sampled(std::uint64_t seed, std::size_t max_tokens) {
    return {.max_tokens = max_tokens, .sampler = {.temperature = 1.0f, .top_k = 0, .min_p = 0, .seed = seed}};
  }
  static Ids encoded(std::vector<ChatMessage> messages) { return chatml().encode(*model_->tokenizer(), messages); }

  static inline std::shared_ptr<const Model> model_, silent_;
};

TEST_F(ChatTest, ASecondTurnEvaluatesOnlyWhatIsNew) {
  // The random model writes bytes; an answer in ASCII has the same ids when it is tokenized again.
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Chat c = chat();
    const ChatReply first = c.send("Hi", sampled(seed, 4));
    if (first.finish != FinishReason::kLength || std::ranges::any_of(first.ids, [](TokenId id) { return id > 126; }))
      continue;
    const std::size_t prompt = encoded({{"user", "Hi"}}).size();
    EXPECT_EQ(first.reused_tokens, 0u);
    EXPECT_EQ(first.timings.prompt_tokens, prompt);
    EXPECT_EQ(first.timings.decoded_tokens, 3u);
    const std::size_t whole = encoded({{"user", "Hi"}, {"assistant", first.text}, {"user", "And?"}}).size();
    const ChatReply second = c.send("And?", sampled(seed, 4));
    EXPECT_EQ(second.reused_tokens, prompt + 3);  // the fourth token was never run
    EXPECT_EQ(second.timings.prompt_tokens, whole - prompt - 3);
    return;
  }
  FAIL() << "no answer in ASCII";
}

TEST_F(ChatTest, TheTokensAreThoseOfAFreshSession) {
  for (const DType kv : {DType::kF16, DType::kF32}) {
    Chat c = chat({.kv_type = kv, .batch_tokens = 7});
    std::vector<ChatMessage> messages{{"system", "Be brief."}};
    c.set_system("Be brief.");
    for (std::uint64_t turn = 0; turn < 4; ++turn) {
      const std::string text = "Question " + std::to_string(turn);
      messages.push_back({"user", text});
      Session fresh(model_, {.kv_type = kv});
      const GenerateResult want = fresh.generate(encoded(messages), sampled(turn, 3));
      const ChatReply got = c.send(text, sampled(turn, 3));
      EXPECT_EQ(got.ids, want.ids) << turn;
      EXPECT_EQ(got.text, want.text);
      EXPECT_EQ(got.dropped_turns, 0u);
      EXPECT_EQ(got.reused_tokens + got.timings.prompt_tokens, encoded(messages).size());
      if (turn > 0) EXPECT_GT(got.reused_tokens, 40u);
      messages.push_back({"assistant", got.text});
    }
    EXPECT_EQ(c.messages().size(), 8u);
  }
}

TEST_F(ChatTest, ResetAndSystemCountFromTheNextTurnOn) {
  Chat c = chat();
  const ChatReply first = c.send("Hello", sampled(3, 5));
  c.reset();
  EXPECT_TRUE(c.messages().empty());
  const ChatReply again = c.send("Hello", sampled(3, 5));
  EXPECT_EQ(again.ids, first.ids);
  // Only the last token had to be run again.
  EXPECT_EQ(again.timings.prompt_tokens, 1u);
  c.reset();
  c.set_system("S");
  (void)c.send("Hello", sampled(3, 1));
  const Ids want = encoded({{"system", "S"}, {"user", "Hello"}});
  EXPECT_TRUE(std::ranges::equal(c.session().tokens(), want));
  c.set_system(std::nullopt);
  c.reset();
  EXPECT_EQ(c.send("Hello", sampled(3, 5)).ids, first.ids);
}

TEST_F(ChatTest, AFullContextDropsTheOldestTurnsAndKeepsTheSystemMessage) {
  Chat c = chat({.context_length = 128});
  c.set_system("Rule.");
  std::size_t dropped = 0;
  for (int turn = 0; turn < 8; ++turn) {
    const std::size_t before = c.messages().size();
    const ChatReply reply = c.send("Message " + std::to_string(turn), sampled(1, 4));
    EXPECT_EQ(c.messages().size(), before + 2 - 2 * reply.dropped_turns);
    EXPECT_EQ(c.messages().back().content, reply.text);
    dropped += reply.dropped_turns;
    // What the cache holds begins as the conversation that is left does.
    std::vector<ChatMessage> messages(c.messages().begin(), c.messages().end() - 1);
    messages.insert(messages.begin(), {"system", "Rule."});
    const Ids want = encoded(messages);
    ASSERT_GE(c.session().tokens().size(), want.size());
    EXPECT_TRUE(std::ranges::equal(c.session().tokens().first(want.size()), want)) << turn;
    if (reply.dropped_turns > 0) EXPECT_LE(want.size(), 64u);
  }
  EXPECT_GT(dropped, 2u);
}

TEST_F(ChatTest, AMessageTooLongIsRefusedAndForgotten) {
  Chat c = chat({.context_length = 64});
  (void)c.send("Hi", sampled(1, 2));
  const auto position = c.session().position();
  try {
    (void)c.send(std::string(80, 'x'), sampled(1, 2));
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(std::string(e.what()).find("context of 64"), std::string::npos) << e.what();
  }
  EXPECT_EQ(c.messages().size(), 2u);
  EXPECT_EQ(c.session().position(), position);
  EXPECT_EQ(c.send("Hi", sampled(1, 2)).dropped_turns, 0u);
}

TEST_F(ChatTest, CancellingKeepsWhatWasSaid) {
  Chat c = chat({.batch_tokens = 4});
  GenerateOptions options = sampled(1, 50);
  int asked = 0;
  options.keep_going = [&] { return ++asked < 3; };
  const ChatReply early = c.send("A message of several batches", options);
  EXPECT_EQ(early.finish, FinishReason::kCancelled);
  EXPECT_EQ(early.timings.prompt_tokens, 8u);
  EXPECT_TRUE(early.ids.empty());
  EXPECT_TRUE(c.messages().empty());
  options.keep_going = nullptr;
  int tokens = 0;
  options.on_token = [&](TokenId) { return ++tokens < 3; };
  const ChatReply late = c.send("A message of several batches", options);
  EXPECT_EQ(late.finish, FinishReason::kCancelled);
  EXPECT_EQ(late.ids.size(), 3u);
  EXPECT_EQ(late.reused_tokens, 8u);
  EXPECT_EQ(c.messages().size(), 2u);
  options.on_text = [](std::string_view) -> bool { throw std::runtime_error("no place to write"); };
  options.on_token = nullptr;
  EXPECT_THROW((void)c.send("More", options), std::runtime_error);
  EXPECT_EQ(c.messages().size(), 2u);
}

TEST_F(ChatTest, EndsAtTheTemplatesMarker) {
  // A token that the model's files do not name as one that ends a text.
  Session session(model_);
  const Ids prompt = encoded({{"user", "Hi"}});
  const GenerateResult free = session.generate(prompt, sampled(5, 6));
  ASSERT_EQ(free.ids.size(), 6u);
  session.rewind(0);
  GenerateOptions options = sampled(5, 6);
  options.stop_tokens = {free.ids[3]};
  const GenerateResult stopped = session.generate(prompt, options);
  EXPECT_EQ(stopped.finish, FinishReason::kStopToken);
  EXPECT_LE(stopped.ids.size(), 3u);
  EXPECT_TRUE(std::ranges::equal(stopped.ids, std::span(free.ids).first(stopped.ids.size())));
  session.rewind(0);
  options.ignore_stop_tokens = true;
  EXPECT_EQ(session.generate(prompt, options).ids.size(), 6u);
}

TEST_F(ChatTest, NeedsATokenizer) {
  try {
    Chat(Session(silent_), chatml());
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kUnsupported);
  }
}

}  // namespace
}  // namespace bitnet
