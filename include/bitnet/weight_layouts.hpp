// How weights lie in files that do not say it.
#pragma once

#include <string>

namespace bitnet {

struct WeightLayouts {
  /// I2_S's codes: "x86", the layout of the files that are published; "arm", that of files which bitnet.cpp made on
  /// Arm; "rows", that of its builds without ACT_PARALLEL (quant/packing/i2_s.hpp).
  std::string i2s = "x86";
  /// TL1's and TL2's tiles: the path of the kernel_config.ini that the file was made with, or the name of one of the
  /// models for which bitnet.cpp ships one (quant/packing/tl_config.hpp). Without it such tensors are refused.
  std::string tl;
};

}  // namespace bitnet
