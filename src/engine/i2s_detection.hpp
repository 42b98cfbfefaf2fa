// Which of I2_S's layouts a file has, told by what the model then predicts.
#pragma once

#include <filesystem>

#include "bitnet/weight_layouts.hpp"

namespace bitnet {

/// The layouts with "detect" settled; others are returned as they are. Throws as WeightLayouts says.
WeightLayouts settle_layouts(const std::filesystem::path& path, const WeightLayouts& layouts);

}  // namespace bitnet
