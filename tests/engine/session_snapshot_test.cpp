// Sessions saved and taken up again: the same logits, and nothing of a file that does not fit.
#include "engine/session_snapshot.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "bitnet/bitnet.hpp"
#include "support/tiny_model.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;

class SessionSnapshot : public ::testing::Test {
 protected:
  static fs::path folder() { return fs::path(::testing::TempDir()) / ("bitnet-session-" + std::to_string(::getpid())); }
  static void SetUpTestSuite() {
    testing::write_tiny_model(folder());
    model_ = Model::load(nullptr, folder());
    testing::write_tiny_model(folder(), {.ffn = 64});
    other_ = Model::load(nullptr, folder());
    fs::remove_all(folder());
    fs::create_directories(folder());
  }
  static void TearDownTestSuite() {
    model_.reset(), other_.reset();
    fs::remove_all(folder());
  }

  static std::vector<TokenId> ids(int from, int to) {
    std::vector<TokenId> ids;
    for (int i = from; i < to; ++i) ids.push_back(i * 37 % 256);
    return ids;
  }
  static std::vector<float> eval(Session& session, const std::vector<TokenId>& ids) {
    const auto logits = session.eval(ids);
    return {logits.begin(), logits.end()};
  }
  static ErrorCode refused(Session& session, const fs::path& path) {
    try {
      session.restore(path);
    } catch (const Error& e) {
      EXPECT_NE(std::string(e.what()).find(path.filename().string()), std::string::npos) << e.what();
      return e.code();
    }
    return ErrorCode::kInternal;
  }

  static inline std::shared_ptr<const Model> model_, other_;
  const fs::path path_ = folder() / "saved";
};

TEST_F(SessionSnapshot, GoesOnWithTheSameBits) {
  for (const DType type : {DType::kF16, DType::kF32}) {
    SCOPED_TRACE(dtype_name(type));
    Session first(model_, {.context_length = 100, .kv_type = type});
    first.eval(ids(0, 40));
    first.save(path_);
    const auto expected = eval(first, ids(40, 50));
    // Another length of context, and a batch of another size.
    Session second(model_, {.context_length = 60, .kv_type = type, .batch_tokens = 3});
    second.eval(ids(90, 93));
    second.restore(path_);
    EXPECT_EQ(second.position(), 40u);
    EXPECT_TRUE(std::ranges::equal(second.tokens(), ids(0, 40)));
    EXPECT_EQ(eval(second, ids(40, 50)), expected);
  }
}

TEST_F(SessionSnapshot, ASessionThatHasSeenNothing) {
  Session(model_).save(path_);
  Session session(model_);
  session.eval(ids(0, 3));
  session.restore(path_);
  EXPECT_EQ(session.position(), 0u);
}

TEST_F(SessionSnapshot, WhatDoesNotFitIsRefusedAndChangesNothing) {
  Session saved(model_, {.context_length = 100});
  saved.eval(ids(0, 40));
  saved.save(path_);

  Session session(model_, {.context_length = 100});
  const auto expected = eval(session, ids(50, 60));
  Session other(other_, {.context_length = 100});
  EXPECT_EQ(refused(other, path_), ErrorCode::kInvalidFile);
  Session wide(model_, {.context_length = 100, .kv_type = DType::kF32});
  EXPECT_EQ(refused(wide, path_), ErrorCode::kInvalidArgument);
  Session small(model_, {.context_length = 39});
  EXPECT_EQ(refused(small, path_), ErrorCode::kInvalidArgument);
  EXPECT_EQ(refused(session, folder() / "nothing"), ErrorCode::kNotFound);

  std::ifstream file(path_, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  for (std::size_t i = 0; i < whole.size(); i += 61) {
    if (whole[i] == ' ') continue;
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    testing::write_file(folder() / "damaged", damaged);
    const ErrorCode code = refused(session, folder() / "damaged");
    EXPECT_TRUE(code == ErrorCode::kInvalidFile || code == ErrorCode::kUnsupported) << i;
  }
  EXPECT_EQ(session.position(), 10u);
  session.rewind(0);
  EXPECT_EQ(eval(session, ids(50, 60)), expected);
}

}  // namespace
}  // namespace bitnet
