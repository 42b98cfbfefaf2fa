#include "quant/packing/trit_kernels.hpp"

#include "base/env.hpp"
#ifdef BITNET_SIMD
#include "quant/packing/simd/trit_kernels_simd.hpp"
#endif

namespace bitnet {
namespace {

template <std::size_t kWidth>
bool unpack_planes(const std::byte* codes, std::size_t blocks, std::int8_t* trits) noexcept {
  unsigned undefined = 0;
  for (; blocks > 0; --blocks, codes += kWidth, trits += 4 * kWidth)
    for (std::size_t p = 0; p < kWidth; ++p) {
      const auto byte = std::to_integer<unsigned>(codes[p]);
      undefined |= byte & byte >> 1 & 0x55u;
      for (std::size_t plane = 0; plane < 4; ++plane) {
        const unsigned code = byte >> (6 - 2 * plane) & 3;
        trits[kWidth * plane + p] = static_cast<std::int8_t>((code == 2) - (code == 0));
      }
    }
  return undefined == 0;
}

template <std::size_t kWidth>
void pack_planes(const std::int8_t* trits, std::size_t blocks, std::byte* codes) noexcept {
  for (; blocks > 0; --blocks, codes += kWidth, trits += 4 * kWidth)
    for (std::size_t p = 0; p < kWidth; ++p) {
      unsigned byte = 0;
      for (std::size_t plane = 0; plane < 4; ++plane)
        byte = byte << 2 | static_cast<unsigned>(trits[kWidth * plane + p] + 1);
      codes[p] = static_cast<std::byte>(byte);
    }
}

void unpack_base3(const std::byte* bytes, std::size_t blocks, std::int8_t* trits) noexcept {
  for (; blocks > 0; --blocks, bytes += kBase3BlockBytes, trits += kBase3Block)
    for (std::size_t m = 0; m < kBase3BlockBytes; ++m) {
      auto rest = std::to_integer<std::uint8_t>(bytes[m]);
      for (std::size_t n = 0; n < 5; ++n) {
        // The digit is what three times the fraction carries over.
        trits[kBase3BlockBytes * n + m] = static_cast<std::int8_t>((rest * 3 >> 8) - 1);
        rest = static_cast<std::uint8_t>(rest * 3);
      }
    }
}

void pack_base3(const std::int8_t* trits, std::size_t blocks, std::byte* bytes) noexcept {
  for (; blocks > 0; --blocks, bytes += kBase3BlockBytes, trits += kBase3Block)
    for (std::size_t m = 0; m < kBase3BlockBytes; ++m) {
      unsigned number = 0;
      for (std::size_t n = 0; n < 5; ++n)
        number = number * 3 + static_cast<unsigned>(trits[kBase3BlockBytes * n + m] + 1);
      bytes[m] = static_cast<std::byte>((number * 256 + 242) / 243);
    }
}

void expand_bits(const std::uint64_t* present, const std::uint64_t* negative, std::size_t words,
                 std::int8_t* trits) noexcept {
  for (std::size_t w = 0; w < words; ++w)
    for (std::size_t i = 0; i < 64; ++i)
      *trits++ = static_cast<std::int8_t>(static_cast<int>(present[w] >> i & 1) *
                                          (1 - 2 * static_cast<int>(negative[w] >> i & 1)));
}

constexpr TritKernels kPlain{"plain",         unpack_planes<32>, unpack_planes<64>, pack_planes<32>,
                             pack_planes<64>, unpack_base3,      pack_base3,        expand_bits};

}  // namespace

const TritKernels& plain_trit_kernels() noexcept { return kPlain; }

std::vector<const TritKernels*> usable_trit_kernels() {
  std::vector<const TritKernels*> usable;
#ifdef BITNET_SIMD
  for (int i = cpu::kIsaCount - 1; i >= 0; --i) {
    const auto isa = static_cast<cpu::Isa>(i);
    if (const TritKernels* kernels = simd_trit_kernels(isa); kernels != nullptr && cpu::processor_has(isa))
      usable.push_back(kernels);
  }
#endif
  usable.push_back(&kPlain);
  return usable;
}

const TritKernels& trit_kernels() noexcept {
  static const TritKernels* const chosen = [] {
    const auto usable = usable_trit_kernels();
    const std::string forced = environment("BITNET_FORCE_ISA");
    for (const TritKernels* kernels : usable)
      if (kernels->level == forced || (forced == "scalar" && kernels == &kPlain)) return kernels;
    return usable.front();
  }();
  return *chosen;
}

}  // namespace bitnet
