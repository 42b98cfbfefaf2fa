// Arithmetic on sizes from outside: no value when the result does not fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace bitnet {

inline std::optional<std::uint64_t> checked_add(std::uint64_t a, std::uint64_t b) {
  std::uint64_t r;
  if (__builtin_add_overflow(a, b, &r)) return std::nullopt;
  return r;
}

inline std::optional<std::uint64_t> checked_mul(std::uint64_t a, std::uint64_t b) {
  std::uint64_t r;
  if (__builtin_mul_overflow(a, b, &r)) return std::nullopt;
  return r;
}

/// `value` rounded up to a multiple of `unit`, for sizes that are known to be far from overflow.
constexpr std::size_t round_up(std::size_t value, std::size_t unit) { return (value + unit - 1) / unit * unit; }
constexpr std::size_t div_up(std::size_t value, std::size_t unit) { return (value + unit - 1) / unit; }

}  // namespace bitnet
