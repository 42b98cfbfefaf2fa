#include "base/crc32c.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace bitnet {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78u;  // reflected

// table[k][b]: what byte b does to the checksum k bytes later (Intel's "slicing by eight").
constexpr auto make_tables() {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][b] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t b = 0; b < 256; ++b) tables[k][b] = (tables[k - 1][b] >> 8) ^ tables[0][tables[k - 1][b] & 0xFF];
  return tables;
}
constexpr auto kTables = make_tables();

std::uint32_t by_tables(std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    crc ^= byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
    crc = kTables[7][crc & 0xFF] ^ kTables[6][crc >> 8 & 0xFF] ^ kTables[5][crc >> 16 & 0xFF] ^ kTables[4][crc >> 24] ^
          kTables[3][byte(i + 4)] ^ kTables[2][byte(i + 5)] ^ kTables[1][byte(i + 6)] ^ kTables[0][byte(i + 7)];
  }
  for (; i < bytes.size(); ++i) crc = (crc >> 8) ^ kTables[0][(crc ^ byte(i)) & 0xFF];
  return crc;
}

// The instruction that x86 has since SSE4.2 and Arm as an option; other processors take the tables.
#if defined(__x86_64__)
bool has_instruction() noexcept { return __builtin_cpu_supports("sse4.2") != 0; }
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::uint32_t crc, const std::byte* bytes,
                                                               std::size_t words) noexcept {
  std::uint64_t value = crc;
  for (; words > 0; --words, bytes += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    value = _mm_crc32_u64(value, word);
  }
  return static_cast<std::uint32_t>(value);
}
#elif defined(__aarch64__) && defined(__linux__)
bool has_instruction() noexcept {
  constexpr unsigned long kHwcapCrc32 = 1ul << 7;  // asm/hwcap.h
  return (getauxval(AT_HWCAP) & kHwcapCrc32) != 0;
}
__attribute__((target("+crc"))) std::uint32_t by_instruction(std::uint32_t crc, const std::byte* bytes,
                                                             std::size_t words) noexcept {
  for (; words > 0; --words, bytes += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes, sizeof word);
    asm(".arch_extension crc\n\tcrc32cx %w0, %w0, %1" : "+r"(crc) : "r"(word));
  }
  return crc;
}
#else
bool has_instruction() noexcept { return false; }
std::uint32_t by_instruction(std::uint32_t crc, const std::byte*, std::size_t) noexcept { return crc; }
#endif

}  // namespace

std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
  static const bool instruction = has_instruction();
  const std::size_t words = instruction ? bytes.size() / 8 : 0;
  crc = by_instruction(~crc, bytes.data(), words);
  return ~by_tables(crc, bytes.subspan(8 * words));
}

std::uint32_t crc32c_by_tables(std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
  return ~by_tables(~crc, bytes);
}

}  // namespace bitnet
