// --prompt-cache: the same text, with less to evaluate.
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/cli_support.hpp"

namespace bitnet::testing {
namespace {

nlohmann::json run(const std::string& ids, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"--ids", ids, "--json", "-n", "8", "--seed", "3", "--ignore-stop-tokens"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return expect_json(run_tiny(arguments));
}

TEST(PromptCache, BeginsWithWhatTheFileHolds) {
  const std::string file = Scratch::path("prompt.cache");
  const std::vector<std::string> cache{"--prompt-cache", file};
  const auto plain = run("256,1,2,3,4,5,6,7,8,9");
  const auto first = run("256,1,2,3,4,5,6,7,8,9", cache);
  EXPECT_EQ(first["ids"], plain["ids"]);
  EXPECT_EQ(first["timings"]["cached_tokens"], 0);
  const auto again = run("256,1,2,3,4,5,6,7,8,9", cache);
  EXPECT_EQ(again["ids"], plain["ids"]);
  EXPECT_EQ(again["timings"]["cached_tokens"], 9);
  EXPECT_EQ(again["timings"]["prompt_tokens"], 1);
  // Another prompt shares a beginning only.
  const auto other = run("256,1,2,3,40,50", cache);
  EXPECT_EQ(other["ids"], run("256,1,2,3,40,50")["ids"]);
  EXPECT_EQ(other["timings"]["cached_tokens"], 4);
  EXPECT_EQ(run("7,8", cache)["timings"]["cached_tokens"], 0);
}

TEST(PromptCache, FilesThatDoNotFitAreRefused) {
  const std::string file = Scratch::path("bad.cache");
  write_file(file, "no cache");
  expect_failure(run_tiny({"--ids", "1,2", "--prompt-cache", file}), 1, file);
  fs::remove(file);
  run("1,2,3", {"--prompt-cache", file});
  expect_failure(run_tiny({"--ids", "1,2", "--prompt-cache", file, "--kv-type", "f32"}), 1, "--kv-type f16");
  const std::string other = Scratch::path("other");
  write_tiny_model(other, {.ffn = 64});
  expect_failure(run_bitnet({"run", "-m", other, "--ids", "1", "--prompt-cache", file, "-n", "1"}), 1, "another model");
  expect_failure(run_tiny({"--ids", "1,2", "--prompt-cache", "/nowhere/cache"}), 1, "/nowhere/cache");
}

}  // namespace
}  // namespace bitnet::testing
