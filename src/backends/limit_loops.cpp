#include "backends/limit_loops.hpp"

#include <cstring>

namespace bitnet {
namespace {

// The compiler must take what `p` points at for changed, and cannot move the loop's work out of the loop.
inline void opaque(void* p) { asm volatile("" : : "r"(p) : "memory"); }

// Sixteen bytes at a time on every machine: no instruction set reads memory faster with wider loads.
using Vector [[gnu::vector_size(16), gnu::may_alias]] = std::uint64_t;

template <std::size_t streams>
std::uint64_t read_streams(const std::byte* data, std::size_t bytes, std::size_t prefetch) noexcept {
  constexpr std::size_t kLine = 64;
  static_assert(streams * kLine <= kReadGrain);
  const std::size_t part = bytes / streams, ahead = prefetch / 4;
  Vector a{}, b{}, c{}, d{};
  for (std::size_t at = 0; at < part; at += kLine) {
    for (std::size_t s = 0; s < streams; ++s) {
      const std::byte* line = data + s * part + at;
      __builtin_prefetch(line + prefetch, 0, 2);
      __builtin_prefetch(line + ahead, 0, 3);
      const auto* v = reinterpret_cast<const Vector*>(line);
      a ^= v[0], b ^= v[1], c ^= v[2], d ^= v[3];
    }
  }
  const Vector all = a ^ b ^ c ^ d;
  return all[0] ^ all[1];
}

std::uint64_t int8_macs_plain(std::size_t rounds, std::int64_t& sum) noexcept {
  constexpr std::size_t kProducts = 1024;
  std::int8_t codes[kProducts], activations[kProducts];
  std::memset(codes, 2, sizeof(codes));
  std::memset(activations, 3, sizeof(activations));
  sum = 0;
  for (std::size_t r = 0; r < rounds; ++r) {
    opaque(codes);
    opaque(activations);
    std::int32_t dot = 0;
    for (std::size_t i = 0; i < kProducts; ++i) dot += codes[i] * activations[i];
    sum += dot;
  }
  return rounds * kProducts;
}

}  // namespace

std::uint64_t read_memory(const std::byte* data, std::size_t bytes, std::size_t streams,
                          std::size_t prefetch) noexcept {
  switch (streams) {
    case 1: return read_streams<1>(data, bytes, prefetch);
    case 2: return read_streams<2>(data, bytes, prefetch);
    default: return read_streams<4>(data, bytes, prefetch);
  }
}

const LimitLoops& plain_limit_loops() noexcept {
  static constexpr LimitLoops kLoops{&int8_macs_plain, nullptr};
  return kLoops;
}

}  // namespace bitnet
