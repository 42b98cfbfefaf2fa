#include "engine/built_in_model.hpp"

#include "base/fail.hpp"

#ifdef BITNET_BUILT_IN_MODEL
// The assembler puts the file into the program's read-only data, where the system shares its pages and reads them when
// they are touched. 64: as a file's tensors, these must lie at multiples of the format's alignment of 32.
#ifdef __APPLE__
#define BITNET_RODATA ".const_data\n"
#define BITNET_SYMBOL(name) "_" #name
#define BITNET_END_RODATA ".text\n"
#else
#define BITNET_RODATA ".pushsection .rodata.bitnet_built_in_model, \"a\"\n"
#define BITNET_SYMBOL(name) #name
#define BITNET_END_RODATA ".popsection\n"
#endif
// clang-format off
__asm__(BITNET_RODATA
        ".balign 64\n"
        BITNET_SYMBOL(bitnet_built_in_model) ":\n"
        ".incbin \"" BITNET_BUILT_IN_MODEL "\"\n"
        BITNET_SYMBOL(bitnet_built_in_model_end) ":\n"
        BITNET_END_RODATA);
// clang-format on

extern "C" {
__attribute__((visibility("hidden"))) extern const std::byte bitnet_built_in_model[];
__attribute__((visibility("hidden"))) extern const std::byte bitnet_built_in_model_end[];
}
#endif

namespace bitnet {

std::shared_ptr<const GgufFile> built_in_model_file() {
#ifdef BITNET_BUILT_IN_MODEL
  return GgufFile::parse({bitnet_built_in_model, bitnet_built_in_model_end}, "the built-in model");
#else
  fail(ErrorCode::kNotFound,
       "this build has no built-in model (it was configured with an empty BITNET_BUILT_IN_MODEL): name a GGUF file or "
       "a Hugging "
       "Face directory");
#endif
}

}  // namespace bitnet
