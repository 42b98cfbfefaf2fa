#include "io/gguf_writer.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "io/gguf.hpp"
#include "support/file_builder.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

// Byte i of tensor t.
std::byte pattern(std::size_t t, std::size_t i) { return static_cast<std::byte>(t * 37 + i); }

// Tensor t as so many bytes, in two pieces.
GgufWriter::Fill fill_with(std::vector<std::uint64_t> sizes) {
  return [sizes](std::size_t t, const GgufWriter::Put& put) {
    std::vector<std::byte> bytes(sizes[t]);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = pattern(t, i);
    put(std::span(bytes).first(bytes.size() / 3));
    put(std::span(bytes).subspan(bytes.size() / 3));
  };
}

class GgufWriterTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "out.gguf";
};

TEST_F(GgufWriterTest, WhatIsWrittenIsRead) {
  GgufWriter writer;
  writer.set("count", std::uint32_t{4000000000});
  writer.set("real", 0.1f);
  writer.set("yes", true);
  writer.set("text", "Grüße\n");
  writer.set("empty", "");
  writer.set("texts", std::vector<std::string>{"a", "", "b c"});
  writer.set("none", std::vector<std::string>{});
  writer.set("numbers", std::vector<std::int32_t>{-1, 0, 2147483647});
  struct Case {
    const char* name;
    DType type;
    std::vector<std::uint64_t> shape;
  };
  const std::vector<Case> cases{
      {"plain", DType::kF32, {3}},         {"matrix", DType::kF16, {5, 3}},   {"cube", DType::kBF16, {2, 3, 4}},
      {"blocks", DType::kQ8_0, {3, 64}},   {"large", DType::kQ6_K, {2, 512}}, {"ternary", DType::kTQ2_0, {2, 256}},
      {"digits", DType::kTQ1_0, {1, 512}}, {"codes", DType::kI2_S, {2, 64}},  {"last", DType::kF32, {1}}};
  std::vector<std::uint64_t> sizes;
  for (const Case& c : cases) {
    writer.add_tensor(c.name, c.type, c.shape);
    sizes.push_back(*gguf_tensor_bytes(c.type, c.shape));
  }
  writer.add_bytes("bytes");
  sizes.push_back(77);
  writer.add_tensor("behind", DType::kF16, std::vector<std::uint64_t>{3});
  sizes.push_back(6);
  const auto fill_pattern = fill_with(sizes);
  bool verified = false;
  writer.write(path_, fill_pattern, [&](const fs::path& temporary) {
    verified = true;
    EXPECT_FALSE(fs::exists(path_));
    EXPECT_EQ(GgufFile::open(temporary)->tensors().size(), sizes.size());
  });
  EXPECT_TRUE(verified);
  EXPECT_EQ(files_in(folder_.path()), 1u);

  const auto file = GgufFile::open(path_);
  EXPECT_EQ(file->get_uint("count"), 4000000000u);
  EXPECT_EQ(file->get_float("real"), static_cast<double>(0.1f));
  EXPECT_EQ(file->get_bool("yes"), true);
  EXPECT_EQ(file->get_string("text"), "Grüße\n");
  EXPECT_EQ(file->get_string("empty"), "");
  EXPECT_EQ(file->get_strings("texts"), (std::vector<std::string_view>{"a", "", "b c"}));
  EXPECT_EQ(file->get_ints("numbers"), (std::vector<std::int64_t>{-1, 0, 2147483647}));
  for (std::size_t t = 0; t < cases.size(); ++t) {
    SCOPED_TRACE(cases[t].name);
    const TensorView* tensor = file->find(cases[t].name);
    ASSERT_NE(tensor, nullptr);
    EXPECT_EQ(tensor->dtype, cases[t].type);
    EXPECT_EQ(tensor->shape, cases[t].shape);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor->bytes.data()) % 32, 0u);
    for (std::size_t i = 0; i < tensor->bytes.size(); ++i) ASSERT_EQ(tensor->bytes[i], pattern(t, i));
  }
  const TensorView* bytes = file->find("bytes");
  EXPECT_EQ(bytes->dtype, DType::kI8);
  EXPECT_EQ(bytes->shape, std::vector<std::uint64_t>{77});
  EXPECT_EQ(bytes->bytes[76], pattern(cases.size(), 76));
  EXPECT_EQ(file->find("behind")->bytes[5], pattern(cases.size() + 1, 5));

  // What another file has is copied as it is.
  GgufWriter copy;
  for (const GgufFile::Entry& entry : file->metadata()) copy.copy(entry.key, entry.value);
  const fs::path again = folder_.path() / "copy.gguf";
  copy.write(again, fill_with({}));
  const auto copied = GgufFile::open(again);
  ASSERT_EQ(copied->metadata().size(), file->metadata().size());
  for (std::size_t i = 0; i < file->metadata().size(); ++i) {
    const auto &a = copied->metadata()[i], &b = file->metadata()[i];
    EXPECT_EQ(a.key, b.key);
    EXPECT_EQ(a.value.type, b.value.type);
    EXPECT_TRUE(std::ranges::equal(a.value.bytes, b.value.bytes)) << a.key;
  }
}

