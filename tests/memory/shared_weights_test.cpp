// Weights that processes share: filled once, found by others, and never left behind.
#include <gtest/gtest.h>

#ifdef __linux__
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "bitnet/error.hpp"
#include "memory/shared_weights.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

class SharedWeightsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    key_ = "test " + std::to_string(::getpid()) + ::testing::UnitTest::GetInstance()->current_test_info()->name();
  }

  std::shared_ptr<SharedWeights> open() const { return SharedWeights::open(key_); }
  // Blocks of several sizes; their bytes say which.
  static std::vector<Buffer> place_all(SharedWeights& shared, int* filled = nullptr) {
    std::vector<Buffer> blocks;
    for (const std::size_t size : {3 * kMiB + 5, std::size_t{100}, 70 * kMiB, std::size_t{70000}, kMiB})
      blocks.push_back(shared.place(size, [&](std::byte* data) {
        std::memset(data, static_cast<int>(size % 251), size);
        if (filled != nullptr) ++*filled;
      }));
    return blocks;
  }
  static void check(const std::vector<Buffer>& blocks) {
    for (const Buffer& block : blocks)
      for (std::size_t i = 0; i < block.size(); i += 997)
        ASSERT_EQ(block.data()[i], static_cast<std::byte>(block.size() % 251));
  }
  static bool exists(const std::string& name) { return std::filesystem::exists("/dev/shm" + name); }
  // Runs in a process of its own; returns how that ended.
  static int in_child(const std::function<int()>& f) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(f());
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return status;
  }

  std::string key_;
};

TEST_F(SharedWeightsTest, OneFillsAndOthersFind) {
  int filled = 0;
  auto first = open();
  EXPECT_FALSE(first->found());
  const std::string name = first->name();
  auto blocks = place_all(*first, &filled);
  EXPECT_EQ(filled, 5);
  first->seal();
  first.reset();
  EXPECT_TRUE(exists(name)) << "blocks keep it";
  EXPECT_EQ(in_child([&] {
              int again = 0;
              const auto second = open();
              const auto found = place_all(*second, &again);
              check(found);
              return second->found() && again == 0 && !HasFailure() ? 0 : 1;
            }),
            0);
  check(blocks);
  blocks.clear();
  EXPECT_FALSE(exists(name)) << "the last one removes it";
}

TEST_F(SharedWeightsTest, OthersWaitUntilItIsFilled) {
  int ready[2], go[2];
  ASSERT_EQ(::pipe(ready), 0);
  ASSERT_EQ(::pipe(go), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    // The child fills; it leaves when the parent has found the weights.
    char byte = 0;
    const auto shared = open();
    (void)!::write(ready[1], &byte, 1);
    const auto blocks = place_all(*shared);
    shared->seal();
    (void)!::read(go[0], &byte, 1);
    ::_exit(shared->found() ? 1 : 0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const auto shared = open();
  EXPECT_TRUE(shared->found());
  check(place_all(*shared));
  ASSERT_EQ(::write(go[1], &byte, 1), 1);
  int status = 1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  for (const int fd : {ready[0], ready[1], go[0], go[1]}) ::close(fd);
}

TEST_F(SharedWeightsTest, WhatADeadProcessLeftHalfFilledIsFilledAnew) {
  EXPECT_EQ(in_child([&] {
              const auto shared = open();
              (void)shared->place(kMiB, [](std::byte* data) { std::memset(data, 99, kMiB); });
              ::_exit(0);  // no destructor
              return 0;
            }),
            0);
  const auto shared = open();
  EXPECT_FALSE(shared->found());
  check(place_all(*shared));
}

TEST_F(SharedWeightsTest, WhatADeadProcessLeftIsRemoved) {
  std::string name = open()->name();
  EXPECT_FALSE(exists(name)) << "a region that nobody sealed goes with its maker";
  EXPECT_EQ(in_child([&] {
              const auto shared = open();
              const auto blocks = place_all(*shared);
              shared->seal();
              ::_exit(0);
              return 0;
            }),
            0);
  EXPECT_TRUE(exists(name));
  EXPECT_GE(SharedWeights::remove_unused(), 1u);
  EXPECT_FALSE(exists(name));
}

TEST_F(SharedWeightsTest, RegionsInUseStay) {
  const auto shared = open();
  const auto blocks = place_all(*shared);
  shared->seal();
  EXPECT_EQ(in_child([&] { return static_cast<int>(SharedWeights::remove_unused() != 0); }), 0);
  EXPECT_TRUE(exists(shared->name()));
}

TEST_F(SharedWeightsTest, AnotherOrderIsRefused) {
  const auto first = open();
  const auto blocks = place_all(*first);
  first->seal();
  const auto second = open();
  ASSERT_TRUE(second->found());
  EXPECT_THROW((void)second->place(kMiB, [](std::byte*) {}), Error);
  const auto third = open();
  const auto all = place_all(*third);
  EXPECT_THROW((void)third->place(kMiB, [](std::byte*) {}), Error) << "one too many";
}

TEST_F(SharedWeightsTest, WhatOthersMayWriteIsRefused) {
  const std::string name = open()->name();
  const int fd = ::shm_open(name.c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(::fchmod(fd, 0666), 0);
  // Held, or it would be removed as unused.
  ASSERT_EQ(::flock(fd, LOCK_SH), 0);
  try {
    (void)open();
    ADD_FAILURE() << "opened";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find(name), std::string::npos) << e.what();
  }
  ::close(fd);
  SharedWeights::remove_unused();
  EXPECT_FALSE(exists(name));
}

}  // namespace
}  // namespace bitnet
#endif
