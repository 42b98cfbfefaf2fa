#include "model/precision_policy.hpp"

#include <gtest/gtest.h>

#include "support/file_builder.hpp"

namespace bitnet {
namespace {

using testing::expect_error;

std::string text(const PrecisionChoice& choice) {
  return choice.ternary ? "ternary" : choice.type ? std::string(dtype_name(*choice.type)) : "keep";
}

TEST(PrecisionPolicy, TheLastRuleThatMatchesCounts) {
  PrecisionPolicy policy("linears=ternary, last=f16,blk.*.attn_q=q8_0 ,embedding=q6_k,blk.0.*=keep", 4);
  EXPECT_EQ(text(policy.choice("blk.1.ffn_down")), "ternary");
  EXPECT_EQ(text(policy.choice("blk.3.ffn_down")), "f16");
  EXPECT_EQ(text(policy.choice("blk.3.attn_q")), "q8_0");
  EXPECT_EQ(text(policy.choice("blk.0.attn_q")), "keep");
  EXPECT_EQ(text(policy.choice("token_embd")), "q6_k");
  EXPECT_EQ(text(policy.choice("output")), "keep");
  EXPECT_NO_THROW(policy.check_all_used());
}

TEST(PrecisionPolicy, KindsOfLinears) {
  PrecisionPolicy policy("attention=f16,ffn=bf16,first=f32,head=q8_0", 2);
  EXPECT_EQ(text(policy.choice("blk.1.attn_output")), "f16");
  EXPECT_EQ(text(policy.choice("blk.1.ffn_gate")), "bf16");
  EXPECT_EQ(text(policy.choice("blk.0.ffn_gate")), "f32");
  EXPECT_EQ(text(policy.choice("output")), "q8_0");
  EXPECT_EQ(text(policy.choice("token_embd")), "keep");
}

TEST(PrecisionPolicy, RulesThatMakeNoSenseAreRefused) {
  const auto refuse = [](const char* rules, const char* part) {
    expect_error(ErrorCode::kInvalidArgument, part, [&] { PrecisionPolicy(rules, 2); });
  };
  refuse("linears", "is not WHERE=WHAT");
  refuse("=f16", "is not WHERE=WHAT");
  refuse("linears=ternary,,", "is not WHERE=WHAT");
  refuse("linears=int3", "'int3' is none of ternary");
  refuse("linears=i2_s", "'i2_s' is none of ternary");
  refuse("head=ternary", "linears alone");
  PrecisionPolicy unused("blk.7.*=f16", 2);
  (void)unused.choice("blk.1.attn_q");
  expect_error(ErrorCode::kInvalidArgument, "'blk.7.*=f16' fits no tensor", [&] { unused.check_all_used(); });
  PrecisionPolicy all("*=ternary", 2);
  expect_error(ErrorCode::kInvalidArgument, "'output' cannot be ternary", [&] { (void)all.choice("output"); });
}

}  // namespace
}  // namespace bitnet
