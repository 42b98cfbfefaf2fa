// What the CLI does about memory: limits, a report of what it was used for, and a clean-up while nothing happens.
#pragma once

#include "bitnet/memory_cleanup.hpp"
#include "cli/options.hpp"

namespace bitnet::cli {

/// --memory-report --memory-trace --memory-limit --shared-weights
void add_memory_options(CLI::App& command, MemoryOptions& options);
/// A pool that keeps account by tag where a report or a trace is wanted.
std::shared_ptr<HybridMemoryPool> make_pool(const MemoryOptions& options);
/// A clean-up on a thread of its own: after half a minute without work, and when memory grows scarce.
CleanupManager watch_memory(const Context& context);

/// {"current_bytes","peak_bytes","limit_bytes","mapped_bytes","pressure","internal_fragmentation",
/// "external_fragmentation","shared_weight_bytes","shared_weights_found","compressed":{"blocks","bytes","packed_bytes"},
/// "tags":{TAG:{"current_bytes","peak_bytes","blocks","allocations"}},"suggestions":[{"change","reason"}]}
Json memory_json(const Model& model, const MemoryOptions& options);
/// The same for people, to stderr; `cleanup` may be null.
void print_memory_report(const Model& model, const MemoryOptions& options, const CleanupManager* cleanup = nullptr);
/// Writes the file of --memory-trace, if one is wanted.
void write_memory_trace(const Model& model, const MemoryOptions& options);

}  // namespace bitnet::cli
