#include "io/mapped_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/file_builder.hpp"

namespace bitnet {
namespace {

using namespace bitnet::testing;

TEST(MappedFile, HoldsTheFilesBytes) {
  const TemporaryFolder folder;
  std::string text(100'000, 'a');
  text.back() = 'z';
  const auto file = MappedFile::open(folder.write("f", text));
  ASSERT_EQ(file->bytes().size(), text.size());
  EXPECT_EQ(static_cast<char>(file->bytes().back()), 'z');
  // Released pages come back with the same bytes.
  file->will_need(file->bytes().subspan(5000, 1));
  file->release(file->bytes());
  file->release(file->bytes().subspan(10, 1));
  file->release({});
  EXPECT_EQ(static_cast<char>(file->bytes()[50'000]), 'a');
  EXPECT_EQ(static_cast<char>(file->bytes().back()), 'z');
}

TEST(MappedFile, StaysWhenTheNameGoes) {
  const TemporaryFolder folder;
  const auto path = folder.write("f", "abc");
  const auto file = MappedFile::open(path);
  std::filesystem::remove(path);
  EXPECT_EQ(static_cast<char>(file->bytes()[2]), 'c');
}

TEST(MappedFile, SaysWhatCannotBeMapped) {
  const TemporaryFolder folder;
  expect_error(ErrorCode::kNotFound, (folder.path() / "absent").string(),
               [&] { MappedFile::open(folder.path() / "absent"); });
  const auto file = folder.write("f", "abc");
  expect_error(ErrorCode::kNotFound, "no such file", [&] { MappedFile::open(file / "below"); });
  expect_error(ErrorCode::kInvalidFile, "directory", [&] { MappedFile::open(folder.path()); });
  expect_error(ErrorCode::kInvalidFile, "empty", [&] { MappedFile::open(folder.write("e", "")); });
  expect_error(ErrorCode::kInvalidFile, "regular", [&] { MappedFile::open("/dev/null"); });
  // Nobody writes into it: opening must not wait for that.
  const auto fifo = folder.path() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  expect_error(ErrorCode::kInvalidFile, "regular", [&] { MappedFile::open(fifo); });
  expect_error(ErrorCode::kNotFound, "no such file", [&] { MappedFile::open(""); });
}

TEST(ReadTextFile, IsBounded) {
  const TemporaryFolder folder;
  const auto path = folder.write("f", "hello");
  EXPECT_EQ(read_text_file(path), "hello");
  EXPECT_EQ(read_text_file(path, 5), "hello");
  expect_error(ErrorCode::kInvalidFile, "5 bytes", [&] { read_text_file(path, 4); });
}

}  // namespace
}  // namespace bitnet
