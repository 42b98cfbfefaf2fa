// The loops that measure the machine do the work that they are timed for, on every level.
#include <cstring>

#include "backends/limit_loops.hpp"
#include "parity/parity_support.hpp"

namespace bitnet::parity {
namespace {

struct Level {
  std::string backend, isa;
};

std::vector<Level> levels() {
  std::vector<Level> all;
  for (const BackendInfo& info : list_backends())
    for (const std::string& isa : info.isa_levels) all.push_back({info.name, isa});
  return all;
}

TEST(LimitLoops, EveryByteIsRead) {
  constexpr std::size_t kBytes = 12 * kReadGrain;
  const Buffer memory = context().pool().buffer(kBytes);
  std::uint64_t expected = 0;
  std::uint64_t state = 1;
  for (std::uint64_t& word : memory.span<std::uint64_t>()) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    word = state;
    expected ^= word;
  }
  for (const std::size_t streams : {1, 2, 4})
    EXPECT_EQ(read_memory(memory.data(), kBytes, streams, 2048), expected) << streams << " streams";
}

TEST(LimitLoops, EveryMultiplyAddIsDone) {
  for (const Level& level : levels()) {
    const LimitLoops& loops = limit_loops(level.backend, level.isa);
    for (const auto macs : {loops.int8_macs, loops.tile_macs}) {
      if (macs == nullptr) continue;
      for (const std::size_t rounds : {1, 2, 1000}) {
        std::int64_t sum = 0;
        const std::uint64_t count = macs(rounds, sum);
        EXPECT_GE(count, rounds * 16);
        EXPECT_EQ(sum, static_cast<std::int64_t>(6 * count)) << level.backend << " " << level.isa;
      }
    }
    EXPECT_EQ(loops.tile_macs != nullptr, level.isa == "avx512-amx");
  }
}

}  // namespace
}  // namespace bitnet::parity
