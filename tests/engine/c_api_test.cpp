#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "bitnet/bitnet.h"
#include "support/tiny_model.hpp"

namespace {

namespace fs = std::filesystem;

class CApi : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = fs::path(::testing::TempDir()) / "bitnet-c-api-model";
    bitnet::testing::write_tiny_model(directory_);
    bitnet::testing::write_tiny_model(fs::path(::testing::TempDir()) / "bitnet-c-api-silent", {.tokenizer = false});
  }
  static void TearDownTestSuite() {
    fs::remove_all(directory_);
    fs::remove_all(fs::path(::testing::TempDir()) / "bitnet-c-api-silent");
  }
  void SetUp() override {
    const bitnet_model_options options{1, nullptr, nullptr};
    ASSERT_EQ(bitnet_model_load(directory_.string().c_str(), &options, &model_), BITNET_OK) << bitnet_last_error();
  }
  void TearDown() override { bitnet_model_free(model_); }

  static inline fs::path directory_;
  bitnet_model* model_ = nullptr;
};

int collect(const char* piece, size_t length, void* user) {
  EXPECT_EQ(std::string(piece).size(), length);
  *static_cast<std::string*>(user) += piece;
  return 0;
}

TEST_F(CApi, NamesAndVersion) {
  EXPECT_STRNE(bitnet_version(), "");
  EXPECT_STREQ(bitnet_status_name(BITNET_OK), "ok");
  EXPECT_STREQ(bitnet_status_name(BITNET_NOT_FOUND), "not_found");
  EXPECT_STREQ(bitnet_status_name(99), "unknown");
  EXPECT_STREQ(bitnet_last_error(), "");
}

TEST_F(CApi, TheBuiltInModelNeedsNoPath) {
  bitnet_model* model = nullptr;
  const bitnet_status status = bitnet_model_built_in(nullptr, &model);
  if (status == BITNET_NOT_FOUND) GTEST_SKIP() << bitnet_last_error();
  ASSERT_EQ(status, BITNET_OK) << bitnet_last_error();
  EXPECT_GT(bitnet_model_vocabulary(model), 500u);
  bitnet_model_free(model);
  EXPECT_EQ(bitnet_model_built_in(nullptr, nullptr), BITNET_INVALID_ARGUMENT);
}

TEST_F(CApi, StreamsACompletionThatASeedRepeats) {
  bitnet_generate_options options = bitnet_default_generate_options();
  options.max_tokens = 12;
  options.seed = 5;
  std::string texts[2];
  for (std::string& text : texts) {
    bitnet_session* session = nullptr;
    ASSERT_EQ(bitnet_session_new(model_, nullptr, &session), BITNET_OK) << bitnet_last_error();
    EXPECT_EQ(bitnet_generate(session, "Hello", &options, collect, &text), BITNET_OK) << bitnet_last_error();
    bitnet_session_free(session);
  }
  EXPECT_FALSE(texts[0].empty());
  EXPECT_EQ(texts[0], texts[1]);
}

TEST_F(CApi, TheCallbackStopsAndMayBeAbsent) {
  bitnet_session* session = nullptr;
  ASSERT_EQ(bitnet_session_new(model_, nullptr, &session), BITNET_OK);
  bitnet_generate_options options = bitnet_default_generate_options();
  options.max_tokens = 30;
  int calls = 0;
  const auto stop = [](const char*, size_t, void* user) { return ++*static_cast<int*>(user) >= 2 ? 1 : 0; };
  EXPECT_EQ(bitnet_generate(session, "Hello", &options, stop, &calls), BITNET_OK);
  // The end of the text may bring out what was held of an incomplete character.
  EXPECT_LE(calls, 3);
  EXPECT_EQ(bitnet_session_rewind(session, 0), BITNET_OK);
  EXPECT_EQ(bitnet_generate(session, "Hello", &options, nullptr, nullptr), BITNET_OK);
  bitnet_session_free(session);
}

TEST_F(CApi, ASessionKeepsItsModelAlive) {
  bitnet_session* session = nullptr;
  ASSERT_EQ(bitnet_session_new(model_, nullptr, &session), BITNET_OK);
  bitnet_model_free(model_);
  model_ = nullptr;
  const int32_t ids[] = {256, 72, 101};
  const float* logits = nullptr;
  EXPECT_EQ(bitnet_session_eval(session, ids, 3, &logits), BITNET_OK) << bitnet_last_error();
  ASSERT_NE(logits, nullptr);
  EXPECT_TRUE(std::isfinite(logits[0]));
  bitnet_session_free(session);
}

