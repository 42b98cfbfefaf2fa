// The vocabulary files of llama.cpp's own tests: ids must be the ones it computes.
#include <gtest/gtest.h>

#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "bitnet/tokenizer.hpp"
#include "engine/tokenizer_loader.hpp"
#include "io/gguf.hpp"
#include "support/reference.hpp"

namespace bitnet {
namespace {

using Json = nlohmann::json;

struct VocabularyFile {
  const char* vocabulary;  // as ggml_cases.jsonl names it
  const char* file;
  const char* cases;  // the file's .inp and .out
};

class GgufTokenizerGolden : public ::testing::TestWithParam<VocabularyFile> {
 protected:
  void SetUp() override {
    directory_ = testing::reference_dir() / "tokenizers/gguf";
    if (!std::filesystem::exists(directory_)) {
      GTEST_SKIP() << "no reference vocabularies at " << directory_ << "; set BITNET_REFERENCE_DIR to run this";
    }
    file_ = GgufFile::open(directory_ / GetParam().file);
    tokenizer_ = Tokenizer::from_gguf(gguf_vocabulary(*file_));
  }
  // As llama.cpp's test-tokenizer-0 runs them: nothing added, special tokens left as text.
  std::vector<TokenId> encode(const std::string& text) const {
    return tokenizer_->encode(text, {.add_special_tokens = false, .parse_special = false});
  }

  std::filesystem::path directory_;
  std::shared_ptr<const GgufFile> file_;
  std::shared_ptr<const Tokenizer> tokenizer_;
};

TEST_P(GgufTokenizerGolden, EncodesAsLlamaCppAndDecodesBack) {
  std::ifstream file(directory_ / "ggml_cases.jsonl", std::ios::binary);
  int count = 0;
  for (std::string line; std::getline(file, line, '\n');) {
    const Json c = Json::parse(line);
    if (c["vocab"] != GetParam().vocabulary) continue;
    ++count;
    ASSERT_FALSE(c["add_special_tokens"].get<bool>());
    const auto text = c["text"].get<std::string>();
    const auto ids = encode(text);
    EXPECT_EQ(ids, c["ids"].get<std::vector<TokenId>>()) << c["id"];
    EXPECT_EQ(tokenizer_->decode(ids), text) << c["id"];
    StreamDecoder stream(*tokenizer_);
    std::string streamed;
    for (const TokenId id : ids) streamed += stream.push(id);
    EXPECT_EQ(streamed + stream.finish(), text) << c["id"];
  }
  EXPECT_EQ(count, 46);
}

TEST_P(GgufTokenizerGolden, AgreesWithTheInputAndOutputFiles) {
  const std::string input = testing::read_bytes(directory_ / (std::string(GetParam().cases) + ".inp"));
  std::istringstream output(testing::read_bytes(directory_ / (std::string(GetParam().cases) + ".out")));
  const std::string separator = "\n__ggml_vocab_test__\n";
  std::size_t begin = 0;
  int count = 0;
  for (std::size_t end; (end = input.find(separator, begin)) != std::string::npos; begin = end + separator.size()) {
    std::string line;
    ASSERT_TRUE(std::getline(output, line));
    std::istringstream numbers(line);
    std::vector<TokenId> ids;
    for (TokenId id; numbers >> id;) ids.push_back(id);
    EXPECT_EQ(encode(input.substr(begin, end - begin)), ids) << "case " << count;
    ++count;
  }
  EXPECT_GE(count, 45);
}

INSTANTIATE_TEST_SUITE_P(Files, GgufTokenizerGolden,
                         ::testing::Values(VocabularyFile{"llama-spm", "ggml-vocab-llama-spm.gguf",
                                                          "ggml-vocab-llama-spm.gguf"},
                                           VocabularyFile{"gpt-2", "ggml-vocab-gpt-2.gguf", "ggml-vocab-gpt-2.gguf"},
                                           VocabularyFile{"phi-3", "ggml-vocab-phi-3.gguf", "ggml-vocab-phi-3.gguf"},
                                           VocabularyFile{"llama-bpe", "ggml-vocab-llama-bpe.constructed.gguf",
                                                          "ggml-vocab-llama-bpe.gguf"}),
                         [](const auto& info) {
                           std::string name = info.param.vocabulary;
                           std::erase_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); });
                           return name;
                         });

}  // namespace
}  // namespace bitnet
