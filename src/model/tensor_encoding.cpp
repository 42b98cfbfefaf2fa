#include "model/tensor_encoding.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>

#include "base/checked.hpp"
#include "base/fail.hpp"
#include "base/half.hpp"
#include "base/parallel.hpp"
#include "quant/block_codec.hpp"
#include "quant/packing/hf_packed.hpp"
#include "quant/packing/i2_s.hpp"
#include "quant/packing/tq1_0.hpp"
#include "quant/packing/tq2_0.hpp"

namespace bitnet {
namespace {

using Form = ConvertedTensor::Form;

constexpr std::size_t kPiece = std::size_t{1} << 24;  // values that are in memory at once

// The scale as the type stores it. Throws where that is no scale any more.
float stored_scale(DType type, const std::string& name, float scale) {
  float stored = scale;
  if (type == DType::kF16 || type == DType::kTQ1_0 || type == DType::kTQ2_0) stored = f16_to_f32(f32_to_f16(scale));
  if (type == DType::kBF16) stored = bf16_to_f32(f32_to_bf16(scale));
  if (type == DType::kQ8_0) stored = 127.0f * f16_to_f32(f32_to_f16(scale / 127.0f));
  if (!std::isfinite(stored) || stored == 0.0f)
    fail_file("tensor '{}' has the scale {}, which {} cannot hold: take the type i2_s", name, scale, dtype_name(type));
  return stored;
}

void check_finite(std::span<const float> values, std::string_view name) {
  float sum = 0;  // 0 times anything finite
  for (const float value : values) sum += value * 0.0f;
  if (sum != 0.0f) fail_file("tensor '{}' holds values that are not finite", name);
}

// A row of floats as a plain or block type.
void encode_floats(DType type, const std::string& name, std::span<const float> values, std::byte* out) {
  switch (type) {
    case DType::kQ8_0: return quantize_q8_0(values.data(), values.size(), out);
    case DType::kQ6_K: return quantize_q6_k(values.data(), values.size(), out);
    case DType::kF32: std::memcpy(out, values.data(), values.size_bytes()); return;
    case DType::kBF16:
      for (std::size_t i = 0; i < values.size(); ++i) {
        const std::uint16_t half = f32_to_bf16(values[i]);
        std::memcpy(out + 2 * i, &half, sizeof half);
      }
      return;
    default: break;
  }
  bool overflow = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t half = f32_to_f16(values[i]);
    overflow |= (half & 0x7fff) == 0x7c00;
    std::memcpy(out + 2 * i, &half, sizeof half);
  }
  if (overflow)
    fail_file("tensor '{}' holds {}, which f16 cannot hold", name,
              *std::ranges::max_element(values, {}, [](float v) { return std::abs(v); }));
}

// How far a decoded value may lie from its source: half a step of its type. `near` is the largest magnitude among the
// 16 (Q6_K) or 32 (Q8_0) values that share a scale, `block` that of the block.
float rounding(DType type, float value, float near, float block) {
  switch (type) {
    case DType::kF16: return std::abs(value) * 0x1p-11f + 0x1p-25f;
    case DType::kBF16: return std::abs(value) * 0x1p-8f;
    // The scale is an f16, so that the largest code may be off by 127 of its roundings.
    case DType::kQ8_0: return near * (0.5f / 127 + 0x1p-10f) + 0x1p-20f;
    case DType::kQ6_K: return near * (0.5f / 31 + 0x1p-9f) + block * (1.0f / 31 / 127) + 0x1p-18f;
    default: return 0;
  }
}

std::size_t rows_of(const ConvertedTensor& tensor) {
  return tensor.form == Form::kValues ? 1 : static_cast<std::size_t>(tensor.shape[0]);
}
std::size_t cols_of(const ConvertedTensor& tensor) {
  return tensor.form == Form::kValues ? tensor.values.size() : static_cast<std::size_t>(tensor.shape[1]);
}

void read_trits(const ConvertedTensor& tensor, std::size_t begin, std::size_t count, std::int8_t* trits) {
  if (tensor.order == RowOrder::kAsIs) return tensor.ternary->read(begin, count, trits);
  for (std::size_t row = begin; row < begin + count; ++row, trits += tensor.ternary->cols)
    tensor.ternary->read(source_row(tensor, row), 1, trits);
}

void read_floats(const ConvertedTensor& tensor, std::size_t row, std::span<float> values) {
  if (tensor.form == Form::kValues) {
    std::ranges::copy(tensor.values, values.begin());
  } else {
    const auto bytes = dtype_bytes(tensor.source->dtype, values.size());
    if (!bytes) fail_file("tensor '{}' has rows that are no whole number of blocks", tensor.source->name);
    dequantize(tensor.source->dtype, tensor.source->bytes.data() + source_row(tensor, row) * *bytes, values.size(),
               values.data());
  }
  check_finite(values, tensor.name);
  if (tensor.pruner) tensor.pruner->apply(values);
}

// Rows whose bytes the file has as they are asked for: encoded again, blocks would not be the same.
bool keeps_bytes(const ConvertedTensor& tensor) {
  return tensor.form == Form::kDense && tensor.source->dtype == tensor.type && !tensor.pruner;
}

// The row as its type; `values` is scratch memory, a row of floats.
void encode_row(const ConvertedTensor& tensor, std::size_t row, std::span<float> values, std::span<std::byte> out) {
  read_floats(tensor, row, values);
  if (keeps_bytes(tensor))
    std::memcpy(out.data(), tensor.source->bytes.data() + source_row(tensor, row) * out.size(), out.size());
  else
    encode_floats(tensor.type, tensor.name, values, out.data());
}

// Bytes of trits as a type that holds them, without I2_S's tail.
void encode_trits(const ConvertedTensor& tensor, const std::int8_t* trits, std::size_t count, float scale,
                  std::byte* out) {
  switch (tensor.type) {
    case DType::kI2_S: return encode_i2_s(trits, count, out);
    case DType::kTQ1_0: return encode_tq1_0(trits, count, scale, out);
    case DType::kTQ2_0: return encode_tq2_0(trits, count, scale, out);
    case DType::kF32: {
      const float values[] = {-scale, 0.0f, scale};
      for (std::size_t i = 0; i < count; ++i) std::memcpy(out + 4 * i, &values[trits[i] + 1], sizeof(float));
      return;
    }
    case DType::kF16:
    case DType::kBF16: {
      const auto half = [&](float v) { return tensor.type == DType::kF16 ? f32_to_f16(v) : f32_to_bf16(v); };
      const std::uint16_t values[] = {half(-scale), 0, half(scale)};
      for (std::size_t i = 0; i < count; ++i) std::memcpy(out + 2 * i, &values[trits[i] + 1], sizeof values[0]);
      return;
    }
    default: {  // Q8_0: the scale's 127th, also in blocks of zeros, which then read as all others
      const std::uint16_t half = f32_to_f16(scale / 127.0f);
      for (std::size_t i = 0; i < count; i += 32, out += 34) {
        std::memcpy(out, &half, sizeof half);
        for (std::size_t k = 0; k < 32; ++k) out[2 + k] = static_cast<std::byte>(trits[i + k] * 127);
      }
    }
  }
}

// Rows that are coded together, so that codes of 128 values end with them.
std::size_t row_unit(const ConvertedTensor& tensor) {
  return tensor.type == DType::kI2_S ? kI2SBlock / std::gcd(kI2SBlock, cols_of(tensor)) : 1;
}

// Pieces of whole units of rows, a few megabytes each: `piece(begin, count)`.
template <typename Piece>
void each_piece(const ConvertedTensor& tensor, std::size_t rows, const Piece& piece) {
  const std::size_t unit = row_unit(tensor);
  const std::size_t step = round_up(std::max<std::size_t>(1, kPiece / std::max<std::size_t>(1, cols_of(tensor))), unit);
  for (std::size_t begin = 0; begin < rows; begin += step) piece(begin, std::min(step, rows - begin));
}

void write_ternary(const ConvertedTensor& tensor, int threads, const TensorBytes& put,
                   const std::function<void()>& release) {
  const std::size_t cols = cols_of(tensor);
  const float scale = stored_scale(tensor.type, tensor.source->name, tensor.ternary->scale);
  std::vector<std::byte> bytes;
  each_piece(tensor, rows_of(tensor), [&](std::size_t first, std::size_t count) {
    bytes.resize(static_cast<std::size_t>(*dtype_bytes(tensor.type, count * cols)));
    parallel_for(threads, count, row_unit(tensor), [&](std::size_t begin, std::size_t end, int) {
      // Rows as few as their trits stay in the cache.
      const std::size_t step = round_up(std::max<std::size_t>(1, 65536 / cols), row_unit(tensor));
      std::vector<std::int8_t> trits(step * cols);
      for (std::size_t row = begin; row < end; row += step) {
        const std::size_t n = std::min(step, end - row);
        read_trits(tensor, first + row, n, trits.data());
        encode_trits(tensor, trits.data(), n * cols, scale,
                     bytes.data() + static_cast<std::size_t>(*dtype_bytes(tensor.type, row * cols)));
      }
    });
    put(bytes);
    release();
  });
  if (tensor.type != DType::kI2_S) return;
  std::array<std::byte, kI2STailBytes> tail{};
  std::memcpy(tail.data(), &scale, sizeof scale);
  put(tail);
}

void write_dense(const ConvertedTensor& tensor, int threads, const TensorBytes& put,
                 const std::function<void()>& release) {
  const std::size_t cols = cols_of(tensor), row_bytes = static_cast<std::size_t>(*dtype_bytes(tensor.type, cols));
  std::vector<std::byte> bytes;
  each_piece(tensor, rows_of(tensor), [&](std::size_t first, std::size_t count) {
    bytes.resize(count * row_bytes);
    parallel_for(threads, count, 1, [&](std::size_t begin, std::size_t end, int) {
      std::vector<float> values(cols);
      for (std::size_t row = begin; row < end; ++row)
        encode_row(tensor, first + row, values, std::span(bytes).subspan(row * row_bytes, row_bytes));
    });
    put(bytes);
    release();
  });
}

// Byte row r holds rows r, r + R / 4, r + R / 2 and r + 3 R / 4 (hf_packed.hpp).
void write_packed_rows(const ConvertedTensor& tensor, int threads, const TensorBytes& put,
                       const std::function<void()>& release) {
  const std::size_t rows = rows_of(tensor), cols = cols_of(tensor), packed_rows = hf_packed_rows(rows);
  std::vector<std::byte> bytes;
  each_piece(tensor, packed_rows, [&](std::size_t first, std::size_t count) {
    bytes.resize(count * cols);
    parallel_for(threads, count, 1, [&](std::size_t begin, std::size_t end, int) {
      std::vector<std::int8_t> trits(cols);
      for (std::size_t r = begin; r < end; ++r) {
        std::byte* out = &bytes[r * cols];
        std::fill_n(out, cols, std::byte{0});
        for (std::size_t plane = 0; plane < 4; ++plane) {
          const std::size_t row = first + r + plane * packed_rows;
          if (row >= rows) break;
          read_trits(tensor, row, 1, trits.data());
          for (std::size_t c = 0; c < cols; ++c) out[c] |= static_cast<std::byte>((trits[c] + 1) << (2 * plane));
        }
      }
    });
    put(bytes);
    release();
  });
}

void verify_trits(const ConvertedTensor& tensor, const TernarySource& written, int threads,
                  const std::function<void()>& release) {
  const std::size_t rows = rows_of(tensor), cols = cols_of(tensor);
  const std::size_t step = std::max<std::size_t>(1, kPiece / cols);
  bool any = false;
  for (std::size_t first = 0; first < rows; first += step) {
    const std::size_t count = std::min(step, rows - first);
    std::vector<char> nonzero(count);
    parallel_for(threads, count, 1, [&](std::size_t begin, std::size_t end, int) {
      std::vector<std::int8_t> expected(cols), read(cols);
      for (std::size_t row = begin; row < end; ++row) {
        read_trits(tensor, first + row, 1, expected.data());
        written.read(first + row, 1, read.data());
        if (read != expected)
          fail(ErrorCode::kIo, "tensor '{}' was written and has other values in row {} when it is read", tensor.name,
               first + row);
        nonzero[row] = std::ranges::any_of(read, [](std::int8_t trit) { return trit != 0; });
      }
    });
    any |= std::ranges::any_of(nonzero, [](char c) { return c != 0; });
    release();
  }
  // A matrix of zeros has any scale.
  const bool has_scale = tensor.form == Form::kTernary;
  if (any && has_scale && written.scale != stored_scale(tensor.type, tensor.name, tensor.ternary->scale))
    fail(ErrorCode::kIo, "tensor '{}' was written and has the scale {} when it is read, not {}", tensor.name,
         written.scale, tensor.ternary->scale);
}

void verify_dense(const ConvertedTensor& tensor, const TensorView& written, int threads,
                  const std::function<void()>& release) {
  const std::size_t cols = cols_of(tensor), row_bytes = static_cast<std::size_t>(*dtype_bytes(tensor.type, cols));
  const std::size_t block = dtype_traits(tensor.type).block, group = tensor.type == DType::kQ6_K ? 16 : block;
  each_piece(tensor, rows_of(tensor), [&](std::size_t first, std::size_t count) {
    parallel_for(threads, count, 1, [&](std::size_t begin, std::size_t end, int) {
      std::vector<float> expected(cols), read(cols), groups(cols / group), blocks(cols / block);
      std::vector<std::byte> bytes(row_bytes);
      for (std::size_t row = first + begin; row < first + end; ++row) {
        if (keeps_bytes(tensor)) {
          encode_row(tensor, row, expected, bytes);
          if (std::memcmp(&written.bytes[row * row_bytes], bytes.data(), row_bytes) != 0)
            fail(ErrorCode::kIo, "tensor '{}' was written and has other bytes in row {} when it is read", tensor.name,
                 row);
          continue;
        }
        read_floats(tensor, row, expected);
        dequantize(tensor.type, &written.bytes[row * row_bytes], cols, read.data());
        if (block > 1) {
          std::ranges::fill(groups, 0.0f);
          std::ranges::fill(blocks, 0.0f);
          for (std::size_t i = 0; i < cols; ++i) {
            groups[i / group] = std::max(groups[i / group], std::abs(expected[i]));
            blocks[i / block] = std::max(blocks[i / block], std::abs(expected[i]));
          }
        }
        for (std::size_t i = 0; i < cols; ++i) {
          const float bound = block > 1 ? rounding(tensor.type, expected[i], groups[i / group], blocks[i / block])
                                        : rounding(tensor.type, expected[i], 0, 0);
          if (!(std::abs(read[i] - expected[i]) <= bound))
            fail(ErrorCode::kIo, "tensor '{}' was written and has {} in row {} when it is read, not {}", tensor.name,
                 read[i], row, expected[i]);
        }
      }
    });
    release();
  });
}

}  // namespace

