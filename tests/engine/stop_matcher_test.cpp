#include "engine/stop_matcher.hpp"

#include <gtest/gtest.h>

#include <random>

#include "bitnet/error.hpp"

namespace bitnet {
namespace {

struct Outcome {
  std::string text;
  bool stopped;
  bool operator==(const Outcome&) const = default;
};

Outcome feed(StopMatcher matcher, const std::vector<std::string>& pieces) {
  Outcome outcome{"", false};
  for (const std::string& piece : pieces) outcome.text += matcher.push(piece);
  outcome.stopped = matcher.stopped();
  if (!outcome.stopped) outcome.text += matcher.finish();
  return outcome;
}

TEST(StopMatcher, WithoutStopsEverythingPasses) {
  StopMatcher matcher({});
  EXPECT_EQ(matcher.push("abc"), "abc");
  EXPECT_EQ(matcher.push(""), "");
  EXPECT_EQ(matcher.finish(), "");
  EXPECT_FALSE(matcher.stopped());
}

TEST(StopMatcher, AStopInOnePieceAndOverSeveral) {
  EXPECT_EQ(feed(StopMatcher({"END"}), {"one END two"}), (Outcome{"one ", true}));
  EXPECT_EQ(feed(StopMatcher({"END"}), {"one E", "N", "D two"}), (Outcome{"one ", true}));
  EXPECT_EQ(feed(StopMatcher({"END"}), {"one E", "N", "Z two"}), (Outcome{"one ENZ two", false}));
  EXPECT_EQ(feed(StopMatcher({"END"}), {"one EN"}), (Outcome{"one EN", false}));
  EXPECT_EQ(feed(StopMatcher({"END"}), {"END"}), (Outcome{"", true}));
}

TEST(StopMatcher, NothingOfAStopIsEverStreamed) {
  StopMatcher matcher({"\nUser:"});
  EXPECT_EQ(matcher.push("Hello\n"), "Hello");
  EXPECT_EQ(matcher.push("Us"), "");
  EXPECT_EQ(matcher.push("ually"), "\nUsually");
  EXPECT_EQ(matcher.push("\nUser"), "");
  EXPECT_EQ(matcher.push(": hi"), "");
  EXPECT_TRUE(matcher.stopped());
  EXPECT_EQ(matcher.push("more"), "");
  EXPECT_EQ(matcher.finish(), "");
}

TEST(StopMatcher, AStopThatOverlapsItself) {
  EXPECT_EQ(feed(StopMatcher({"aab"}), {"a", "a", "a", "b", "c"}), (Outcome{"a", true}));
  EXPECT_EQ(feed(StopMatcher({"abab"}), {"aba", "bab"}), (Outcome{"", true}));
  EXPECT_EQ(feed(StopMatcher({"aaa"}), {"aa", "b", "aa"}), (Outcome{"aabaa", false}));
}

TEST(StopMatcher, OverlappingStops) {
  // The one that is complete first, and of those that end together the longest.
  EXPECT_EQ(feed(StopMatcher({"abcd", "bc"}), {"xabcd"}), (Outcome{"xa", true}));
  EXPECT_EQ(feed(StopMatcher({"bc", "abc"}), {"xabcd"}), (Outcome{"x", true}));
  EXPECT_EQ(feed(StopMatcher({"ab", "abc"}), {"xabc"}), (Outcome{"x", true}));
}

TEST(StopMatcher, Utf8) {
  const std::string stop = "\xE2\x9C\x93 \xC3\xA9nd";  // "✓ énd"
  EXPECT_EQ(feed(StopMatcher({stop}), {"caf\xC3\xA9 \xE2\x9C\x93", " ", "\xC3\xA9nd!"}),
            (Outcome{"caf\xC3\xA9 ", true}));
  StopMatcher matcher({stop});
  EXPECT_EQ(matcher.push("a\xE2\x9C\x93"), "a");
  // Another character with the same first bytes: nothing is held, and none is cut.
  EXPECT_EQ(matcher.push("\xE2\x9C\x94"), "\xE2\x9C\x93\xE2\x9C\x94");
  EXPECT_THROW(StopMatcher({"\xA9"}), Error);
}

TEST(StopMatcher, AnEmptyStopIsRefused) {
  try {
    StopMatcher matcher({"ok", ""});
    ADD_FAILURE() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kInvalidArgument);
  }
}

TEST(StopMatcher, TheResultDoesNotDependOnThePieces) {
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    const auto word = [&](std::size_t longest) {
      std::string text;
      for (std::size_t n = random() % longest + 1; n > 0; --n) text += "ab"[random() % 2];
      return text;
    };
    std::vector<std::string> stops;
    for (std::size_t n = random() % 3 + 1; n > 0; --n) stops.push_back(word(5));
    const std::string text = word(16);
    const Outcome whole = feed(StopMatcher(stops), {text});
    std::vector<std::string> pieces;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t n = random() % 4;
      pieces.push_back(text.substr(i, n));
      i += pieces.back().size();
    }
    EXPECT_EQ(feed(StopMatcher(stops), pieces), whole) << text;
  }
}

}  // namespace
}  // namespace bitnet
