// CRC-32C (Castagnoli; RFC 3720, B.4), the checksum of snapshots and of packed values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace bitnet {

/// Of what `crc` is the checksum of, followed by `bytes`; 0 is that of nothing.
std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes) noexcept;
/// The same without the processor's instruction for it, for tests.
std::uint32_t crc32c_by_tables(std::uint32_t crc, std::span<const std::byte> bytes) noexcept;

}  // namespace bitnet