std::vector<std::int8_t> all_trits(const ConvertedTensor& tensor, int threads) {
  const std::size_t rows = rows_of(tensor), cols = cols_of(tensor);
  std::vector<std::int8_t> trits(rows * cols);
  parallel_for(threads, rows, 16, [&](std::size_t begin, std::size_t end, int) {
    read_trits(tensor, begin, end - begin, &trits[begin * cols]);
  });
  return trits;
}

std::size_t source_row(const ConvertedTensor& tensor, std::size_t row) {
  if (tensor.order == RowOrder::kAsIs) return row;
  const std::size_t size = static_cast<std::size_t>(tensor.shape[0]) / tensor.heads, half = size / 2;
  const std::size_t head = row / size, inside = row % size;
  // Interleaved, a head has the values of its halves in turn.
  if (tensor.order == RowOrder::kInterleave) return head * size + inside % 2 * half + inside / 2;
  return head * size + (inside < half ? 2 * inside : 2 * (inside - half) + 1);
}

void write_tensor(const ConvertedTensor& tensor, int threads, const TensorBytes& put,
                  const std::function<void()>& release) {
  switch (tensor.form) {
    case Form::kValues:
    case Form::kDense: return write_dense(tensor, threads, put, release);
    case Form::kTernary: return write_ternary(tensor, threads, put, release);
    case Form::kPackedRows: return write_packed_rows(tensor, threads, put, release);
    case Form::kPackedTrits: break;
  }
  const std::vector<std::int8_t> trits = all_trits(tensor, threads);
  release();
  put(pack_trits(trits, tensor.packing ? *tensor.packing : packed_sizes(trits, threads)[0].strategy, threads));
}

