#include "bitnet/calibrate.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/file_builder.hpp"
#include "support/tiny_model.hpp"

namespace bitnet {
namespace {

TEST(Calibrate, EveryInputOfEveryLayerIsSeen) {
  const testing::TemporaryFolder folder;
  testing::write_tiny_model(folder.path() / "model", {.hidden = 64, .ffn = 96});
  const auto model = Model::load(nullptr, folder.path() / "model");
  std::vector<TokenId> ids;
  for (TokenId id = 0; id < 150; ++id) ids.push_back(id * 7 % 250);
  std::uint64_t last = 0;
  const auto inputs = calibrate_inputs(
      model, ids, {.window = 100, .progress = [&](std::string_view, std::uint64_t done, std::uint64_t total) {
                     EXPECT_GT(done, last);
                     last = done;
                     EXPECT_EQ(total, 300u);
                   }});
  EXPECT_EQ(last, 300u);
  ASSERT_EQ(inputs.size(), 4 * model->info().layers);
  EXPECT_EQ(inputs[0].name, "blk.0.attn_q, attn_k, attn_v");
  EXPECT_EQ(inputs[7].name, "blk.1.ffn_down");
  for (const LinearInput& input : inputs) {
    SCOPED_TRACE(input.name);
    EXPECT_EQ(input.values, 150u * (input.name.ends_with("ffn_down") ? 96 : 64));
    EXPECT_LT(input.min, 0);
    EXPECT_GT(input.max, 0);
    ASSERT_EQ(input.statics.size(), 4u);
    // Eight bits over what is nearly a normal distribution.
    EXPECT_GT(input.dynamic_sqnr_db, 30);
    for (const LinearInput::Static& s : input.statics) {
      EXPECT_GT(s.sqnr_db, 15) << observer_name(s.observer);
      EXPECT_LE(s.range.max, std::max(-input.min, input.max));
      EXPECT_LT(s.sqnr_db, input.dynamic_sqnr_db + 1) << "one range for all tokens does no better than one each";
    }
    EXPECT_EQ(input.statics[0].range.max, std::max(-input.min, input.max));
  }
  // The same text gives the same figures.
  const auto again = calibrate_inputs(model, ids, {.window = 100});
  for (std::size_t i = 0; i < inputs.size(); ++i) EXPECT_EQ(again[i].dynamic_sqnr_db, inputs[i].dynamic_sqnr_db);
}

TEST(Calibrate, NonsenseIsRefused) {
  const testing::TemporaryFolder folder;
  testing::write_tiny_model(folder.path() / "model", {.hidden = 64, .ffn = 96});
  const auto model = Model::load(nullptr, folder.path() / "model");
  testing::expect_error(ErrorCode::kInvalidArgument, "no tokens", [&] { (void)calibrate_inputs(model, {}); });
  const std::vector<TokenId> wrong{1, 99999};
  testing::expect_error(ErrorCode::kInvalidArgument, "token id 99999", [&] { (void)calibrate_inputs(model, wrong); });
}

}  // namespace
}  // namespace bitnet
