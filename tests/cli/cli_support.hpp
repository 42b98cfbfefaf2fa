// Models that the command's tests run, and what they check of every answer.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/program.hpp"
#include "support/tiny_model.hpp"

namespace bitnet::testing {

namespace fs = std::filesystem;

/// A folder of this test program alone, gone when it ends.
class Scratch : public ::testing::Environment {
 public:
  static fs::path folder() { return fs::path(::testing::TempDir()) / ("bitnet-cli-" + std::to_string(::getpid())); }
  static std::string path(const std::string& name) { return (folder() / name).string(); }

  void SetUp() override {
    // Hints to the program from outside would change what is tested.
    ::unsetenv("BITNET_FORCE_ISA");
    ::unsetenv("BITNET_FORCE_BACKEND");
    fs::create_directories(folder());
    write_tiny_model(folder() / "tiny");
    write_tiny_model(folder() / "silent", {.tokenizer = false});
    write_tiny_model(folder() / "long", {.context = 100000});
    write_tiny_model(folder() / "chat", {.chat_template = kTinyChatTemplate});
    write_tiny_model(folder() / "long-chat", {.context = 100000, .chat_template = kTinyChatTemplate});
  }
  void TearDown() override { fs::remove_all(folder()); }
};

/// A model that runs anywhere.
inline std::string tiny() { return Scratch::path("tiny"); }

inline std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// One line on stderr that holds `part`, nothing on stdout, and the exit status.
inline void expect_failure(const ProgramResult& result, int status, const std::string& part) {
  EXPECT_EQ(result.status, status) << result.err << result.out;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(count_lines(result.err), 1u) << result.err;
  EXPECT_TRUE(result.err.starts_with("bitnet: ")) << result.err;
  EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
  if (status == 2) {
    EXPECT_NE(result.err.find("--help"), std::string::npos) << result.err;
  }
}

inline nlohmann::json expect_json(const ProgramResult& result) {
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(count_lines(result.out), 1u) << result.out;
  return nlohmann::json::parse(result.out, nullptr, false);
}

/// `bitnet run` on the tiny model.
inline ProgramResult run_tiny(std::vector<std::string> arguments, const std::string& input = "") {
  arguments.insert(arguments.begin(), {"run", "-m", tiny(), "-t", "1"});
  return run_bitnet(arguments, input);
}

}  // namespace bitnet::testing
