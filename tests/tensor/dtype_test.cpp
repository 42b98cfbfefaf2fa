#include <gtest/gtest.h>

#include "bitnet/dtype.hpp"

namespace bitnet {
namespace {

TEST(DType, NamesRoundTripAndSizesMatch) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto type = static_cast<DType>(i);
    EXPECT_EQ(parse_dtype(dtype_name(type)), type);
    EXPECT_EQ(dtype_bytes(type, dtype_traits(type).block), dtype_traits(type).bytes);
  }
  EXPECT_FALSE(parse_dtype("f31"));
  EXPECT_FALSE(parse_dtype(""));
}

TEST(DType, RefusesPartialBlocksAndOverflow) {
  EXPECT_EQ(dtype_bytes(DType::kQ6_K, 512), 420u);
  EXPECT_FALSE(dtype_bytes(DType::kQ6_K, 511));
  EXPECT_FALSE(dtype_bytes(DType::kF32, ~0ull));
  EXPECT_EQ(dtype_bytes(DType::kI2_S, 1 << 20), 1u << 18);
}

}  // namespace
}  // namespace bitnet
