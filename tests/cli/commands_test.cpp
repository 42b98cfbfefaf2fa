// What each subcommand prints when all is well.
#include <cmath>
#include <iterator>
#include <set>
#include <sstream>

#include "cli/cli_support.hpp"
#include "io/safetensors.hpp"
#include "support/model_compare.hpp"
#include "support/reference.hpp"

namespace bitnet::testing {
namespace {

using Ids = std::vector<int>;

TEST(BuiltInModel, WritesWithoutAnyPath) {
  const ProgramResult story = run_bitnet({"run", "-n", "40"});
  if (story.status != 0) {
    expect_failure(story, 1, "no built-in model");
    GTEST_SKIP() << "configured with an empty BITNET_BUILT_IN_MODEL";
  }
  EXPECT_GT(story.out.size(), 60u);
  EXPECT_EQ(run_bitnet({"run", "-n", "40"}).out, story.out);
  EXPECT_NE(run_bitnet({"run", "-n", "40", "--seed", "1"}).out, story.out);
  EXPECT_GT(run_bitnet({"run", "-p", "Once upon a time, a small robot", "-n", "20"}).out.size(), 20u);
  EXPECT_GT(run_bitnet({"chat"}, "Hello!\n").out.size(), 2u);
  EXPECT_EQ(run_bitnet({"detokenize", "0", "1"}).status, 0);
  EXPECT_EQ(run_bitnet({"bench", "-p", "8", "-n", "8", "-r", "1"}).status, 0);
}

// Words with one blank between them.
std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

TEST(BuiltInModel, WritesWhatTheReadmeShows) {
  const std::string readme = read_bytes(fs::path(BITNET_SOURCE_DIR) / "README.md");
  const std::string command = "    $ scripts/run -p \"Once upon a time, a small robot\"\n";
  const std::size_t begin = readme.find(command);
  ASSERT_NE(begin, std::string::npos);
  const std::size_t text = begin + command.size(), end = readme.find("\nThe built-in model", text);
  const ProgramResult story = run_bitnet({"run", "-p", "Once upon a time, a small robot"});
  if (story.status != 0) GTEST_SKIP() << story.err;
  EXPECT_EQ(words(story.out), words(readme.substr(text, end - text)));
}

TEST(Help, EveryCommandHasOne) {
  const ProgramResult all = run_bitnet({"--help"});
  EXPECT_EQ(all.status, 0);
  EXPECT_EQ(all.err, "");
  for (const char* command :
       {"run", "chat", "logits", "tokenize", "detokenize", "perplexity", "convert", "quantize", "inspect", "info", "bench"}) {
    EXPECT_NE(all.out.find(std::string("\n  ") + command + " "), std::string::npos) << command;
    const ProgramResult help = run_bitnet({command, "--help"});
    EXPECT_EQ(help.status, 0) << command;
    EXPECT_EQ(help.err, "") << command;
    EXPECT_NE(help.out.find(std::string("Usage: bitnet ") + command), std::string::npos) << help.out;
    EXPECT_NE(help.out.find("--json"), std::string::npos) << help.out;
  }
  EXPECT_EQ(all.out.find("\n  serve "), std::string::npos);
  EXPECT_TRUE(run_bitnet({"--version"}).out.starts_with("bitnet "));
}

TEST(Run, PrintsTheTextAndTellsTheSpeed) {
  const ProgramResult result = run_tiny({"-p", "Hello", "-n", "8", "--greedy"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(result.out.ends_with("\n"));
  EXPECT_EQ(count_lines(result.err), 1u) << result.err;
  EXPECT_NE(result.err.find("tokens/s"), std::string::npos) << result.err;
}

TEST(Run, JsonHoldsIdsTextAndTimings) {
  const auto json = expect_json(run_tiny({"-p", "Hi", "-n", "8", "--greedy", "--json", "--ignore-stop-tokens"}));
  EXPECT_EQ(json["prompt_ids"], nlohmann::json(Ids{256, 'H', 'i'}));
  EXPECT_EQ(json["ids"].size(), 8u);
  EXPECT_TRUE(json["text"].is_string());
  EXPECT_EQ(json["finish"], "length");
  EXPECT_EQ(json["timings"]["prompt_tokens"], 3);
  EXPECT_EQ(json["timings"]["generated_tokens"], 8);
  for (const char* key :
       {"load_seconds", "prompt_seconds", "prompt_tokens_per_s", "generate_seconds", "decode_tokens_per_s"})
    EXPECT_GT(json["timings"][key].get<double>(), 0) << key;
  const ProgramResult text = run_tiny({"-p", "Hi", "-n", "8", "--greedy", "--ignore-stop-tokens"});
  EXPECT_TRUE(text.out == json["text"].get<std::string>() + "\n" || text.out == json["text"].get<std::string>());
}

TEST(Run, TheSameCommandGivesTheSameTokens) {
  const auto ids = [](std::vector<std::string> more) {
    std::vector<std::string> arguments{"-p", "Once", "-n", "24", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return expect_json(run_tiny(arguments))["ids"];
  };
  const std::vector<std::string> warm{"--temp", "1.5", "--top-k", "0", "--min-p", "0", "--seed"};
  const auto seeded = [&](const char* seed) {
    std::vector<std::string> arguments = warm;
    arguments.push_back(seed);
    return ids(arguments);
  };
  EXPECT_EQ(ids({"--greedy"}), ids({"--greedy"}));
  EXPECT_EQ(ids({"--greedy"}), ids({"--temp", "0"}));
  EXPECT_EQ(ids({"--greedy"}), ids({"--top-k", "1"}));
  EXPECT_EQ(seeded("7"), seeded("7"));
  EXPECT_NE(seeded("7"), seeded("8"));
}

TEST(Run, ReadsThePromptFromStandardInput) {
  const auto want = expect_json(run_tiny({"-p", "Hi", "-n", "4", "--greedy", "--json"}))["prompt_ids"];
  EXPECT_EQ(expect_json(run_tiny({"-n", "4", "--greedy", "--json"}, "Hi\n"))["prompt_ids"], want);
  EXPECT_EQ(expect_json(run_tiny({"-p", "-", "-n", "4", "--greedy", "--json"}, "Hi"))["prompt_ids"], want);
  EXPECT_EQ(expect_json(run_tiny({"-p", "-", "-n", "4", "--greedy", "--json"}, "Hi\n\n"))["prompt_ids"].size(), 4u);
}

TEST(Run, StopsAtATextAndAtTheEndOfTheContext) {
  const std::vector<std::string> base{"-p", "Hi",      "-n", "16",      "--temp", "2",     "--top-k",
                                      "0",  "--top-p", "1",  "--min-p", "0",      "--json"};
  const std::string text = expect_json(run_tiny(base))["text"];
  // A stop text out of the middle of what would come, one ASCII character.
  const auto found = std::find_if(text.begin() + 1, text.end(), [](char c) { return c > ' ' && c < 0x7F; });
  ASSERT_NE(found, text.end()) << text;
  const std::string stop(1, *found);
  std::vector<std::string> stopped = base;
  stopped.insert(stopped.end(), {"--stop", "never \xE2\x9C\x93", "--stop", stop});
  const auto json = expect_json(run_tiny(stopped));
  EXPECT_EQ(json["finish"], "stop_text");
  EXPECT_EQ(json["text"], text.substr(0, text.find(stop)));

  const auto full =
      expect_json(run_tiny({"-p", "Hi", "-n", "1000", "-c", "10", "--greedy", "--ignore-stop-tokens", "--json"}));
  EXPECT_EQ(full["finish"], "context_full");
  EXPECT_EQ(full["ids"].size(), 8u);  // three tokens of prompt, seven behind it, and the one that has no place any more
}

TEST(Run, AModelWithoutTokenizerGivesIds) {
  const auto json = expect_json(
      run_bitnet({"run", "-m", Scratch::path("silent"), "--ids", "256, 72,105", "-n", "4", "--greedy", "--json"}));
  EXPECT_TRUE(json["text"].is_null());
  EXPECT_EQ(json["ids"], expect_json(run_tiny({"-p", "Hi", "-n", "4", "--greedy", "--json"}))["ids"]);
}

TEST(Run, ALongPromptInPartsGivesTheSame) {
  std::string ids = "256";
  for (int i = 0; i < 1299; ++i) ids += "," + std::to_string(i % 256);
  const auto run = [&](const char* kv) {
    return expect_json(run_bitnet({"run", "-m", Scratch::path("long"), "--ids", ids, "-c", "2000", "-n", "4",
                                   "--greedy", "--json", "--kv-type", kv}));
  };
  EXPECT_EQ(run("f32")["timings"]["prompt_tokens"], 1300);
  EXPECT_EQ(run("f16")["ids"], run("f16")["ids"]);
  EXPECT_EQ(run("f16")["ids"].size(), 4u);
}

TEST(Tokenize, ThereAndBack) {
  EXPECT_EQ(run_bitnet({"tokenize", "-m", tiny(), "Hi!"}).out, "256 72 105 33\n");
  EXPECT_EQ(run_bitnet({"tokenize", "-m", tiny(), "--no-special", "Hi!"}).out, "72 105 33\n");
  EXPECT_EQ(run_bitnet({"tokenize", "--tokenizer", tiny() + "/tokenizer.json", "--no-special"}, "Hi!").out,
            "72 105 33\n");
  EXPECT_EQ(run_bitnet({"tokenize", "-m", tiny(), "--no-special", "</s>"}).out, "257\n");
  EXPECT_EQ(run_bitnet({"tokenize", "-m", tiny(), "--no-special", "--no-parse-special", "</s>"}).out, "60 47 115 62\n");
  EXPECT_EQ(run_bitnet({"tokenize", "-m", tiny(), "--no-special", "--", "-5"}).out, "45 53\n");
  const auto json = expect_json(run_bitnet({"tokenize", "-m", tiny(), "--json", "a b"}));
  EXPECT_EQ(json["ids"], nlohmann::json(Ids{256, 'a', ' ', 'b'}));
  EXPECT_EQ(json["tokens"][2], "\xC4\xA0");  // "Ġ"

  EXPECT_EQ(run_bitnet({"detokenize", "-m", tiny(), "256", "72", "105"}).out, "<s>Hi\n");
  EXPECT_EQ(run_bitnet({"detokenize", "-m", tiny(), "--skip-special", "256,72,105"}).out, "Hi\n");
  EXPECT_EQ(run_bitnet({"detokenize", "-m", tiny(), "--skip-special"}, "256 72\n105\n").out, "Hi\n");
  EXPECT_EQ(expect_json(run_bitnet({"detokenize", "-m", tiny(), "--json", "72"}))["text"], "H");
}

TEST(Tokenize, JsonLines) {
  const ProgramResult ids = run_bitnet({"tokenize", "-m", tiny(), "--jsonl"},
                                       "{\"text\": \"a\\nb\"}\n{\"text\": \"a\", \"add_special_tokens\": "
                                       "false}\n{\"text\": \"\\u0000\\u00e9\", \"id\": 3}");
  EXPECT_EQ(ids.status, 0) << ids.err;
  EXPECT_EQ(ids.out, "{\"ids\":[256,97,10,98]}\n{\"ids\":[97]}\n{\"ids\":[256,0,195,169]}\n");
  const ProgramResult text = run_bitnet({"detokenize", "-m", tiny(), "--jsonl"},
                                        "{\"ids\": [256, 97]}\n{\"ids\": [256, 97], \"skip_special_tokens\": "
                                        "false}\n{\"ids\": [195, 169, 195]}\n{\"ids\": []}\n");
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_EQ(text.out, "{\"text\":\"a\"}\n{\"text\":\"<s>a\"}\n{\"text\":\"\xC3\xA9\xEF\xBF\xBD\"}\n{\"text\":\"\"}\n");
}

TEST(Tokenize, ReadsNoWeights) {
  const fs::path folder = Scratch::folder() / "no-weights";
  write_tiny_model(folder);
  fs::remove(folder / "model.safetensors");
  EXPECT_EQ(run_bitnet({"tokenize", "-m", folder.string(), "a"}).out, "256 97\n");
}

TEST(Inspect, DirectoryAndFile) {
  for (const std::string& path : {tiny(), tiny() + "/model.safetensors"}) {
    const ProgramResult text = run_bitnet({"inspect", path, "--tensors"});
    EXPECT_EQ(text.status, 0) << text.err;
    EXPECT_NE(text.out.find("model.embed_tokens.weight"), std::string::npos);
    EXPECT_NE(text.out.find("[260, 32]"), std::string::npos);
    const auto json = expect_json(run_bitnet({"inspect", path, "--tensors", "--json"}));
    EXPECT_EQ(json["tensor_count"], 20);
    EXPECT_EQ(json["tensors"].size(), 20u);
    // Embedding; two layers of q, k, v, o, gate, up, down and two norms; the last norm.
    EXPECT_EQ(json["parameters"], 260 * 32 + 2 * (32 * 32 * 3 + 3 * 32 * 48 + 2 * 32) + 32);
    EXPECT_EQ(json["types"]["f32"]["tensors"], 20);
  }
  EXPECT_EQ(expect_json(run_bitnet({"inspect", tiny(), "--json"}))["metadata"]["model_type"], "llama");
}

TEST(Info, TellsMachineBackendsAndPlan) {
  EXPECT_NE(run_bitnet({"info"}).out.find("priority"), std::string::npos);
  const auto json = expect_json(run_bitnet({"info", "--json"}));
  EXPECT_GE(json["machine"]["physical_cores"].get<int>(), 1);
  EXPECT_TRUE(json["features"]["parallel"].is_boolean());
  std::set<std::string> names;
  for (const auto& backend : json["backends"]) {
    names.insert(backend["name"]);
    if (!backend["available"]) continue;
    // Each level that is listed can be asked for, and is then the one in use.
    for (const std::string isa : backend["isa_levels"]) {
      const auto forced = expect_json(run_bitnet({"info", "--json", "--backend", backend["name"], "--isa", isa}));
      EXPECT_EQ(forced["plan"]["backend"], backend["name"]);
      EXPECT_EQ(forced["plan"]["isa"], isa);
    }
  }
  EXPECT_TRUE(names.count("reference"));
  std::set<std::string> operations;
  for (const auto& operation : json["plan"]["operations"]) {
    operations.insert(operation["op"]);
    EXPECT_FALSE(operation["reason"].get<std::string>().empty());
  }
  EXPECT_TRUE(operations.count("ternary_matmul") && operations.count("attention")) << json["plan"];
}

TEST(Logits, AreWrittenAndDoNotDependOnThreads) {
  std::vector<std::vector<float>> results;
  for (const char* threads : {"1", "2", "3"}) {
    const std::string out = Scratch::path("logits.safetensors");
    const auto json = expect_json(
        run_bitnet({"logits", "-m", tiny(), "--ids", "256,72,101,108", "--out", out, "-t", threads, "--json"}));
    EXPECT_EQ(json["shape"], nlohmann::json(Ids{4, 260}));
    const auto file = SafetensorsFile::open(out);
    const TensorView* view = file->find("logits");
    ASSERT_NE(view, nullptr);
    EXPECT_EQ(view->shape, (std::vector<std::uint64_t>{4, 260}));
    std::vector<float>& values = results.emplace_back(4 * 260);
    ASSERT_EQ(view->bytes.size(), values.size() * sizeof(float));
    std::memcpy(values.data(), view->bytes.data(), view->bytes.size());
    EXPECT_TRUE(std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); }));
    EXPECT_EQ(values, results.front());
  }
}

// The perplexity again, from the logits that `bitnet logits` gives for each window.
TEST(Perplexity, IsWhatTheLogitsSay) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "the cat sat on the mat " + std::to_string(i) + ". ";
  write_file(Scratch::path("text.txt"), text);
  constexpr std::size_t kWindow = 64;
  const auto json =
      expect_json(run_bitnet({"perplexity", "-m", tiny(), "-f", Scratch::path("text.txt"), "-c", "64", "--json"}));

