// Models of random weights, for measuring: right shapes and byte counts, no meaning.
#include <algorithm>
#include <array>
#include <cstring>

#include "base/fail.hpp"
#include "base/parallel.hpp"
#include "model/loader.hpp"

namespace bitnet {
namespace {

struct Architecture {
  std::string_view name;
  std::size_t hidden, ffn, layers, heads, kv_heads, vocab, context;
  DType embedding;    // and head: they are tied
};

// BitNet-b1.58-2B-4T as published (its config.json), with the head of its usual GGUF files, Q6_K, or of its checkpoint; a
// small one of about 30 M parameters, for what synchronisation costs.
constexpr std::array kArchitectures{
    Architecture{"bitnet-2b-4t", 2560, 6912, 30, 20, 5, 128256, 4096, DType::kQ6_K},
    Architecture{"bitnet-2b-4t-f16-head", 2560, 6912, 30, 20, 5, 128256, 4096, DType::kF16},
    Architecture{"bitnet-30m", 512, 1536, 8, 8, 2, 8192, 2048, DType::kQ6_K},
};

// splitmix64: one independent stream a (seed, matrix, row).
std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

// Two random bits a weight: half of them zero, a quarter each -1 and +1.
void random_trits(std::uint64_t stream, std::size_t count, std::int8_t* out) {
  static constexpr std::int8_t kCode[4] = {-1, 0, 0, 1};
  for (std::size_t i = 0; i < count; i += 32) {
    std::uint64_t bits = mix(stream + i);
    const std::size_t n = std::min<std::size_t>(32, count - i);
    for (std::size_t j = 0; j < n; ++j, bits >>= 2) out[i + j] = kCode[bits & 3];
  }
}

// Sign and mantissa random, exponent fixed: +-[1/32, 1/16).
void random_halves(std::uint64_t stream, std::size_t cols, std::byte* row) {
  for (std::size_t c = 0; c < cols; ++c) {
    const auto half = static_cast<std::uint16_t>((mix(stream + c) & 0x83FF) | (10u << 10));
    std::memcpy(row + 2 * c, &half, 2);
  }
}

// Blocks of 210 bytes: random codes (192 bytes), block scales of 8 to 15 (16 bytes), scale 2^-13 (f16): up to +-1/16.
void random_q6(std::uint64_t stream, std::size_t cols, std::byte* row) {
  constexpr std::uint16_t kScale = 2u << 10;
  for (std::size_t block = 0; block < cols / 256; ++block, row += 210) {
    for (std::size_t i = 0; i < 208; i += 8) {
      std::uint64_t bits = mix(stream + block * 208 + i);
      if (i >= 192) bits = (bits & 0x0707070707070707) | 0x0808080808080808;
      std::memcpy(row + i, &bits, 8);
    }
    std::memcpy(row + 208, &kScale, 2);
  }
}

WeightMatrix random_embedding(const Context& context, DType type, std::size_t rows, std::size_t cols, std::uint64_t seed) {
  WeightMatrix matrix;
  matrix.dtype = type;
  matrix.rows = rows;
  matrix.cols = cols;
  const std::size_t row_bytes = *dtype_bytes(type, cols);
  matrix.bytes = rows * row_bytes;
  matrix.storage = context.pool().buffer({.size = matrix.bytes, .tag = MemoryTag::kWeights});
  matrix.data = matrix.storage.data();
  parallel_for(context.threads(), rows, 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t r = begin; r < end; ++r)
      (type == DType::kQ6_K ? random_q6 : random_halves)(mix(seed ^ mix(r)), cols, matrix.storage.data() + r * row_bytes);
  });
  return matrix;
}

}  // namespace

std::vector<std::string> synthetic_architectures() {
  std::vector<std::string> names;
  for (const Architecture& a : kArchitectures) names.emplace_back(a.name);
  return names;
}

std::unique_ptr<const Transformer> synthetic_transformer(std::shared_ptr<const Context> context, std::string_view architecture,
                                                         const PlacementOptions& options, std::uint64_t seed) {
  const auto* it = std::find_if(kArchitectures.begin(), kArchitectures.end(), [&](const auto& a) { return a.name == architecture; });
  if (it == kArchitectures.end())
    fail_argument("unknown architecture '{}': take one of {}", printable(architecture), fmt::join(synthetic_architectures(), ", "));
  const Architecture& a = *it;
  ModelConfig config;
  config.name = a.name;
  config.architecture = "bitnet-b1.58";
  config.hidden = a.hidden, config.ffn = a.ffn, config.layers = a.layers, config.heads = a.heads, config.kv_heads = a.kv_heads;
  config.head_dim = a.hidden / a.heads, config.vocab = a.vocab, config.context_length = a.context;
  config.rms_eps = 1e-5f, config.rope_theta = 500000.0f, config.rope_dims = config.head_dim, config.rope_interleaved = false;
  config.activation = Activation::kRelu2, config.sub_norms = true, config.tied_embeddings = true;

  const std::array needs{OpNeed{Op::kTernaryMatmul},         OpNeed{Op::kDenseMatmul, a.embedding}, OpNeed{Op::kEmbed, a.embedding},
                         OpNeed{Op::kRmsNorm},               OpNeed{Op::kRope},                     OpNeed{Op::kAttention, DType::kF16},
                         OpNeed{Op::kAttention, DType::kF32}, OpNeed{Op::kAttention, DType::kQ8_0}, OpNeed{Op::kActivation},
                         OpNeed{Op::kElementwise}};
  auto plan = std::make_unique<Plan>(*context, options.backend, options.isa, needs);
  const Backend& packer = plan->backend(Op::kTernaryMatmul);

  TransformerWeights weights;
  weights.sample = static_cast<std::uint32_t>(seed);
  weights.embedding = plan->backend(Op::kDenseMatmul, a.embedding)
                          .pack_head(random_embedding(*context, a.embedding, a.vocab, a.hidden, mix(seed)));
  weights.output_norm.assign(a.hidden, 1.0f);
  const std::uint64_t total = 7 * a.layers;
  std::uint64_t matrices = 0;
  const auto linear = [&](std::size_t rows, std::size_t cols) {
    const std::uint64_t stream = mix(seed ^ mix(++matrices));
    // Keeps activations of order one through the layers.
    Linear result;
    result.weight = packer.pack_ternary(rows, cols, 0.02f, [=](std::size_t row, std::size_t count, std::int8_t* trits) {
      for (std::size_t r = 0; r < count; ++r) random_trits(mix(stream + row + r), cols, trits + r * cols);
    });
    if (options.progress) options.progress("making random weights", matrices, total);
    return result;
  };
  const std::size_t q_width = config.heads * config.head_dim, kv_width = config.kv_heads * config.head_dim;
  for (std::size_t i = 0; i < a.layers; ++i) {
    LayerWeights layer;
    layer.attention_norm.assign(a.hidden, 1.0f);
    layer.ffn_norm.assign(a.hidden, 1.0f);
    layer.attention_sub_norm.assign(q_width, 1.0f);
    layer.ffn_sub_norm.assign(a.ffn, 1.0f);
    layer.query = linear(q_width, a.hidden);
    layer.key = linear(kv_width, a.hidden);
    layer.value = linear(kv_width, a.hidden);
    layer.output = linear(a.hidden, q_width);
    layer.gate = linear(a.ffn, a.hidden);
    layer.up = linear(a.ffn, a.hidden);
    layer.down = linear(a.hidden, a.ffn);
    weights.layers.push_back(std::move(layer));
  }
  return std::make_unique<Transformer>(std::move(context), std::move(config), std::move(plan), std::move(weights));
}

}  // namespace bitnet
