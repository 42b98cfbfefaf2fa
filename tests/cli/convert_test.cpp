// `bitnet convert`.
#include <fstream>
#include <map>

#include "cli/cli_support.hpp"
#include "cli/running_program.hpp"
#include "io/gguf.hpp"
#include "support/file_builder.hpp"
#include "support/reference.hpp"

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
  expect_failure(run_bitnet({"convert", tiny(), out}), 1, "is ternary");
  expect_failure(run_bitnet({"convert", Scratch::path("absent"), out}), 1, "absent");
  expect_failure(run_bitnet({"convert", tiny(), Scratch::path("absent/out.gguf"), "--type", "f16"}), 1,
                 "cannot be written");
  EXPECT_FALSE(fs::exists(out));
}

// The tensors' bytes of a GGUF file by their names.
std::map<std::string, std::string> tensors_of(const std::string& path) {
  std::map<std::string, std::string> tensors;
  const auto file = GgufFile::open(path);
  for (const GgufTensor& tensor : file->tensors())
    tensors[tensor.view.name] =
        std::string(reinterpret_cast<const char*>(tensor.view.bytes.data()), tensor.view.bytes.size());
  return tensors;
}

TEST(Convert, ThereAndBackAgain) {
  const fs::path file = reference_dir() / "gguf/llama-k256/I2_S.gguf";
  if (!fs::exists(file)) GTEST_SKIP() << "no reference files in " << reference_dir();
  const std::string directory = Scratch::path("hf"), back = Scratch::path("back.gguf"),
                    small = Scratch::path("small.gguf");
  EXPECT_EQ(run_bitnet({"convert", file.string(), directory}).status, 0);
  EXPECT_EQ(run_bitnet({"convert", directory, back, "--verify"}).status, 0);
  auto before = tensors_of(file.string()), after = tensors_of(back);
  ASSERT_EQ(before.size(), after.size());
  for (auto& [name, bytes] : before) {
    // Behind an I2_S scale stand 28 bytes of no meaning.
    if (name.find("attn_") != std::string::npos && bytes.size() > 4096)
      bytes.resize(bytes.size() - 28), after[name].resize(bytes.size());
    if (name.find("ffn_") != std::string::npos && bytes.size() > 8192)
      bytes.resize(bytes.size() - 28), after[name].resize(bytes.size());
    EXPECT_EQ(bytes, after[name]) << name;
  }
  const auto summary = run_json({"convert", back, small, "--type", "entropy", "--no-verify", "--json"});
  EXPECT_EQ(summary["verified"], false);
  EXPECT_LT(fs::file_size(small), fs::file_size(back));
  const ProgramResult listed = run_bitnet({"inspect", small, "--packing"});
  EXPECT_EQ(listed.status, 0) << listed.err;
  EXPECT_NE(listed.out.find("packed entropy"), std::string::npos) << listed.out;
  EXPECT_NE(listed.out.find("no code of single values takes less"), std::string::npos) << listed.out;
  const auto json = run_json({"inspect", back, "--packing", "--json"})["ternary"];
  EXPECT_EQ(json["packed_bytes"].size(), 8u);
  EXPECT_EQ(json["tensors"].size(), 14u);
  EXPECT_GE(json["packed_bytes"]["entropy"], json["entropy_bound_bytes"]);
  expect_failure(run_bitnet({"convert", file.string(), Scratch::path("new"), "--type", "tq2_0"}), 1, "beside 'packed'");
  expect_failure(run_bitnet({"inspect", file.string(), "--i2s-layout", "mips"}), 2, "mips");
}