TEST_F(GgufWriterTest, TooFewBytesAreAnError) {
  GgufWriter writer;
  writer.add_tensor("a", DType::kF32, std::vector<std::uint64_t>{4});
  expect_error(ErrorCode::kInternal, "'a' got 15 bytes instead of 16", [&] { writer.write(path_, fill_with({15})); });
  EXPECT_EQ(files_in(folder_.path()), 0u);
}

TEST_F(GgufWriterTest, WhatTheFormatCannotSayIsRefused) {
  GgufWriter writer;
  writer.set("key", true);
  expect_error(ErrorCode::kInvalidArgument, "'key' is set twice", [&] { writer.set("key", 1.0f); });
  const auto add = [&](std::string_view name, DType type, std::vector<std::uint64_t> shape) {
    writer.add_tensor(name, type, shape);
  };
  add("a", DType::kF32, {1});
  expect_error(ErrorCode::kInvalidArgument, "two tensors have the name 'a'", [&] { add("a", DType::kF32, {1}); });
  expect_error(ErrorCode::kInvalidArgument, "1 to 63 bytes", [&] { add(std::string(64, 'x'), DType::kF32, {1}); });
  expect_error(ErrorCode::kInvalidArgument, "is bool", [&] { add("b", DType::kBool, {1}); });
  expect_error(ErrorCode::kInvalidArgument, "5 dimensions", [&] { add("b", DType::kF32, {1, 1, 1, 1, 1}); });
  expect_error(ErrorCode::kInvalidArgument, "'b' of [2, 128] cannot be tq2_0: 256", [&] {
    add("b", DType::kTQ2_0, {2, 128});
  });
  expect_error(ErrorCode::kInvalidArgument, "cannot be f32", [&] {
    add("b", DType::kF32, {std::uint64_t{1} << 40, std::uint64_t{1} << 40});
  });
}

TEST_F(GgufWriterTest, AnErrorLeavesWhatWasThere) {
  folder_.write("out.gguf", "what was here before");
  GgufWriter writer;
  writer.add_tensor("a", DType::kF32, std::vector<std::uint64_t>{1 << 16});
  const auto fill_pattern = fill_with({4 << 16});
  struct Failed {};
  EXPECT_THROW(writer.write(path_, [](std::size_t, const GgufWriter::Put&) { throw Failed(); }), Failed);
  EXPECT_THROW(writer.write(path_, fill_pattern, [](const fs::path&) { throw Failed(); }), Failed);

  // A full disk, as a limit to the size of files shows it.
  struct rlimit before {};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit limit {
    100000, before.rlim_max
  };
  ::setrlimit(RLIMIT_FSIZE, &limit);
  expect_error(ErrorCode::kIo, "out.gguf: cannot be written", [&] { writer.write(path_, fill_pattern); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);

  EXPECT_EQ(files_in(folder_.path()), 1u);
  EXPECT_EQ(fs::file_size(path_), 20u);
  expect_error(ErrorCode::kIo, "cannot be written",
               [&] { writer.write(folder_.path() / "absent" / "f", fill_pattern); });
  fs::create_directory(folder_.path() / "folder");
  expect_error(ErrorCode::kIo, "cannot be put in place",
               [&] { writer.write(folder_.path() / "folder", fill_pattern); });
  EXPECT_EQ(files_in(folder_.path()), 2u);
}

}  // namespace
}  // namespace bitnet
