// --memory-report and --memory-limit.
#include <nlohmann/json.hpp>

#include "cli/cli_support.hpp"

namespace bitnet::testing {
namespace {

class Memory : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const ProgramResult any = run_bitnet({"run", "-n", "1"}); any.status != 0) GTEST_SKIP() << any.err;
  }
  static nlohmann::json report(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"run", "-n", "20", "--json", "--memory-report"});
    const ProgramResult run = run_bitnet(arguments);
    EXPECT_EQ(run.status, 0) << run.err;
    return nlohmann::json::parse(run.out);
  }
};

TEST_F(Memory, ReportSaysWhatItWasUsedFor) {
  const auto json = report({});
  const auto& memory = json["memory"];
  std::uint64_t current = 0;
  for (const char* tag : {"weights", "kv_cache", "activations", "scratch"}) {
    ASSERT_TRUE(memory["tags"].contains(tag)) << memory.dump();
    current += memory["tags"][tag]["current_bytes"].get<std::uint64_t>();
    EXPECT_GE(memory["tags"][tag]["peak_bytes"], memory["tags"][tag]["current_bytes"]);
    EXPECT_GT(memory["tags"][tag]["peak_bytes"], 0);
  }
  EXPECT_EQ(memory["current_bytes"], current) << "all of it has a tag";
  EXPECT_GE(memory["peak_bytes"], memory["current_bytes"]);
  EXPECT_TRUE(memory["limit_bytes"].is_null());
  for (const char* share : {"internal_fragmentation", "external_fragmentation"}) {
    EXPECT_GE(memory[share], 0.0);
    EXPECT_LT(memory[share], 1.0);
  }
  const ProgramResult text = run_bitnet({"run", "-n", "4", "--memory-report"});
  for (const char* part : {"memory: ", "pressure ", "fragmentation: ", "weights", "kv_cache"})
    EXPECT_NE(text.err.find(part), std::string::npos) << text.err;
  EXPECT_EQ(run_bitnet({"run", "-n", "4"}).err.find("memory: "), std::string::npos);
}

TEST_F(Memory, LimitShrinksTheContextThatNobodyAskedFor) {
  const auto free = report({});
  const std::uint64_t limit = free["memory"]["peak_bytes"].get<std::uint64_t>() * 3 / 4;
  const auto limited = report({"--memory-limit", std::to_string(limit)});
  EXPECT_EQ(limited["ids"], free["ids"]) << "the text is the same";
  EXPECT_LE(limited["memory"]["peak_bytes"], limit);
  EXPECT_EQ(limited["memory"]["limit_bytes"], limit);
  const std::string bytes = std::to_string(limit);
  EXPECT_NE(run_bitnet({"run", "-n", "1", "--memory-limit", bytes}).err.find("for want of memory"), std::string::npos);
  expect_failure(run_bitnet({"run", "-n", "1", "-c", "1024", "--memory-limit", bytes}), 1, "raise the limit");
}

TEST_F(Memory, LimitsTooSmallAreRefused) {
  expect_failure(run_bitnet({"run", "--memory-limit", "1MB"}), 1, "1000000 bytes: raise the limit");
  expect_failure(run_bitnet({"chat", "--memory-limit", "1KiB"}, "hi\n"), 1, "1024 bytes: raise the limit");
  expect_failure(run_bitnet({"run", "--memory-limit", "0"}), 1, "at least 1 byte");
  expect_failure(run_bitnet({"run", "--memory-limit", "much"}), 2, "--memory-limit");
  expect_failure(run_bitnet({"run", "--memory-limit", "-5"}), 2, "--memory-limit");
}

}  // namespace
}  // namespace bitnet::testing
