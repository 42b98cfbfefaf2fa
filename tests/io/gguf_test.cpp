#include "io/gguf.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "support/file_builder.hpp"

namespace bitnet {
namespace {

using namespace bitnet::testing;

std::shared_ptr<const GgufFile> parse(std::string_view bytes) { return GgufFile::parse(as_bytes(bytes), "model.gguf"); }
void refuse(const std::string& bytes, std::string_view part, ErrorCode code = ErrorCode::kInvalidFile) {
  expect_error(code, part, [&] { parse(bytes); });
}
std::string zeros(std::size_t n) { return std::string(n, '\0'); }

// Every kind of value and several tensors.
GgufBuilder rich() {
  GgufBuilder b;
  b.key("u8", 0, raw<std::uint8_t>(200)).key("i8", 1, raw<std::int8_t>(-5)).key("u16", 2, raw<std::uint16_t>(65535));
  b.key("i16", 3, raw<std::int16_t>(-300))
      .key("u32", 4, raw<std::uint32_t>(4'000'000'000u))
      .key("i32", 5, raw<std::int32_t>(-7));
  b.key("f32", 6, raw(1.5f)).key("bool", 7, raw<std::uint8_t>(1)).key("text", 8, GgufBuilder::text("h\u00e9llo"));
  b.key("u64", 10, raw(~std::uint64_t{0})).key("i64", 11, raw(std::int64_t{-1} << 40)).key("f64", 12, raw(2.25));
  b.strings("texts", {"a", "", "ccc"});
  b.key("floats", 9, GgufBuilder::array(6, 2, raw(0.5f) + raw(-1.0f)));
  b.key("ints", 9, GgufBuilder::array(5, 3, raw<std::int32_t>(1) + raw<std::int32_t>(-2) + raw<std::int32_t>(3)));
  b.key("empty", 9, GgufBuilder::array(4, 0, ""));
  b.key("nested", 9,
        GgufBuilder::array(9, 2, GgufBuilder::array(0, 2, "ab") + GgufBuilder::array(8, 1, GgufBuilder::text("deep"))));
  b.tensor("matrix", {3, 2}, 0, raw(1.0f) + raw(2.0f) + raw(3.0f) + raw(4.0f) + raw(5.0f) + raw(6.0f));
  b.tensor("half", {4}, 1, zeros(8));
  b.tensor("ternary", {128, 2}, 36, zeros(64 + 32));
  b.tensor("strange", {32}, 39, zeros(17));
  return b;
}

TEST(Gguf, ReadsEveryKindOfValue) {
  const std::string bytes = rich().build();
  const auto file = parse(bytes);
  EXPECT_EQ(file->version(), 3u);
  EXPECT_EQ(file->get_uint("u8"), 200u);
  EXPECT_EQ(file->get_int("i8"), -5);
  EXPECT_EQ(file->get_uint("u16"), 65535u);
  EXPECT_EQ(file->get_int("i16"), -300);
  EXPECT_EQ(file->get_uint("u32"), 4'000'000'000u);
  EXPECT_EQ(file->get_int("u32"), 4'000'000'000);
  EXPECT_EQ(file->get_int("i32"), -7);
  EXPECT_EQ(file->get_float("f32"), 1.5);
  EXPECT_EQ(file->get_float("i32"), -7.0);
  EXPECT_EQ(file->get_bool("bool"), true);
  EXPECT_EQ(file->get_string("text"), "h\u00e9llo");
  EXPECT_EQ(file->get_uint("u64"), ~std::uint64_t{0});
  EXPECT_EQ(file->get_int("i64"), std::int64_t{-1} << 40);
  EXPECT_EQ(file->get_float("f64"), 2.25);
  EXPECT_EQ(file->get_strings("texts"), (std::vector<std::string_view>{"a", "", "ccc"}));
  EXPECT_EQ(file->get_floats("floats"), (std::vector<double>{0.5, -1.0}));
  EXPECT_EQ(file->get_floats("ints"), (std::vector<double>{1, -2, 3}));
  EXPECT_EQ(file->get_ints("ints"), (std::vector<std::int64_t>{1, -2, 3}));
  EXPECT_EQ(file->get_ints("empty"), std::vector<std::int64_t>());
  EXPECT_EQ(file->get_uint("absent"), std::nullopt);
  EXPECT_EQ(file->get_strings("absent"), std::nullopt);
  // Texts are views, not copies.
  const auto text = *file->get_string("text");
  EXPECT_TRUE(text.data() > bytes.data() && text.data() < bytes.data() + bytes.size());
}

TEST(Gguf, ValuesOfTheWrongTypeAreErrorsThatNameTheKey) {
  const std::string bytes = rich().key("two", 7, raw<std::uint8_t>(2)).build();
  const auto file = parse(bytes);
  const auto wrong = [&](std::string_view key, auto get) {
    expect_error(ErrorCode::kInvalidFile, "model.gguf: metadata key '" + std::string(key) + "'", [&] { get(key); });
  };
  wrong("i8", [&](auto key) { file->get_uint(key); });
  wrong("f32", [&](auto key) { file->get_uint(key); });
  wrong("text", [&](auto key) { file->get_uint(key); });
  wrong("bool", [&](auto key) { file->get_uint(key); });
  wrong("ints", [&](auto key) { file->get_uint(key); });
  wrong("u64", [&](auto key) { file->get_int(key); });
  wrong("f64", [&](auto key) { file->get_int(key); });
  wrong("text", [&](auto key) { file->get_float(key); });
  wrong("u8", [&](auto key) { file->get_bool(key); });
  wrong("two", [&](auto key) { file->get_bool(key); });
  wrong("u8", [&](auto key) { file->get_string(key); });
  wrong("texts", [&](auto key) { file->get_string(key); });
  wrong("ints", [&](auto key) { file->get_strings(key); });
  wrong("text", [&](auto key) { file->get_strings(key); });
  wrong("nested", [&](auto key) { file->get_strings(key); });
  wrong("texts", [&](auto key) { file->get_floats(key); });
  wrong("nested", [&](auto key) { file->get_ints(key); });
  wrong("floats", [&](auto key) { file->get_ints(key); });
}

TEST(Gguf, ListsKeysAndTheirValuesForPeople) {
  const std::string bytes = rich().build();
  const auto file = parse(bytes);
  ASSERT_EQ(file->metadata().size(), 17u);
  EXPECT_EQ(file->metadata()[0].key, "u8");
  const auto shown = [&](std::string_view key) {
    for (const auto& entry : file->metadata())
      if (entry.key == key) return file->to_text(entry.value);
    return std::string("absent");
  };
  EXPECT_EQ(shown("i64"), "-1099511627776");
  EXPECT_EQ(shown("bool"), "true");
  EXPECT_EQ(shown("text"), "h\u00e9llo");
  EXPECT_EQ(shown("ints"), "[3 x int32] 1 -2 3");
  EXPECT_EQ(shown("texts"), "[3 x string]");
  EXPECT_EQ(shown("nested"), "[2 x array]");
}

TEST(Gguf, TensorsAreOutermostFirst) {
  const std::string bytes = rich().build();
  const auto file = parse(bytes);
  ASSERT_EQ(file->tensors().size(), 4u);
  const TensorView* matrix = file->find("matrix");
  ASSERT_NE(matrix, nullptr);
  EXPECT_EQ(matrix->dtype, DType::kF32);
  EXPECT_EQ(matrix->shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(matrix->bytes.size(), 24u);
  float last;
  std::memcpy(&last, matrix->bytes.data() + 20, 4);
  EXPECT_EQ(last, 6.0f);
  EXPECT_EQ(file->find("ternary")->bytes.size(), 64u + 32u);
  EXPECT_EQ(file->find("absent"), nullptr);
}

TEST(Gguf, TensorsOfUnknownTypesAreListedAndNotHandedOut) {
  const std::string bytes = rich().build();
  const auto file = parse(bytes);
  EXPECT_TRUE(file->contains("strange"));
  EXPECT_FALSE(file->tensors()[3].known);
  EXPECT_EQ(file->tensors()[3].type_id, 39u);
  expect_error(ErrorCode::kUnsupported, "tensor 'strange' has type id 39", [&] { file->find("strange"); });
}

TEST(Gguf, TakesVersion2AndOtherAlignments) {
  GgufBuilder b(2, 64);
  b.u32("general.alignment", 64).tensor("a", {1}, 0, raw(1.0f)).tensor("b", {1}, 0, raw(2.0f));
  const std::string bytes = b.build();
  const auto file = parse(bytes);
  EXPECT_EQ(file->version(), 2u);
  EXPECT_EQ(file->find("b")->bytes.data() - file->find("a")->bytes.data(), 64);
}

TEST(Gguf, RefusesWhatIsNoGguf) {
  refuse("", "does not begin with");
  refuse("GGU", "does not begin with");
  refuse("GGML" + zeros(100), "does not begin with");
  refuse("GGUF", "version");
  refuse("GGUF" + raw<std::uint32_t>(1) + zeros(100), "version 1", ErrorCode::kUnsupported);
  refuse("GGUF" + raw<std::uint32_t>(4) + zeros(100), "version 4", ErrorCode::kUnsupported);
  refuse("GGUF" + raw(__builtin_bswap32(3)) + zeros(100), "big-endian", ErrorCode::kUnsupported);
}

TEST(Gguf, CountsThatLieEndAtOnce) {
  const std::uint64_t huge = std::uint64_t{1} << 60;
  refuse("GGUF" + raw<std::uint32_t>(3) + raw(huge) + raw<std::uint64_t>(0), "announced, more than the file can hold");
  refuse("GGUF" + raw<std::uint32_t>(3) + raw<std::uint64_t>(0) + raw(huge) + zeros(40), "empty");
  refuse(GgufBuilder().key("k", 9, GgufBuilder::array(4, huge, "")).build(), "'k' at offset");
  refuse(GgufBuilder().key("k", 9, GgufBuilder::array(10, huge * 4, "")).build(), "more than the file can hold");
  refuse(GgufBuilder().key("k", 9, GgufBuilder::array(8, huge, zeros(64))).build(), "more than the file can hold");
  refuse(GgufBuilder().key("k", 9, GgufBuilder::array(9, huge, zeros(64))).build(), "more than the file can hold");
  refuse(GgufBuilder().key("k", 8, raw(huge)).build(), "cut short");
  refuse(GgufBuilder().key("k", 8, raw(~std::uint64_t{0})).build(), "cut short");
}

TEST(Gguf, RefusesBrokenMetadata) {
  refuse(GgufBuilder().u32("a", 1).u32("a", 2).build(), "'a' stands twice");
  refuse(GgufBuilder().u32("", 1).build(), "is empty");
  refuse(GgufBuilder().key("a", 13, zeros(8)).build(), "unknown type 13");
  refuse(GgufBuilder().key("a", 9, GgufBuilder::array(13, 1, zeros(8))).build(), "unknown type 13");
  std::string deep = raw<std::uint32_t>(0) + raw<std::uint64_t>(0);
  for (int i = 0; i < 9; ++i) deep = GgufBuilder::array(9, 1, deep);
  refuse(GgufBuilder().key("a", 9, deep).build(), "nests arrays deeper");
  for (const std::uint32_t alignment : {0u, 3u, 48u, 1u << 21})
    refuse(GgufBuilder().u32("general.alignment", alignment).tensor("t", {1}, 0, zeros(4)).build(),
           "general.alignment is");
  refuse(GgufBuilder().string("general.alignment", "32").build(), "general.alignment");
}

TEST(Gguf, RefusesBrokenTensors) {
  const std::uint64_t big = std::uint64_t{1} << 33;
  refuse(GgufBuilder().tensor("t", {1}, 0, zeros(4)).tensor("t", {1}, 0, zeros(4)).build(), "'t' stands twice");
  refuse(GgufBuilder().tensor("t", {}, 0, zeros(4)).build(), "0 dimensions");
  refuse(GgufBuilder().tensor("t", {1, 1, 1, 1, 1}, 0, zeros(4)).build(), "5 dimensions");
  refuse(GgufBuilder().tensor("t", {0}, 0, zeros(4)).build(), "dimension of 0");
  refuse(GgufBuilder().tensor("t", {big, big}, 0, zeros(4)).build(), "dimension of");
  refuse(GgufBuilder().tensor("t", {~std::uint64_t{0}, 2}, 0, zeros(4)).build(), "dimension of");
  refuse(GgufBuilder().tensor("t", {9}, 0, zeros(32)).build(), "needs 36 bytes");
  refuse(GgufBuilder().tensor_at("t", {1}, 0, 4, zeros(64)).build(), "no multiple of the alignment");
  refuse(GgufBuilder().tensor_at("t", {1}, 0, 1 << 20, zeros(64)).build(), "behind the file's end");
  refuse(GgufBuilder().tensor_at("t", {1}, 0, ~std::uint64_t{31}, zeros(64)).build(), "behind the file's end");
  refuse(GgufBuilder().tensor_at("t", {16}, 0, 0, zeros(64)).tensor_at("u", {1}, 0, 32, "").build(),
         "'t' and 'u' overlap");
  refuse(GgufBuilder().tensor("t", {33}, 8, zeros(64)).build(), "33 values a row");
  refuse(GgufBuilder().tensor("t", {128, 2}, 35, zeros(66)).build(), "128 values a row");  // 256 in all is not enough
  refuse(GgufBuilder().tensor("t", {64}, 36, zeros(64)).build(), "multiple of 128");
  refuse(GgufBuilder().tensor("t", {128}, 36, zeros(32)).build(), "needs 64 bytes");
}

// Names come from outside: an error stays one printable line.
TEST(Gguf, ErrorsEscapeNames) {
  refuse(GgufBuilder().tensor("evil\n\x1b[2J\xff" + std::string(1000, 'x'), {0}, 0, "").build(),
         "evil\\x0a\\x1b[2J\\xff");
}

TEST(Gguf, I2SCodesMayRunOverRows) {
  const std::string bytes = GgufBuilder().tensor("t", {64, 4}, 36, zeros(64 + 32)).build();
  EXPECT_EQ(parse(bytes)->find("t")->bytes.size(), 96u);
}

TEST(Gguf, CutOrChangedAnywhereItThrowsOrParses) {
  const std::string bytes = rich().build();
  std::set<std::size_t> good;
  expect_robust(bytes, rich().head().size(), [&](std::string_view input) {
    const auto file = parse(input);
    for (const auto& entry : file->metadata()) (void)file->to_text(entry.value);
    for (const GgufTensor& tensor : file->tensors())
      if (tensor.known)
        for (const std::byte b : file->find(tensor.view.name)->bytes) (void)*static_cast<const volatile std::byte*>(&b);
    good.insert(input.size());
  });
  // The bytes behind the last tensor are the only ones that may be missing.
  EXPECT_TRUE(good.count(bytes.size()));
  EXPECT_FALSE(good.count(rich().head().size()));
}

TEST(Gguf, OpensFromDisk) {
  const TemporaryFolder folder;
  const auto path = folder.write("tiny.gguf", rich().build());
  const auto file = GgufFile::open(path);
  ASSERT_NE(file->mapping(), nullptr);
  EXPECT_EQ(file->mapping()->path(), path);
  EXPECT_EQ(file->name(), path.string());
  const TensorView* matrix = file->find("matrix");
  file->mapping()->will_need(matrix->bytes);
  file->mapping()->release(file->mapping()->bytes());
  float first;
  std::memcpy(&first, matrix->bytes.data(), 4);
  EXPECT_EQ(first, 1.0f);
  const auto bad = folder.write("bad.gguf", "GGML");
  expect_error(ErrorCode::kInvalidFile, bad.string(), [&] { GgufFile::open(bad); });
}

}  // namespace
}  // namespace bitnet
