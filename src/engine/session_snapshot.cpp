#include "engine/session_snapshot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/fail.hpp"
#include "model/transformer.hpp"

namespace bitnet {
namespace {

constexpr std::string_view kKind = "bitnet session";
constexpr std::uint32_t kVersion = 1;

// Tells models apart.
std::string fingerprint(const Transformer& transformer) {
  const ModelConfig& c = transformer.config();
  return fmt::format("{} of {} layers, {} x {} keys, {} tokens, {:08x}", c.architecture, c.layers, c.kv_heads,
                     c.head_dim, c.vocab, transformer.weights().sample);
}

struct Rows {
  DType type;
  std::vector<std::uint64_t> shape;
  std::size_t row_bytes;
};

Rows rows_of(const ModelConfig& config, DType type, std::size_t tokens) {
  const auto row_bytes = static_cast<std::size_t>(*dtype_bytes(type, config.head_dim));
  // A type that safetensors does not have is bytes there.
  if (is_block_type(type)) return {DType::kU8, {tokens, row_bytes}, row_bytes};
  return {type, {tokens, config.head_dim}, row_bytes};
}

// Calls `visit(name, rows)` with where the rows of each layer's heads begin in the cache.
template <typename Visit>
void for_each_head(const ModelConfig& config, const KvCache& cache, std::size_t row_bytes, const Visit& visit) {
  const MovableBuffer::Pin pin = cache.pin();
  for (std::size_t l = 0; l < config.layers; ++l) {
    const KvLayer layer = cache.layer(l, pin);
    for (std::size_t h = 0; h < config.kv_heads; ++h) {
      const std::size_t offset = h * layer.capacity * row_bytes;
      visit(fmt::format("layer.{}.keys.{}", l, h), layer.keys + offset);
      visit(fmt::format("layer.{}.values.{}", l, h), layer.values + offset);
    }
  }
}

}  // namespace

Snapshot open_session(const std::filesystem::path& path) { return Snapshot::open(path, kKind, kVersion); }
Snapshot parse_session(std::span<const std::byte> bytes, std::string name) {
  return Snapshot::parse(bytes, std::move(name), kKind, kVersion);
}

void save_session(const std::filesystem::path& path, const Transformer& transformer, const HybridMemoryPool& pool,
                  const KvCache& cache, std::span<const TokenId> tokens) {
  const Rows rows = rows_of(transformer.config(), cache.type(), tokens.size());
  std::vector<TensorView> tensors{{"tokens", DType::kI32, {tokens.size()}, std::as_bytes(tokens)}};
  const MovableBuffer::Pin pin = cache.pin();  // the views lead into it
  for_each_head(transformer.config(), cache, rows.row_bytes, [&](std::string name, const std::byte* begin) {
    tensors.push_back({std::move(name), rows.type, rows.shape, {begin, tokens.size() * rows.row_bytes}});
  });
  const MemoryMetrics metrics = pool.get_metrics();
  Snapshot::write(path, kKind, kVersion, tensors,
                  {{"model", fingerprint(transformer)},
                   {"name", transformer.config().name},
                   {"kv_type", std::string(dtype_name(cache.type()))},
                   {"token_count", std::to_string(tokens.size())},
                   {"pool", fmt::format("{} bytes held, {} at most, {} blocks", metrics.current_bytes,
                                        metrics.peak_bytes, metrics.small_blocks + metrics.large_blocks)}});
}

std::vector<TokenId> load_session(const Snapshot& file, const Transformer& transformer, const KvCache& cache) {
  const ModelConfig& config = transformer.config();
  if (file.metadata("model") != fingerprint(transformer))
    fail_file("{}: saved with another model ({}): remove the file, or take that model", file.name(),
              printable(file.metadata("name")));
  if (file.metadata("kv_type") != dtype_name(cache.type()))
    fail_argument("{}: saved with a KV cache of {}, and this one is {}: give --kv-type {}, or remove the file",
                  file.name(), printable(file.metadata("kv_type")), dtype_name(cache.type()),
                  printable(file.metadata("kv_type")));
  std::size_t count = 0;
  const std::string& text = file.metadata("token_count");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size())
    fail_file("{}: token_count '{}' is no whole number", file.name(), printable(text));
  if (count > cache.capacity())
    fail_argument("{}: holds {} tokens, and the context is {}: take a larger one (-c), or remove the file", file.name(),
                  count, cache.capacity());

  // All is checked before anything is changed.
  const Rows rows = rows_of(config, cache.type(), count);
  const auto bytes = file.tensor("tokens", DType::kI32, std::array<std::uint64_t, 1>{count});
  std::vector<TokenId> tokens(count);
  static_assert(sizeof(TokenId) == 4);
  if (count > 0) std::memcpy(tokens.data(), bytes.data(), bytes.size());
  for (const TokenId id : tokens)
    if (id < 0 || static_cast<std::size_t>(id) >= config.vocab)
      fail_file("{}: token id {} is outside the vocabulary of {}", file.name(), id, config.vocab);
  for_each_head(config, cache, rows.row_bytes,
                [&](const std::string& name, std::byte*) { (void)file.tensor(name, rows.type, rows.shape); });
  for_each_head(config, cache, rows.row_bytes, [&](const std::string& name, std::byte* begin) {
    const auto data = file.tensor(name, rows.type, rows.shape);
    std::copy(data.begin(), data.end(), begin);
  });
  return tokens;
}

}  // namespace bitnet
