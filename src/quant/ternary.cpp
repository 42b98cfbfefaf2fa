#include "quant/ternary.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "base/fail.hpp"
#include "base/half.hpp"
#include "bitnet/packing.hpp"
#include "quant/block_codec.hpp"
#include "quant/packing/hf_packed.hpp"
#include "quant/packing/i2_s.hpp"
#include "quant/packing/iq_bn.hpp"
#include "quant/packing/tl1.hpp"
#include "quant/packing/tl2.hpp"
#include "quant/packing/tq1_0.hpp"
#include "quant/packing/tq2_0.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kChunk = 1024;  // values looked at together: a multiple of every block

template <typename T>
T load(const std::byte* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return value;
}

std::size_t chunk_at(std::size_t at, std::size_t count) { return std::min(kChunk, count - at); }

// The three float types as unsigned integers: sign in the highest bit, and equal magnitudes are equal integers.
template <typename Bits>
constexpr Bits kSignBit = static_cast<Bits>(Bits{1} << (8 * sizeof(Bits) - 1));

// `n` values, zeros behind them, in a place of their own that nothing aliases.
template <typename Bits>
void load_chunk(const std::byte* bytes, std::size_t n, std::array<Bits, kChunk>& out) {
  std::memcpy(out.data(), bytes, n * sizeof(Bits));
  std::fill(out.begin() + static_cast<std::ptrdiff_t>(n), out.end(), Bits{0});
}

// The bits of the one magnitude other than zero; nothing when there are two. Zero when there is none.
template <typename Bits>
std::optional<Bits> uniform_magnitude_bits(const std::byte* bytes, std::size_t count) {
  std::array<Bits, kChunk> chunk;
  Bits magnitude = 0;
  for (std::size_t at = 0; at < count; at += kChunk) {
    load_chunk(bytes + at * sizeof(Bits), chunk_at(at, count), chunk);
    for (std::size_t i = 0; i < kChunk && magnitude == 0; ++i)
      magnitude = static_cast<Bits>(chunk[i] & ~kSignBit<Bits>);
    Bits other = 0;
    for (const Bits bits : chunk) {
      const auto m = static_cast<Bits>(bits & ~kSignBit<Bits>);
      other = static_cast<Bits>(other | static_cast<Bits>(m == 0 || m == magnitude ? 0 : 1));
    }
    if (other != 0) return std::nullopt;
  }
  return magnitude;
}

// The s of a float tensor whose values are all -s, 0 or +s; 0 when all are zero.
std::optional<float> uniform_magnitude(const TensorView& tensor) {
  const auto count = static_cast<std::size_t>(tensor.elements());
  std::optional<float> magnitude;
  if (tensor.dtype == DType::kF32) {
    if (const auto bits = uniform_magnitude_bits<std::uint32_t>(tensor.bytes.data(), count))
      magnitude = std::bit_cast<float>(*bits);
  } else if (const auto bits = uniform_magnitude_bits<std::uint16_t>(tensor.bytes.data(), count)) {
    magnitude = tensor.dtype == DType::kF16 ? f16_to_f32(*bits) : bf16_to_f32(*bits);
  }
  return magnitude && std::isfinite(*magnitude) ? magnitude : std::nullopt;
}

template <typename Bits>
void read_signs(const std::byte* bytes, std::size_t count, std::int8_t* trits) {
  std::array<Bits, kChunk> chunk;
  for (std::size_t at = 0; at < count; at += kChunk) {
    const std::size_t n = chunk_at(at, count);
    load_chunk(bytes + at * sizeof(Bits), n, chunk);
    for (std::size_t i = 0; i < n; ++i) {
      const auto magnitude = static_cast<Bits>(chunk[i] & ~kSignBit<Bits>);
      // 1 or -1, then 0 where there is no magnitude.
      const int sign = 1 - 2 * static_cast<int>(chunk[i] >> (8 * sizeof(Bits) - 1));
      trits[at + i] = static_cast<std::int8_t>(sign * static_cast<int>(magnitude != 0));
    }
  }
}

// The same for Q8_0, block by block: a block's own scale times its codes must give the one magnitude.
std::optional<float> uniform_q8_0(const TensorView& tensor) {
  constexpr std::size_t kBlock = 32, kBlockBytes = 34;
  float magnitude = 0;
  std::array<float, kBlock> values;
  for (std::size_t at = 0; at < tensor.bytes.size(); at += kBlockBytes) {
    dequantize(DType::kQ8_0, tensor.bytes.data() + at, kBlock, values.data());
    for (const float v : values) {
      if (v == 0) continue;
      if (magnitude == 0) magnitude = std::fabs(v);
      if (std::fabs(v) != magnitude) return std::nullopt;  // NaN too
    }
  }
  return std::isfinite(magnitude) ? std::optional(magnitude) : std::nullopt;
}

