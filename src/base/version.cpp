#include "bitnet/version.hpp"

namespace bitnet {

std::string_view version() noexcept { return BITNET_VERSION; }

}  // namespace bitnet
