// `bitnet convert`.
#include "cli/cli_support.hpp"

namespace bitnet::testing {
namespace {

nlohmann::json run_json(const std::vector<std::string>& arguments) {
  const ProgramResult result = run_bitnet(arguments);
  EXPECT_EQ(result.status, 0) << result.err;
  return nlohmann::json::parse(result.out);
}

TEST(Convert, WritesAFileThatRuns) {
  const std::string out = Scratch::path("converted.gguf");
  const ProgramResult converted = run_bitnet({"convert", tiny(), out, "--type", "f16", "--head", "f32"});
  EXPECT_EQ(converted.status, 0) << converted.err;
  EXPECT_NE(converted.out.find("read again and equal"), std::string::npos) << converted.out;
  const auto arguments = [](const std::string& model) {
    return std::vector<std::string>{"run", "-m", model, "-p", "Hello", "-n", "8", "--greedy", "--json"};
  };
  EXPECT_EQ(run_json(arguments(out))["prompt_ids"], run_json(arguments(tiny()))["prompt_ids"]);

  expect_failure(run_bitnet({"convert", tiny(), out, "--type", "f16"}), 1, "--force");
  const auto json = run_json({"convert", tiny(), out, "--type", "f16", "--force", "--json"});
  EXPECT_EQ(json["file_bytes"], fs::file_size(out));
  EXPECT_EQ(json["file"], out);
}

TEST(Convert, MistakesAreOneLine) {
  const std::string out = Scratch::path("never.gguf");
  expect_failure(run_bitnet({"convert", tiny()}), 2, "OUT");
  expect_failure(run_bitnet({"convert", tiny(), out, "--type", "q3"}), 2, "q3");
  expect_failure(run_bitnet({"convert", tiny(), out, "--head", "i2_s"}), 2, "i2_s");
  expect_failure(run_bitnet({"convert", tiny(), out}), 1, "not ternary");
  expect_failure(run_bitnet({"convert", Scratch::path("absent"), out}), 1, "absent");
  expect_failure(run_bitnet({"convert", tiny(), Scratch::path("absent/out.gguf"), "--type", "f16"}), 1,
                 "cannot be written");
  EXPECT_FALSE(fs::exists(out));
}

}  // namespace
}  // namespace bitnet::testing
