// RMSNorm, RoPE, gated activations and sums.
#include <cmath>
#include <limits>

#include "parity/parity_support.hpp"

namespace bitnet::parity {
namespace {

using ElementwiseParity = LevelTest;

constexpr std::size_t kSizes[] = {1, 3, 15, 16, 17, 31, 32, 33, 100, 255, 256, 1000, 2560, 6912};

TEST_P(ElementwiseParity, RmsNorm) {
  const auto cpu = backend();
  Random random(21);
  for (const std::size_t dim : kSizes) {
    for (const std::size_t tokens : {1, 2, 13}) {
      const std::vector<float> x = random.values(tokens * dim, 4.0f), weight = random.values(dim);
      Guarded<float> out(tokens * dim);
      std::vector<float> expected(tokens * dim);
      cpu->rms_norm(x.data(), weight.data(), tokens, dim, 1e-5f, out.data());
      reference()->rms_norm(x.data(), weight.data(), tokens, dim, 1e-5f, expected.data());
      for (std::size_t i = 0; i < out.size(); ++i)
        ASSERT_NEAR(out[i], expected[i], std::fabs(expected[i]) * 0x1p-24 * (static_cast<double>(dim) / 64 + 8)) << dim;
      ASSERT_TRUE(out.intact());
      Guarded<float> in_place(tokens * dim);
      in_place.fill(x);
      cpu->rms_norm(in_place.data(), weight.data(), tokens, dim, 1e-5f, in_place.data());
      ASSERT_TRUE(same_bits(in_place.copy(), out.copy()));
    }
  }
}

// No sums: the same bits as the reference.
TEST_P(ElementwiseParity, Rope) {
  const auto cpu = backend();
  Random random(22);
  for (const std::size_t head_dim : {2, 6, 32, 64, 100, 128}) {
    for (const std::size_t dims : {head_dim, head_dim / 4 * 2}) {
      if (dims == 0) continue;
      const std::vector<float> cos = random.values(20 * dims / 2), sin = random.values(20 * dims / 2);
      for (const bool interleaved : {false, true}) {
        const RopeTable table{cos.data(), sin.data(), dims, interleaved};
        const std::vector<float> x = random.values(5 * 3 * head_dim);
        Guarded<float> ours(x.size());
        ours.fill(x);
        std::vector<float> theirs = x;
        cpu->rope(ours.data(), 5, 3, head_dim, table, 15);
        reference()->rope(theirs.data(), 5, 3, head_dim, table, 15);
        ASSERT_TRUE(same_bits(ours.copy(), theirs)) << head_dim << ", " << dims << ", interleaved " << interleaved;
        ASSERT_TRUE(ours.intact());
      }
    }
  }
}

TEST_P(ElementwiseParity, GatedActivation) {
  const auto cpu = backend();
  Random random(23);
  for (const std::size_t count : {1, 3, 15, 17, 100, 6912, 70000}) {
    for (const float range : {1.0f, 20.0f, 200.0f}) {
      for (const Activation act : {Activation::kSilu, Activation::kRelu2}) {
        const std::vector<float> gate = random.values(count, range), up = random.values(count);
        Guarded<float> out(count);
        std::vector<float> expected(count);
        cpu->gated_activation(act, gate.data(), up.data(), count, out.data());
        reference()->gated_activation(act, gate.data(), up.data(), count, expected.data());
        // 8 ulp: two of exp, and one of each further step. Results below 200 / FLT_MAX are lost where exp overflows.
        for (std::size_t i = 0; i < count; ++i)
          ASSERT_NEAR(out[i], expected[i], std::fabs(expected[i]) * 0x1p-21 + 1e-36) << gate[i];
        ASSERT_TRUE(out.intact());
        Guarded<float> in_place(count);
        in_place.fill(gate);
        cpu->gated_activation(act, in_place.data(), up.data(), count, in_place.data());
        ASSERT_TRUE(same_bits(in_place.copy(), out.copy()));
      }
    }
  }
}

TEST_P(ElementwiseParity, GatedActivationOfExtremes) {
  const auto cpu = backend();
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> gate = {0.0f, -0.0f, inf, -1000.0f, 1000.0f, -88.0f, -104.0f, 88.0f, std::nanf(""), 1e-40f};
  const std::vector<float> up(gate.size(), 1.0f);
  std::vector<float> out(gate.size()), expected(gate.size());
  for (const Activation act : {Activation::kSilu, Activation::kRelu2}) {
    cpu->gated_activation(act, gate.data(), up.data(), gate.size(), out.data());
    reference()->gated_activation(act, gate.data(), up.data(), gate.size(), expected.data());
    for (std::size_t i = 0; i < gate.size(); ++i) {
      if (std::isnan(expected[i])) {
        EXPECT_TRUE(std::isnan(out[i])) << gate[i];
      } else if (std::isinf(expected[i])) {
        EXPECT_EQ(out[i], expected[i]) << gate[i];
      } else {
        EXPECT_NEAR(out[i], expected[i], std::fabs(expected[i]) * 0x1p-20 + 1e-36) << gate[i];
      }
    }
  }
}

TEST_P(ElementwiseParity, Add) {
  const auto cpu = backend();
  Random random(24);
  for (const std::size_t count : {1, 15, 17, 2560, 100000}) {
    const std::vector<float> x = random.values(count), y = random.values(count);
    Guarded<float> ours(count);
    ours.fill(x);
    std::vector<float> theirs = x;
    cpu->add(ours.data(), y.data(), count);
    reference()->add(theirs.data(), y.data(), count);
    ASSERT_TRUE(same_bits(ours.copy(), theirs));
    ASSERT_TRUE(ours.intact());
  }
}

TEST_P(ElementwiseParity, ThreadsKeepTheBits) {
  Random random(25);
  const std::size_t count = 64 * 2560;
  const std::vector<float> x = random.values(count, 5.0f), y = random.values(count), weight = random.values(2560);
  std::vector<float> expected[2];
  for (const int threads : {1, 2, 4}) {
    const auto cpu = backend(threads);
    std::vector<float> results[2] = {std::vector<float>(count), std::vector<float>(count)};
    cpu->rms_norm(x.data(), weight.data(), 64, 2560, 1e-5f, results[0].data());
    cpu->gated_activation(Activation::kSilu, x.data(), y.data(), count, results[1].data());
    for (int i = 0; i < 2; ++i) {
      if (expected[i].empty()) expected[i] = results[i];
      EXPECT_TRUE(same_bits(results[i], expected[i])) << threads << " threads";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, ElementwiseParity, ::testing::ValuesIn(cpu_levels()), level_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ElementwiseParity);

}  // namespace
}  // namespace bitnet::parity
