// Every mistake gives one line on stderr, and exit status 1, or 2 for a wrong command line.
#include <fstream>

#include "cli/cli_support.hpp"
#include "support/reference.hpp"

namespace bitnet::testing {
namespace {

const auto* const kScratch = ::testing::AddGlobalTestEnvironment(new Scratch);

TEST(WrongCommandLine, IsStatusTwoWithAHint) {
  (void)kScratch;
  struct Case {
    std::vector<std::string> arguments;
    std::string part;
  };
  const std::vector<Case> cases{
      {{}, "subcommand"},
      {{"fly"}, "no command 'fly'"},
      {{"--fly"}, "--fly"},
      {{"run", "--fly"}, "--fly"},
      {{"run", "-m"}, "-m"},
      {{"run", "-m", "x", "-n", "many"}, "many"},
      {{"run", "-m", "x", "-n", "-5"}, "-5"},
      {{"run", "-m", "x", "-t", "two"}, "two"},
      {{"run", "-m", "x", "--temp", "hot"}, "hot"},
      {{"run", "-m", "x", "--seed", "-1"}, "-1"},
      {{"run", "-m", "x", "-p", "a", "--ids", "1"}, "--ids"},
      {{"run", "-m", "x", "--ids", "1,two,3"}, "'two'"},
      {{"run", "-m", "x", "--ids", "1.5"}, "'1.5'"},
      {{"run", "-m", "x", "--ids", "99999999999"}, "too large"},
      {{"logits", "-m", "x", "--ids", "1"}, "--out"},
      {{"logits", "-m", "x", "--out", "y"}, "--ids"},
      {{"perplexity", "-m", "x"}, "--file"},
      {{"inspect"}, "FILE"},
      {{"bench", "-m", "x", "-p", "12x"}, "12x"},
      {{"bench", "-m", "x", "--synthetic", "y"}, "--synthetic"},
      {{"tokenize", "-m", "x", "--tokenizer", "y", "text"}, "--tokenizer"},
      {{"tokenize", "-m", "x", "--jsonl", "text"}, "--jsonl"},
      {{"detokenize", "-m", "x", "--jsonl", "1"}, "--jsonl"},
      {{"detokenize", "-m", "x", "one"}, "'one'"},
      {{"info", "now"}, "now"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(::testing::PrintToString(c.arguments));
    expect_failure(run_bitnet(c.arguments), 2, c.part);
  }
}

TEST(BadOption, IsOneLine) {
  struct Case {
    std::vector<std::string> arguments;
    std::string part;
  };
  const std::vector<Case> cases{
      {{"--temp", "nan"}, "temperature"},
      {{"--temp", "-1"}, "temperature"},
      {{"--temp", "inf"}, "temperature"},
      {{"--top-k", "-1"}, "top_k"},
      {{"--top-p", "2"}, "top_p"},
      {{"--top-p", "nan"}, "top_p"},
      {{"--min-p", "-0.5"}, "min_p"},
      {{"--repeat-penalty", "0"}, "repeat_penalty"},
      {{"--isa", "avx9"}, "'avx9'"},
      {{"--backend", "gpu9"}, "'gpu9'"},
      {{"--kv-type", "q9"}, "'q9'"},
      {{"--kv-type", "q4_0"}, "q8_0"},
      {{"-n", "0"}, "-n 0"},
      {{"-t", "0"}, "-t 0"},
      {{"-t", "-1"}, "-t -1"},
      {{"-t", "100000"}, "-t 100000"},
      {{"-c", "0"}, "-c 0"},
      {{"-c", "129"}, "129"},
      {{"--stop", ""}, "--stop"},
      {{"-c", "4"}, "context"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(::testing::PrintToString(c.arguments));
    std::vector<std::string> arguments = c.arguments;
    arguments.insert(arguments.end(), {"-p", "Hello there"});
    expect_failure(run_tiny(arguments), 1, c.part);
  }
}

TEST(BadPrompt, IsOneLine) {
  expect_failure(run_tiny({"-p", std::string(500, 'x')}), 1, "context");
  expect_failure(run_tiny({"--ids", ""}), 1, "empty");
  expect_failure(run_tiny({"--ids", "1,260"}), 1, "260");
  expect_failure(run_tiny({"--ids", "-1"}), 1, "-1");
  expect_failure(run_bitnet({"logits", "-m", tiny(), "--ids", "300", "--out", Scratch::path("l.safetensors")}), 1,
                 "300");
  expect_failure(run_bitnet({"logits", "-m", tiny(), "--ids", "1", "--out", "/no/such/folder/l.safetensors"}), 1,
                 "/no/such/folder");

  // Without BOS an empty text is no prompt; with it, it is one.
  const fs::path plain = Scratch::folder() / "no-bos";
  write_tiny_model(plain);
  nlohmann::json tokenizer = tiny_tokenizer();
  tokenizer["post_processor"] = nullptr;
  write_file(plain / "tokenizer.json", tokenizer.dump());
  expect_failure(run_bitnet({"run", "-m", plain.string(), "-p", ""}), 1, "empty");
  expect_failure(run_bitnet({"run", "-m", plain.string()}, "\n"), 1, "empty");
  EXPECT_EQ(run_tiny({"-p", "", "-n", "1"}).status, 0);
}

TEST(BadModel, IsOneLine) {
  const auto fails = [](const std::string& model, const std::string& part) {
    SCOPED_TRACE(model);
    expect_failure(run_bitnet({"run", "-m", model, "-p", "x", "-n", "1"}), 1, part);
  };
  fails("/no/such/model.gguf", "/no/such/model.gguf");
  const std::string file = Scratch::path("bad.gguf");
  write_file(file, "this is no model at all");
  fails(file, "bad.gguf");
  write_file(file, "");
  fails(file, "bad.gguf");
  write_file(file, std::string("GGUF\3\0\0\0", 8));
  fails(file, "bad.gguf");
  fs::create_directories(Scratch::folder() / "nothing");
  fails(Scratch::path("nothing"), "config.json");

  const fs::path broken = Scratch::folder() / "broken";
  write_tiny_model(broken);
  const std::string weights = read_bytes(broken / "model.safetensors");
  write_file(broken / "model.safetensors", weights.substr(0, weights.size() - 100));
  fails(broken.string(), "model.safetensors");
  write_tiny_model(broken);
  fs::remove(broken / "model.safetensors");
  fails(broken.string(), "safetensors");
  write_tiny_model(broken);
  nlohmann::json config = nlohmann::json::parse(read_bytes(broken / "config.json"));
  config["model_type"] = "mamba";
  write_file(broken / "config.json", config.dump());
  fails(broken.string(), "mamba");
  write_file(broken / "config.json", "{\"model_type\": ");
  fails(broken.string(), "config.json");
  // An embedding with fewer rows than the tokenizer has tokens.
  write_tiny_model(broken, {.vocabulary = 200});
  fails(broken.string(), "tokenizer");
  write_tiny_model(broken);
  write_file(broken / "tokenizer.json", "{}");
  fails(broken.string(), "broken");

  expect_failure(run_bitnet({"run", "-m", Scratch::path("silent"), "--ids", "1", "-n", "1"}), 1, "--json");
  expect_failure(run_bitnet({"run", "-m", Scratch::path("silent"), "--json", "-p", "x"}), 1, "tokenizer");
}

TEST(BadTokenizerInput, NamesTheLine) {
  const auto tokenize = [](const std::string& input) {
    return run_bitnet({"tokenize", "-m", tiny(), "--jsonl"}, input);
  };
  for (const char* bad : {"no json", "[1]", "{}", "{\"text\": 7}", "{\"text\": \"a\", \"add_special_tokens\": 1}", "",
                          "{\"text\": \"\xff\"}"}) {
    SCOPED_TRACE(bad);
    const ProgramResult result = tokenize(std::string("{\"text\": \"a\"}\n") + bad + "\n{\"text\": \"b\"}\n");
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(count_lines(result.err), 1u) << result.err;
    EXPECT_NE(result.err.find("line 2"), std::string::npos) << result.err;
    EXPECT_EQ(count_lines(result.out), 1u);  // what came before the bad line
  }
  for (const char* bad :
       {"{}", "{\"ids\": 1}", "{\"ids\": [1, \"a\"]}", "{\"ids\": [260]}", "{\"ids\": [-1]}", "{\"ids\": [1e99]}"}) {
    SCOPED_TRACE(bad);
    expect_failure(run_bitnet({"detokenize", "-m", tiny(), "--jsonl"}, bad), 1, "line 1");
  }
  expect_failure(run_bitnet({"detokenize", "-m", tiny(), "72", "260"}), 1, "260");
  expect_failure(run_bitnet({"tokenize", "-m", Scratch::path("silent"), "x"}), 1, "tokenizer");
  expect_failure(run_bitnet({"tokenize", "--tokenizer", "/no/such/tokenizer.json", "x"}), 1, "/no/such/tokenizer.json");
  write_file(Scratch::path("bad-tokenizer.json"), "{\"model\": 1}");
  expect_failure(run_bitnet({"tokenize", "--tokenizer", Scratch::path("bad-tokenizer.json"), "x"}), 1,
                 "bad-tokenizer.json");
}

TEST(BadInspect, IsOneLine) {
  expect_failure(run_bitnet({"inspect", "/no/such/file"}), 1, "/no/such/file");
  write_file(Scratch::path("text.txt"), "hello");
  expect_failure(run_bitnet({"inspect", Scratch::path("text.txt")}), 1, "text.txt");
  fs::create_directories(Scratch::folder() / "empty");
  expect_failure(run_bitnet({"inspect", Scratch::path("empty")}), 1, "config.json");
}

TEST(BadMeasurement, IsOneLine) {
  write_file(Scratch::path("short.txt"), "too short");
  expect_failure(run_bitnet({"perplexity", "-m", tiny(), "-f", Scratch::path("short.txt"), "-c", "64"}), 1,
                 "short.txt");
  expect_failure(run_bitnet({"perplexity", "-m", tiny(), "-f", "/no/such.txt", "-c", "64"}), 1, "/no/such.txt");
  expect_failure(run_bitnet({"perplexity", "-m", tiny(), "-f", Scratch::path("short.txt"), "-c", "2"}), 1, "-c 2");
  expect_failure(run_bitnet({"bench", "-m", tiny(), "-r", "0"}), 1, "-r 0");
  expect_failure(run_bitnet({"bench", "-m", tiny(), "-p", "0", "-n", "0"}), 1, "nothing");
  expect_failure(run_bitnet({"bench", "-m", tiny(), "-p", "64", "-n", "0", "-c", "32"}), 1, "-c 32");
  expect_failure(run_bitnet({"bench", "-m", tiny(), "-p", "0", "-n", "4", "-d", "24", "-c", "27"}), 1, "-c 27");
  expect_failure(run_bitnet({"bench", "-m", tiny(), "-n", "8", "-d", "18446744073709551612"}), 1,
                 "-d 184467440737095516");
  expect_failure(run_bitnet({"bench", "--synthetic", "gpt-9"}), 1, "gpt-9");
  expect_failure(run_bitnet({"info", "--isa", "avx9"}), 1, "'avx9'");
  expect_failure(run_bitnet({"info", "--backend", "gpu9"}), 1, "'gpu9'");
}

TEST(BadEnvironment, NamesTheKnownLevels) {
  ::setenv("BITNET_FORCE_ISA", "avx9", 1);
  expect_failure(run_tiny({"-p", "x", "-n", "1"}), 1, "avx9");
  ::unsetenv("BITNET_FORCE_ISA");
  ::setenv("BITNET_FORCE_BACKEND", "gpu9", 1);
  expect_failure(run_tiny({"-p", "x", "-n", "1"}), 1, "reference");
  ::unsetenv("BITNET_FORCE_BACKEND");
}

TEST(FullDisk, IsAnError) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const ProgramResult result =
      run_program("/bin/sh", {"-c", std::string(BITNET_BINARY_DIR) + "/bin/bitnet info > /dev/full"});
  expect_failure(result, 1, "standard output");
}

}  // namespace
}  // namespace bitnet::testing
