// Packed values from outside: their header, and what each strategy makes of damaged bytes (checksums are not looked at
// in fuzzing builds).
#include <cstdint>
#include <vector>

#include "bitnet/error.hpp"
#include "bitnet/packing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bitnet;
  try {
    const PackedTrits packed = PackedTrits::parse(std::as_bytes(std::span(data, size)));
    // What a tensor's shape would have been checked against.
    if (packed.count() > std::uint64_t{64} * 1024 * 1024) return 0;
    std::vector<std::int8_t> trits(packed.count());
    packed.unpack(trits);
    for (const std::int8_t trit : trits)
      if (trit < -1 || trit > 1) __builtin_trap();
    (void)pack_trits(trits, packed.strategy());
  } catch (const Error&) {
  }
  return 0;
}
