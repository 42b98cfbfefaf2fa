// What a session has seen, in a file.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "bitnet/model.hpp"
#include "io/snapshot.hpp"
#include "model/kv_cache.hpp"

namespace bitnet {

class Transformer;

/// Writes tokens and their keys and values: tensor "tokens" i32 [n], and for each layer L and head H "layer.L.keys.H"
/// and "layer.L.values.H", [n, head_dim] f16 or f32, or u8 [n, bytes of a q8_0 row]. Throws as write_safetensors().
void save_session(const std::filesystem::path& path, const Transformer& transformer, const HybridMemoryPool& pool,
                  const KvCache& cache, std::span<const TokenId> tokens);

/// A file that was found to belong to this model and cache. Throws as Snapshot::open(), kInvalidFile for another
/// model's, kInvalidArgument for more tokens than the cache has positions or another type of cache.
std::vector<TokenId> load_session(const Snapshot& file, const Transformer& transformer, const KvCache& cache);
Snapshot open_session(const std::filesystem::path& path);
Snapshot parse_session(std::span<const std::byte> bytes, std::string name);

}  // namespace bitnet
