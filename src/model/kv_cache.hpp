// Keys and values of the positions a session has seen.
#pragma once

#include <vector>

#include "backends/backend.hpp"
#include "bitnet/memory_movable.hpp"
#include "model/config.hpp"

namespace bitnet {

/// Layers of [kv_heads, capacity, head_dim] keys and values in the pool's memory, plus RoPE's table for `capacity`
/// positions. Memory is touched as positions are written, not before.
class KvCache {
 public:
  /// `frequency_factors`: empty, or rope.dims / 2 divisors of the frequencies (GGUF's rope_freqs.weight).
  /// Throws kInvalidArgument for a type the head size does not allow, kInsufficientMemory.
  KvCache(const Context& context, const ModelConfig& config, std::span<const float> frequency_factors, DType type,
          std::size_t capacity);

  /// To hold while layers are read or written; without it the cells may be compressed. Throws kInsufficientMemory.
  MovableBuffer::Pin pin() const { return cells_.pin(); }
  KvLayer layer(std::size_t index, const MovableBuffer::Pin& cells) const;
  RopeTable rope() const;
  DType type() const noexcept { return type_; }
  std::size_t capacity() const noexcept { return capacity_; }
  std::uint64_t bytes() const noexcept { return cells_.size(); }

 private:
  DType type_;
  std::size_t capacity_, kv_heads_, head_dim_, rope_dims_;
  bool rope_interleaved_;
  std::size_t plane_bytes_;    // keys, or values, of one layer
  MovableBuffer cells_;        // [layers, 2, plane_bytes]
  Buffer rope_;                // [2, capacity, rope_dims / 2] f32: cos, sin
};

}  // namespace bitnet
