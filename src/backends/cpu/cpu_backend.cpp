#include "backends/cpu/cpu_backend.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "backends/cpu/kernels.hpp"
#include "backends/cpu/q6_layout.hpp"
#include "backends/cpu/shortlist.hpp"
#include "backends/cpu/ternary_layout.hpp"
#include "backends/dense_types.hpp"
#include "base/checked.hpp"
#include "base/fail.hpp"
#include "base/parallel.hpp"

namespace bitnet::cpu {
namespace {

// What one thread does in a microsecond, roughly: for choosing how many share a piece of work.
constexpr double kElementsPerMicrosecond = 2000, kBytesPerMicrosecond = 16000;  // elementwise; read from memory
constexpr double kTernaryPerMicrosecond = 250e3, kQ6PerMicrosecond = 40e3,
                 kDensePerMicrosecond = 15e3;  // multiply-adds
// What a further thread adds to the start and the end of a parallel region.
constexpr double kMicrosecondsPerThread = 0.4;
// More columns could bring a 32-bit sum of codes times 64 to its limit.
constexpr std::size_t kMaxTernaryColumns = std::size_t{1} << 18;
// Below so many rows, reading a head in two steps saves nothing worth it.
constexpr std::size_t kShortlistRows = 4096;
// Products of one call to matmul that share a start of the threads: query, key and value.
constexpr std::size_t kProductsAtOnce = 4;
// Query rows (tokens times heads of a group) that attention takes through the cache together, at most.
constexpr std::size_t kAttentionRows = 128;
// Up to so many of them, attention is split over positions too: heads may be too few for the threads.
constexpr std::size_t kSplitRows = 8;

std::size_t row_bytes(DType type, std::size_t cols) { return static_cast<std::size_t>(*dtype_bytes(type, cols)); }

// Memory that grows and is kept: a part for each thread, 64-byte aligned.
class Scratch {
 public:
  std::byte* reserve(const Context& context, std::size_t bytes_per_thread) {
    stride_ = round_up(bytes_per_thread, 64);
    const std::size_t bytes = stride_ * static_cast<std::size_t>(context.threads());
    if (bytes > memory_.size()) {
      memory_ = Buffer();
      memory_ = context.pool().buffer({.size = bytes, .tag = MemoryTag::kScratch});
    }
    return memory_.data();
  }
  std::byte* of(int thread) const { return memory_.data() + static_cast<std::size_t>(thread) * stride_; }

 private:
  Buffer memory_;
  std::size_t stride_ = 0;
};

class CpuBackend final : public Backend {
 public:
  CpuBackend(const Context& context, const CpuKernels& kernels) : context_(context), kernels_(kernels) {}

  std::string_view name() const noexcept override { return "cpu"; }
  std::string_view isa() const noexcept override { return isa_name(kernels_.isa); }

  bool supports(Op op, DType type) const noexcept override {
    switch (op) {
      case Op::kDenseMatmul:
      case Op::kEmbed: return is_dense_weight_type(type);
      case Op::kAttention: return is_kv_cache_type(type);
      default: return true;
    }
  }

  using Backend::pack_dense;
  using Backend::pack_head;
  using Backend::pack_ternary;

  WeightMatrix pack_ternary(std::size_t rows, std::size_t cols, double scale, const TritReader& read,
                            SharedWeights* shared) const override {
    if (cols > kMaxTernaryColumns)
      fail(ErrorCode::kUnsupported, "a ternary matrix has {} columns: the cpu backend takes up to {}", cols,
           kMaxTernaryColumns);
    WeightMatrix w;
    w.kind = WeightMatrix::Kind::kTernary;
    w.rows = rows;
    w.cols = cols;
    w.scale = scale;
    w.layout = kernels_.ternary->layout->magic;
    const std::size_t bytes = ternary_bytes(*kernels_.ternary->layout, rows, cols);
    w.storage = place_weights(context_.pool(), shared, bytes, [&](std::byte* to) { pack_tiles(w, read, to); });
    w.data = w.storage.data();
    w.bytes = bytes - sizeof(TernaryHeader);
    return w;
  }

