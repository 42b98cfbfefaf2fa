// A real trained model, SmolLM2-135M-Instruct in Q4_1 (scripts/fetch-smollm2 fetches it; BITNET_SMOLLM2 names the file).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "bitnet/bitnet.hpp"
#include "support/program.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;

class SmolLM2 : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const char* path = std::getenv("BITNET_SMOLLM2");
    if (path != nullptr && fs::exists(path)) path_ = path;
    if (!path_.empty()) model_ = Model::load(nullptr, path_);
  }
  static void TearDownTestSuite() { model_.reset(); }
  void SetUp() override {
    if (path_.empty()) GTEST_SKIP() << "BITNET_SMOLLM2 names no file: run scripts/fetch-smollm2";
  }

  static std::string answer(std::string_view prompt, std::size_t tokens) {
    Session session(model_, {.context_length = 1024});
    return session.generate(prompt, {.max_tokens = tokens, .sampler = SamplerOptions::greedy()}).text;
  }
  // As the file's own chat template writes one question.
  static std::string chat(const std::string& question) {
    return "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
           "<|im_start|>user\n" + question + "<|im_end|>\n<|im_start|>assistant\n";
  }

  static inline fs::path path_;
  static inline std::shared_ptr<const Model> model_;
};

TEST_F(SmolLM2, KnowsTheCapitalOfFrance) { EXPECT_NE(answer("The capital of France is", 8).find("Paris"), std::string::npos); }

TEST_F(SmolLM2, AnswersInItsChatFormatAndStops) {
  Session session(model_, {.context_length = 1024});
  const GenerateResult result =
      session.generate(chat("What is the capital of France?"), {.max_tokens = 100, .sampler = SamplerOptions::greedy()});
  EXPECT_NE(result.text.find("Paris"), std::string::npos) << result.text;
  EXPECT_EQ(result.finish, FinishReason::kStopToken);
  EXPECT_NE(model_->chat_template().find("<|im_start|>"), std::string::npos);
}

TEST_F(SmolLM2, ChatsOverSeveralTurns) {
  const ChatTemplate chatml = ChatTemplate::recognise(model_->chat_template(), *model_->tokenizer());
  EXPECT_EQ(chatml.render({{{"user", "Hi"}}}), chat("Hi"));
  // transformers 5.23.0 gives these ids for the rendered text.
  EXPECT_EQ(chatml.encode(*model_->tokenizer(), {{{"system", "Be brief."}, {"user", "Hi"}}}),
            (std::vector<TokenId>{1, 9690, 198, 6077, 5453, 30, 2, 198, 1, 4093, 198, 26843, 2, 198, 1, 520, 9531, 198}));
  Chat talk(Session(model_, {.context_length = 512}), chatml);
  const GenerateOptions options{.max_tokens = 40, .sampler = SamplerOptions::greedy()};
  const ChatReply first = talk.send("What is the capital of France?", options);
  EXPECT_NE(first.text.find("Paris"), std::string::npos) << first.text;
  EXPECT_EQ(first.finish, FinishReason::kStopToken);
  const ChatReply second = talk.send("And of Italy?", options);
  EXPECT_NE(second.text.find("Rome"), std::string::npos) << second.text;
  // The question and the answer are in the cache: what is new is "<|im_end|>\n", the second question and its frame.
  EXPECT_EQ(second.reused_tokens, first.timings.prompt_tokens + first.timings.decoded_tokens);
  EXPECT_LT(second.timings.prompt_tokens, 20u);
}

TEST_F(SmolLM2, StreamedPiecesAreTheText) {
  Session session(model_, {.context_length = 256});
  std::string streamed;
  const GenerateResult result = session.generate(
      "Emoji: \xF0\x9F\x98\x80 \xF0\x9F\x8E\x89", {.max_tokens = 40, .sampler = {.temperature = 0.9f, .seed = 7}, .on_text = [&](std::string_view piece) {
                                                     streamed += piece;
                                                     return true;
                                                   }});
  EXPECT_EQ(streamed, result.text);
}

TEST_F(SmolLM2, ASeedGivesTheSameTokensAtAnyThreadCount) {
  const GenerateOptions options{.max_tokens = 24, .sampler = {.temperature = 1.0f, .seed = 42}};
  std::vector<TokenId> want;
  for (const int threads : {1, 2, 4}) {
    const auto model = Model::load(std::make_shared<Context>(ContextOptions{.threads = threads}), path_);
    Session session(model, {.context_length = 256});
    const std::vector<TokenId> ids = session.generate("Once upon a time", options).ids;
    if (want.empty()) want = ids;
    EXPECT_EQ(ids, want) << threads << " threads";
  }
}

// Peak memory: file, KV cache and 64 MiB, and a tenth more.
TEST_F(SmolLM2, PeakMemoryIsTheFileTheCacheAndLittleMore) {
  const testing::ProgramResult run = testing::run_bitnet({"bench", "-m", path_.string(), "-p", "64", "-n", "8", "-r", "1", "-c", "1024", "--json"});
  ASSERT_EQ(run.status, 0) << run.err;
  const auto json = nlohmann::json::parse(run.out);
  Session session(model_, {.context_length = 1024});
  const double bound = 1.1 * (static_cast<double>(fs::file_size(path_)) + static_cast<double>(session.kv_bytes()) + 64.0 * (1 << 20));
  EXPECT_LE(json["peak_rss_bytes"].get<double>(), bound);
}

}  // namespace
}  // namespace bitnet
