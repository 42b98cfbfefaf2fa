// Snapshots: the same bytes on every machine, and no damage goes unseen.
#include "io/snapshot.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "base/crc32c.hpp"
#include "bitnet/error.hpp"

namespace bitnet {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

TEST(Crc32c, KnownValues) {
  // RFC 3720, B.4, and the usual check value.
  EXPECT_EQ(crc32c(0, {}), 0u);
  EXPECT_EQ(crc32c(0, bytes_of("123456789")), 0xE3069283u);
  EXPECT_EQ(crc32c(0, bytes_of(std::string(32, '\0'))), 0x8A9136AAu);
  EXPECT_EQ(crc32c(0, bytes_of(std::string(32, '\xFF'))), 0x62A8AB43u);
  std::string rising;
  for (char c = 0; c < 32; ++c) rising.push_back(c);
  EXPECT_EQ(crc32c(0, bytes_of(rising)), 0x46DD794Eu);
  for (std::size_t split = 0; split <= rising.size(); ++split)
    EXPECT_EQ(crc32c(crc32c(0, bytes_of(rising.substr(0, split))), bytes_of(rising.substr(split))), 0x46DD794Eu);
}

class SnapshotTest : public ::testing::Test {
 protected:
  void SetUp() override { path_ = fs::path(::testing::TempDir()) / ("bitnet-snapshot-" + std::to_string(::getpid())); }
  void TearDown() override { fs::remove(path_); }

  void write(std::uint32_t version = 1) const {
    Snapshot::write(path_, "test", version, {{{"a", DType::kI32, {2}, std::as_bytes(std::span(kValues))}}},
                    {{"note", "hi"}});
  }
  std::string contents() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static ErrorCode code_of(const std::function<void()>& f) {
    try {
      f();
    } catch (const Error& e) {
      return e.code();
    }
    return ErrorCode::kInternal;
  }

  static constexpr std::array<std::int32_t, 2> kValues{1, -2};
  fs::path path_;
};

TEST_F(SnapshotTest, TheSameBytesOnEveryMachine) {
  write();
  const std::string header = R"({"__metadata__":{"crc32c":"7eb5aa53","kind":"test","note":"hi","version":"1"},)"
                             R"("a":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}})";
  std::string expected(8, '\0');
  expected[0] = static_cast<char>((header.size() + 7) / 8 * 8);
  expected += header;
  expected.resize((expected.size() + 7) / 8 * 8, ' ');
  expected += std::string("\x01\0\0\0\xFE\xFF\xFF\xFF", 8);
  EXPECT_EQ(contents(), expected);
}

TEST_F(SnapshotTest, ComesBack) {
  write();
  const Snapshot snapshot = Snapshot::open(path_, "test", 3);
  EXPECT_EQ(snapshot.version(), 1u);
  EXPECT_EQ(snapshot.metadata("note"), "hi");
  const std::array<std::uint64_t, 1> shape{2};
  EXPECT_EQ(std::memcmp(snapshot.tensor("a", DType::kI32, shape).data(), kValues.data(), 8), 0);
  EXPECT_EQ(code_of([&] { (void)snapshot.tensor("b", DType::kI32, shape); }), ErrorCode::kInvalidFile);
  EXPECT_EQ(code_of([&] { (void)snapshot.tensor("a", DType::kF32, shape); }), ErrorCode::kInvalidFile);
  EXPECT_EQ(code_of([&] {
              (void)snapshot.tensor("a", DType::kI32, std::array<std::uint64_t, 2>{1, 2});
            }),
            ErrorCode::kInvalidFile);
  EXPECT_EQ(code_of([&] { (void)snapshot.metadata("nothing"); }), ErrorCode::kInvalidFile);
}

TEST_F(SnapshotTest, EveryFlippedBitAndEveryCutIsSeen) {
  write();
  const std::string whole = contents();
  const auto parse = [](const std::string& bytes) { (void)Snapshot::parse(bytes_of(bytes), "test file", "test", 1); };
  EXPECT_NO_THROW(parse(whole));
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      if (whole[i] == ' ') continue;  // between the header and the data: they say nothing
      const ErrorCode code = code_of([&] { parse(damaged); });
      EXPECT_TRUE(code == ErrorCode::kInvalidFile || code == ErrorCode::kUnsupported)
          << "byte " << i << ", bit " << bit;
    }
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(code_of([&] { parse(whole.substr(0, size)); }), ErrorCode::kInvalidFile) << size;
}

TEST_F(SnapshotTest, OtherKindsAndLaterVersionsAreRefused) {
  write(2);
  EXPECT_NO_THROW((void)Snapshot::open(path_, "test", 2));
  EXPECT_EQ(code_of([&] { (void)Snapshot::open(path_, "test", 1); }), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of([&] { (void)Snapshot::open(path_, "other", 2); }), ErrorCode::kInvalidFile);
  EXPECT_EQ(code_of([&] { (void)Snapshot::open(path_ / "nowhere", "test", 2); }), ErrorCode::kNotFound);
  write_safetensors(path_, {}, {});
  EXPECT_EQ(code_of([&] { (void)Snapshot::open(path_, "test", 2); }), ErrorCode::kInvalidFile);
}

}  // namespace
}  // namespace bitnet