  WeightMatrix pack_dense(WeightMatrix w, SharedWeights* shared) const override {
    if (w.dtype != DType::kQ6_K || w.layout != 0 || w.rows < kTileRows) return w;
    const std::size_t tile_bytes = q6_tile_bytes(w.cols), bytes = row_bytes(w.dtype, w.cols);
    w.storage = place_weights(context_.pool(), shared, ternary_tiles(w.rows) * tile_bytes, [&](std::byte* to) {
      parallel_for(context_.threads(), ternary_tiles(w.rows), 1, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t tile = begin; tile < end; ++tile) {
          const std::size_t row = tile * kTileRows;
          pack_q6_tile(w.data + row * bytes, bytes, std::min(kTileRows, w.rows - row), w.cols,
                       reinterpret_cast<std::uint8_t*>(to) + tile * tile_bytes);
        }
      });
    });
    w.layout = kQ6Magic;
    w.data = w.storage.data();
    w.bytes = ternary_tiles(w.rows) * tile_bytes;
    return w;
  }

  WeightMatrix pack_head(WeightMatrix w, SharedWeights* shared) const override {
    w = pack_dense(std::move(w), shared);
    const bool large = 8 * w.bytes > 7 * w.rows * w.cols;  // of more than the shortlist's six bits and its share of rows
    if (w.layout == 0 && large && w.rows >= kShortlistRows && w.cols % kQ6Columns == 0)
      w.shortlist = make_shortlist(context_, shared, *kernels_.dense, w);
    return w;
  }

  std::size_t best_rows(const WeightMatrix& w, const float* x, const float* bias, const BestRows& best,
                        float* y) const override {
    if (!w.shortlist) return Backend::best_rows(w, x, bias, best, y);
    const Shortlist list = Shortlist::at(w.shortlist.data(), w.rows);
    double x_norm = 0.0, x_error = 0.0;
    const Activations a{x, 1, w.cols, nullptr, 0, nullptr, nullptr};
    q6({list.tiles, ternary_tiles(w.rows) * q6_tile_bytes(w.cols), w.rows, w.cols}, a, bias, y);
    q6_rounding(x, w.cols, shared_.of(0), x_norm, x_error);
    const std::vector<std::int32_t> rows = rows_that_matter(list, w.cols, {y, w.rows}, best, x_norm, x_error);
    if (rows.size() > w.rows / 8) return Backend::best_rows(w, x, bias, best, y);

    std::fill(y, y + w.rows, -std::numeric_limits<float>::infinity());
    const DenseJob job{w.dtype, w.data, row_bytes(w.dtype, w.cols), w.rows, w.cols, x, 1, bias, y};
    scratch_.reserve(context_, kernels_.dense->scratch_bytes(w.cols, 1));
    parallel_for(threads_for_product(rows.size() * job.row_bytes, 0, 1), rows.size(), 1,
                 [&](std::size_t begin, std::size_t end, int thread) {
                   for (std::size_t i = begin; i < end; ++i) {
                     const auto row = static_cast<std::size_t>(rows[i]);
                     kernels_.dense->product(job, row, row + 1, scratch_.of(thread));
                   }
                 });
    return rows.size();
  }

