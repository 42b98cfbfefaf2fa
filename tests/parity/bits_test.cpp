// The same bits on every machine: hashes of float results of fixed inputs. AVX2, AVX-512 and NEON, which have fused
// multiply-add, share one value; the SSE levels, which round twice, share another.
#include <fmt/format.h>

#include <cmath>

#include "backends/dense_types.hpp"
#include "parity/parity_support.hpp"

namespace bitnet::parity {
namespace {

using SameBits = LevelTest;

struct Expected {
  std::uint64_t fused, unfused;
};

const std::map<std::string, Expected>& expected() {
  static const std::map<std::string, Expected> values = {
      {"dense f32", {0x25727323f80a6fbbu, 0xcd4f723791178af9u}},
      {"dense f16", {0xc23fd1fba9035a20u, 0x0c0587905ab718b7u}},
      {"dense bf16", {0xfb43ec932c7d8e7au, 0x399da617ce525f9du}},
      {"dense q4_0", {0x8b56118f9a9e44ddu, 0x8922e1aa7b975658u}},
      {"dense q4_1", {0x5e29b57bc02982c8u, 0x38ff5aa907ebcfa9u}},
      {"dense q5_0", {0x78956aa5c7dade74u, 0xa37ac4c5fad16028u}},
      {"dense q5_1", {0x20c39d8e9d660efdu, 0xcc76d2d1aa595cdcu}},
      {"dense q8_0", {0xa6315214073f6901u, 0xa2fdc9f38d6a8bb2u}},
      {"dense q4_k", {0xa22d000d68480994u, 0x5dbfc32f64f49473u}},
      {"dense q5_k", {0xbd0333631e298831u, 0xc16a62dd70800107u}},
      {"dense q6_k", {0x90f1b170d1ea41fdu, 0x46c55b542262d8a4u}},
      {"dense tq1_0", {0x7b0d9c1ccd0bcc19u, 0x77aa8d8b04800479u}},
      {"dense tq2_0", {0xd421e6d645442879u, 0x3a784eb11e1f1511u}},
      {"packed q6_k", {0x1973a94ab0c18460u, 0x7fa7de169b35cb20u}},
      {"ternary", {0xc0b07f8c7431122cu, 0xc0b07f8c7431122cu}},
      {"rms_norm", {0x0a9829371136ce2eu, 0x0a9829371136ce2eu}},
      {"rope", {0x1921514b56402751u, 0x1921514b56402751u}},
      {"attention f32", {0x514e8b7dc56a2633u, 0x514e8b7dc56a2633u}},
      {"attention f16", {0x2e0772edd96c8e77u, 0x3e56e763c8aefad5u}},
      {"attention q8_0", {0xf4f1b4724bf1ec6cu, 0x99fb2258cc0cc12fu}},
      {"silu", {0x36790ab03aadcde2u, 0x2b36d1fd192dee6au}},
      {"relu2", {0xb47f76e961f63024u, 0xb47f76e961f63024u}},
  };
  return values;
}

void expect_hash(const std::string& level, const std::string& operation, const Hash& hash) {
  const auto it = expected().find(operation);
  const std::uint64_t value = it == expected().end() ? 0 : is_fused(level) ? it->second.fused : it->second.unfused;
  EXPECT_EQ(hash.value(), value) << operation << (is_fused(level) ? " fused" : " unfused") << " is now "
                                 << fmt::format("{:#018x}", hash.value());
}

TEST_P(SameBits, DenseProducts) {
  const auto cpu = backend();
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto type = static_cast<DType>(i);
    if (!is_dense_weight_type(type)) continue;
    Random random(100 + static_cast<std::uint64_t>(i));
    const std::size_t rows = 7, cols = dtype_traits(type).block == 1 ? 1003 : 1280;
    const std::vector<std::byte> bytes = random_blocks(type, rows * cols, random);
    const std::vector<float> x = random.values(5 * cols);
    WeightMatrix w;
    w.dtype = type;
    w.rows = rows;
    w.cols = cols;
    w.data = bytes.data();
    std::vector<float> y(5 * rows);
    cpu->matmul(w, {x.data(), 5, cols, nullptr, 0, nullptr, nullptr}, nullptr, y.data());
    Hash hash;
    hash.add(y);
    expect_hash(GetParam(), "dense " + std::string(dtype_name(type)), hash);
  }
}

TEST_P(SameBits, PackedQ6) {
  const auto cpu = backend();
  Random random(150);
  const std::size_t rows = 70, cols = 1280;
  const std::vector<std::byte> bytes = random_blocks(DType::kQ6_K, rows * cols, random);
  const std::vector<float> x = random.values(5 * cols);
  WeightMatrix w;
  w.dtype = DType::kQ6_K;
  w.rows = rows;
  w.cols = cols;
  w.data = bytes.data();
  std::vector<float> y(5 * rows);
  cpu->matmul(cpu->pack_dense(std::move(w)), {x.data(), 5, cols, nullptr, 0, nullptr, nullptr}, nullptr, y.data());
  Hash hash;
  hash.add(y);
  expect_hash(GetParam(), "packed q6_k", hash);
}

TEST_P(SameBits, TernaryProduct) {
  const auto cpu = backend();
  Random random(200);
  std::vector<std::int8_t> trits(65 * 1003);
  for (std::int8_t& t : trits) t = random.trit();
  const std::vector<float> bias = random.values(65);
  OwnedActivations a(random.values(5 * 1003, 7.0f), 5, 1003);
  cpu->quantize(a.view);
  const WeightMatrix w = cpu->pack_ternary(65, 1003, 0.7f, reader(trits, 1003));
  std::vector<float> y(5 * 65);
  cpu->matmul(w, a.view, bias.data(), y.data());
  Hash hash;
  hash.add(y);
  hash.add(a.q.copy());
  hash.add(a.scale.copy());
  expect_hash(GetParam(), "ternary", hash);
}

TEST_P(SameBits, RmsNorm) {
  Random random(300);
  const std::vector<float> x = random.values(3 * 1003, 4.0f), weight = random.values(1003);
  std::vector<float> out(x.size());
  backend()->rms_norm(x.data(), weight.data(), 3, 1003, 1e-6f, out.data());
  Hash hash;
  hash.add(out);
  expect_hash(GetParam(), "rms_norm", hash);
}

TEST_P(SameBits, Rope) {
  Random random(400);
  const std::vector<float> cos = random.values(10 * 50), sin = random.values(10 * 50);
  Hash hash;
  for (const bool interleaved : {false, true}) {
    std::vector<float> x = random.values(4 * 3 * 128);
    backend()->rope(x.data(), 4, 3, 128, {cos.data(), sin.data(), 100, interleaved}, 6);
    hash.add(x);
  }
  expect_hash(GetParam(), "rope", hash);
}

TEST_P(SameBits, Attention) {
  const auto cpu = backend();
  for (const DType type : {DType::kF32, DType::kF16, DType::kQ8_0}) {
    constexpr std::size_t kHeads = 6, kKvHeads = 2, kDim = 96, kPositions = 290;
    Random random(500);
    const std::vector<float> q = random.values(kPositions * kHeads * kDim, 2.0f);
    const std::vector<float> k = random.values(kPositions * kKvHeads * kDim, 2.0f), v = random.values(k.size());
    std::vector<std::byte> keys(kKvHeads * kPositions * *dtype_bytes(type, kDim)), values(keys.size());
    const KvLayer kv{type, keys.data(), values.data(), kKvHeads, kPositions, kDim};
    cpu->store_kv(kv, k.data(), v.data(), kPositions, 0);
    std::vector<float> out(kPositions * kHeads * kDim);
    cpu->attention(q.data(), kv, kPositions, kHeads, 0, 0.102f, out.data());
    Hash hash;
    hash.add(keys);
    hash.add(out);
    expect_hash(GetParam(), "attention " + std::string(dtype_name(type)), hash);
  }
}

TEST_P(SameBits, Activations) {
  Random random(600);
  const std::vector<float> gate = random.values(5003, 30.0f), up = random.values(5003);
  std::vector<float> out(gate.size());
  for (const Activation act : {Activation::kSilu, Activation::kRelu2}) {
    backend()->gated_activation(act, gate.data(), up.data(), gate.size(), out.data());
    Hash hash;
    hash.add(out);
    expect_hash(GetParam(), act == Activation::kSilu ? "silu" : "relu2", hash);
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, SameBits, ::testing::ValuesIn(cpu_levels()), level_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SameBits);

}  // namespace
}  // namespace bitnet::parity