  Ids ids{256};
  for (const unsigned char c : text) ids.push_back(c);
  double sum = 0, squares = 0;
  std::size_t count = 0;
  for (std::size_t begin = 0; begin + kWindow <= ids.size(); begin += kWindow) {
    std::string list = "256";
    for (std::size_t i = 1; i < kWindow; ++i) list += "," + std::to_string(ids[begin + i]);
    const std::string out = Scratch::path("window.safetensors");
    ASSERT_EQ(run_bitnet({"logits", "-m", tiny(), "--ids", list, "--out", out}).status, 0);
    const auto file = SafetensorsFile::open(out);
    std::vector<float> rows(kWindow * 260);
    std::memcpy(rows.data(), file->find("logits")->bytes.data(), rows.size() * sizeof(float));
    for (std::size_t i = kWindow / 2; i + 1 < kWindow; ++i) {
      double total = 0;
      for (std::size_t v = 0; v < 260; ++v) total += std::exp(static_cast<double>(rows[i * 260 + v]));
      const double nll = std::log(total) - rows[i * 260 + static_cast<std::size_t>(ids[begin + i + 1])];
      sum += nll, squares += nll * nll, ++count;
    }
  }
  const double n = static_cast<double>(count), mean = sum / n;
  EXPECT_EQ(json["tokens"], ids.size());
  EXPECT_EQ(json["tokens_scored"], count);
  EXPECT_EQ(json["bos"], true);
  EXPECT_NEAR(json["perplexity"].get<double>(), std::exp(mean), 1e-6 * std::exp(mean));
  const double error = std::sqrt((squares / n - mean * mean) / (n - 1)) * std::exp(mean);
  EXPECT_NEAR(json["standard_error"].get<double>(), error, 1e-4 * error);
  EXPECT_NE(run_bitnet({"perplexity", "-m", tiny(), "-f", Scratch::path("text.txt"), "-c", "64"}).out.find(" +/- "),
            std::string::npos);
}

TEST(Bench, MeasuresWhatWasAskedFor) {
  const auto json =
      expect_json(run_bitnet({"bench", "-m", tiny(), "-p", "16,32", "-n", "4", "-r", "3", "-t", "1", "--json"}));
  std::vector<std::string> keys, tests;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"limits", "load_s", "machine", "model", "peak_rss_bytes", "results"}));
  const auto& model = json["model"];
  for (const auto& result : json["results"]) {
    tests.push_back(result["test"]);
    EXPECT_EQ(result["threads"], 1);
    ASSERT_EQ(result["samples"].size(), 3u);
    double sum = 0;
    for (const double sample : result["samples"]) sum += sample;
    EXPECT_NEAR(result["tokens_per_s"].get<double>(), sum / 3, 1e-6 * sum);
    EXPECT_GE(result["stddev"].get<double>(), 0);
    EXPECT_EQ(result.size(), 6u);
  }
  EXPECT_EQ(tests, (std::vector<std::string>{"pp16", "pp32", "tg4"}));
  EXPECT_GT(model["bytes_per_token"].get<double>(), 0);
  EXPECT_GT(model["macs_per_token"].get<double>(), 0);
  // Shares, computed again. The head counts for a prompt's last token; the cache is f16 keys and values, and a decoded
  // token reads those before it and its own: 8 to 11 and one.
  const auto& results = json["results"];
  const double head = model["hidden"].get<double>() * model["vocabulary"].get<double>();
  const double prompt_macs = 16 * (model["macs_per_token"].get<double>() - head) + head;
  double int8_peak = json["limits"]["int8_gmac_per_s"].get<double>() * 1e9;
  ASSERT_GT(int8_peak, 0);
  EXPECT_EQ(json["limits"].contains("int8_tile_gmac_per_s"), model["isa"] == "avx512-amx");
  if (model["isa"] == "avx512-amx") int8_peak = json["limits"]["int8_tile_gmac_per_s"].get<double>() * 1e9;
  const double prompt_share = results[0]["tokens_per_s"].get<double>() * prompt_macs / 16 / int8_peak;
  EXPECT_NEAR(results[0]["share"].get<double>(), prompt_share, 1e-6 * prompt_share);
  const double kv_bytes = 2 * 2 * model["layers"].get<double>() * model["kv_heads"].get<double>() *
                          model["head_dim"].get<double>() * (9 + 10 + 11 + 12) / 4;
  const double bandwidth = json["limits"]["read_gb_per_s"].get<double>() * 1e9;
  ASSERT_GT(bandwidth, 0);
  const double decode_share =
      results[2]["tokens_per_s"].get<double>() * (model["bytes_per_token"].get<double>() + kv_bytes) / bandwidth;
  EXPECT_NEAR(results[2]["share"].get<double>(), decode_share, 1e-6 * decode_share);
  EXPECT_GT(json["peak_rss_bytes"].get<double>(), 0);
  EXPECT_GT(json["load_s"].get<double>(), 0);
  const std::string table = run_bitnet({"bench", "-m", tiny(), "-p", "8", "-n", "2", "-d", "0", "-r", "1"}).out;
  for (const char* part : {"pp8 ", "tg2@d0 ", "GB/s from memory", "% of multiply-adds", "% of reading"})
    EXPECT_NE(table.find(part), std::string::npos) << part << " in " << table;
}

