// `bitnet chat`, from a file and on a terminal.
#include <fcntl.h>
#include <stdlib.h>

#include <sstream>

#include "cli/cli_support.hpp"
#include "cli/running_program.hpp"

namespace bitnet::testing {
namespace {

ProgramResult chat(std::vector<std::string> arguments, const std::string& input) {
  arguments.insert(arguments.begin(), {"chat", "-m", Scratch::path("chat"), "-t", "1", "-n", "6"});
  return run_bitnet(arguments, input);
}

std::vector<nlohmann::json> json_lines(const std::string& text) {
  std::vector<nlohmann::json> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(nlohmann::json::parse(line, nullptr, false));
  return all;
}

TEST(Chat, EachLineIsATurnAndOnlyAnswersArePrinted) {
  const std::string input = "Hello\n\n  \t \r\nTell me\r\n/exit \xFF";
  const ProgramResult json = chat({"--json"}, input);
  EXPECT_EQ(json.status, 0) << json.err;
  const auto turns = json_lines(json.out);
  ASSERT_EQ(turns.size(), 3u) << json.out;
  std::string text;
  for (const auto& turn : turns) {
    EXPECT_EQ(turn["role"], "assistant");
    EXPECT_LE(turn["ids"].size(), 6u);
    EXPECT_EQ(turn["timings"]["generated_tokens"], turn["ids"].size());
    text += turn["content"].get<std::string>();
    if (!turn["content"].get<std::string>().ends_with('\n')) text += '\n';
  }
  EXPECT_EQ(turns[0]["timings"]["reused_tokens"], 0);
  EXPECT_GE(turns[1]["timings"]["reused_tokens"], turns[0]["timings"]["prompt_tokens"]);
  EXPECT_EQ(chat({}, input).out, text);
  EXPECT_EQ(chat({}, input).out, text);
  EXPECT_NE(chat({"--seed", "9"}, input).out, text);
  EXPECT_EQ(chat({}, "").out, "");
}

TEST(Chat, WritesTheConversationAsTheTemplateDoes) {
  const auto tokens = [](std::vector<std::string> arguments) {
    arguments.push_back("--json");
    const auto turns = json_lines(chat(arguments, "Hi\n").out);
    return turns.size() == 1 ? turns[0]["timings"]["prompt_tokens"].get<int>() : -1;
  };
  // <s>, <|im_start|>, "user\nHi", <|im_end|>, "\n", <|im_start|>, "assistant\n"
  EXPECT_EQ(tokens({}), 1 + 1 + 7 + 1 + 1 + 1 + 10);
  EXPECT_EQ(tokens({"--system", "Be"}), 22 + 1 + 9 + 1 + 1);
  EXPECT_EQ(tokens({"--chat-template", "bitnet"}), 1 + 8 + 10 + 11);  // "<|eot_id|>" is no token of it
}

TEST(Chat, TellsWhenTurnsAreDroppedOrAnswersCut) {
  std::string input;
  for (int i = 0; i < 6; ++i) input += "A message of some length\n";
  const ProgramResult result = chat({"-c", "100"}, input);
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.err.find("the context of 100 tokens is full"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("cut at 6 tokens"), std::string::npos) << result.err;
}

TEST(Chat, BadInputIsOneLine) {
  const auto fails = [](const std::string& model, std::vector<std::string> more, const std::string& part) {
    std::vector<std::string> arguments{"chat", "-m", model, "-t", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    expect_failure(run_bitnet(arguments, "Hello\n"), 1, part);
  };
  // Before the model is looked for.
  fails("/no/such.gguf", {"--chat-template", "gemma"}, "chatml, bitnet, llama3, llama2, mistral");
  fails("/no/such.gguf", {"-n", "0"}, "-n 0");
  fails("/no/such.gguf", {"--top-p", "2"}, "top_p");
  fails(Scratch::path("silent"), {}, "tokenizer");
  fails(tiny(), {}, "--chat-template");
  write_tiny_model(Scratch::folder() / "gemma", {.chat_template = "<start_of_turn>user"});
  fails(Scratch::path("gemma"), {}, "gemma: ");
  fails(Scratch::path("chat"), {"-c", "8"}, "context of 8");
  // A model without a template, given one.
  EXPECT_EQ(run_bitnet({"chat", "-m", tiny(), "-n", "4", "--chat-template", "chatml"}, "Hello\n").status, 0);
}

// The two ends of a pseudo-terminal.
struct Terminal {
  Terminal() : keyboard(::posix_openpt(O_RDWR | O_NOCTTY)) {
    if (keyboard < 0 || ::grantpt(keyboard) != 0 || ::unlockpt(keyboard) != 0) return;
    screen = ::open(::ptsname(keyboard), O_RDWR | O_NOCTTY);
  }
  ~Terminal() {
    if (screen >= 0) ::close(screen);
    if (keyboard >= 0) ::close(keyboard);
  }
  void type(const std::string& text) const {
    if (::write(keyboard, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      throw std::runtime_error("cannot type");
  }
  int keyboard = -1, screen = -1;
};

TEST(ChatOnATerminal, HasCommandsAndAPrompt) {
  const Terminal terminal;
  if (terminal.screen < 0) GTEST_SKIP() << "no pseudo-terminals here";
  terminal.type("/help\n/nonsense\n/system Be brief.\nHello\n/reset\n" + std::string(200, 'x') + "\n/exit\nnever\n");
  Running program({"chat", "-m", Scratch::path("chat"), "-t", "1", "-n", "4"}, terminal.screen);
  const ProgramResult result = program.finish();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.err.find("template chatml"), std::string::npos) << result.err;
  for (const char* part : {"> ", "/reset ", "There is no command /nonsense", "context of 128"})
    EXPECT_NE(result.err.find(part), std::string::npos) << part << result.err;
  // One answer, as a file with this line and system message gets it.
  EXPECT_EQ(
      result.out,
      run_bitnet({"chat", "-m", Scratch::path("chat"), "-t", "1", "-n", "4", "--system", "Be brief."}, "Hello\n").out);
}

TEST(ChatOnATerminal, InterruptEndsTheAnswerAndEndOfInputTheConversation) {
  if (!fs::exists("/proc/self/status")) GTEST_SKIP() << "this system does not tell which signals a program handles";
  const Terminal terminal;
  if (terminal.screen < 0) GTEST_SKIP() << "no pseudo-terminals here";
  terminal.type("Hello\n");
  Running program({"chat", "-m", Scratch::path("long-chat"), "-t", "1", "-n", "90000", "-c", "95000", "--greedy"},
                  terminal.screen);
  program.wait_for_output();
  program.interrupt();
  terminal.type("/help\n\x04");  // Ctrl-D
  const ProgramResult result = program.finish();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(result.out.ends_with("\n"));
  EXPECT_NE(result.err.find("/reset "), std::string::npos) << result.err;
}

TEST(ChatFromAFile, InterruptEndsAll) {
  if (!fs::exists("/proc/self/status")) GTEST_SKIP() << "this system does not tell which signals a program handles";
  const std::string path = Scratch::path("questions.txt");
  write_file(path, "Hello\nHello again\n");
  const int input = ::open(path.c_str(), O_RDONLY);
  Running program(
      {"chat", "-m", Scratch::path("long-chat"), "-t", "1", "-n", "90000", "-c", "95000", "--greedy", "--json"}, input);
  ::close(input);
  program.wait_for_handler();
  program.interrupt();
  const ProgramResult result = program.finish();
  EXPECT_EQ(result.status, 0) << result.err;
  const auto turns = json_lines(result.out);
  ASSERT_EQ(turns.size(), 1u) << result.out;
  EXPECT_EQ(turns[0]["finish"], "cancelled");
}

}  // namespace
}  // namespace bitnet::testing
