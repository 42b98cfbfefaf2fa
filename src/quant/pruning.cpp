#include "quant/pruning.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/fail.hpp"
#include "quant/block_codec.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kMostGroup = 64;

// In the order of magnitudes, whatever the bits are.
std::uint32_t magnitude(float v) noexcept { return std::bit_cast<std::uint32_t>(v) & 0x7fffffffu; }

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// Calls `visit` with all values, some thousands at a time.
template <typename Visit>
void each_value(const TensorView& tensor, const Visit& visit) {
  constexpr std::size_t kPiece = 4096;  // a multiple of every block
  const DTypeTraits& traits = dtype_traits(tensor.dtype);
  const auto count = static_cast<std::size_t>(tensor.elements());
  std::vector<float> values(std::min(kPiece, count));
  for (std::size_t at = 0; at < count; at += kPiece) {
    const std::size_t n = std::min(kPiece, count - at);
    dequantize(tensor.dtype, tensor.bytes.data() + at / traits.block * traits.bytes, n, values.data());
    for (std::size_t i = 0; i < n; ++i) visit(values[i]);
  }
}

// The magnitude below which at most `drop` values lie, exactly: its upper 16 bits by counting, then the lower ones.
// Bits of floats of one sign are in the order of their values.
float threshold_of(const TensorView& tensor, std::uint64_t drop) {
  const auto find = [&](const std::vector<std::uint64_t>& counts, std::uint64_t& below) {
    std::uint32_t bucket = 0;
    while (bucket + 1 < counts.size() && below + counts[bucket] <= drop) below += counts[bucket++];
    return bucket;
  };
  std::vector<std::uint64_t> counts(1 << 16);
  each_value(tensor, [&](float v) { ++counts[magnitude(v) >> 16]; });
  std::uint64_t below = 0;
  const std::uint32_t high = find(counts, below);
  std::ranges::fill(counts, 0u);
  each_value(tensor, [&](float v) {
    if (magnitude(v) >> 16 == high) ++counts[magnitude(v) & 0xffff];
  });
  return std::bit_cast<float>(high << 16 | find(counts, below));
}

}  // namespace

Pruning Pruning::parse(std::string_view text) {
  Pruning pruning;
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    const auto n = number<std::size_t>(text.substr(0, colon)), m = number<std::size_t>(text.substr(colon + 1));
    if (!n || !m || *n == 0 || *n >= *m || *m > kMostGroup)
      fail_argument("'{}' prunes nothing: N:M keeps N of M weights, 0 < N < M <= {}", printable(text), kMostGroup);
    pruning.kind = Kind::kNofM;
    pruning.n = *n, pruning.m = *m;
    return pruning;
  }
  const auto fraction = number<double>(text);
  if (!fraction || !(*fraction > 0) || !(*fraction < 1))
    fail_argument("'{}' is neither a fraction above 0 and below 1, nor N:M such as 2:4", printable(text));
  pruning.fraction = *fraction;
  return pruning;
}

Pruner::Pruner(const TensorView& tensor, const Pruning& pruning) : pruning_(pruning) {
  if (!can_dequantize(tensor.dtype))
    fail(ErrorCode::kUnsupported, "tensor '{}' is {}, of which no weights can be pruned", printable(tensor.name),
         dtype_name(tensor.dtype));
  if (pruning.kind != Pruning::Kind::kMagnitude) return;
  threshold_ =
      threshold_of(tensor, static_cast<std::uint64_t>(pruning.fraction * static_cast<double>(tensor.elements())));
}

void Pruner::apply(std::span<float> values) const noexcept {
  if (pruning_.kind == Pruning::Kind::kMagnitude) {
    for (float& v : values) v = std::fabs(v) < threshold_ ? 0.0f : v;
    return;
  }
  std::array<std::size_t, kMostGroup> order;
  for (std::size_t at = 0; at < values.size(); at += pruning_.m) {
    const std::span group = values.subspan(at, std::min(pruning_.m, values.size() - at));
    // What is left at a row's end keeps its share, rounded up.
    const std::size_t keep = (pruning_.n * group.size() + pruning_.m - 1) / pruning_.m;
    for (std::size_t i = 0; i < group.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(group.size()),
                     [&](std::size_t a, std::size_t b) { return magnitude(group[a]) > magnitude(group[b]); });
    for (std::size_t i = keep; i < group.size(); ++i) group[order[i]] = 0.0f;
  }
}

}  // namespace bitnet
