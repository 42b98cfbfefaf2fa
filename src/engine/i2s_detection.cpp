#include "engine/i2s_detection.hpp"

#include <algorithm>
#include <array>

#include "base/fail.hpp"
#include "bitnet/evaluate.hpp"
#include "io/gguf.hpp"
#include "quant/packing/i2_s.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;

// Plain sentences: what any model of English predicts better than chance.
constexpr std::string_view kSentences =
    "Once upon a time there was a little girl who lived with her mother and father in a small house near the forest. "
    "Every day she went out to play in the garden with her dog. One day the dog ran away, and she was very sad. "
    "She looked for him everywhere, but she could not find him. Then she heard a sound behind a big tree. "
    "It was her dog! She was so happy that she hugged him, and they went home together. Her mother smiled and said, "
    "\"I am glad that you found your friend.\" They all sat down and had dinner, and that night she slept well.";
// In nats a token. Of weights in a wrong order a model predicts about as well as from no text at all.
constexpr double kClearlyBetter = 0.5;

bool has_i2_s(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return false;
  const auto file = GgufFile::open(path);
  return std::ranges::any_of(file->tensors(),
                             [](const GgufTensor& t) { return t.known && t.view.dtype == DType::kI2_S; });
}

}  // namespace

WeightLayouts settle_layouts(const fs::path& path, const WeightLayouts& layouts) {
  if (layouts.i2s != "detect") return layouts;
  WeightLayouts settled = layouts;
  settled.i2s = "x86";
  if (!has_i2_s(path)) return settled;
  struct Guess {
    std::string_view layout;
    double nll;
  };
  std::vector<Guess> guesses;
  for (const std::string_view layout : kI2SLayoutNames) {
    LoadOptions options;
    options.layouts = layouts;
    options.layouts.i2s = layout;
    const auto model = Model::load(nullptr, path, options);
    if (model->tokenizer() == nullptr)
      fail(ErrorCode::kUnsupported, "{}: without a tokenizer I2_S's layout cannot be detected: name it (--i2s-layout)",
           path.string());
    const std::vector<TokenId> ids = model->tokenizer()->encode(kSentences);
    const std::size_t window = std::min(ids.size(), model->info().context_length);
    double nll = 1e9;
    try {
      nll = measure_perplexity(model, ids, {.session = {.context_length = window}}).nll;
    } catch (const Error& e) {
      if (e.code() != ErrorCode::kInternal) throw;  // logits that are not finite speak for themselves
    }
    guesses.push_back({layout, nll});
  }
  std::ranges::sort(guesses, {}, &Guess::nll);
  if (guesses[1].nll - guesses[0].nll < kClearlyBetter)
    fail(ErrorCode::kUnsupported,
         "{}: I2_S's layout cannot be detected: the model predicts English with {:.2f} nats a token as {}, {:.2f} as "
         "{}: "
         "name it (--i2s-layout)",
         path.string(), guesses[0].nll, guesses[0].layout, guesses[1].nll, guesses[1].layout);
  settled.i2s = guesses[0].layout;
  return settled;
}

}  // namespace bitnet
