// Any bytes are a session that is taken up, or a bitnet::Error. Built without the check of the checksum.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <optional>

#include "bitnet/bitnet.hpp"
#include "engine/session_snapshot.hpp"
#include "model/loader.hpp"
#include "support/tiny_model.hpp"

using namespace bitnet;

namespace {

struct Target {
  Target() {
    const auto folder = std::filesystem::temp_directory_path() / ("bitnet-session-fuzz-" + std::to_string(::getpid()));
    testing::write_tiny_model(folder);
    const auto context = std::make_shared<const Context>(ContextOptions{.threads = 1});
    transformer = load_transformer(context, WeightFiles::open(folder), "tiny", {});
    std::filesystem::remove_all(folder);
    cache.emplace(transformer->make_cache(DType::kF16, 64));
  }
  std::unique_ptr<const Transformer> transformer;
  std::optional<KvCache> cache;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Target target;
  try {
    const Snapshot file = parse_session({reinterpret_cast<const std::byte*>(data), size}, "fuzz.session");
    const auto tokens = load_session(file, *target.transformer, *target.cache);
    if (tokens.size() > target.cache->capacity()) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
