// What machine this is.
#pragma once

#include <cstdint>
#include <string>

namespace bitnet {

/// Physical cores that this process may run on, at least 1.
int physical_cores();
/// Logical processors that this process may run on, at least 1.
int logical_cores();
/// As the system names it; "unknown processor" when it does not.
std::string cpu_name();
/// 0 when unknown.
std::uint64_t memory_bytes();
/// Resident set of this process; 0 when unknown.
std::uint64_t resident_bytes();
/// Largest resident set of this process so far; 0 when unknown.
std::uint64_t peak_resident_bytes();

}  // namespace bitnet
