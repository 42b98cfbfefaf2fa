// What the parity tests share: levels, portable random values, guarded memory.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backends/backend.hpp"
#include "base/half.hpp"

namespace bitnet::parity {

/// Levels of the cpu backend that this machine runs, best first; none when the build has no such backend.
inline std::vector<std::string> cpu_levels() {
  for (const BackendInfo& info : list_backends())
    if (info.name == "cpu") return info.isa_levels;
  return {};
}

/// Levels whose float results are promised to be the same bits: those with fused multiply-add.
inline bool is_fused(const std::string& level) { return level.starts_with("avx") || level.starts_with("neon"); }

inline const Context& context(int threads = 2) {
  static std::map<int, Context> contexts;
  return contexts.try_emplace(threads, ContextOptions{.threads = threads}).first->second;
}

inline std::unique_ptr<Backend> reference() { return create_backend(context(), "reference", "scalar"); }

/// The same values on every machine: a 64-bit linear congruential generator, and integers scaled exactly.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 2 + 1) { next(); }
  std::uint32_t next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::uint32_t>(state_ >> 33);
  }
  /// In [-1, 1), a multiple of 2^-20.
  float value() { return static_cast<float>(static_cast<std::int32_t>(next() >> 10) - (1 << 20)) * 0x1p-20f; }
  std::int8_t trit() { return static_cast<std::int8_t>(static_cast<int>(next() % 3) - 1); }

  std::vector<float> values(std::size_t count, float scale = 1.0f) {
    std::vector<float> out(count);
    for (float& v : out) v = value() * scale;
    return out;
  }

 private:
  std::uint64_t state_;
};

/// `count` values with guard bytes on both sides, the first value at an address that is a multiple of `alignment` only.
template <typename T>
class Guarded {
 public:
  explicit Guarded(std::size_t count, std::size_t alignment = alignof(T))
      : count_(count), memory_(count * sizeof(T) + 512, kGuard) {
    const auto base = reinterpret_cast<std::uintptr_t>(memory_.data());
    offset_ = (base + 127) / 64 * 64 + (alignment < 64 ? alignment : 0) - base;
  }
  T* data() { return reinterpret_cast<T*>(memory_.data() + offset_); }
  const T* data() const { return reinterpret_cast<const T*>(memory_.data() + offset_); }
  std::size_t size() const { return count_; }
  T& operator[](std::size_t i) { return data()[i]; }
  const T& operator[](std::size_t i) const { return data()[i]; }
  std::vector<T> copy() const { return std::vector<T>(data(), data() + count_); }
  void fill(const std::vector<T>& values) { std::copy(values.begin(), values.end(), data()); }

  ::testing::AssertionResult intact() const {
    for (std::size_t i = 0; i < memory_.size(); ++i) {
      const bool inside = i >= offset_ && i < offset_ + count_ * sizeof(T);
      if (!inside && memory_[i] != kGuard)
        return ::testing::AssertionFailure() << "a write " << static_cast<std::ptrdiff_t>(i - offset_)
                                             << " bytes from the start of " << count_ * sizeof(T);
    }
    return ::testing::AssertionSuccess();
  }

 private:
  static constexpr unsigned char kGuard = 0xA5;
  std::size_t count_;
  std::vector<unsigned char> memory_;
  std::size_t offset_;
};

/// Activations that own their memory.
struct OwnedActivations {
  OwnedActivations(const std::vector<float>& x_, std::size_t tokens, std::size_t cols)
      : x(x_), q(tokens * activation_stride(cols), 64), scale(tokens), sum(tokens) {
    view = {x.data(), tokens, cols, q.data(), activation_stride(cols), scale.data(), sum.data()};
  }
  /// Tokens [begin, begin + count).
  Activations part(std::size_t begin, std::size_t count) {
    Activations a = view;
    a.tokens = count;
    a.x += begin * a.cols;
    a.q += begin * a.q_stride;
    a.scale += begin;
    a.sum += begin;
    return a;
  }
  std::vector<float> x;
  Guarded<std::int8_t> q;
  Guarded<double> scale;
  Guarded<std::int32_t> sum;
  Activations view;
};

inline TritReader reader(const std::vector<std::int8_t>& trits, std::size_t cols) {
  return [&trits, cols](std::size_t row, std::size_t count, std::int8_t* out) {
    std::copy_n(trits.begin() + static_cast<std::ptrdiff_t>(row * cols), count * cols, out);
  };
}

/// FNV-1a over the bytes of some values.
class Hash {
 public:
  template <typename T>
  void add(const T* values, std::size_t count) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(values);
    for (std::size_t i = 0; i < count * sizeof(T); ++i) value_ = (value_ ^ bytes[i]) * 1099511628211u;
  }
  template <typename T>
  void add(const std::vector<T>& values) {
    add(values.data(), values.size());
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 14695981039346656037u;
};

template <typename T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

inline std::string level_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
}

/// A test of one level.
class LevelTest : public ::testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Backend> backend(int threads = 2) const {
    return create_backend(context(threads), "cpu", GetParam());
  }
};

/// Random bytes of `elements` weights of a type, with scales that are small and finite.
inline std::vector<std::byte> random_blocks(DType type, std::size_t elements, Random& random) {
  const DTypeTraits& traits = dtype_traits(type);
  const auto bytes = static_cast<std::size_t>(*dtype_bytes(type, elements));
  std::vector<std::byte> out(bytes);
  for (std::byte& b : out) b = static_cast<std::byte>(random.next());
  const auto half_at = [&](std::size_t offset) {
    for (std::size_t at = 0; at < bytes; at += traits.bytes) {
      const std::uint16_t half = f32_to_f16(random.value() * 0.1f);
      std::memcpy(out.data() + at + offset, &half, sizeof(half));
    }
  };
  switch (type) {
    case DType::kF32:
      for (std::size_t i = 0; i < elements; ++i) {
        const float v = random.value();
        std::memcpy(out.data() + 4 * i, &v, 4);
      }
      break;
    case DType::kF16: half_at(0); break;
    case DType::kBF16:
      for (std::size_t i = 0; i < elements; ++i) {
        const std::uint16_t v = f32_to_bf16(random.value());
        std::memcpy(out.data() + 2 * i, &v, 2);
      }
      break;
    case DType::kQ4_1:
    case DType::kQ5_1:
    case DType::kQ4_K:
    case DType::kQ5_K: half_at(0), half_at(2); break;
    case DType::kQ4_0:
    case DType::kQ5_0:
    case DType::kQ8_0: half_at(0); break;
    case DType::kQ6_K: half_at(208); break;
    case DType::kTQ1_0: half_at(52); break;
    case DType::kTQ2_0: half_at(64); break;
    default: break;
  }
  return out;
}

}  // namespace bitnet::parity