// The scale that all blocks with a value other than zero share; 0 when all values are zero.
template <typename Decode, typename Scale>
std::optional<float> uniform_block_scale(const TensorView& tensor, std::size_t block_bytes, const Decode& decode,
                                         const Scale& scale) {
  std::optional<float> shared;
  std::array<std::int8_t, 256> trits;
  for (std::size_t at = 0; at < tensor.bytes.size(); at += block_bytes) {
    const std::byte* block = tensor.bytes.data() + at;
    const float d = f16_to_f32(scale(block));
    if (!std::isfinite(d))
      fail_file("tensor '{}' has the block scale {} at its byte {}: the file is damaged", printable(tensor.name), d,
                at);
    decode(block, trits.data());
    int any = 0, largest = -1;
    for (const std::int8_t t : trits) {
      any |= t;
      largest = std::max<int>(largest, t);
    }
    if (any == 0) continue;
    if (largest > 1 || (shared && *shared != d)) return std::nullopt;
    shared = d;
  }
  return shared.value_or(0.0f);
}

// A row of one of the IQ*_BN types; code 3 becomes 2.
void read_iqbn_row(const TensorView& tensor, std::size_t row, std::int8_t* trits) {
  const auto cols = static_cast<std::size_t>(tensor.shape[1]);
  const std::byte* bytes = tensor.bytes.data();
  if (tensor.dtype == DType::kIQ1_BN) return decode_iq1_bn_row(bytes + row * *iq1_bn_row_bytes(cols), cols, trits);
  const std::size_t row_bytes = *iq2_bn_row_bytes(cols);
  if (tensor.dtype == DType::kIQ2_BN) {
    (void)decode_iq2_bn_row(bytes + row * row_bytes, cols, trits);
  } else {
    (void)decode_iq2_bn_r4_row(bytes + row / 4 * 4 * row_bytes, row % 4, cols, trits);
  }
}

float iqbn_row_scale(const TensorView& tensor, std::size_t row) {
  const auto cols = static_cast<std::size_t>(tensor.shape[1]);
  const std::byte* bytes = tensor.bytes.data();
  if (tensor.dtype == DType::kIQ1_BN) return iq1_bn_row_scale(bytes + row * *iq1_bn_row_bytes(cols));
  const std::size_t row_bytes = *iq2_bn_row_bytes(cols);
  if (tensor.dtype == DType::kIQ2_BN) return iq2_bn_row_scale(bytes + row * row_bytes);
  return iq2_bn_r4_row_scale(bytes + row / 4 * 4 * row_bytes, row % 4);
}

// The scale that all rows with a value other than zero share; 0 when all values are zero.
std::optional<float> uniform_row_scale(const TensorView& tensor) {
  if (tensor.shape.size() != 2) return std::nullopt;
  std::optional<float> shared;
  std::vector<std::int8_t> trits(static_cast<std::size_t>(tensor.shape[1]));
  for (std::size_t row = 0; row < tensor.shape[0]; ++row) {
    const float scale = iqbn_row_scale(tensor, row);
    if (!std::isfinite(scale))
      fail_file("tensor '{}' has the scale {} in row {}: the file is damaged", printable(tensor.name), scale, row);
    read_iqbn_row(tensor, row, trits.data());
    int any = 0, largest = -1;
    for (const std::int8_t t : trits) {
      any |= t;
      largest = std::max<int>(largest, t);
    }
    if (any == 0) continue;
    if (largest > 1 || (shared && *shared != scale)) return std::nullopt;
    shared = scale;
  }
  return shared.value_or(0.0f);
}

// `decode` fills the 256 trits of a block; rows are whole blocks.
template <typename Decode>
void read_blocks(const std::byte* bytes, std::size_t count, std::size_t block_bytes, std::int8_t* trits,
                 const Decode& decode) {
  for (std::size_t i = 0; i < count; i += 256, bytes += block_bytes) decode(bytes, trits + i);
}

