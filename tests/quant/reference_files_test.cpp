// GGUF files that other projects wrote, against what their maker recorded of them and against the checkpoints they come
// from (reference/gguf/README.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "io/gguf.hpp"
#include "io/safetensors.hpp"
#include "quant/block_codec.hpp"
#include "quant/packing/i2_s.hpp"
#include "quant/ternary.hpp"
#include "support/file_builder.hpp"
#include "support/reference.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;
using namespace bitnet::testing;
using Trits = std::vector<std::int8_t>;

class ReferenceFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(reference_dir() / "gguf" / "manifest.json"))
      GTEST_SKIP() << "no reference files at " << reference_dir();
  }
  // "bitnet-k256/I2_S": the file's bytes, unpacked.
  static std::string bytes_of(const std::string& name) {
    const fs::path plain = reference_dir() / "gguf" / (name + ".gguf");
    return fs::exists(plain) ? read_bytes(plain) : read_xz(plain.string() + ".xz");
  }
  static bool exists(const std::string& name) {
    const fs::path plain = reference_dir() / "gguf" / (name + ".gguf");
    return fs::exists(plain) || fs::exists(plain.string() + ".xz");
  }
  // The tiles of the TL2 file, which it does not hold itself.
  static TernaryLayouts reference_layouts() {
    TernaryLayouts layouts;
    layouts.tl2 = parse_tl_config(read_bytes(reference_dir() / "gguf" / "TL2-kernel_config.ini"));
    return layouts;
  }
  static nlohmann::json manifest() {
    std::ifstream file(reference_dir() / "gguf" / "manifest.json");
    return nlohmann::json::parse(file);
  }
};

Trits rows_of(const TernarySource& source, std::size_t first, std::size_t count) {
  Trits trits(count * source.cols);
  source.read(first, count, trits.data());
  return trits;
}