  void quantize(const Activations& a) const override {
    parallel_for(threads_for_elements(a.tokens * a.cols), a.tokens, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t t = begin; t < end; ++t)
        a.scale[t] =
            kernels_.elementwise->quantize(a.x + t * a.cols, a.cols, a.q_stride, a.q + t * a.q_stride, a.sum + t);
    });
  }

  void matmul(const WeightMatrix& w, const Activations& a, const float* bias, float* y) const override {
    if (w.kind == WeightMatrix::Kind::kTernary) {
      const Product product{&w, bias, y};
      ternary({&product, 1}, a);
    } else if (w.layout == kQ6Magic) {
      q6({reinterpret_cast<const std::uint8_t*>(w.data), w.bytes, w.rows, w.cols}, a, bias, y);
    } else {
      dense(w, a, bias, y);
    }
  }

  void matmul(std::span<const Product> products, const Activations& a) const override {
    const bool all_ternary = std::all_of(products.begin(), products.end(), [](const Product& p) {
      return p.weight->kind == WeightMatrix::Kind::kTernary;
    });
    if (all_ternary && products.size() <= kProductsAtOnce) {
      ternary(products, a);
    } else {
      Backend::matmul(products, a);
    }
  }

  void embed(const WeightMatrix& table, const std::int32_t* ids, std::size_t tokens, float* out) const override {
    const std::size_t bytes = row_bytes(table.dtype, table.cols);
    parallel_for(threads_for_elements(tokens * table.cols), tokens, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t t = begin; t < end; ++t) {
        const auto row = static_cast<std::size_t>(ids[t]);
        if (table.layout == kQ6Magic) {
          const auto* tiles = reinterpret_cast<const std::uint8_t*>(table.data);
          unpack_q6_row(tiles + row / kTileRows * q6_tile_bytes(table.cols), row % kTileRows, table.cols,
                        out + t * table.cols);
        } else {
          kernels_.dense->dequantize(table.dtype, table.data + row * bytes, table.cols, out + t * table.cols);
        }
      }
    });
  }

  void rms_norm(const float* x, const float* weight, std::size_t tokens, std::size_t dim, float eps,
                float* out) const override {
    parallel_for(threads_for_elements(tokens * dim), tokens, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t t = begin; t < end; ++t)
        kernels_.elementwise->rms_norm(x + t * dim, weight, dim, eps, out + t * dim);
    });
  }

  void rope(float* x, std::size_t tokens, std::size_t heads, std::size_t head_dim, const RopeTable& table,
            std::size_t position) const override {
    const std::size_t pairs = table.dims / 2;
    parallel_for(threads_for_elements(tokens * heads * head_dim), tokens, 1,
                 [&](std::size_t begin, std::size_t end, int) {
                   for (std::size_t t = begin; t < end; ++t) {
                     const std::size_t offset = (position + t) * pairs;
                     for (std::size_t h = 0; h < heads; ++h) {
                       kernels_.elementwise->rope(x + (t * heads + h) * head_dim, table.cos + offset,
                                                  table.sin + offset, table.dims, table.interleaved);
                     }
                   }
                 });
  }

  void store_kv(const KvLayer& kv, const float* k, const float* v, std::size_t tokens,
                std::size_t position) const override {
    const std::size_t bytes = row_bytes(kv.type, kv.head_dim);
    parallel_for(threads_for_elements(2 * tokens * kv.kv_heads * kv.head_dim), tokens, 1,
                 [&](std::size_t begin, std::size_t end, int) {
                   for (std::size_t t = begin; t < end; ++t) {
                     for (std::size_t h = 0; h < kv.kv_heads; ++h) {
                       const std::size_t from = (t * kv.kv_heads + h) * kv.head_dim;
                       const std::size_t to = (h * kv.capacity + position + t) * bytes;
                       kernels_.elementwise->store_row(kv.type, k + from, kv.head_dim, kv.keys + to);
                       kernels_.elementwise->store_row(kv.type, v + from, kv.head_dim, kv.values + to);
                     }
                   }
                 });
  }

  void attention(const float* q, const KvLayer& kv, std::size_t tokens, std::size_t heads, std::size_t position,
                 float scale, float* out) const override {
    const AttentionJob job{q, kv, heads, position, scale, out};
    if (kv.type == DType::kF32) {
      attention_f64(job, tokens);
    } else if (tokens * (heads / kv.kv_heads) <= kSplitRows && position + tokens > kAttentionChunk &&
               context_.threads_in_use() > 1) {
      attention_split(job, tokens);
    } else {
      attention_blocks(job, tokens);
    }
  }

  void gated_activation(Activation act, const float* gate, const float* up, std::size_t count,
                        float* out) const override {
    parallel_for(threads_for_elements(count), count, 1024, [&](std::size_t begin, std::size_t end, int) {
      kernels_.elementwise->gated_activation(act, gate + begin, up + begin, end - begin, out + begin);
    });
  }

  void add(float* x, const float* y, std::size_t count) const override {
    parallel_for(threads_for_elements(count), count, 1024, [&](std::size_t begin, std::size_t end, int) {
      kernels_.elementwise->add(x + begin, y + begin, end - begin);
    });
  }

 private:
  // The header and the tiles of a ternary matrix.
  void pack_tiles(const WeightMatrix& w, const TritReader& read, std::byte* to) const {
    const TernaryLayout& layout = *kernels_.ternary->layout;
    TernaryHeader header;
    header.magic = layout.magic;
    header.rows = w.rows;
    header.cols = w.cols;
    header.scale = w.scale;
    std::memcpy(to, &header, sizeof(header));

    auto* tiles = reinterpret_cast<std::uint8_t*>(to) + sizeof(header);
    const std::size_t padded = layout.groups(w.cols) * layout.group_columns, tile_bytes = layout.tile_bytes(w.cols);
    // Rows as the reader writes them and, where columns need padding, once more with it.
    const std::size_t trit_bytes = kTileRows * padded;
    scratch_.reserve(context_, 2 * trit_bytes);
    parallel_for(context_.threads(), ternary_tiles(w.rows), 1, [&](std::size_t begin, std::size_t end, int thread) {
      auto* trits = reinterpret_cast<std::int8_t*>(scratch_.of(thread));
      auto* read_into = padded == w.cols ? trits : trits + trit_bytes;
      for (std::size_t tile = begin; tile < end; ++tile) {
        const std::size_t row = tile * kTileRows, count = std::min(kTileRows, w.rows - row);
        if (count < kTileRows || padded != w.cols) std::fill(trits, trits + trit_bytes, std::int8_t{0});
        read(row, count, read_into);
        if (padded != w.cols)
          for (std::size_t r = 0; r < count; ++r) std::copy_n(read_into + r * w.cols, w.cols, trits + r * padded);
        layout.pack_tile(trits, padded, w.cols, tiles + tile * tile_bytes);
      }
    });
  }

  // All or one: teams of other sizes would make the runtime end threads and start them again.
  int threads_for(double microseconds) const {
    const int threads = context_.threads_in_use();
    return microseconds / threads + kMicrosecondsPerThread * threads < microseconds ? threads : 1;
  }
  int threads_for_elements(std::size_t elements) const {
    return threads_for(static_cast<double>(elements) / kElementsPerMicrosecond);
  }
  int threads_for_product(std::size_t bytes, std::size_t products, double products_per_microsecond) const {
    return threads_for(std::max(static_cast<double>(bytes) / kBytesPerMicrosecond,
                                static_cast<double>(products) / products_per_microsecond));
  }

  TernaryJob ternary_job(const Product& p, const Activations& a) const {
    const WeightMatrix& w = *p.weight;
    TernaryHeader header;
    std::memcpy(&header, w.data, sizeof(header));
    const TernaryLayout& layout = *kernels_.ternary->layout;
    if (w.layout != layout.magic || header.magic != layout.magic || header.rows != w.rows || header.cols != w.cols ||
        header.tile_rows != kTileRows)
      fail(ErrorCode::kInternal, "the cpu backend was given ternary weights of layout {:#010x}", w.layout);
    TernaryJob job;
    job.tiles = reinterpret_cast<const std::uint8_t*>(w.data) + sizeof(header);
    job.groups = layout.groups(w.cols);
    job.rows = w.rows;
    job.q = a.q;
    job.q_stride = a.q_stride;
    job.tokens = a.tokens;
    job.act_scale = a.scale;
    job.act_sum = a.sum;
    job.weight_scale = w.scale;
    job.bias = p.bias;
    job.y = p.y;
    return job;
  }

  // The tiles of all products, one matrix after another, in one range.
  void ternary(std::span<const Product> products, const Activations& a) const {
    std::array<TernaryJob, kProductsAtOnce> jobs;
    std::size_t tiles = 0, columns = 0, bytes = 0, multiply_adds = 0;
    for (std::size_t i = 0; i < products.size(); ++i) {
      jobs[i] = ternary_job(products[i], a);
      tiles += ternary_tiles(jobs[i].rows);
      columns = std::max(columns, products[i].weight->cols);
      bytes += products[i].weight->bytes;
      multiply_adds += products[i].weight->rows * products[i].weight->cols * a.tokens;
    }
    scratch_.reserve(context_, kernels_.ternary->scratch_bytes(kernels_.ternary->layout->groups(columns), a.tokens));
    const int threads = threads_for_product(bytes, multiply_adds, kTernaryPerMicrosecond);
    parallel_for(threads, tiles, 1, [&](std::size_t begin, std::size_t end, int thread) {
      for (std::size_t i = 0; i < products.size() && end > 0; ++i) {
        const std::size_t count = ternary_tiles(jobs[i].rows);
        if (begin < count) kernels_.ternary->product(jobs[i], begin, std::min(end, count), scratch_.of(thread));
        begin = begin < count ? 0 : begin - count;
        end = end < count ? 0 : end - count;
      }
    });
  }

  struct Q6Matrix {
    const std::uint8_t* tiles;
    std::size_t bytes, rows, cols;
  };
  // Leaves the split activations in shared_.
  void q6(const Q6Matrix& w, const Activations& a, const float* bias, float* y) const {
    const std::size_t token_bytes = Q6Activations::bytes(w.cols);
    shared_.reserve(context_, div_up(a.tokens * token_bytes, static_cast<std::size_t>(context_.threads())));
    std::byte* activations = shared_.of(0);
    parallel_for(threads_for_elements(a.tokens * w.cols), a.tokens, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t t = begin; t < end; ++t)
        split_q6_activations(a.x + t * w.cols, w.cols, activations + t * token_bytes);
    });
    const Q6Job job{w.tiles, w.rows, w.cols, activations, a.tokens, bias, y};
    parallel_for(threads_for_product(w.bytes, w.rows * w.cols * a.tokens, kQ6PerMicrosecond), ternary_tiles(w.rows), 1,
                 [&](std::size_t begin, std::size_t end, int) { kernels_.q6->product(job, begin, end); });
  }

  void dense(const WeightMatrix& w, const Activations& a, const float* bias, float* y) const {
    const DenseJob job{w.dtype, w.data, row_bytes(w.dtype, w.cols), w.rows, w.cols, a.x, a.tokens, bias, y};
    scratch_.reserve(context_, kernels_.dense->scratch_bytes(w.cols, a.tokens));
    const int threads = threads_for_product(w.bytes, w.rows * w.cols * a.tokens, kDensePerMicrosecond);
    parallel_for(threads, w.rows, 4, [&](std::size_t begin, std::size_t end, int thread) {
      kernels_.dense->product(job, begin, end, scratch_.of(thread));
    });
  }

  // An f32 cache is asked for where results are compared with another implementation's: every sum in double.
  void attention_f64(const AttentionJob& job, std::size_t tokens) const {
    scratch_.reserve(context_, kernels_.attention->row_f64_scratch_bytes(job.kv.head_dim, job.position + tokens));
    const int threads = threads_for_product(0, 2 * tokens * (job.position + tokens) * job.heads * job.kv.head_dim,
                                            kDensePerMicrosecond);
    parallel_for(threads, tokens * job.heads, 1, [&](std::size_t begin, std::size_t end, int thread) {
      for (std::size_t row = begin; row < end; ++row)
        kernels_.attention->row_f64(job, row / job.heads, row % job.heads, scratch_.of(thread));
    });
  }

  float* attention_out(const AttentionJob& job, std::size_t head, std::size_t token, std::size_t row) const {
    const std::size_t group = job.heads / job.kv.kv_heads;
    return job.out + ((token + row / group) * job.heads + head * group + row % group) * job.kv.head_dim;
  }

  // Units are a key-value head and a block of tokens.
  void attention_blocks(const AttentionJob& job, std::size_t tokens) const {
    const std::size_t group = job.heads / job.kv.kv_heads, dim = job.kv.head_dim, stride = AttentionStateFloats(dim);
    const int threads = threads_for(tokens * (job.position + tokens) * job.heads);
    // Large blocks convert the cache less often; with four units a thread, all end at about the same time.
    std::size_t block = std::max<std::size_t>(1, kAttentionRows / group);
    while (block > 1 && div_up(tokens, block) * job.kv.kv_heads < 4 * static_cast<std::size_t>(threads)) block /= 2;
    const std::size_t rows = block * group, blocks = div_up(tokens, block);
    const std::size_t state_bytes = round_up(rows * stride * sizeof(float), 64);
    scratch_.reserve(context_, state_bytes + kernels_.attention->scratch_bytes(dim, rows));
    parallel_for(threads, blocks * job.kv.kv_heads, 1, [&](std::size_t begin, std::size_t end, int thread) {
      auto* states = reinterpret_cast<float*>(scratch_.of(thread));
      for (std::size_t unit = begin; unit < end; ++unit) {
        // First, last, second, last but one: late tokens see more positions, and so threads share them evenly.
        const std::size_t head = unit / blocks, i = unit % blocks, turn = i % 2 == 0 ? i / 2 : blocks - 1 - i / 2;
        const std::size_t t_begin = turn * block, t_end = std::min(tokens, t_begin + block);
        kernels_.attention->scores(job, head, t_begin, t_end, 0, job.position + t_end, states,
                                   scratch_.of(thread) + state_bytes);
        for (std::size_t r = 0; r < (t_end - t_begin) * group; ++r)
          kernels_.attention->finish(dim, states + r * stride, attention_out(job, head, t_begin, r));
      }
    });
  }

  // Units are a key-value head and a chunk of positions.
  void attention_split(const AttentionJob& job, std::size_t tokens) const {
    const std::size_t group = job.heads / job.kv.kv_heads, dim = job.kv.head_dim, stride = AttentionStateFloats(dim);
    const std::size_t rows = tokens * group, positions = job.position + tokens;
    const std::size_t chunks = div_up(positions, kAttentionChunk), floats = job.kv.kv_heads * chunks * rows * stride;
    scratch_.reserve(context_, kernels_.attention->scratch_bytes(dim, rows));
    shared_.reserve(context_, div_up(floats * sizeof(float), static_cast<std::size_t>(context_.threads())));
    auto* states = reinterpret_cast<float*>(shared_.of(0));  // [kv_heads, chunks, rows]
    parallel_for(context_.threads_in_use(), job.kv.kv_heads * chunks, 1, [&](std::size_t begin, std::size_t end, int thread) {
      for (std::size_t unit = begin; unit < end; ++unit) {
        const std::size_t head = unit / chunks, first = unit % chunks * kAttentionChunk;
        kernels_.attention->scores(job, head, 0, tokens, first, std::min(positions, first + kAttentionChunk),
                                   states + unit * rows * stride, scratch_.of(thread));
      }
    });
    parallel_for(context_.threads_in_use(), job.kv.kv_heads * rows, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t unit = begin; unit < end; ++unit) {
        const std::size_t head = unit / rows, row = unit % rows;
        float* state = states + (head * chunks * rows + row) * stride;
        const std::size_t seen = div_up(job.position + row / group + 1, kAttentionChunk);
        for (std::size_t c = 1; c < seen; ++c) kernels_.attention->merge(dim, state, state + c * rows * stride);
        kernels_.attention->finish(dim, state, attention_out(job, head, 0, row));
      }
    });
  }

  const Context& context_;
  const CpuKernels kernels_;
  mutable Scratch scratch_;  // of one call at a time: a backend is not thread-safe
  mutable Scratch shared_;
};

