// --memory-report, --memory-trace, --memory-limit and --shared-weights.
#include <fcntl.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/cli_support.hpp"
#include "cli/running_program.hpp"

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

#ifdef __linux__
TEST_F(Memory, WeightsAreSharedBetweenProcesses) {
  int input[2];
  ASSERT_EQ(::pipe2(input, O_CLOEXEC), 0);
  const auto alone = report({});
  EXPECT_EQ(alone["memory"]["shared_weight_bytes"], 0);
  // A chat that waits for its second message holds them.
  Running chat({"chat", "--shared-weights", "-n", "4"}, input[0]);
  ASSERT_EQ(::write(input[1], "Hi\n", 3), 3);
  chat.wait_for_output();
  const auto shared = report({"--shared-weights"});
  EXPECT_EQ(shared["ids"], alone["ids"]);
  EXPECT_EQ(shared["memory"]["shared_weights_found"], true);
  EXPECT_EQ(shared["memory"]["shared_weight_bytes"], alone["memory"]["tags"]["weights"]["current_bytes"]);
  EXPECT_FALSE(shared["memory"]["tags"].contains("weights")) << "this process holds none of its own";
  // Another backend wants them packed otherwise.
  EXPECT_EQ(report({"--shared-weights", "--backend", "reference"})["memory"]["shared_weights_found"], false);
  ::close(input[0]);
  ::close(input[1]);
  EXPECT_EQ(chat.finish().status, 0);
  EXPECT_EQ(report({"--shared-weights"})["memory"]["shared_weights_found"], false) << "the last one removed them";
}
#endif

TEST_F(Memory, TraceHoldsEveryAllocation) {
  const std::string csv = Scratch::path("trace.csv"), chrome = Scratch::path("trace.json");
  const auto read = [](const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  };
  const auto json = report({"--memory-trace", csv});
  std::uint64_t allocations = 0;
  for (const auto& tag : json["memory"]["tags"]) allocations += tag["allocations"].get<std::uint64_t>();
  std::istringstream lines(read(csv));
  std::uint64_t listed = 0;
  for (std::string line; std::getline(lines, line);) listed += line.find(",alloc,") != std::string::npos;
  EXPECT_EQ(listed, allocations);
  report({"--memory-trace", chrome});
  EXPECT_GT(nlohmann::json::parse(read(chrome))["traceEvents"].size(), listed);
  expect_failure(run_bitnet({"run", "-n", "1", "--memory-trace", "/nowhere/trace.csv"}), 1, "/nowhere/trace.csv");
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
