#include "io/safetensors.hpp"

#include <gtest/gtest.h>

#include "support/file_builder.hpp"

namespace bitnet {
namespace {

using namespace bitnet::testing;

std::shared_ptr<const SafetensorsFile> parse(std::string_view bytes) {
  return SafetensorsFile::parse(as_bytes(bytes), "m.safetensors");
}
void refuse(std::string_view header, std::string_view data, std::string_view part,
            ErrorCode code = ErrorCode::kInvalidFile) {
  expect_error(code, part, [&] { parse(safetensors_bytes(header, data)); });
}
std::string entry(const char* dtype, const char* shape, const char* offsets) {
  return std::string(R"({"dtype":")") + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

TEST(Safetensors, ReadsEveryType) {
  const std::string header = R"({"__metadata__":{"format":"pt","n":3},"f":)" + entry("F32", "[2]", "[0,8]") +
                             R"(,"h":)" + entry("BF16", "[1,2]", "[8,12]") + R"(,"u":)" +
                             entry("U8", "[3]", "[12,15]") + R"(,"b":)" + entry("BOOL", "[]", "[15,16]") +
                             R"(,"none":)" + entry("I64", "[0,4]", "[16,16]") + "}  ";
  const std::string bytes = safetensors_bytes(header, raw(1.0f) + raw(2.0f) + "abcdefgh");
  const auto file = parse(bytes);
  ASSERT_EQ(file->tensors().size(), 5u);
  EXPECT_EQ(file->metadata().at("format"), "pt");
  EXPECT_EQ(file->metadata().at("n"), "3");
  EXPECT_EQ(file->find("f")->dtype, DType::kF32);
  EXPECT_EQ(file->find("h")->shape, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(static_cast<char>(file->find("u")->bytes[2]), 'g');
  EXPECT_TRUE(file->find("b")->shape.empty());
  EXPECT_EQ(file->find("b")->elements(), 1u);
  EXPECT_EQ(file->find("none")->bytes.size(), 0u);
  EXPECT_EQ(file->find("absent"), nullptr);
  for (const char* type : {"F64", "I64", "U64"})
    EXPECT_EQ(parse(safetensors_bytes(R"({"t":)" + entry(type, "[1]", "[0,8]") + "}", std::string(8, 'x')))
                  ->tensors()[0]
                  .type_name,
              type);
  for (const char* type : {"F16", "I16", "U16"})
    EXPECT_TRUE(parse(safetensors_bytes(R"({"t":)" + entry(type, "[1]", "[0,2]") + "}", "xx"))->tensors()[0].known);
}

TEST(Safetensors, UnknownTypesAreListedAndNotHandedOut) {
  const std::string bytes = safetensors_bytes(R"({"t":)" + entry("F8_E4M3", "[4]", "[0,4]") + "}", "abcd");
  const auto file = parse(bytes);
  EXPECT_TRUE(file->contains("t"));
  EXPECT_EQ(file->tensors()[0].type_name, "F8_E4M3");
  expect_error(ErrorCode::kUnsupported, "m.safetensors: tensor 't' has type F8_E4M3", [&] { file->find("t"); });
}

TEST(Safetensors, AnEmptyFileHasNoTensors) { EXPECT_TRUE(parse(safetensors_bytes("{}", ""))->tensors().empty()); }

TEST(Safetensors, RefusesBrokenHeaders) {
  expect_error(ErrorCode::kInvalidFile, "m.safetensors: cut short", [] { parse("1234567"); });
  expect_error(ErrorCode::kInvalidFile, "cut short", [] { parse(raw<std::uint64_t>(10) + "{}"); });
  expect_error(ErrorCode::kInvalidFile, "no safetensors file", [] { parse(raw(~std::uint64_t{0}) + "{}"); });
  refuse("", "", "no valid JSON");
  refuse("[]", "", "no JSON object");
  refuse("{", "", "no valid JSON at its byte");
  refuse("{} x", "", "no valid JSON");
  refuse("{\"a\xff\":1}", "", "no valid JSON");
  refuse(R"({"a":1e999})", "", "does not fit");
  refuse(std::string(5000, '['), "", "nests deeper");
  refuse(R"({"a":)" + std::string(5000, '{'), "", "nests deeper");
  refuse(R"({"a":1})", "", "tensor 'a' is no JSON object");
  refuse(R"({"__metadata__":1})", "", "__metadata__");
}

TEST(Safetensors, RefusesBrokenTensors) {
  const auto one = [](const std::string& e) { return R"({"t":)" + e + "}"; };
  refuse(R"({"t":{"shape":[1],"data_offsets":[0,4]}})", "1234", "has no dtype");
  refuse(R"({"t":{"dtype":"F32","data_offsets":[0,4]}})", "1234", "has no list shape");
  refuse(R"({"t":{"dtype":"F32","shape":[1]}})", "1234", "has no list data_offsets");
  refuse(one(entry("F32", "[-1]", "[0,4]")), "1234", "other than whole numbers");
  refuse(one(entry("F32", "[1.0]", "[0,4]")), "1234", "other than whole numbers");
  refuse(one(entry("F32", "[true]", "[0,4]")), "1234", "other than whole numbers");
  refuse(one(entry("F32", "[1]", "[0]")), "1234", "data_offsets");
  refuse(one(entry("F32", "[1]", "[4,0]")), "1234", "data_offsets");
  refuse(one(entry("F32", "[2]", "[0,8]")), "1234", "cut short");
  refuse(one(entry("F32", "[1]", "[0,18446744073709551615]")), "1234", "cut short");
  refuse(one(entry("F32", "[2]", "[0,4]")), "1234", "does not take the 4 bytes");
  refuse(one(entry("F32", "[4294967296,4294967296]", "[0,4]")), "1234", "does not fit");
  refuse(one(entry("F32", "[4611686018427387905]", "[0,4]")), "1234", "does not take");
  refuse(one(entry("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]")), "1234", "9 dimensions");
}

TEST(Safetensors, BytesBelongToExactlyOneTensor) {
  const auto two = [](const char* a, const char* b) {
    return R"({"a":)" + entry("U8", "[2]", a) + R"(,"b":)" + entry("U8", "[2]", b) + "}";
  };
  refuse(two("[0,2]", "[1,3]"), "123", "overlaps another");
  refuse(two("[0,2]", "[3,5]"), "12345", "belong to none");
  refuse(two("[2,4]", "[4,6]"), "123456", "belong to none");
  refuse(two("[0,2]", "[2,4]"), "12345", "1 bytes behind the last tensor");
  EXPECT_EQ(parse(safetensors_bytes(two("[2,4]", "[0,2]"), "1234"))->tensors()[0].name, "b");
}

TEST(Safetensors, NamesStandOnce) {
  refuse(R"({"t":)" + entry("U8", "[2]", "[0,2]") + R"(,"t":)" + entry("U8", "[2]", "[2,4]") + "}", "1234",
         "has 't' twice");
  refuse(R"({"t":{"dtype":"U8","dtype":"I8","shape":[2],"data_offsets":[0,2]}})", "12", "has 'dtype' twice");
}

TEST(Safetensors, CutOrChangedAnywhereItThrowsOrParses) {
  const std::string header =
      R"({"a":)" + entry("F32", "[1,2]", "[0,8]") + R"(,"b":)" + entry("U8", "[3]", "[8,11]") + "}";
  const std::string bytes = safetensors_bytes(header, "0123456789a");
  expect_robust(bytes, bytes.size(), [&](std::string_view input) {
    const auto file = parse(input);
    for (const SafetensorsTensor& tensor : file->tensors())
      if (tensor.known) (void)file->find(tensor.name)->elements();
    if (input.size() < bytes.size()) ADD_FAILURE() << "a file cut at " << input.size() << " was taken";
  });
}

TensorView view_of(std::string name, DType type, std::vector<std::uint64_t> shape, std::string_view bytes) {
  TensorView view;
  view.name = std::move(name);
  view.dtype = type;
  view.shape = std::move(shape);
  view.bytes = as_bytes(bytes);
  return view;
}

TEST(WriteSafetensors, WhatIsWrittenReadsBack) {
  const TemporaryFolder folder;
  const auto path = folder.write("out.safetensors", "what was here before");
  const std::vector<TensorView> tensors{view_of("z", DType::kF32, {1, 2}, "01234567"),
                                        view_of("a\"\n", DType::kU8, {3}, "xyz"),
                                        view_of("none", DType::kF16, {0}, "")};
  write_safetensors(path, tensors, {{"made by", "a test"}});
  const auto file = SafetensorsFile::open(path);
  ASSERT_EQ(file->tensors().size(), 3u);
  EXPECT_EQ(file->metadata().at("made by"), "a test");
  EXPECT_EQ(file->find("a\"\n")->bytes.size(), 3u);
  EXPECT_EQ(std::memcmp(file->find("z")->bytes.data(), "01234567", 8), 0);
  EXPECT_EQ((file->find("z")->bytes.data() - file->mapping()->bytes().data()) % 8, 0);
  // Nothing else is left behind.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(WriteSafetensors, RefusesWhatTheFormatCannotHold) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "out.safetensors";
  const auto bad = [&](const std::vector<TensorView>& tensors, std::string_view part) {
    expect_error(ErrorCode::kInvalidArgument, part, [&] { write_safetensors(path, tensors); });
    EXPECT_FALSE(std::filesystem::exists(path));
  };
  bad({view_of("t", DType::kQ8_0, {32}, std::string(34, 'x'))}, "q8_0");
  bad({view_of("t", DType::kF32, {2}, "1234")}, "do not fit together");
  bad({view_of("t", DType::kU8, {1}, "1"), view_of("t", DType::kU8, {1}, "1")}, "two tensors have the name 't'");
  bad({view_of("__metadata__", DType::kU8, {1}, "1")}, "__metadata__");
  bad({view_of("\xff", DType::kU8, {1}, "1")}, "UTF-8");
}

TEST(WriteSafetensors, LeavesNothingWhereItCannotWrite) {
  const TemporaryFolder folder;
  const std::vector<TensorView> tensors{view_of("t", DType::kU8, {1}, "1")};
  expect_error(ErrorCode::kIo, "cannot be written",
               [&] { write_safetensors(folder.path() / "absent" / "f", tensors); });
  std::filesystem::create_directory(folder.path() / "folder");
  expect_error(ErrorCode::kIo, "cannot be put in place", [&] { write_safetensors(folder.path() / "folder", tensors); });
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

const std::string kTensorA = safetensors_bytes(R"({"a":)" + entry("U8", "[1]", "[0,1]") + "}", "A");
const std::string kTensorB = safetensors_bytes(R"({"b":)" + entry("U8", "[1]", "[0,1]") + "}", "B");

TEST(SafetensorsDirectory, TakesTheOnlyFile) {
  const TemporaryFolder folder;
  folder.write("weights.safetensors", kTensorA);
  EXPECT_NE(SafetensorsDirectory::open(folder.path())->find("a"), nullptr);
  folder.write("more.safetensors", kTensorB);
  expect_error(ErrorCode::kInvalidFile, "2 *.safetensors files", [&] { SafetensorsDirectory::open(folder.path()); });
  folder.write("model.safetensors", kTensorB);
  EXPECT_EQ(SafetensorsDirectory::open(folder.path())->find("a"), nullptr);
}

TEST(SafetensorsDirectory, TakesTheIndexsShards) {
  const TemporaryFolder folder;
  folder.write("one.safetensors", kTensorA);
  folder.write("two.safetensors", kTensorB);
  folder.write("unnamed.safetensors", "rubbish");
  folder.write("model.safetensors.index.json",
               R"({"metadata":{"total_size":2},"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})");
  const auto directory = SafetensorsDirectory::open(folder.path());
  EXPECT_EQ(directory->files().size(), 2u);
  const TensorView* b = directory->find("b");
  ASSERT_NE(b, nullptr);
  directory->release(*b);
  EXPECT_EQ(static_cast<char>(b->bytes[0]), 'B');
  EXPECT_EQ(directory->find("c"), nullptr);
}

TEST(SafetensorsDirectory, RefusesBrokenIndexes) {
  const TemporaryFolder folder;
  folder.write("one.safetensors", kTensorA);
  folder.write("two.safetensors", kTensorA);
  const auto index = [&](const std::string& json, std::string_view part, ErrorCode code = ErrorCode::kInvalidFile) {
    folder.write("model.safetensors.index.json", json);
    expect_error(code, part, [&] { SafetensorsDirectory::open(folder.path()); });
  };
  for (const char* name : {"../one.safetensors", "/etc/passwd", "a/b", "..", ".", "", "a\\\\b", "a\\u0000b"})
    index(R"({"weight_map":{"a":")" + std::string(name) + R"("}})", "no plain file name");
  index("{", "no valid JSON");
  index("{}", "weight_map");
  index(R"({"weight_map":[]})", "weight_map");
  index(R"({"weight_map":{}})", "empty");
  index(R"({"weight_map":{"a":1}})", "no file for 'a'");
  index(R"({"weight_map":{"a":"one.safetensors","a":"two.safetensors"}})", "'a' twice");
  index(R"({"weight_map":{"a":"three.safetensors"}})", "three.safetensors", ErrorCode::kNotFound);
  index(R"({"weight_map":{"c":"one.safetensors"}})", "holds 'c', which it does not");
  index(R"({"weight_map":{"a":"one.safetensors"},"x":)" + std::string(100, '[') + std::string(100, ']') + "}",
        "nests deeper");
  folder.write("both.safetensors",
               safetensors_bytes(
                   R"({"a":)" + entry("U8", "[1]", "[0,1]") + R"(,"d":)" + entry("U8", "[1]", "[1,2]") + "}", "AD"));
  index(R"({"weight_map":{"a":"one.safetensors","d":"both.safetensors"}})", "tensor 'a' is also in");
}

TEST(SafetensorsDirectory, SaysWhatIsMissing) {
  const TemporaryFolder folder;
  expect_error(ErrorCode::kNotFound, "no *.safetensors", [&] { SafetensorsDirectory::open(folder.path()); });
  expect_error(ErrorCode::kNotFound, "no such directory",
               [&] { SafetensorsDirectory::open(folder.path() / "absent"); });
}

}  // namespace
}  // namespace bitnet
