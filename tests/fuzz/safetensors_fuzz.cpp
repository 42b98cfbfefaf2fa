// Any bytes are a safetensors file that parses, or a bitnet::Error. What parses is read to its last byte.
#include <cstdint>
#include <cstdlib>

#include "bitnet/error.hpp"
#include "io/safetensors.hpp"

using namespace bitnet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto file = SafetensorsFile::parse({reinterpret_cast<const std::byte*>(data), size}, "fuzz.safetensors");
    unsigned sum = 0;
    std::size_t bytes = 0;
    for (const SafetensorsTensor& tensor : file->tensors()) {
      bytes += tensor.bytes.size();
      for (const std::byte b : tensor.bytes) sum += std::to_integer<unsigned>(b);
      if (!file->contains(tensor.name)) std::abort();
      if (tensor.known && (file->find(tensor.name) != &tensor || tensor.elements() > size)) std::abort();
    }
    if (bytes > size) std::abort();
    static volatile unsigned sink;
    sink = sum;
  } catch (const Error&) {
  }
  return 0;
}
