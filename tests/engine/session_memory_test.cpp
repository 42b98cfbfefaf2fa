// Sessions whose caches do not all fit: those that wait are compressed, and go on as if nothing had been.
#include <gtest/gtest.h>

#include <filesystem>

#include "bitnet/bitnet.hpp"
#include "support/tiny_model.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kContext = 16384;  // 2 MiB of keys and values in f16

std::shared_ptr<const Model> tiny_model(std::uint64_t limit) {
  const fs::path directory = fs::path(::testing::TempDir()) / ("bitnet-memory-" + std::to_string(::getpid()));
  testing::write_tiny_model(directory, {.context = kContext});
  MemoryPoolConfig config = MemoryPoolConfig::unlimited();
  config.limit_bytes = limit;
  ContextOptions options;
  options.pool = HybridMemoryPool::create(config);
  auto model = Model::load(std::make_shared<Context>(options), directory);
  fs::remove_all(directory);
  return model;
}

std::vector<std::vector<float>> run_in_turns(const std::shared_ptr<const Model>& model, DType type, std::size_t count) {
  std::vector<Session> sessions;
  for (std::size_t i = 0; i < count; ++i)
    sessions.emplace_back(model, SessionOptions{.context_length = kContext, .kv_type = type, .batch_tokens = 8});
  std::vector<std::vector<float>> logits;
  for (int turn = 0; turn < 3; ++turn)
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<TokenId> ids;
      for (int t = 0; t < 20; ++t) ids.push_back(static_cast<TokenId>((turn * 50 + t * 7 + static_cast<int>(i)) % 256));
      const auto row = sessions[i].eval(ids);
      logits.emplace_back(row.begin(), row.end());
    }
  return logits;
}

TEST(SessionMemory, WaitingSessionsAreCompressedAndGoOnWithTheSameBits) {
  for (const DType type : {DType::kF16, DType::kF32}) {
    SCOPED_TRACE(dtype_name(type));
    const auto free = tiny_model(0);
    const auto expected = run_in_turns(free, type, 4);
    const std::uint64_t peak = free->context().pool().get_metrics().peak_bytes;
    EXPECT_EQ(free->context().movable().figures().compressions, 0u);

    const std::uint64_t cache = type == DType::kF16 ? 2 << 20 : 4 << 20;
    const auto limited = tiny_model(peak - 2 * cache + (cache / 2));
    EXPECT_EQ(run_in_turns(limited, type, 4), expected);
    const MovableFigures figures = limited->context().movable().figures();
    EXPECT_GT(figures.compressions, 3u);
    EXPECT_GT(figures.restores, 3u);
    EXPECT_LE(limited->context().pool().get_metrics().peak_bytes, peak - 2 * cache + (cache / 2));
  }
}

TEST(SessionMemory, ACompactedPoolRunsOn) {
  const auto model = tiny_model(0);
  auto first = std::make_unique<Session>(model, SessionOptions{.context_length = kContext});
  Session second(model, {.context_length = kContext});
  const std::vector<TokenId> ids{1, 2, 3, 4};
  const auto row = second.eval(ids);
  const std::vector<float> expected(row.begin(), row.end());
  first.reset();
  EXPECT_GE(model->context().movable().compact().blocks, 1u);
  second.rewind(3);
  const auto again = second.eval(std::vector<TokenId>{4});
  EXPECT_EQ(std::vector<float>(again.begin(), again.end()), expected);
}

}  // namespace
}  // namespace bitnet