void verify_tensor(const ConvertedTensor& tensor, const TensorView& written, int threads,
                   const std::function<void()>& release) {
  const std::size_t rows = rows_of(tensor), cols = cols_of(tensor);
  switch (tensor.form) {
    case Form::kValues:
    case Form::kDense: return verify_dense(tensor, written, threads, release);
    case Form::kTernary: {
      const auto source = TernarySource::detect(written);
      if (!source) fail(ErrorCode::kIo, "tensor '{}' was written and is not ternary when it is read", tensor.name);
      return verify_trits(tensor, *source, threads, release);
    }
    case Form::kPackedRows:
      return verify_trits(tensor, TernarySource::hf_packed(written, rows, cols, 1.0f, false), threads, release);
    case Form::kPackedTrits: return verify_trits(tensor, TernarySource::packed(written, rows, cols), threads, release);
  }
}

void visit_values(const ConvertedTensor& tensor,
                  const std::function<void(std::span<const float>, std::span<const float>)>& visit) {
  const std::size_t rows = rows_of(tensor), cols = cols_of(tensor);
  std::vector<float> source(cols), written(cols);
  std::vector<std::int8_t> trits(cols);
  std::vector<std::byte> bytes;
  for (std::size_t row = 0; row < rows; ++row) {
    if (tensor.form == Form::kDense || tensor.form == Form::kValues) {
      bytes.resize(static_cast<std::size_t>(*dtype_bytes(tensor.type, cols)));
      encode_row(tensor, row, written, bytes);
      dequantize(tensor.type, bytes.data(), cols, written.data());
    } else {
      read_trits(tensor, row, 1, trits.data());
      const float scale = tensor.form == Form::kTernary ? stored_scale(tensor.type, tensor.name, tensor.ternary->scale)
                                                        : tensor.ternary->scale;
      for (std::size_t i = 0; i < cols; ++i) written[i] = scale * static_cast<float>(trits[i]);
    }
    // What was ternary before has no other values than its own.
    if (tensor.source == nullptr || !can_dequantize(tensor.source->dtype)) {
      visit(written, written);
      continue;
    }
    dequantize(tensor.source->dtype,
               tensor.source->bytes.data() +
                   source_row(tensor, row) * static_cast<std::size_t>(*dtype_bytes(tensor.source->dtype, cols)),
               cols, source.data());
    visit(source, written);
  }
}

}  // namespace bitnet
