// The model that is compiled in: models/, chosen by the CMake variable BITNET_BUILT_IN_MODEL.
#pragma once

#include <memory>

#include "io/gguf.hpp"

namespace bitnet {

/// Views point into the program itself. Throws kNotFound for a build without one.
std::shared_ptr<const GgufFile> built_in_model_file();

}  // namespace bitnet
