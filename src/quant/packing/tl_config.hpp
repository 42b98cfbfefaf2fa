// Tile sizes of bitnet.cpp's TL1 and TL2, which no GGUF file holds.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace bitnet {

/// How the weights [m, k] of one shape were cut when they were written: tiles of bm rows by bk columns, and in them
/// blocks of bmm rows. bitnet.cpp's names, from the kernel_config.ini that its codegen_tl1.py and codegen_tl2.py leave
/// beside the kernels and its converter reads.
struct TlTiles {
  std::size_t m = 0, k = 0, bm = 0, bk = 0, bmm = 0;
  bool operator==(const TlTiles&) const = default;
};

/// More kernels than any model has shapes.
inline constexpr std::size_t kMostTlKernels = 1024;

/// The tiles in an ini text: sections of any name, each with m, k, bm, bk and bmm, whole numbers from 1 to 2^31 - 1,
/// after
/// '=' or ':'. Lines that begin with '#' or ';', empty ones and other keys are passed over; of two sections for one
/// shape the first counts, as in bitnet.cpp. Throws kInvalidFile naming the line: a key that is missing, stands twice
/// or holds no such number, a line that is neither section nor key, or more than kMostTlKernels sections. Whether tiles
/// fit a format, tl1_fits and tl2_fits say.
std::vector<TlTiles> parse_tl_config(std::string_view text);

/// The tiles for the shape [m, k], or null.
const TlTiles* find_tl_tiles(std::span<const TlTiles> tiles, std::size_t m, std::size_t k) noexcept;

/// What bitnet.cpp ships or generates for a model: preset_kernels/NAME/kernel_config_tl1.ini and _tl2.ini, and the
/// arguments that setup_env.py gives the code generators. Those agree but for two: Llama3's TL1, so there are two of
/// it; and large's TL2 [4096, 1536], whose ini names bmm 64, with which the converter cannot write, so here it has
/// setup_env's
/// 32. Falcon3 takes Llama3's; other models' files have tiles of their makers' choice.
struct TlPreset {
  std::string_view name;
  std::span<const TlTiles> tiles;
};

namespace tl_presets {
inline constexpr std::array kLarge1{TlTiles{1536, 4096, 256, 128, 32}, TlTiles{1536, 1536, 128, 64, 64},
                                    TlTiles{4096, 1536, 256, 128, 32}};
inline constexpr std::array k3B1{TlTiles{3200, 8640, 160, 64, 32}, TlTiles{3200, 3200, 320, 128, 64},
                                 TlTiles{8640, 3200, 320, 64, 32}};
inline constexpr std::array kLlama1{TlTiles{14336, 4096, 256, 128, 64}, TlTiles{4096, 14336, 256, 128, 32},
                                    TlTiles{1024, 4096, 128, 64, 64}, TlTiles{4096, 4096, 128, 64, 32}};
inline constexpr std::array kLlamaSetup1{TlTiles{14336, 4096, 256, 128, 32}, TlTiles{4096, 14336, 128, 64, 64},
                                         TlTiles{1024, 4096, 256, 128, 32}, TlTiles{4096, 4096, 128, 64, 64}};
inline constexpr std::array kLarge2{TlTiles{1536, 4096, 256, 96, 32}, TlTiles{1536, 1536, 128, 192, 32},
                                    TlTiles{4096, 1536, 256, 96, 32}};
inline constexpr std::array k3B2{TlTiles{3200, 8640, 160, 96, 32}, TlTiles{3200, 3200, 320, 96, 32},
                                 TlTiles{8640, 3200, 320, 96, 32}};
inline constexpr std::array kLlama2{TlTiles{14336, 4096, 256, 96, 32}, TlTiles{4096, 14336, 128, 96, 32},
                                    TlTiles{1024, 4096, 256, 96, 32}, TlTiles{4096, 4096, 128, 96, 32}};
}  // namespace tl_presets

inline constexpr std::array kTl1Presets{TlPreset{"bitnet_b1_58-large", tl_presets::kLarge1},
                                        TlPreset{"bitnet_b1_58-3B", tl_presets::k3B1},
                                        TlPreset{"Llama3-8B-1.58-100B-tokens", tl_presets::kLlama1},
                                        TlPreset{"Llama3-8B-1.58-100B-tokens/setup_env", tl_presets::kLlamaSetup1}};
inline constexpr std::array kTl2Presets{TlPreset{"bitnet_b1_58-large", tl_presets::kLarge2},
                                        TlPreset{"bitnet_b1_58-3B", tl_presets::k3B2},
                                        TlPreset{"Llama3-8B-1.58-100B-tokens", tl_presets::kLlama2}};

/// The preset of this name, or null.
const TlPreset* find_tl_preset(std::span<const TlPreset> presets, std::string_view name) noexcept;

}  // namespace bitnet
