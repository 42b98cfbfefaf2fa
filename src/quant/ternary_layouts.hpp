// What files of ternary weights leave unsaid, as whoever opens them says it.
#pragma once

#include <vector>

#include "quant/packing/i2_s.hpp"
#include "quant/packing/tl_config.hpp"

namespace bitnet {

struct TernaryLayouts {
  I2SLayout i2_s = I2SLayout::kX86;
  std::vector<TlTiles> tl1{}, tl2{};  // of the shapes that occur; empty where nothing was said
};

}  // namespace bitnet
