#include "base/simd/isa.hpp"

#include "base/simd/targets.hpp"
#include "hwy/targets.h"

#if HWY_ARCH_X86
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace bitnet::cpu {
namespace {

constexpr std::string_view kNames[kIsaCount] = {"generic",   "sse2",         "ssse3",       "sse4",        "avx2",
                                                "avx2-vnni", "avx512",       "avx512-vnni", "avx512-vbmi", "avx512-amx",
                                                "neon",      "neon-dotprod", "neon-i8mm"};

#if HWY_ARCH_X86
// Highway's targets ask the operating system too whether it keeps the registers, so these two bits suffice beside them.
bool has_avx_vnni() noexcept {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a & (1u << 4)) != 0;
}
bool has_avx512_vnni() noexcept {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (c & (1u << 11)) != 0;
}
bool has_avx512_vbmi() noexcept {
  unsigned a, b, c, d;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (c & (1u << 1)) != 0;
}
// The processor has int8 tiles, and the kernel lets this process use their registers.
bool has_amx() noexcept {
#if defined(__linux__)
  static const bool granted = [] {
    unsigned a, b, c, d;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & (1u << 24)) == 0 || (d & (1u << 25)) == 0) return false;
    constexpr long kRequestPermission = 0x1023, kTileData = 18;  // asm/prctl.h: ARCH_REQ_XCOMP_PERM
    return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
  }();
  return granted;
#else
  return false;
#endif
}
#endif

#if defined(__aarch64__)
bool has_dotprod() noexcept {
#if defined(__linux__)
  constexpr unsigned long kHwcapAsimdDp = 1ul << 20;  // asm/hwcap.h
  return (getauxval(AT_HWCAP) & kHwcapAsimdDp) != 0;
#else
  return true;  // every Apple silicon Mac
#endif
}
bool has_i8mm() noexcept {
#if defined(__linux__)
  constexpr unsigned long kHwcap2I8mm = 1ul << 13;  // asm/hwcap.h
  return (getauxval(AT_HWCAP2) & kHwcap2I8mm) != 0;
#elif defined(__APPLE__)
  int value = 0;
  std::size_t size = sizeof(value);
  return sysctlbyname("hw.optional.arm.FEAT_I8MM", &value, &size, nullptr, 0) == 0 && value != 0;
#else
  return false;
#endif
}
#endif

}  // namespace

bool processor_has(Isa isa) noexcept {
  switch (isa) {
#if HWY_ARCH_X86
    case Isa::kSse2: return true;
    case Isa::kSsse3: return (hwy::SupportedTargets() & HWY_SSSE3) != 0;
    case Isa::kSse4: return (hwy::SupportedTargets() & HWY_SSE4) != 0;
    case Isa::kAvx2: return (hwy::SupportedTargets() & HWY_AVX2) != 0;
    case Isa::kAvx2Vnni: return (hwy::SupportedTargets() & HWY_AVX2) != 0 && has_avx_vnni();
    case Isa::kAvx512: return (hwy::SupportedTargets() & HWY_AVX3) != 0;
    case Isa::kAvx512Vnni: return (hwy::SupportedTargets() & HWY_AVX3) != 0 && has_avx512_vnni();
    case Isa::kAvx512Vbmi: return processor_has(Isa::kAvx512Vnni) && has_avx512_vbmi();
    case Isa::kAvx512Amx: return processor_has(Isa::kAvx512Vbmi) && has_amx();
#elif defined(__aarch64__)
    case Isa::kNeon: return true;
    case Isa::kNeonDotprod: return has_dotprod();
    case Isa::kNeonI8mm: return has_dotprod() && has_i8mm();
#else
    case Isa::kGeneric: return true;
#endif
    default: return false;
  }
}

std::string_view isa_name(Isa isa) noexcept { return kNames[static_cast<int>(isa)]; }

std::optional<Isa> parse_isa(std::string_view name) noexcept {
  for (int i = 0; i < kIsaCount; ++i)
    if (kNames[i] == name) return static_cast<Isa>(i);
  return std::nullopt;
}

}  // namespace bitnet::cpu
