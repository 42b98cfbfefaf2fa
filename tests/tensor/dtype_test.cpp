#include <gtest/gtest.h>

#include "bitnet/dtype.hpp"

namespace bitnet {
namespace {

TEST(DType, NamesRoundTripAndSizesMatch) {
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto type = static_cast<DType>(i);
    EXPECT_EQ(parse_dtype(dtype_name(type)), type);
    if (type == DType::kTL2) continue;
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

TEST(DType, MatricesHaveTheirScales) {
  EXPECT_EQ(matrix_bytes(DType::kF16, 3, 5), 30u);
  EXPECT_EQ(matrix_bytes(DType::kQ8_0, 2, 64), 136u);
  EXPECT_FALSE(matrix_bytes(DType::kQ8_0, 4, 8));
  EXPECT_EQ(matrix_bytes(DType::kI2_S, 4, 32), 64u);  // codes run over the ends of rows
  EXPECT_EQ(matrix_bytes(DType::kTL1, 4, 32), 64u);
  EXPECT_EQ(matrix_bytes(DType::kIQ1_BN, 2, 128), 2u * (2 + 26));
  EXPECT_EQ(matrix_bytes(DType::kIQ2_BN, 2, 128), 2u * (4 + 32));
  EXPECT_FALSE(matrix_bytes(DType::kIQ2_BN_R4, 2, 128));
  EXPECT_EQ(matrix_bytes(DType::kIQ2_BN_R4, 4, 128), 4u * (4 + 32));
  EXPECT_EQ(matrix_bytes(DType::kTL2, 512, 1536), 169344u);  // 169301 in whole 32, + 32
  for (const DType type : {DType::kF32, DType::kI2_S, DType::kTL1, DType::kTL2, DType::kIQ2_BN}) {
    EXPECT_FALSE(matrix_bytes(type, ~0ull, 256));
    EXPECT_FALSE(matrix_bytes(type, 1ull << 40, 1ull << 40));
  }
  EXPECT_FALSE(matrix_bytes(DType::kTL2, 512, 255));
}

}  // namespace
}  // namespace bitnet
