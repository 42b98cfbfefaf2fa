#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/checked.hpp"
#include "base/crc32c.hpp"
#include "base/fail.hpp"
#include "base/machine.hpp"
#include "base/parallel.hpp"

namespace bitnet {
namespace {

TEST(Error, CarriesCodeMessageAndContext) {
  try {
    try {
      fail_file("tensor '{}' ends at {}, behind the file's {} bytes", "blk.0", 10, 5);
    } catch (const Error& e) {
      throw e.with_context("model.gguf").with_context("loading");
    }
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kInvalidFile);
    EXPECT_STREQ(e.what(), "loading: model.gguf: tensor 'blk.0' ends at 10, behind the file's 5 bytes");
    EXPECT_EQ(e.message(), "tensor 'blk.0' ends at 10, behind the file's 5 bytes");
    EXPECT_EQ(e.context(), (std::vector<std::string>{"loading", "model.gguf"}));
    const auto json = nlohmann::json::parse(e.to_json());
    EXPECT_EQ(json["code"], "invalid_file");
    EXPECT_EQ(json["context"].size(), 2u);
#ifdef BITNET_BACKTRACE
    EXPECT_FALSE(e.backtrace().empty());
#else
    EXPECT_TRUE(e.backtrace().empty());
#endif
  }
}

TEST(Error, DoesNotRepeatAFrame) {
  const Error e = Error(ErrorCode::kIo, "a.gguf: cut short").with_context("a.gguf");
  EXPECT_STREQ(e.what(), "a.gguf: cut short");
}

TEST(Error, JsonSurvivesBrokenText) {
  EXPECT_TRUE(nlohmann::json::parse(Error(ErrorCode::kIo, "caf\xE9").to_json(), nullptr, false).is_object());
}

TEST(Printable, EscapesAndCuts) {
  EXPECT_EQ(printable("plain"), "plain");
  EXPECT_EQ(printable(std::string_view("a\n\0b\x7f", 5)), "a\\x0a\\x00b\\x7f");
  EXPECT_EQ(printable("caf\xC3\xA9 \xE9"), "caf\xC3\xA9 \\xe9");
  EXPECT_EQ(printable(std::string(500, 'x')), std::string(80, 'x') + "...");
}

TEST(Checked, Overflows) {
  EXPECT_EQ(checked_mul(1ull << 32, 1ull << 31), 1ull << 63);
  EXPECT_FALSE(checked_mul(1ull << 32, 1ull << 32));
  EXPECT_FALSE(checked_add(~0ull, 1));
  EXPECT_EQ(round_up(65, 64), 128u);
}

TEST(ParallelFor, CoversEachIndexOnceAtAnyThreadCount) {
  for (const int threads : {1, 2, 3, 7, 16})
    for (const std::size_t count : {0u, 1u, 5u, 64u, 1000u})
      for (const std::size_t grain : {1u, 4u, 32u}) {
        std::vector<std::atomic<int>> hits(count);
        parallel_for(threads, count, grain, [&](std::size_t begin, std::size_t end, int thread) {
          EXPECT_LT(thread, threads);
          EXPECT_EQ(begin % grain, 0u);
          for (std::size_t i = begin; i < end; ++i) ++hits[i];
        });
        for (const auto& h : hits) ASSERT_EQ(h, 1);
      }
}

TEST(ParallelFor, RethrowsWhatABodyThrows) {
  EXPECT_THROW(parallel_for(4, 100, 1, [](std::size_t begin, std::size_t, int) {
    if (begin > 0) fail_argument("from a thread");
  }), Error);
}

TEST(Machine, KnowsItself) {
  EXPECT_GE(physical_cores(), 1);
  EXPECT_GE(logical_cores(), physical_cores());
  EXPECT_FALSE(cpu_name().empty());
  EXPECT_GT(memory_bytes(), 1u << 20);
  EXPECT_GT(peak_resident_bytes(), 1u << 20);
}

TEST(Crc32c, TheInstructionAgreesWithTheTables) {
  const auto of = [](std::string_view text) { return crc32c(0, std::as_bytes(std::span(text))); };
  EXPECT_EQ(of("123456789"), 0xE3069283u);  // RFC 3720, B.4, and the Rocksoft catalogue's check value
  EXPECT_EQ(of(std::string(32, '\0')), 0x8A9136AAu);
  std::vector<std::byte> bytes(300);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * i * 7 + 3);
  for (std::size_t size = 0; size <= bytes.size(); ++size)
    for (const std::size_t first : {std::size_t{0}, size / 3}) {
      const auto all = std::span(bytes).first(size);
      EXPECT_EQ(crc32c(crc32c(0, all.first(first)), all.subspan(first)), crc32c_by_tables(0, all)) << size;
    }
}

}  // namespace
}  // namespace bitnet