// The level whose kernels a level has beside its ternary ones.
Isa base_level(Isa isa) {
  switch (isa) {
    case Isa::kAvx2Vnni: return Isa::kAvx2;
    case Isa::kAvx512Vnni:
    case Isa::kAvx512Vbmi:
    case Isa::kAvx512Amx: return Isa::kAvx512;
    case Isa::kNeonDotprod:
    case Isa::kNeonI8mm: return Isa::kNeon;
    default: return isa;
  }
}

}  // namespace

std::vector<std::string_view> known_isa_levels() {
  std::vector<std::string_view> names;
  for (int i = kIsaCount - 1; i >= 0; --i) names.push_back(isa_name(static_cast<Isa>(i)));
  return names;
}

std::vector<std::string_view> usable_isa_levels() {
  std::vector<std::string_view> names;
  for (int i = kIsaCount - 1; i >= 0; --i)
    if (const auto isa = static_cast<Isa>(i); ternary_kernels(isa) != nullptr && processor_has(isa))
      names.push_back(isa_name(static_cast<Isa>(i)));
  return names;
}

std::unique_ptr<Backend> create_cpu_backend(const Context& context, std::string_view isa) {
  const Isa level = *parse_isa(isa);
  const Isa base = base_level(level);
  return std::make_unique<CpuBackend>(context,
                                      CpuKernels{level, ternary_kernels(level), q6_kernels(level), dense_kernels(base),
                                                 attention_kernels(base), elementwise_kernels(base)});
}

}  // namespace bitnet::cpu