// Sum of magnitudes in double. Eight sums in turn: one would wait for each addition; the order is fixed all the same.
double sum_of_magnitudes(const TensorView& tensor) {
  const auto count = static_cast<std::size_t>(tensor.elements());
  const DTypeTraits& traits = dtype_traits(tensor.dtype);
  std::array<float, kChunk> values{};
  std::array<double, 8> sums{};
  for (std::size_t at = 0; at < count; at += kChunk) {
    const std::size_t n = chunk_at(at, count);
    dequantize(tensor.dtype, tensor.bytes.data() + at / traits.block * traits.bytes, n, values.data());
    std::fill(values.begin() + static_cast<std::ptrdiff_t>(n), values.end(), 0.0f);
    for (std::size_t i = 0; i < kChunk; i += 8)
      for (std::size_t k = 0; k < 8; ++k) sums[k] += std::fabs(values[i + k]);
  }
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace

TernarySource::TernarySource(const TensorView& tensor, Format format) : tensor_(tensor), format_(format) {
  if (tensor.shape.size() != 2)
    fail_file("tensor '{}' is [{}]: ternary weights are a matrix", printable(tensor.name),
              fmt::join(tensor.shape, ", "));
  rows = static_cast<std::size_t>(tensor.shape[0]);
  cols = static_cast<std::size_t>(tensor.shape[1]);
}

std::optional<TernarySource> TernarySource::tiled(const TensorView& tensor, const TernaryLayouts& layouts) {
  const bool one = tensor.dtype == DType::kTL1;
  TernarySource source(tensor, one ? Format::kTL1 : Format::kTL2);
  const TlTiles* tiles = find_tl_tiles(one ? layouts.tl1 : layouts.tl2, source.rows, source.cols);
  if (tiles == nullptr)
    fail(
        ErrorCode::kUnsupported,
        "tensor '{}' is {} [{}, {}], whose tile sizes are not in the file: give the kernel_config.ini that it was made "
        "with, or the name of its model (--tl-config)",
        printable(tensor.name), dtype_name(tensor.dtype), source.rows, source.cols);
  one ? check_tl1_tiles(*tiles) : check_tl2_tiles(*tiles);
  source.tiles_ = *tiles;
  source.scale = (one ? tl1_scale : tl2_scale)(tensor.bytes.data(), source.rows, source.cols);
  if (!std::isfinite(source.scale))
    fail_file("tensor '{}' has the scale {}: the file is damaged", printable(tensor.name), source.scale);
  return source;
}

// Segments of packed values as they are needed, each once whoever asks.
class TernarySource::Unpacked {
 public:
  Unpacked(const PackedTrits& packed, std::string name)
      : name_(std::move(name)), packed_(packed), once_(packed.segments()), segments_(packed.segments()) {}

  void read(std::uint64_t begin, std::size_t count, std::int8_t* trits) {
    for (std::size_t s = segment_of(begin); count > 0; ++s) {
      const std::uint64_t first = packed_.segment_begin(s), end = packed_.segment_begin(s + 1);
      std::call_once(once_[s], [&] {
        std::vector<std::int8_t> values(end - first);
        unpack(s, values);
        segments_[s] = std::move(values);
      });
      const std::size_t n = std::min<std::size_t>(count, end - begin);
      std::copy_n(segments_[s].begin() + static_cast<std::ptrdiff_t>(begin - first), n, trits);
      begin += n, trits += n, count -= n;
    }
  }

 private:
  void unpack(std::size_t segment, std::vector<std::int8_t>& values) const {
    try {
      packed_.unpack_segment(segment, values);
    } catch (const Error& e) {
      throw e.with_context(fmt::format("tensor '{}'", name_));
    }
  }
  std::size_t segment_of(std::uint64_t at) const { return at / packed_.segment_begin(1); }

  std::string name_;
  PackedTrits packed_;
  std::vector<std::once_flag> once_;
  std::vector<std::vector<std::int8_t>> segments_;
};

bool TernarySource::is_packed(const TensorView& tensor) noexcept {
  return (tensor.dtype == DType::kI8 || tensor.dtype == DType::kU8) && tensor.shape.size() == 1 &&
         tensor.bytes.size() >= 4 && std::memcmp(tensor.bytes.data(), "BNTP", 4) == 0;
}

TernarySource TernarySource::packed(const TensorView& tensor, std::size_t rows, std::size_t cols) {
  try {
    const PackedTrits packed = PackedTrits::parse(tensor.bytes);
    if (rows == 0 || cols == 0 || packed.count() != std::uint64_t{rows} * cols)
      fail_file("{} values are packed; the configuration asks for [{}, {}]", packed.count(), rows, cols);
    TensorView matrix = tensor;
    matrix.shape = {rows, cols};
    TernarySource source(matrix, Format::kPacked);
    source.unpacked_ = std::make_shared<Unpacked>(packed, printable(tensor.name));
    return source;
  } catch (const Error& e) {
    throw e.with_context(fmt::format("tensor '{}'", printable(tensor.name)));
  }
}

std::optional<TernarySource> TernarySource::detect(const TensorView& tensor, const TernaryLayouts& layouts) {
  const auto with_scale = [&](Format format, std::optional<float> scale) {
    std::optional<TernarySource> source;
    if (scale) {
      source = TernarySource(tensor, format);
      source->scale = *scale;
    }
    return source;
  };
  switch (tensor.dtype) {
    case DType::kI2_S: {
      const auto scale = load<float>(tensor.bytes.data() + tensor.elements() / 4);
      if (!std::isfinite(scale))
        fail_file("tensor '{}' has the scale {}: the file is damaged", printable(tensor.name), scale);
      if (layouts.i2_s == I2SLayout::kX86) return with_scale(Format::kI2S, scale);
      if (layouts.i2_s == I2SLayout::kArm) return with_scale(Format::kI2SArm, scale);
      if (tensor.shape.size() == 2 && tensor.shape[0] % 4 != 0)
        fail_file("tensor '{}' has {} rows: in I2_S's layout 'rows' they are a multiple of 4", printable(tensor.name),
                  tensor.shape[0]);
      return with_scale(Format::kI2SRows, scale);
    }
    case DType::kTQ1_0:
      return with_scale(Format::kTQ1,
                        uniform_block_scale(tensor, kTQ1BlockBytes, decode_tq1_0_block, tq1_0_block_scale));
    case DType::kTQ2_0:
      return with_scale(Format::kTQ2,
                        uniform_block_scale(tensor, kTQ2BlockBytes, decode_tq2_0_block, tq2_0_block_scale));
    case DType::kIQ1_BN:
    case DType::kIQ2_BN:
    case DType::kIQ2_BN_R4: return with_scale(Format::kIQBN, uniform_row_scale(tensor));
    case DType::kTL1:
    case DType::kTL2: return tiled(tensor, layouts);
    case DType::kQ8_0: return with_scale(Format::kQ8, uniform_q8_0(tensor));
    case DType::kF32:
    case DType::kF16:
    case DType::kBF16: return with_scale(Format::kSigns, uniform_magnitude(tensor));
    default: return std::nullopt;
  }
}

TernarySource TernarySource::hf_packed(const TensorView& tensor, std::size_t rows, std::size_t cols, float stored_scale,
                                       bool divides) {
  const std::string name = printable(tensor.name);
  if (tensor.dtype != DType::kU8) fail_file("tensor '{}' is {}: packed weights are u8", name, dtype_name(tensor.dtype));
  if (tensor.shape.size() != 2 || tensor.shape[0] != hf_packed_rows(rows) || tensor.shape[1] != cols)
    fail_file("tensor '{}' is [{}]; packed weights of [{}, {}] are [{}, {}]", name, fmt::join(tensor.shape, ", "), rows,
              cols, hf_packed_rows(rows), cols);
  // An inverse of a number near zero would be infinite.
  const float scale = divides ? 1.0f / stored_scale : stored_scale;
  if (!std::isfinite(stored_scale) || stored_scale <= 0 || !std::isfinite(scale))
    fail_file("the weight_scale of '{}' is {}: a finite number above 0 is allowed", name, stored_scale);
  TernarySource source(tensor, Format::kHuggingFace);
  source.rows = rows;
  source.scale = scale;
  return source;
}

namespace {

// The mean magnitude of what a pruner leaves.
double pruned_mean(const TensorView& tensor, std::size_t rows, std::size_t cols, const Pruner& pruner) {
  const std::size_t row_bytes = tensor.bytes.size() / rows;
  std::vector<float> values(cols);
  double sum = 0, kept = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    dequantize(tensor.dtype, tensor.bytes.data() + row * row_bytes, cols, values.data());
    pruner.apply(values);
    for (const float v : values) {
      sum += std::fabs(v);
      kept += v != 0;
    }
  }
  return kept > 0 ? sum / kept : 0;
}

}  // namespace