TEST(Bench, DecodesBehindALongContext) {
  const auto json = expect_json(
      run_bitnet({"bench", "-m", tiny(), "-p", "0", "-n", "4", "-d", "24", "-r", "2", "-t", "1", "--json"}));
  ASSERT_EQ(json["results"].size(), 1u);
  EXPECT_EQ(json["results"][0]["test"], "tg4@d24");
  // All 28 positions must fit.
  EXPECT_EQ(run_bitnet({"bench", "-m", tiny(), "-p", "0", "-n", "4", "-d", "24", "-c", "28", "-r", "1"}).status, 0);
}

// Of one checkpoint, to show that the command gives what the library does; tests/golden has them all.
TEST(Reference, GreedyTokensAndLogitsOfACheckpoint) {
  const fs::path folder = reference_dir() / "hf-bitnet/bitnet-k256";
  if (!fs::exists(folder)) GTEST_SKIP() << "no reference model " << folder;
  const auto expected = nlohmann::json::parse(read_bytes(folder / "expected.json"));
  const auto values = SafetensorsFile::open(folder / "logits.safetensors");
  for (std::size_t p = 0; p < expected["prompts"].size(); ++p) {
    std::string ids;
    for (const int id : expected["prompts"][p]) ids += (ids.empty() ? "" : ",") + std::to_string(id);
    const std::string count = std::to_string(expected["greedy"][p].size());
    const auto json = expect_json(run_bitnet(
        {"run", "-m", folder.string(), "--ids", ids, "-n", count, "--greedy", "--json", "--kv-type", "f32"}));
    EXPECT_EQ(json["ids"], expected["greedy"][p]);
    const std::string out = Scratch::path("reference.safetensors");
    ASSERT_EQ(run_bitnet({"logits", "-m", folder.string(), "--ids", ids, "--out", out, "--kv-type", "f32"}).status, 0);
    const auto file = SafetensorsFile::open(out);
    const auto floats = [](const TensorView* view) {
      std::vector<float> v(view->bytes.size() / sizeof(float));
      std::memcpy(v.data(), view->bytes.data(), view->bytes.size());
      return v;
    };
    EXPECT_LE(normalized_mse(floats(file->find("logits")), floats(values->find("prompt_" + std::to_string(p)))), 1e-5);
  }
}

TEST(Reference, TokenizesWithAGgufVocabulary) {
  const fs::path file = reference_dir() / "gguf/bitnet-k256/I2_S.gguf";
  if (!fs::exists(file)) GTEST_SKIP() << "no reference file " << file;
  EXPECT_EQ(run_bitnet({"tokenize", "-m", file.string(), "the and on in"}).out, "0 116 258 263 100 32 262 32 259\n");
  EXPECT_EQ(run_bitnet({"tokenize", "-m", file.string()}, "her then anon").out, "0 258 114 260 110 263 262\n");
  const auto json = expect_json(run_bitnet({"inspect", file.string(), "--json", "--tensors"}));
  EXPECT_EQ(json["metadata"]["general.architecture"], "bitnet-b1.58");
  EXPECT_TRUE(json["types"].contains("i2_s"));
  EXPECT_EQ(run_bitnet({"run", "-m", file.string(), "-p", "the", "-n", "4", "--greedy"}).status, 0);
}

}  // namespace
}  // namespace bitnet::testing
