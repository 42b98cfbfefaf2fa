// Products of many tokens on AMX: 16 tokens by 16 rows by 64 columns an instruction. Unpacked codes lie as its second
// operand wants them, [columns / 4][rows][4 columns], and activations as its first. Sums are int32: the bits are those
// of every other level.
#include "backends/cpu/ternary_product-inl.h"
#include "backends/cpu/ternary_vbmi-inl.h"

#if defined(BITNET_CPU_TERNARY_AMX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef BITNET_CPU_TERNARY_AMX_INL_H_
#undef BITNET_CPU_TERNARY_AMX_INL_H_
#else
#define BITNET_CPU_TERNARY_AMX_INL_H_
#endif

#ifdef BITNET_VBMI_TARGET
HWY_PUSH_ATTRIBUTES(BITNET_VBMI_TARGET ",amx-tile,amx-int8")
namespace bitnet::cpu {
namespace HWY_NAMESPACE {

// Palette 1: eight tiles, here all of 16 rows of 64 bytes (Intel SDM volume 1, 18.2).
struct alignas(64) TileConfig {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfig) == 64);

struct AmxInner : VbmiInner {
  // Whole tiles of 64 columns: 640, 20 KiB of codes.
  static constexpr std::size_t kBlockGroups = 32;
  static constexpr std::size_t kTileTokens = 16, kTileSteps = 16;

  // As GemmTokens: whole tiles here, the rest there.
  static void Tiles(std::size_t tokens, const std::uint8_t* codes, std::size_t steps, const std::int8_t* q,
                    std::size_t q_stride, std::int32_t* sums) noexcept {
    const std::size_t tile_tokens = tokens / kTileTokens * kTileTokens, tile_steps = steps / kTileSteps * kTileSteps;
    if (tile_tokens > 0 && tile_steps > 0) {
      const TileConfig config;
      _tile_loadconfig(&config);
      std::size_t t = 0;
      for (; t + 2 * kTileTokens <= tile_tokens; t += 2 * kTileTokens)
        TwoTokenTiles(codes, tile_steps / kTileSteps, q + t * q_stride, q_stride, sums + t * kTileRows);
      if (t < tile_tokens)
        OneTokenTile(codes, tile_steps / kTileSteps, q + t * q_stride, q_stride, sums + t * kTileRows);
      _tile_release();
    }
    if (tile_steps < steps && tile_tokens > 0)
      GemmTokens<VbmiInner>(tile_tokens, codes + tile_steps * kGroupBytes, steps - tile_steps, q + 4 * tile_steps,
                            q_stride, sums);
    if (tile_tokens < tokens)
      GemmTokens<VbmiInner>(tokens - tile_tokens, codes, steps, q + tile_tokens * q_stride, q_stride,
                            sums + tile_tokens * kTileRows);
  }

 private:
  static constexpr std::size_t kSumBytes = kTileRows * sizeof(std::int32_t);
  static constexpr std::size_t kTileBytes = kTileSteps * kGroupBytes;  // of codes, both halves of the rows

  static HWY_NOINLINE void TwoTokenTiles(const std::uint8_t* codes, std::size_t count, const std::int8_t* q,
                                         std::size_t q_stride, std::int32_t* sums) noexcept {
    std::int32_t* next = sums + kTileTokens * kTileRows;
    const std::int8_t* next_q = q + kTileTokens * q_stride;
    _tile_loadd(0, sums, kSumBytes);
    _tile_loadd(1, sums + 16, kSumBytes);
    _tile_loadd(2, next, kSumBytes);
    _tile_loadd(3, next + 16, kSumBytes);
    for (std::size_t i = 0; i < count; ++i, codes += kTileBytes, q += 64, next_q += 64) {
      _tile_loadd(6, codes, kGroupBytes);
      _tile_loadd(4, q, q_stride);
      _tile_dpbsud(0, 4, 6);
      _tile_loadd(7, codes + 64, kGroupBytes);
      _tile_dpbsud(1, 4, 7);
      _tile_loadd(5, next_q, q_stride);
      _tile_dpbsud(2, 5, 6);
      _tile_dpbsud(3, 5, 7);
    }
    _tile_stored(0, sums, kSumBytes);
    _tile_stored(1, sums + 16, kSumBytes);
    _tile_stored(2, next, kSumBytes);
    _tile_stored(3, next + 16, kSumBytes);
  }

  static HWY_NOINLINE void OneTokenTile(const std::uint8_t* codes, std::size_t count, const std::int8_t* q,
                                        std::size_t q_stride, std::int32_t* sums) noexcept {
    _tile_loadd(0, sums, kSumBytes);
    _tile_loadd(1, sums + 16, kSumBytes);
    for (std::size_t i = 0; i < count; ++i, codes += kTileBytes, q += 64) {
      _tile_loadd(4, q, q_stride);
      _tile_loadd(6, codes, kGroupBytes);
      _tile_dpbsud(0, 4, 6);
      _tile_loadd(7, codes + 64, kGroupBytes);
      _tile_dpbsud(1, 4, 7);
    }
    _tile_stored(0, sums, kSumBytes);
    _tile_stored(1, sums + 16, kSumBytes);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace bitnet::cpu
HWY_POP_ATTRIBUTES
#endif  // BITNET_VBMI_TARGET

#endif
