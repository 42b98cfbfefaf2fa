// Ctrl-C during a generation.
#include "cli/cli_support.hpp"
#include "cli/running_program.hpp"

namespace bitnet::testing {
namespace {

// A generation that goes on for minutes unless it is interrupted.
std::vector<std::string> endless(bool json) {
  std::vector<std::string> arguments{"run", "-m", Scratch::path("long"), "-p", "Hello", "-n", "90000", "-c", "95000",
                                     "-t",  "1",  "--ignore-stop-tokens"};
  if (json) arguments.push_back("--json");
  return arguments;
}

TEST(Interrupt, EndsTheTextCleanly) {
  Running program(endless(false));
  program.wait_for_output();
  program.interrupt();
  const ProgramResult result = program.finish();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(result.out.ends_with("\n"));
  EXPECT_EQ(count_lines(result.err), 1u) << result.err;
  EXPECT_NE(result.err.find("cancelled"), std::string::npos) << result.err;
}

TEST(Interrupt, GivesWholeJson) {
  if (!fs::exists("/proc/self/status")) GTEST_SKIP() << "this system does not tell which signals a program handles";
  Running program(endless(true));
  program.wait_for_handler();
  program.interrupt();
  const ProgramResult result = program.finish();
  const auto json = expect_json(result);
  EXPECT_EQ(json["finish"], "cancelled");
  EXPECT_LT(json["ids"].size(), 90000u);
  EXPECT_EQ(result.err, "");
}

}  // namespace
}  // namespace bitnet::testing