TernarySource TernarySource::absmean(const TensorView& tensor, std::shared_ptr<const Pruner> pruner) {
  const std::string name = printable(tensor.name);
  if (!can_dequantize(tensor.dtype))
    fail(ErrorCode::kUnsupported, "tensor '{}' is {}, which cannot be made ternary", name, dtype_name(tensor.dtype));
  TernarySource source(tensor, Format::kMasters);
  const double mean =
      pruner ? pruned_mean(tensor, source.rows, source.cols, *pruner)
             : sum_of_magnitudes(tensor) / static_cast<double>(std::max<std::uint64_t>(tensor.elements(), 1));
  if (!std::isfinite(mean)) fail_file("tensor '{}' holds values that are not finite", name);
  source.inverse_scale_ = 1.0f / std::max(static_cast<float>(mean), 1e-5f);
  source.scale = 1.0f / source.inverse_scale_;
  source.pruner_ = std::move(pruner);
  return source;
}

void TernarySource::read(std::size_t row_begin, std::size_t row_count, std::int8_t* trits) const {
  const std::byte* bytes = tensor_.bytes.data();
  const std::size_t begin = row_begin * cols, count = row_count * cols;
  switch (format_) {
    case Format::kI2S: {
      if (begin % kI2SBlock == 0 && count % kI2SBlock == 0) return decode_i2_s(bytes + begin / 4, count, trits);
      // Codes run over the ends of rows when these are no multiple of the block.
      std::int8_t block[kI2SBlock];
      for (std::size_t i = 0; i < count;) {
        const std::size_t at = begin + i, inside = at % kI2SBlock, n = std::min(kI2SBlock - inside, count - i);
        decode_i2_s(bytes + at / kI2SBlock * kI2SBlockBytes, kI2SBlock, block);
        std::copy_n(block + inside, n, trits + i);
        i += n;
      }
      return;
    }
    case Format::kI2SArm: {
      // Sizes are a multiple of 128, but rows need not be one of 64.
      std::int8_t block[kI2SArmBlock];
      for (std::size_t i = 0; i < count;) {
        const std::size_t at = begin + i, inside = at % kI2SArmBlock, n = std::min(kI2SArmBlock - inside, count - i);
        decode_i2_s_arm(bytes + at / kI2SArmBlock * kI2SArmBlockBytes, kI2SArmBlock, block);
        std::copy_n(block + inside, n, trits + i);
        i += n;
      }
      return;
    }
    case Format::kI2SRows:
      for (std::size_t r = row_begin; r < row_begin + row_count; ++r, trits += cols)
        decode_i2_s_rows(bytes, cols, r, trits);
      return;
    case Format::kPacked: return unpacked_->read(begin, count, trits);
    case Format::kIQBN:
      for (std::size_t r = row_begin; r < row_begin + row_count; ++r, trits += cols) read_iqbn_row(tensor_, r, trits);
      return;
    case Format::kTL1:
    case Format::kTL2: {
      const auto decode = format_ == Format::kTL1 ? decode_tl1_rows : decode_tl2_rows;
      if (!decode(bytes, tiles_, row_begin, row_count, trits))
        fail_file(
            "tensor '{}' holds codes that {} does not have: its tiles are not those of the file, or the file is "
            "damaged",
            printable(tensor_.name), dtype_name(tensor_.dtype));
      return;
    }
    case Format::kTQ1:
      return read_blocks(bytes + begin / kTQ1Block * kTQ1BlockBytes, count, kTQ1BlockBytes, trits, decode_tq1_0_block);
    case Format::kTQ2:
      return read_blocks(bytes + begin / kTQ2Block * kTQ2BlockBytes, count, kTQ2BlockBytes, trits, decode_tq2_0_block);
    case Format::kSigns:
      if (tensor_.dtype == DType::kF32)
        return read_signs<std::uint32_t>(bytes + begin * sizeof(std::uint32_t), count, trits);
      return read_signs<std::uint16_t>(bytes + begin * sizeof(std::uint16_t), count, trits);
    case Format::kQ8:
    case Format::kMasters: {
      const DTypeTraits& traits = dtype_traits(tensor_.dtype);
      // Between the thresholds lies code 0: round half to even sends one half itself there too.
      const float factor = format_ == Format::kMasters ? inverse_scale_ : 1.0f;
      const float threshold = format_ == Format::kMasters ? 0.5f : 0.0f;
      // Pruning looks at whole rows.
      std::vector<float> values(pruner_ ? cols : std::min(kChunk, count));
      for (std::size_t i = 0; i < count; i += values.size()) {
        const std::size_t n = std::min(values.size(), count - i);
        dequantize(tensor_.dtype, bytes + (begin + i) / traits.block * traits.bytes, n, values.data());
        if (pruner_) pruner_->apply(values);
        for (std::size_t k = 0; k < n; ++k) {
          const float scaled = values[k] * factor;
          trits[i + k] = static_cast<std::int8_t>((scaled > threshold) - (scaled < -threshold));
        }
      }
      return;
    }
    case Format::kHuggingFace: {
      bool good = true;
      for (std::size_t r = row_begin; r < row_begin + row_count; ++r, trits += cols)
        good &= decode_hf_packed_row(bytes, rows, cols, r, trits);
      if (!good)
        fail_file("tensor '{}' holds the code 3, which stands for no ternary value: the file is damaged",
                  printable(tensor_.name));
      return;
    }
  }
}

}  // namespace bitnet