TEST(Convert, TilesOfTl2AreAskedFor) {
  const fs::path file = reference_dir() / "gguf/bitnet-k256/TL2.gguf.xz";
  if (!fs::exists(file)) GTEST_SKIP() << "no reference files in " << reference_dir();
  const std::string tl2 = Scratch::path("TL2.gguf"), out = Scratch::path("from-tl2.gguf");
  std::ofstream(tl2, std::ios::binary) << read_xz(file);
  expect_failure(run_bitnet({"convert", tl2, out}), 1, "--tl-config");
  expect_failure(run_bitnet({"convert", tl2, out, "--tl-config", "no-such-model"}), 1, "bitnet_b1_58-3B");
  const std::string config = (reference_dir() / "gguf/TL2-kernel_config.ini").string();
  EXPECT_EQ(run_bitnet({"convert", tl2, out, "--tl-config", config}).status, 0);
  auto want = tensors_of((reference_dir() / "gguf/bitnet-k256/I2_S.gguf").string()), got = tensors_of(out);
  const std::string name = "blk.1.ffn_down.weight";
  EXPECT_EQ(got[name].substr(0, got[name].size() - 28), want[name].substr(0, want[name].size() - 28));
}

TEST(Quantize, ShowsWhatItCosts) {
  const std::string out = Scratch::path("quantized.gguf"), plot = Scratch::path("quality.svg"),
                    kept = Scratch::path("quality.json");
  const std::string text = Scratch::path("quantize.txt");
  std::ofstream(text) << std::string(400, 'a') << " and other words, more or less";
  const auto json =
      run_json({"quantize", tiny(), out, "-f", text, "-c", "64", "--report", plot, "--report", kept, "--json"});
  EXPECT_EQ(json["file_bytes"], fs::file_size(out));
  EXPECT_GT(json["quality"]["model"]["mean_kl"], 0);
  EXPECT_GE(json["quality"]["tensors"].size(), 14u);
  std::ifstream report(kept);
  EXPECT_EQ(nlohmann::json::parse(report), json["quality"]);
  EXPECT_NE(read_bytes(plot).find("</svg>"), std::string::npos);
  const ProgramResult pruned = run_bitnet(
      {"quantize", tiny(), out, "--precision", "linears=f16", "--prune", "0.5", "-f", text, "-c", "64", "--force"});
  EXPECT_EQ(pruned.status, 0) << pruned.err;
  EXPECT_NE(pruned.out.find("perplexity before"), std::string::npos) << pruned.out;
  EXPECT_NE(pruned.out.find("perplexity after"), std::string::npos) << pruned.out;
  expect_failure(run_bitnet({"quantize", tiny(), out}), 1, "--force");
  expect_failure(run_bitnet({"quantize", tiny(), Scratch::path("never.gguf"), "--precision", "linears"}), 1,
                 "WHERE=WHAT");
  expect_failure(run_bitnet({"quantize", tiny(), Scratch::path("never.gguf"), "--prune", "3"}), 1, "2:4");
  const auto inputs = run_json({"inspect", tiny(), "--activations", text, "--json"})["inputs"];
  ASSERT_GE(inputs.size(), 4u);
  EXPECT_GT(inputs[0]["dynamic_sqnr_db"], 30);
  EXPECT_EQ(inputs[0]["static"].size(), 4u);
}

// Killed while it writes, it leaves nothing under the name that was asked for.
TEST(Convert, KilledLeavesNoHalfFile) {
  const fs::path source = fs::path(BITNET_SOURCE_DIR) / "models/bitnet-tales-21m.gguf";
  if (!fs::exists(source)) GTEST_SKIP() << "no model at " << source;
  for (const char* name : {"killed.gguf", "killed"}) {
    const fs::path folder = Scratch::path(std::string("kill-") + name), out = folder / name;
    fs::create_directory(folder);
    Running running({"convert", source.string(), out.string(), "--type", "f32", "--head", "f32"});
    // Until it has begun to write.
    while (fs::is_empty(folder)) {
    }
    running.kill();
    EXPECT_EQ(running.finish().status, 128 + SIGKILL);
    EXPECT_FALSE(fs::exists(out));
    EXPECT_FALSE(fs::is_empty(folder)) << "it had ended already";
  }
}

}  // namespace
}  // namespace bitnet::testing
