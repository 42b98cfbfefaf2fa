// Any bytes are a GGUF file that parses, or a bitnet::Error. What parses is read to its last byte.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "bitnet/error.hpp"
#include "io/gguf.hpp"
#include "model/config.hpp"
#include "quant/ternary.hpp"

using namespace bitnet;

namespace {

template <typename Call>
void attempt(const Call& call) {
  try {
    call();
  } catch (const Error&) {
  }
}

void use(const GgufFile& file, const TensorView& tensor) {
  unsigned sum = 0;
  for (const std::byte b : tensor.bytes) sum += std::to_integer<unsigned>(b);
  static volatile unsigned sink;
  sink = sum;
  if (file.find(tensor.name) != &tensor) std::abort();
  if (tensor.shape.size() != 2 || tensor.elements() > (1 << 16)) return;
  // Whatever a person may say of a file.
  TernaryLayouts layouts;
  layouts.i2_s = static_cast<I2SLayout>(sum % 3);
  layouts.tl1 = {{64, 256, 32, 64, 32}};
  layouts.tl2 = {{32, 256, 32, 96, 32}};
  if (const auto source = TernarySource::detect(tensor, layouts)) {
    std::vector<std::int8_t> trits(source->rows * source->cols);
    source->read(0, source->rows, trits.data());
    for (const std::int8_t t : trits)
      if (t < -1 || t > 1) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  attempt([&] {
    const auto file = GgufFile::parse({reinterpret_cast<const std::byte*>(data), size}, "fuzz.gguf");
    for (const GgufFile::Entry& entry : file->metadata()) {
      const std::string_view key = entry.key;
      (void)file->to_text(entry.value);
      attempt([&] { file->get_uint(key); });
      attempt([&] { file->get_int(key); });
      attempt([&] { file->get_float(key); });
      attempt([&] { file->get_bool(key); });
      attempt([&] { file->get_string(key); });
      attempt([&] { file->get_strings(key); });
      attempt([&] { file->get_floats(key); });
      attempt([&] { file->get_ints(key); });
    }
    for (const GgufTensor& tensor : file->tensors())
      if (tensor.known) attempt([&] { use(*file, tensor.view); });
    attempt([&] { config_from_gguf(*file).validate(); });
  });
  return 0;
}
