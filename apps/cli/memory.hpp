// What the CLI does about memory: limits, and a report of what it was used for.
#pragma once

#include "cli/options.hpp"

namespace bitnet::cli {

/// --memory-report --memory-limit
void add_memory_options(CLI::App& command, MemoryOptions& options);
/// A pool that keeps account by tag where a report is wanted.
std::shared_ptr<HybridMemoryPool> make_pool(const MemoryOptions& options);

/// {"current_bytes","peak_bytes","limit_bytes","mapped_bytes","pressure","internal_fragmentation",
/// "external_fragmentation","tags":{TAG:{"current_bytes","peak_bytes","blocks","allocations"}}}
Json memory_json(const Context& context, const MemoryOptions& options);
/// The same for people, to stderr.
void print_memory_report(const Context& context, const MemoryOptions& options);

}  // namespace bitnet::cli
