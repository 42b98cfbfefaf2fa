// Loops that do one thing and nothing else, for measuring what the machine can do at most: the roofline that kernels
// are judged by. exec/machine_limits.hpp times them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bitnet {

inline constexpr std::size_t kReadGrain = 256;
/// Reads `bytes`, a multiple of kReadGrain, from 64-byte aligned memory as `streams` (1, 2 or 4) sequential streams
/// side by side, asking for each line `prefetch` bytes ahead into the second-level cache and a quarter of that ahead
/// into the first. Returns the exclusive or of all 64-bit words: every byte was read.
std::uint64_t read_memory(const std::byte* data, std::size_t bytes, std::size_t streams, std::size_t prefetch) noexcept;

/// Multiply-adds of one instruction-set level. Each loop multiplies bytes 2 and 3 and adds the products up in
/// registers, `rounds` times a fixed number of them; returns how many multiply-adds that were and sets `sum` to what
/// they add up to, 6 each (beyond 1000 rounds it may wrap around).
struct LimitLoops {
  std::uint64_t (*int8_macs)(std::size_t rounds, std::int64_t& sum) noexcept = nullptr;
  /// On matrix tiles (AMX); null where the level has none.
  std::uint64_t (*tile_macs)(std::size_t rounds, std::int64_t& sum) noexcept = nullptr;
};

/// What the compiler makes of a plain loop: for levels without vectors of their own.
const LimitLoops& plain_limit_loops() noexcept;

/// Of a backend's level; both as list_backends() gives them. Throws kInvalidArgument for an unknown backend.
const LimitLoops& limit_loops(std::string_view backend, std::string_view isa);

}  // namespace bitnet
