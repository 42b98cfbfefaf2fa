// The strategies whose size depends on the number of values alone.
#include <algorithm>
#include <array>
#include <cstring>

#include "base/checked.hpp"
#include "quant/packing/packing_codec.hpp"
#include "quant/packing/trit_kernels.hpp"

namespace bitnet {
namespace {

// Room for `count` more bytes at the end.
std::byte* grow(std::vector<std::byte>& out, std::size_t count) {
  const std::size_t size = out.size();
  out.resize(size + count);
  return out.data() + size;
}

class Uncompressed final : public PackingCodec {
 public:
  void pack(TritSpan trits, std::vector<std::byte>& out) const override {
    std::byte* to = grow(out, trits.size());
    if (!trits.empty()) std::memcpy(to, trits.data(), trits.size());
  }
  bool unpack(std::span<const std::byte> packed, std::span<std::int8_t> trits) const override {
    if (packed.size() != trits.size()) return false;
    if (packed.empty()) return true;
    std::memcpy(trits.data(), packed.data(), packed.size());
    unsigned char wrong = 0;
    for (const std::int8_t trit : trits)
      wrong = static_cast<unsigned char>(wrong | (static_cast<unsigned char>(trit + 1) > 2));
    return wrong == 0;
  }
  std::size_t packed_bytes(TritSpan trits) const override { return trits.size(); }
};

// Whole blocks by a kernel, and what is left as the first values of one more block of which only `tail` bytes are kept.
// In a block of one byte's width values follow each other.
template <typename Kernels>
class Blocks final : public PackingCodec {
 public:
  void pack(TritSpan trits, std::vector<std::byte>& out) const override {
    std::byte* to = grow(out, packed_bytes(trits));
    const std::size_t blocks = trits.size() / Kernels::kTrits;
    Kernels::pack(trits.data(), blocks, to);
    Kernels::pack_tail(trits.subspan(blocks * Kernels::kTrits), to + blocks * Kernels::kBytes);
  }
  bool unpack(std::span<const std::byte> packed, std::span<std::int8_t> trits) const override {
    if (packed.size() != packed_bytes(trits)) return false;
    const std::size_t blocks = trits.size() / Kernels::kTrits;
    const bool good = Kernels::unpack(packed.data(), blocks, trits.data());
    return Kernels::unpack_tail(packed.data() + blocks * Kernels::kBytes, trits.subspan(blocks * Kernels::kTrits)) &&
           good;
  }
  std::size_t packed_bytes(TritSpan trits) const override {
    return trits.size() / Kernels::kTrits * Kernels::kBytes + Kernels::tail_bytes(trits.size() % Kernels::kTrits);
  }
};

// Four codes a byte from its lowest bits up.
void pack_codes(TritSpan trits, std::byte* out) {
  for (std::size_t i = 0; i < trits.size(); i += 4) {
    unsigned byte = 0;
    for (std::size_t k = std::min<std::size_t>(4, trits.size() - i); k-- > 0;)
      byte = byte << 2 | static_cast<unsigned>(trits[i + k] + 1);
    *out++ = static_cast<std::byte>(byte);
  }
}
bool unpack_codes(const std::byte* packed, std::span<std::int8_t> trits) {
  bool good = true;
  for (std::size_t i = 0; i < trits.size(); ++i) {
    const int code = std::to_integer<int>(packed[i / 4]) >> (2 * (i % 4)) & 3;
    good &= code != 3;
    trits[i] = static_cast<std::int8_t>(code - 1);
  }
  return good;
}

struct TwoBit {
  static constexpr std::size_t kTrits = 128, kBytes = 32;
  static void pack(const std::int8_t* trits, std::size_t blocks, std::byte* out) {
    trit_kernels().pack_planes32(trits, blocks, out);
  }
  static bool unpack(const std::byte* packed, std::size_t blocks, std::int8_t* trits) {
    return trit_kernels().unpack_planes32(packed, blocks, trits);
  }
  static std::size_t tail_bytes(std::size_t trits) { return div_up(trits, 4); }
  static void pack_tail(TritSpan trits, std::byte* out) { pack_codes(trits, out); }
  static bool unpack_tail(const std::byte* packed, std::span<std::int8_t> trits) { return unpack_codes(packed, trits); }
};

// The last line is a whole one: zeros stand where there are no values.
struct ByteAligned {
  static constexpr std::size_t kTrits = 256, kBytes = 64;
  static void pack(const std::int8_t* trits, std::size_t blocks, std::byte* out) {
    trit_kernels().pack_planes64(trits, blocks, out);
  }
  static bool unpack(const std::byte* packed, std::size_t blocks, std::int8_t* trits) {
    return trit_kernels().unpack_planes64(packed, blocks, trits);
  }
  static std::size_t tail_bytes(std::size_t trits) { return trits > 0 ? kBytes : 0; }
  static void pack_tail(TritSpan trits, std::byte* out) {
    if (trits.empty()) return;
    std::array<std::int8_t, kTrits> line{};
    std::ranges::copy(trits, line.begin());
    pack(line.data(), 1, out);
  }
  static bool unpack_tail(const std::byte* packed, std::span<std::int8_t> trits) {
    if (trits.empty()) return true;
    std::array<std::int8_t, kTrits> line;
    const bool good = unpack(packed, 1, line.data());
    std::copy_n(line.begin(), trits.size(), trits.begin());
    return good;
  }
};

struct Base3 {
  static constexpr std::size_t kTrits = kBase3Block, kBytes = kBase3BlockBytes;
  static void pack(const std::int8_t* trits, std::size_t blocks, std::byte* out) {
    trit_kernels().pack_base3(trits, blocks, out);
  }
  static bool unpack(const std::byte* packed, std::size_t blocks, std::int8_t* trits) {
    trit_kernels().unpack_base3(packed, blocks, trits);
    return true;  // every byte has a meaning
  }
  static std::size_t tail_bytes(std::size_t trits) { return div_up(trits, 5); }
  static void pack_tail(TritSpan trits, std::byte* out) {
    for (std::size_t i = 0; i < trits.size(); i += 5) {
      unsigned number = 0;
      for (std::size_t k = i; k < i + 5; ++k)
        number = number * 3 + (k < trits.size() ? static_cast<unsigned>(trits[k] + 1) : 0);
      *out++ = static_cast<std::byte>((number * 256 + 242) / 243);
    }
  }
  static bool unpack_tail(const std::byte* packed, std::span<std::int8_t> trits) {
    std::uint8_t rest = 0;
    for (std::size_t i = 0; i < trits.size(); ++i) {
      if (i % 5 == 0) rest = std::to_integer<std::uint8_t>(packed[i / 5]);
      trits[i] = static_cast<std::int8_t>((rest * 3 >> 8) - 1);
      rest = static_cast<std::uint8_t>(rest * 3);
    }
    return true;
  }
};

}  // namespace

const PackingCodec& uncompressed_codec() noexcept {
  static const Uncompressed codec;
  return codec;
}
const PackingCodec& two_bit_codec() noexcept {
  static const Blocks<TwoBit> codec;
  return codec;
}
const PackingCodec& base3_codec() noexcept {
  static const Blocks<Base3> codec;
  return codec;
}
const PackingCodec& byte_aligned_codec() noexcept {
  static const Blocks<ByteAligned> codec;
  return codec;
}

}  // namespace bitnet
