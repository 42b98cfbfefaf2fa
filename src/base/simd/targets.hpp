// Which Highway targets kernels are compiled for. Included first, by each file that includes foreach_target.h.
#pragma once

// Left out: AVX-512 beyond BW/DQ/VL (VNNI is an override of its own, for more processors than Highway's AVX3_DL), and
// SVE, whose vectors have no length that arrays of accumulators could use. Names that a version of Highway lacks count
// as 0 inside its #if lines, where this is expanded.
#ifndef HWY_DISABLED_TARGETS
#if defined(__aarch64__)
#define HWY_DISABLED_TARGETS \
  (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_NEON_BF16 | (HWY_NEON_WITHOUT_AES ? HWY_NEON : 0))
#elif defined(__x86_64__) && defined(BITNET_FEWER_LEVELS)
// Sanitizers take minutes for each: these two differ from their neighbours in single instructions.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_AVX3_ZEN4 | HWY_AVX3_SPR | HWY_AVX10_2)
#elif defined(__x86_64__)
#define HWY_DISABLED_TARGETS (HWY_AVX3_DL | HWY_AVX3_ZEN4 | HWY_AVX3_SPR | HWY_AVX10_2)
#endif
#endif

// Highway 1.0.3 has no SSE2 target and falls back to HWY_SCALAR, one lane, with GCC before 12.3, whose miscompilation
// of multiply-high is the reason. Nothing here multiplies so, and the parity tests run on this target.
#ifndef HWY_BROKEN_EMU128
#define HWY_BROKEN_EMU128 0
#endif

#include "hwy/base.h"
#include "hwy/detect_targets.h"

#ifndef HWY_SSE2
#define HWY_SSE2 0
#endif
#ifndef HWY_AVX3_ZEN4
#define HWY_AVX3_ZEN4 0
#endif
#ifndef HWY_AVX3_SPR
#define HWY_AVX3_SPR 0
#endif
#ifndef HWY_AVX10_2
#define HWY_AVX10_2 0
#endif
#ifndef HWY_NEON_WITHOUT_AES
#define HWY_NEON_WITHOUT_AES 0
#endif
#ifndef HWY_NEON_BF16
#define HWY_NEON_BF16 0
#endif

// BITNET_CPU_CASES(table): one `case Isa::x: return &N_x::table;` for each level that a target of its own makes.
#if HWY_TARGETS & HWY_SSE2
#define BITNET_CPU_CASE_LOWEST(table) case Isa::kSse2: return &N_SSE2::table;
#elif (HWY_TARGETS & HWY_EMU128) && HWY_ARCH_X86
#define BITNET_CPU_CASE_LOWEST(table) case Isa::kSse2: return &N_EMU128::table;
#elif HWY_TARGETS & HWY_EMU128
#define BITNET_CPU_CASE_LOWEST(table) case Isa::kGeneric: return &N_EMU128::table;
#else
#define BITNET_CPU_CASE_LOWEST(table)
#endif
#if HWY_TARGETS & HWY_SSSE3
#define BITNET_CPU_CASE_SSSE3(table) case Isa::kSsse3: return &N_SSSE3::table;
#else
#define BITNET_CPU_CASE_SSSE3(table)
#endif
#if HWY_TARGETS & HWY_SSE4
#define BITNET_CPU_CASE_SSE4(table) case Isa::kSse4: return &N_SSE4::table;
#else
#define BITNET_CPU_CASE_SSE4(table)
#endif
#if HWY_TARGETS & HWY_AVX2
#define BITNET_CPU_CASE_AVX2(table) case Isa::kAvx2: return &N_AVX2::table;
#else
#define BITNET_CPU_CASE_AVX2(table)
#endif
#if HWY_TARGETS & HWY_AVX3
#define BITNET_CPU_CASE_AVX512(table) case Isa::kAvx512: return &N_AVX3::table;
#else
#define BITNET_CPU_CASE_AVX512(table)
#endif
#if HWY_TARGETS & HWY_NEON_WITHOUT_AES
#define BITNET_CPU_CASE_NEON(table) case Isa::kNeon: return &N_NEON_WITHOUT_AES::table;
#elif HWY_TARGETS & HWY_NEON
#define BITNET_CPU_CASE_NEON(table) case Isa::kNeon: return &N_NEON::table;
#else
#define BITNET_CPU_CASE_NEON(table)
#endif
#define BITNET_CPU_CASES(table)                                                                                   \
  BITNET_CPU_CASE_LOWEST(table) BITNET_CPU_CASE_SSSE3(table) BITNET_CPU_CASE_SSE4(table) BITNET_CPU_CASE_AVX2(table) \
  BITNET_CPU_CASE_AVX512(table) BITNET_CPU_CASE_NEON(table)