TEST_F(CApi, EvalAndRewind) {
  const bitnet_session_options settings{16, "f32"};
  bitnet_session* session = nullptr;
  ASSERT_EQ(bitnet_session_new(model_, &settings, &session), BITNET_OK) << bitnet_last_error();
  const size_t vocabulary = bitnet_model_vocabulary(model_);
  EXPECT_EQ(vocabulary, 260u);
  const int32_t ids[] = {256, 72, 101, 108};
  const float* logits = nullptr;
  ASSERT_EQ(bitnet_session_eval(session, ids, 4, &logits), BITNET_OK);
  const std::vector<float> first(logits, logits + vocabulary);
  ASSERT_EQ(bitnet_session_rewind(session, 3), BITNET_OK);
  ASSERT_EQ(bitnet_session_eval(session, ids + 3, 1, &logits), BITNET_OK);
  EXPECT_EQ(std::vector<float>(logits, logits + vocabulary), first);

  EXPECT_EQ(bitnet_session_rewind(session, 5), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_session_eval(session, ids, 0, &logits), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(logits, nullptr);
  const int32_t outside[] = {260};
  EXPECT_EQ(bitnet_session_eval(session, outside, 1, &logits), BITNET_INVALID_ARGUMENT);
  const std::vector<int32_t> many(17, 1);
  EXPECT_EQ(bitnet_session_eval(session, many.data(), many.size(), &logits), BITNET_INVALID_ARGUMENT);
  EXPECT_NE(std::string(bitnet_last_error()), "");
  bitnet_session_free(session);
}

TEST_F(CApi, TokenizesThereAndBack) {
  int32_t ids[8];
  size_t count = 0;
  ASSERT_EQ(bitnet_tokenize(model_, "Hi", 2, 1, ids, 8, &count), BITNET_OK) << bitnet_last_error();
  ASSERT_EQ(count, 3u);
  EXPECT_EQ(ids[0], 256);
  EXPECT_EQ(ids[1], 'H');
  EXPECT_EQ(bitnet_tokenize(model_, "Hi", 2, 0, ids, 1, &count), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(count, 2u);  // what there is, so that the caller can make room
  EXPECT_EQ(bitnet_tokenize(model_, "Hi", 2, 0, nullptr, 0, &count), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(count, 2u);
  EXPECT_EQ(bitnet_tokenize(model_, nullptr, 0, 0, ids, 8, &count), BITNET_OK);
  EXPECT_EQ(count, 0u);

  char text[16];
  size_t length = 0;
  const int32_t hi[] = {256, 'H', 'i'};
  ASSERT_EQ(bitnet_detokenize(model_, hi, 3, 1, text, sizeof text, &length), BITNET_OK);
  EXPECT_STREQ(text, "Hi");
  EXPECT_EQ(length, 2u);
  ASSERT_EQ(bitnet_detokenize(model_, hi, 3, 0, text, sizeof text, &length), BITNET_OK);
  EXPECT_STREQ(text, "<s>Hi");
  EXPECT_EQ(bitnet_detokenize(model_, hi, 3, 1, text, 2, &length), BITNET_INVALID_ARGUMENT);  // no room for the NUL
  EXPECT_EQ(length, 2u);
}

TEST_F(CApi, NullPointersAreErrorsNotCrashes) {
  bitnet_model* model = nullptr;
  bitnet_session* session = nullptr;
  const float* logits = nullptr;
  size_t count = 0;
  int32_t id = 0;
  char text[4];
  EXPECT_EQ(bitnet_model_load(nullptr, nullptr, &model), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_model_load("x", nullptr, nullptr), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_session_new(nullptr, nullptr, &session), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_session_new(model_, nullptr, nullptr), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_session_eval(nullptr, &id, 1, &logits), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_session_rewind(nullptr, 0), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_generate(nullptr, "x", nullptr, nullptr, nullptr), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_tokenize(nullptr, "x", 1, 1, &id, 1, &count), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_tokenize(model_, nullptr, 1, 1, &id, 1, &count), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_tokenize(model_, "x", 1, 1, nullptr, 1, &count), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_tokenize(model_, "x", 1, 1, &id, 1, nullptr), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_detokenize(nullptr, &id, 1, 1, text, 4, &count), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_detokenize(model_, nullptr, 1, 1, text, 4, &count), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_detokenize(model_, &id, 1, 1, nullptr, 4, &count), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_detokenize(model_, &id, 1, 1, text, 4, nullptr), BITNET_INVALID_ARGUMENT);
  ASSERT_EQ(bitnet_session_new(model_, nullptr, &session), BITNET_OK);
  EXPECT_EQ(bitnet_session_eval(session, nullptr, 1, &logits), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_session_eval(session, &id, 1, nullptr), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(bitnet_generate(session, nullptr, nullptr, nullptr, nullptr), BITNET_INVALID_ARGUMENT);
  EXPECT_NE(std::string(bitnet_last_error()).find("prompt"), std::string::npos) << bitnet_last_error();
  bitnet_session_free(session);
  bitnet_session_free(nullptr);
  bitnet_model_free(nullptr);
  EXPECT_EQ(bitnet_model_vocabulary(nullptr), 0u);
}

TEST_F(CApi, ErrorsCarryCodeAndMessage) {
  bitnet_model* model = model_;
  EXPECT_EQ(bitnet_model_load("/no/such/model.gguf", nullptr, &model), BITNET_NOT_FOUND);
  EXPECT_EQ(model, nullptr);
  EXPECT_NE(std::string(bitnet_last_error()).find("/no/such/model.gguf"), std::string::npos) << bitnet_last_error();
  for (const bitnet_model_options& bad :
       {bitnet_model_options{-1, nullptr, nullptr}, bitnet_model_options{0, "gpu9", nullptr},
        bitnet_model_options{0, nullptr, "avx9"}})
    EXPECT_EQ(bitnet_model_load(directory_.string().c_str(), &bad, &model), BITNET_INVALID_ARGUMENT)
        << bitnet_last_error();

  bitnet_session* session = nullptr;
  for (const bitnet_session_options& bad :
       {bitnet_session_options{0, "q9"}, bitnet_session_options{0, "q4_0"}, bitnet_session_options{100000, nullptr}})
    EXPECT_EQ(bitnet_session_new(model_, &bad, &session), BITNET_INVALID_ARGUMENT);
  EXPECT_EQ(session, nullptr);
  ASSERT_EQ(bitnet_session_new(model_, nullptr, &session), BITNET_OK);
  EXPECT_STREQ(bitnet_last_error(), "");
  bitnet_generate_options options = bitnet_default_generate_options();
  options.temperature = std::nanf("");
  EXPECT_EQ(bitnet_generate(session, "x", &options, nullptr, nullptr), BITNET_INVALID_ARGUMENT);
  EXPECT_NE(std::string(bitnet_last_error()).find("temperature"), std::string::npos) << bitnet_last_error();
  // Another thread's errors are its own.
  std::thread([] { EXPECT_STREQ(bitnet_last_error(), ""); }).join();
  bitnet_session_free(session);
}

TEST_F(CApi, AModelWithoutTokenizer) {
  bitnet_model* silent = nullptr;
  const std::string path = (fs::path(::testing::TempDir()) / "bitnet-c-api-silent").string();
  ASSERT_EQ(bitnet_model_load(path.c_str(), nullptr, &silent), BITNET_OK) << bitnet_last_error();
  size_t count = 0;
  int32_t id = 0;
  EXPECT_EQ(bitnet_tokenize(silent, "x", 1, 1, &id, 1, &count), BITNET_UNSUPPORTED);
  bitnet_session* session = nullptr;
  ASSERT_EQ(bitnet_session_new(silent, nullptr, &session), BITNET_OK);
  EXPECT_EQ(bitnet_generate(session, "x", nullptr, nullptr, nullptr), BITNET_UNSUPPORTED);
  bitnet_session_free(session);
  bitnet_model_free(silent);
}

TEST_F(CApi, AnExceptionOfTheCallbackDoesNotCross) {
  bitnet_session* session = nullptr;
  ASSERT_EQ(bitnet_session_new(model_, nullptr, &session), BITNET_OK);
  const auto throws = [](const char*, size_t, void*) -> int { throw 7; };
  EXPECT_EQ(bitnet_generate(session, "Hello", nullptr, throws, nullptr), BITNET_INTERNAL);
  const auto no_memory = [](const char*, size_t, void*) -> int { throw std::bad_alloc(); };
  EXPECT_EQ(bitnet_session_rewind(session, 0), BITNET_OK);
  EXPECT_EQ(bitnet_generate(session, "Hello", nullptr, no_memory, nullptr), BITNET_INSUFFICIENT_MEMORY);
  bitnet_session_free(session);
}

}  // namespace
