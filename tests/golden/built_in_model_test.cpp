// The model that is compiled in, against logits and tokens that transformers computed from its weights
// (training/golden.py writes data/built_in.*).
#include "engine/built_in_model.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bitnet/bitnet.hpp"
#include "io/safetensors.hpp"
#include "support/model_compare.hpp"

namespace bitnet {
namespace {

const std::filesystem::path kData = std::filesystem::path(BITNET_SOURCE_DIR) / "tests/golden/data";

class BuiltInModel : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    try {
      model_ = Model::built_in(nullptr);
    } catch (const Error& e) {
      if (e.code() != ErrorCode::kNotFound) throw;
    }
  }
  static void TearDownTestSuite() { model_.reset(); }
  void SetUp() override {
    if (!model_) GTEST_SKIP() << "configured with an empty BITNET_BUILT_IN_MODEL";
    std::ifstream file(kData / "built_in.json");
    golden_ = nlohmann::json::parse(file);
    ids_ = golden_["ids"].get<std::vector<TokenId>>();
  }

  static inline std::shared_ptr<const Model> model_;
  nlohmann::json golden_;
  std::vector<TokenId> ids_;
};

TEST_F(BuiltInModel, LogitsAreThoseOfTransformers) {
  const auto file = SafetensorsFile::open(kData / "built_in.safetensors");
  const TensorView* want = file->find("logits");
  ASSERT_NE(want, nullptr);
  Session session(model_, {.kv_type = DType::kF32});
  std::vector<std::vector<float>> rows;
  session.eval_all(ids_, [&](std::size_t, std::span<const float> row) { rows.emplace_back(row.begin(), row.end()); });
  const std::size_t vocab = model_->info().vocabulary;
  for (std::size_t i = 0; i < golden_["positions"].size(); ++i) {
    std::vector<float> row(vocab);
    std::memcpy(row.data(), want->bytes.data() + i * vocab * sizeof(float), vocab * sizeof(float));
    // Sums in another order: a few activations lie between two int8 codes and go the other way, and what follows
    // carries them on. transformers itself is up to 5e-4 from its own logits when it evaluates with another number of
    // threads or attention.
    EXPECT_LT(testing::normalized_mse(rows[golden_["positions"][i]], row), 1e-3)
        << "position " << golden_["positions"][i];
  }
}

TEST_F(BuiltInModel, TokensAreThoseOfTransformers) {
  const std::size_t prompt = golden_["prompt"];
  EXPECT_EQ(model_->tokenizer()->encode(golden_["text"].get<std::string>()),
            std::vector<TokenId>(ids_.begin(), ids_.begin() + static_cast<std::ptrdiff_t>(prompt)));
  Session session(model_, {.kv_type = DType::kF32});
  std::size_t clear = 0;
  session.eval_all(ids_, [&](std::size_t i, std::span<const float> row) {
    // Of two that are nearly equal either may win.
    if (i + 1 < prompt || i + 1 == ids_.size() || golden_["margins"][i] < 0.2) return;
    ++clear;
    EXPECT_EQ(testing::argmax(row), static_cast<std::size_t>(ids_[i + 1])) << "position " << i;
  });
  EXPECT_GT(clear, 24u);
}

TEST_F(BuiltInModel, IsWhatItsCardSays) {
  const ModelInfo& info = model_->info();
  EXPECT_EQ(info.architecture, "bitnet-b1.58");
  EXPECT_GE(info.parameters, 15'000'000u);
  EXPECT_LE(info.parameters, 40'000'000u);
  EXPECT_GE(info.context_length, 1024u);
  EXPECT_EQ(info.ternary_parameters + info.vocabulary * info.hidden,
            info.parameters - info.hidden - info.layers * (3 * info.hidden + info.ffn));  // the rest are norms
  std::uint64_t bytes = 0;
  for (const GgufTensor& tensor : built_in_model_file()->tensors()) bytes += tensor.view.bytes.size();
  EXPECT_LE(bytes, std::uint64_t{16} << 20);
}

TEST_F(BuiltInModel, TellsAStoryThatEnds) {
  std::size_t ended = 0;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    Session session(model_);
    GenerateOptions options;
    options.max_tokens = 800;
    options.sampler.seed = seed;
    const GenerateResult result = session.generate("Once upon a time", options);
    EXPECT_GT(result.text.size(), 200u) << result.text;
    ended += result.finish == FinishReason::kStopToken;
  }
  EXPECT_GE(ended, 4u);
}

TEST_F(BuiltInModel, AnswersInAChat) {
  Chat chat(Session(model_), ChatTemplate::recognise(model_->chat_template(), *model_->tokenizer()));
  GenerateOptions options;
  options.max_tokens = 400;
  const ChatReply first = chat.send("Hello!", options);
  EXPECT_EQ(first.finish, FinishReason::kStopToken) << first.text;
  EXPECT_FALSE(first.text.empty());
  const ChatReply second = chat.send("Tell me a story about a fox.", options);
  EXPECT_NE(second.text.find("fox"), std::string::npos) << second.text;
  EXPECT_GT(second.reused_tokens, 8u);
}

}  // namespace
}  // namespace bitnet