TEST_F(ReferenceFiles, TypesAndTernaryCodesAreAsRecorded) {
  int files = 0, tensors = 0;
  const TernaryLayouts layouts = reference_layouts();
  const nlohmann::json all = manifest();
  for (const auto& [name, recorded] : all.items()) {
    if (!exists(name)) continue;
    SCOPED_TRACE(name);
    ++files;
    const std::string bytes = bytes_of(name);
    if (recorded.contains("gguf_bytes")) {
      ASSERT_EQ(bytes.size(), recorded["gguf_bytes"]);
    }
    const auto file = GgufFile::parse(as_bytes(bytes), name);
    if (recorded.contains("gguf_version")) {
      EXPECT_EQ(file->version(), recorded["gguf_version"]);
      EXPECT_EQ(file->get_string("general.architecture"), recorded["architecture"].get<std::string>());
      EXPECT_EQ(file->get_uint("general.file_type"), recorded["file_type"].get<std::uint64_t>());
    }
    ASSERT_EQ(file->tensors().size(), recorded["tensor_types"].size());
    for (const GgufTensor& tensor : file->tensors()) {
      std::string type = recorded["tensor_types"][tensor.view.name];
      std::transform(type.begin(), type.end(), type.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      if (tensor.known) {
        EXPECT_EQ(dtype_name(tensor.view.dtype), type) << tensor.view.name;
      } else {
        EXPECT_FALSE(parse_dtype(type)) << type;
      }
    }
    for (const auto& [sampled_name, sample] : recorded["samples"].items()) {
      const std::string& tensor_name = sampled_name;
      const auto tensor = std::find_if(file->tensors().begin(), file->tensors().end(),
                                       [&](const auto& t) { return t.view.name == tensor_name; });
      ASSERT_NE(tensor, file->tensors().end());
      EXPECT_EQ(tensor->view.shape, (std::vector<std::uint64_t>{sample["rows"], sample["cols"]}));
      const std::string type = sample["type"];
      ASSERT_TRUE(tensor->known);
      if (type == "TL2")
        expect_error(ErrorCode::kUnsupported, "--tl-config", [&] { (void)TernarySource::detect(tensor->view); });
      const auto source = TernarySource::detect(tensor->view, layouts);
      // Q4_1 and Q6_K only come near to ternary values.
      if (type == "Q4_1" || type == "Q6_K") {
        EXPECT_FALSE(source) << type;
        continue;
      }
      ASSERT_TRUE(source) << type;
      ++tensors;
      EXPECT_NEAR(source->scale, sample["scale"].get<float>(), source->scale * 1e-6f);
      const Trits first = rows_of(*source, 0, 1), last = rows_of(*source, source->rows - 1, 1);
      EXPECT_EQ(Trits(first.begin(), first.begin() + 64), sample["first64_row0"].get<Trits>());
      EXPECT_EQ(Trits(last.end() - 64, last.end()), sample["last64_last_row"].get<Trits>());
      if (type == "I2_S") {
        EXPECT_EQ(count_undefined_i2_s(tensor->view.bytes.data(), tensor->view.elements()), 0u);
        EXPECT_EQ(source->scale, sample["scale"].get<float>());
      }
    }
  }
  EXPECT_GE(files, 14);
  EXPECT_GE(tensors, 36);
}

// bitnet.cpp's names of the linears of a layer, and transformers'.
constexpr const char* kLinears[][2] = {{"attn_q", "self_attn.q_proj"}, {"attn_k", "self_attn.k_proj"},
                                       {"attn_v", "self_attn.v_proj"}, {"attn_output", "self_attn.o_proj"},
                                       {"ffn_gate", "mlp.gate_proj"},  {"ffn_up", "mlp.up_proj"},
                                       {"ffn_down", "mlp.down_proj"}};

TEST_F(ReferenceFiles, EveryFormatHoldsTheCheckpointsCodes) {
  const auto checkpoint = SafetensorsDirectory::open(reference_dir() / "hf-bitnet" / "bitnet-k256");
  const TernaryLayouts layouts = reference_layouts();
  for (const char* name : {"I2_S", "TQ1_0", "TQ2_0", "F16", "IQ1_BN", "IQ2_BN", "TL2"}) {
    SCOPED_TRACE(name);
    const std::string bytes = bytes_of(std::string("bitnet-k256/") + name);
    const auto file = GgufFile::parse(as_bytes(bytes), name);
    for (int layer = 0; layer < 2; ++layer)
      for (const auto& [gguf_name, hf_name] : kLinears) {
        SCOPED_TRACE(gguf_name);
        const std::string prefix = "model.layers." + std::to_string(layer) + "." + hf_name;
        const TensorView* tensor = file->find("blk." + std::to_string(layer) + "." + gguf_name + ".weight");
        const TensorView* packed = checkpoint->find(prefix + ".weight");
        const TensorView* stored_scale = checkpoint->find(prefix + ".weight_scale");
        ASSERT_TRUE(tensor && packed && stored_scale);
        float scale;
        dequantize(stored_scale->dtype, stored_scale->bytes.data(), 1, &scale);
        const auto source = TernarySource::detect(*tensor, layouts);
        ASSERT_TRUE(source);
        const auto want = TernarySource::hf_packed(*packed, source->rows, source->cols, scale, false);
        EXPECT_EQ(source->scale, want.scale);
        EXPECT_EQ(rows_of(*source, 0, source->rows), rows_of(want, 0, want.rows));
      }
  }
}

// Q8_0 and Q6_K embeddings come from the F16 ones: as near as their steps are fine.
TEST_F(ReferenceFiles, EmbeddingsDecode) {
  const auto values = [](const std::string& bytes) {
    const auto file = GgufFile::parse(as_bytes(bytes), "embedding");
    const TensorView* tensor = file->find("token_embd.weight");
    std::vector<float> out(tensor->elements());
    dequantize(tensor->dtype, tensor->bytes.data(), out.size(), out.data());
    return out;
  };
  const auto exact = values(bytes_of("bitnet-k256/I2_S"));
  const std::pair<const char*, double> kinds[] = {{"bitnet-k256/I2_S-embQ8_0", 1e-4},
                                                  {"bitnet-k256/I2_S-embQ6_K", 4e-4}};
  for (const auto& [name, tolerance] : kinds) {
    const auto coarse = values(bytes_of(name));
    ASSERT_EQ(coarse.size(), exact.size());
    double error = 0, power = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      error += (coarse[i] - exact[i]) * (coarse[i] - exact[i]);
      power += exact[i] * exact[i];
    }
    EXPECT_LT(error / power, tolerance) << name;
    EXPECT_GT(error, 0);
  }
}

// Every file cut short at any place of its metadata, and at some of its tensors.
TEST_F(ReferenceFiles, CutFilesAreRefused) {
  const std::string bytes = bytes_of("bitnet-k256/I2_S");
  const std::size_t data = bytes.size() - 1'860'000;
  for (std::size_t size = 0; size < bytes.size(); size += size < data ? 1 : 99'991)
    expect_error(ErrorCode::kInvalidFile, "cut", [&] {
      try {
        GgufFile::parse(as_bytes(bytes).first(size), "cut");
      } catch (const Error& e) {
        EXPECT_EQ(e.context().at(0), "cut");
        throw;
      }
    });
}

TEST_F(ReferenceFiles, ABigVocabularyReadsBack) {
  const fs::path path = reference_dir() / "tokenizers" / "gguf" / "ggml-vocab-llama-bpe.constructed.gguf";
  if (!fs::exists(path)) GTEST_SKIP() << "no " << path;
  const auto file = GgufFile::open(path);
  const auto tokens = file->get_strings("tokenizer.ggml.tokens");
  const auto merges = file->get_strings("tokenizer.ggml.merges");
  ASSERT_TRUE(tokens && merges);
  EXPECT_EQ(tokens->size(), 128256u);
  EXPECT_EQ(merges->size(), 280147u);
  EXPECT_EQ(file->get_ints("tokenizer.ggml.token_type")->size(), 128256u);
  EXPECT_EQ((*tokens)[0], "!");
}

}  // namespace
}  // namespace bitnet
