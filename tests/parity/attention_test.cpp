// Attention and the cache it reads, in every cache type.
#include <cmath>

#include "parity/parity_support.hpp"

namespace bitnet::parity {
namespace {

using AttentionParity = LevelTest;

struct Shape {
  std::size_t heads, kv_heads, head_dim, positions, tokens;  // tokens are the last of the positions
};

struct Cache {
  Cache(DType type, const Shape& s, std::size_t capacity)
      : keys(s.kv_heads * capacity * *dtype_bytes(type, s.head_dim), 64), values(keys.size(), 64) {
    view = {type, keys.data(), values.data(), s.kv_heads, capacity, s.head_dim};
  }
  Guarded<std::byte> keys, values;
  KvLayer view;
};

constexpr DType kCacheTypes[] = {DType::kF32, DType::kF16, DType::kQ8_0};

bool fits(DType type, const Shape& s) { return s.head_dim % dtype_traits(type).block == 0; }

struct Inputs {
  Inputs(const Shape& s, std::uint64_t seed) {
    Random random(seed);
    q = random.values(s.positions * s.heads * s.head_dim, 2.0f);
    k = random.values(s.positions * s.kv_heads * s.head_dim, 2.0f);
    v = random.values(s.positions * s.kv_heads * s.head_dim, 2.0f);
  }
  std::vector<float> q, k, v;
};

TEST_P(AttentionParity, IsWithinTheBoundOfReference) {
  const auto cpu = backend();
  const auto oracle = reference();
  const Shape shapes[] = {{1, 1, 1, 1, 1},    {4, 4, 16, 5, 5},   {20, 5, 128, 70, 70}, {20, 5, 128, 300, 1},
                          {9, 3, 64, 33, 7},  {6, 2, 100, 40, 3}, {4, 1, 80, 257, 1},   {32, 4, 32, 64, 13},
                          {5, 5, 33, 100, 1}, {40, 1, 64, 35, 35}};
  for (const Shape& s : shapes) {
    for (const DType type : kCacheTypes) {
      if (!fits(type, s)) continue;
      SCOPED_TRACE(::testing::Message() << dtype_name(type) << ", " << s.heads << '/' << s.kv_heads << " heads of "
                                        << s.head_dim << ", " << s.tokens << " of " << s.positions);
      const Inputs in(s, 11);
      Cache ours(type, s, s.positions + 3), theirs(type, s, s.positions + 3);
      cpu->store_kv(ours.view, in.k.data(), in.v.data(), s.positions, 0);
      oracle->store_kv(theirs.view, in.k.data(), in.v.data(), s.positions, 0);
      ASSERT_EQ(ours.keys.copy(), theirs.keys.copy());
      ASSERT_EQ(ours.values.copy(), theirs.values.copy());
      ASSERT_TRUE(ours.keys.intact() && ours.values.intact());
      const std::size_t position = s.positions - s.tokens, count = s.tokens * s.heads * s.head_dim;
      const float* q = in.q.data() + position * s.heads * s.head_dim;
      const float scale = 1.0f / std::sqrt(static_cast<float>(s.head_dim));
      Guarded<float> out(count);
      std::vector<float> expected(count);
      cpu->attention(q, ours.view, s.tokens, s.heads, position, scale, out.data());
      oracle->attention(q, theirs.view, s.tokens, s.heads, position, scale, expected.data());
      ASSERT_TRUE(out.intact());
      // Values reach 2, weights sum to 1; scores to 2 * 2 * sqrt(head_dim), whose rounding is the larger part. Over an
      // f32 cache all is double, and only the last rounding is left.
      const double bound = type == DType::kF32 ? 2.4e-7 : 2e-5;
      for (std::size_t i = 0; i < count; ++i) ASSERT_NEAR(out[i], expected[i], bound) << "at " << i;
    }
  }
}

TEST_P(AttentionParity, ThreadsAndTokenSplitsKeepTheBits) {
  const Shape shapes[] = {{8, 2, 64, 270, 270}, {6, 2, 96, 45, 45}, {20, 1, 32, 40, 40}};
  for (const Shape& s : shapes) {
    const Inputs in(s, 12);
    for (const DType type : kCacheTypes) {
      std::vector<float> expected;
      for (const int threads : {1, 2, 4}) {
        const auto cpu = backend(threads);
        for (const std::size_t chunk : {300u, 1u, 2u, 7u, 64u}) {
          if (threads == 4 && chunk < 64) continue;  // more threads than cores: many short calls take long
          Cache cache(type, s, s.positions);
          std::vector<float> out(s.positions * s.heads * s.head_dim);
          for (std::size_t t = 0; t < s.positions; t += chunk) {
            const std::size_t count = std::min(chunk, s.positions - t);
            const std::size_t kv_at = t * s.kv_heads * s.head_dim, q_at = t * s.heads * s.head_dim;
            cpu->store_kv(cache.view, in.k.data() + kv_at, in.v.data() + kv_at, count, t);
            cpu->attention(in.q.data() + q_at, cache.view, count, s.heads, t, 0.1f, out.data() + q_at);
          }
          if (expected.empty()) expected = out;
          EXPECT_TRUE(same_bits(out, expected))
              << dtype_name(type) << ", " << threads << " threads, " << chunk << " tokens a call";
        }
      }
    }
  }
}

// What lies behind the last position must not reach the result, not even as zero times NaN.
TEST_P(AttentionParity, PositionsToComeAreNotRead) {
  constexpr std::size_t kTokens = 3;
  for (const Shape& s : {Shape{8, 2, 64, 40, kTokens}, Shape{4, 2, 64, 150, kTokens}, Shape{8, 2, 64, 150, 1}}) {
    const Inputs in(s, 13);
    const auto cpu = backend(2);
    for (const DType type : kCacheTypes) {
      std::vector<float> outputs[2];
      for (int i = 0; i < 2; ++i) {
        Cache cache(type, s, s.positions + 24);
        std::memset(cache.keys.data(), i == 0 ? 0x00 : 0xFF, cache.keys.size());
        std::memset(cache.values.data(), i == 0 ? 0x00 : 0xFF, cache.values.size());
        cpu->store_kv(cache.view, in.k.data(), in.v.data(), s.positions, 0);
        outputs[i].resize(s.tokens * s.heads * s.head_dim);
        cpu->attention(in.q.data(), cache.view, s.tokens, s.heads, s.positions - s.tokens, 0.1f, outputs[i].data());
      }
      EXPECT_TRUE(same_bits(outputs[0], outputs[1])) << dtype_name(type) << ", " << s.positions << " positions";
    }
  }
}

TEST_P(AttentionParity, NotANumberDoesNotCrash) {
  const Shape s{4, 2, 64, 20, 20};
  Inputs in(s, 14);
  in.q[5] = std::nanf("");
  in.k[70] = std::numeric_limits<float>::infinity();
  in.v[99] = std::nanf("");
  const auto cpu = backend();
  for (const DType type : kCacheTypes) {
    Cache cache(type, s, 20);
    cpu->store_kv(cache.view, in.k.data(), in.v.data(), 20, 0);
    std::vector<float> out(20 * s.heads * s.head_dim);
    cpu->attention(in.q.data(), cache.view, 20, s.heads, 0, 0.1f, out.data());
    EXPECT_TRUE(std::isnan(out[0])) << dtype_name(type);
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, AttentionParity, ::testing::ValuesIn(cpu_levels()), level_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(AttentionParity);

}  // namespace
}  // namespace bitnet::parity
