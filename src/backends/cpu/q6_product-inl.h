// The loop over Q6_K tiles. Included for each way to multiply bytes, inside its target attributes: BITNET_Q6_NAME names
// the struct, BITNET_Q6_DOT(sum, codes, activations) adds four byte products to each 32-bit lane.
//
//   y[r] = sum over 256 columns of scale[r] * (sum over blocks of block_scale[r] * (activation scale * integer sum))
// The integer sum is exact, also as a float (below 2^24); the float sums run in that order for every row and token.

struct BITNET_Q6_NAME {
  static constexpr std::size_t kVectors = 64 / kBytes;    // of 64 bytes
  static constexpr std::size_t kFloats = kTileRows / kN;  // vectors of a tile's rows
  static constexpr std::size_t kTokens = HWY_MAX_BYTES >= 64 ? 4 : 2;

  // 16 rows by 16 columns: codes of four columns each.
  static HWY_INLINE void Codes(const std::uint8_t* block, std::size_t v, VU8 (&codes)[4]) {
    const DU8 d;
    const hn::Repartition<std::uint16_t, DU8> d16;
    VU8 first = hn::Load(d, block + v * kBytes), second = hn::Load(d, block + 64 + v * kBytes),
        pairs = hn::Load(d, block + 128 + v * kBytes);
    KeepInRegister(first);
    KeepInRegister(second);
    KeepInRegister(pairs);
    const VU8 nibble = hn::Set(d, 15), upper = hn::Set(d, 0x30);
    const auto wide = hn::BitCast(d16, pairs);
    const VU8 high[4] = {hn::BitCast(d, hn::ShiftLeft<4>(wide)), hn::BitCast(d, hn::ShiftLeft<2>(wide)), pairs,
                         hn::BitCast(d, hn::ShiftRight<2>(wide))};
    const VU8 low[4] = {first, ShiftFour(first), second, ShiftFour(second)};
    BITNET_UNROLL for (std::size_t s = 0; s < 4; ++s) codes[s] =
        hn::Or(hn::And(low[s], nibble), hn::And(high[s], upper));
  }

  template <std::size_t tokens>
  static HWY_NOINLINE void Tile(const std::uint8_t* tile, std::size_t cols, const Q6Activations* a,
                                float* out) noexcept {
    const DF d;
    const DI di;
    const hn::Rebind<std::int8_t, DI> d8;
    alignas(64) float total[tokens][kTileRows] = {};
    for (std::size_t group = 0; group < cols / kQ6Columns; ++group, tile += kQ6GroupBytes) {
      VF sums[tokens][kFloats];
      BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t) BITNET_UNROLL for (std::size_t v = 0; v < kFloats; ++v)
          sums[t][v] = hn::Zero(d);
      for (std::size_t b = 0; b < kQ6Blocks; ++b) {
        const std::uint8_t* block = tile + kQ6CodeOffset + b * kQ6BlockBytes;
        const std::size_t block_at = group * kQ6Blocks + b, column = block_at * kQ6BlockColumns;
        for (std::size_t i = 0; i < kQ6BlockBytes; i += 64) PrefetchStream(block + i);
        BITNET_UNROLL for (std::size_t v = 0; v < kFloats; ++v) {
          VU8 codes[4];
          Codes(block + v / kVectors * 192, v % kVectors, codes);
          const auto* scales = reinterpret_cast<const std::int8_t*>(tile) + kQ6ScaleOffset + b * kTileRows + v * kN;
          const VF block_scale = hn::ConvertTo(d, hn::PromoteTo(di, hn::LoadU(d8, scales)));
          BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t) {
            VI high = hn::Zero(di), low = hn::Set(di, a[t].start[block_at]);
            BITNET_UNROLL for (std::size_t s = 0; s < 4; ++s) {
              high = BITNET_Q6_DOT(high, codes[s], BroadcastFour(a[t].high + column + 4 * s));
              low = BITNET_Q6_DOT(low, codes[s], BroadcastFour(a[t].low + column + 4 * s));
            }
            const VF sum = hn::ConvertTo(d, hn::Add(hn::ShiftLeft<7>(high), low));
            sums[t][v] = hn::MulAdd(hn::Mul(sum, hn::Set(d, a[t].scale[block_at])), block_scale, sums[t][v]);
          }
        }
      }
      BITNET_UNROLL for (std::size_t v = 0; v < kFloats; ++v) {
        const VF scale = LoadHalf(reinterpret_cast<const std::byte*>(tile) + 2 * v * kN);
        BITNET_UNROLL for (std::size_t t = 0; t < tokens; ++t) {
          float* to = total[t] + v * kN;
          hn::Store(hn::MulAdd(scale, sums[t][v], hn::Load(d, to)), d, to);
        }
      }
    }
    std::memcpy(out, total, sizeof(total));
  }

  static void Product(const Q6Job& job, std::size_t tile_begin, std::size_t tile_end) noexcept {
    const std::size_t token_bytes = Q6Activations::bytes(job.cols);
    for (std::size_t i = tile_begin; i < tile_end; ++i) {
      const std::uint8_t* tile = job.tiles + i * q6_tile_bytes(job.cols);
      const std::size_t row = i * kTileRows, rows = std::min(kTileRows, job.rows - row);
      for (std::size_t t = 0; t < job.tokens; t += kTokens) {
        const std::size_t tokens = std::min(kTokens, job.tokens - t);
        Q6Activations a[kTokens];
        for (std::size_t k = 0; k < tokens; ++k)
          a[k] = Q6Activations::at(job.activations + (t + k) * token_bytes, job.cols);
        float out[kTokens * kTileRows];
        switch (tokens) {
          case 1: Tile<1>(tile, job.cols, a, out); break;
          case 2: Tile<2>(tile, job.cols, a, out); break;
          case 3: Tile<kTokens >= 3 ? 3 : 1>(tile, job.cols, a, out); break;
          default: Tile<kTokens>(tile, job.cols, a, out); break;
        }
        for (std::size_t k = 0; k < tokens; ++k) {
          float* y = job.y + (t + k) * job.rows + row;
          for (std::size_t r = 0; r < rows; ++r)
            y[r] = out[k * kTileRows + r] + (job.bias != nullptr ? job.bias[row + r] : 0.0f);
        }
      }
    }
  }
};

#undef BITNET_Q6_NAME
#undef BITNET_Q6_DOT
