// Encoding and decoding on one thread with Llama 3's vocabulary, read from BITNET_REFERENCE_DIR. Every text is encoded
// and decoded back before it is timed.
#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "../../tests/support/reference.hpp"
#include "bitnet/tokenizer.hpp"

namespace {

using bitnet::TokenId;
using bitnet::Tokenizer;

constexpr std::size_t kTextBytes = 8 << 20;

constexpr std::string_view kProse =
    "The harbour was quiet when the last ferry came in. Three people stood at the rail, and none of them spoke; the "
    "wind "
    "had taken the talk out of them somewhere past the lighthouse. \"It isn't far,\" the captain said, \"and you'll "
    "find "
    "the inn open until ten.\"\n\nIn 1987 the town counted 4,312 inhabitants. Today there are fewer than 900, most of "
    "them older than sixty, and the school that we'd visited as children has been turned into a workshop where boats "
    "are "
    "repaired. A letter on the door (dated 14 March) says: closed for the season - please ring twice!\n\n"
    "Engineers who measured the pier found that its timber had lost nearly 30% of its strength. They recommended "
    "replacing every second beam, at a cost of $1.2 million; the council, which hadn't expected such a figure, asked "
    "for "
    "another report. What followed was a long winter of meetings, drawings, complaints and small repairs.\n";

constexpr std::array<std::string_view, 160> kWords = {
    "the",  "of",     "and",    "to",    "a",       "in",    "is",     "that",     "it",    "was",   "for",    "on",
    "are",  "with",   "as",     "his",   "they",    "be",    "at",     "one",      "have",  "this",  "from",   "or",
    "had",  "by",     "not",    "word",  "but",     "what",  "some",   "we",       "can",   "out",   "other",  "were",
    "all",  "there",  "when",   "up",    "use",     "your",  "how",    "said",     "an",    "each",  "she",    "which",
    "do",   "their",  "time",   "if",    "will",    "way",   "about",  "many",     "then",  "them",  "write",  "would",
    "like", "so",     "these",  "her",   "long",    "make",  "thing",  "see",      "him",   "two",   "has",    "look",
    "more", "day",    "could",  "go",    "come",    "did",   "number", "sound",    "no",    "most",  "people", "my",
    "over", "know",   "water",  "than",  "call",    "first", "who",    "may",      "down",  "side",  "been",   "now",
    "find", "any",    "new",    "work",  "part",    "take",  "get",    "place",    "made",  "live",  "where",  "after",
    "back", "little", "only",   "round", "man",     "year",  "came",   "show",     "every", "good",  "me",     "give",
    "our",  "under",  "name",   "very",  "through", "just",  "form",   "sentence", "great", "think", "say",    "help",
    "low",  "line",   "differ", "turn",  "cause",   "much",  "mean",   "before",   "move",  "right", "boy",    "old",
    "too",  "same",   "tell",   "does",  "set",     "three", "want",   "air",      "well",  "also",  "play",   "small",
    "end",  "put",    "home"};

// Words by Zipf's law, sentences, a paragraph of prose now and then.
std::string english_text() {
  std::mt19937 random(1);
  std::vector<double> weights;
  for (std::size_t i = 0; i < kWords.size(); ++i) weights.push_back(1.0 / static_cast<double>(i + 1));
  std::discrete_distribution<std::size_t> word(weights.begin(), weights.end());
  std::string text;
  while (text.size() < kTextBytes) {
    for (int sentence = 0; sentence < 6; ++sentence) {
      const int length = 5 + static_cast<int>(random() % 18);
      for (int i = 0; i < length; ++i) {
        std::string w(kWords[word(random)]);
        if (i == 0) w[0] = static_cast<char>(w[0] - 'a' + 'A');
        text += w;
        text += i + 1 == length ? ". " : random() % 12 == 0 ? ", " : " ";
      }
    }
    text += '\n';
    text += kProse;
  }
  return text;
}

// Made-up words, hardly one twice: neither the vocabulary nor a cache of words knows them.
std::string unique_text() {
  std::mt19937 random(2);
  constexpr std::string_view kOnsets[] = {"b", "br", "c",  "ch", "d", "f",  "g", "gl", "h", "k", "l", "m",
                                          "n", "p",  "pr", "r",  "s", "st", "t", "tr", "v", "w", "z"};
  constexpr std::string_view kRimes[] = {"a",  "e",  "i",  "o",  "u",  "an",  "ar",  "en",  "er",
                                         "in", "is", "on", "or", "ul", "ock", "ent", "ing", "ast"};
  std::string text;
  while (text.size() < kTextBytes) {
    const int syllables = 2 + static_cast<int>(random() % 4);
    for (int i = 0; i < syllables; ++i) {
      text += kOnsets[random() % std::size(kOnsets)];
      text += kRimes[random() % std::size(kRimes)];
    }
    text += random() % 10 == 0 ? ". " : " ";
  }
  return text;
}

// Latin with accents, Greek, Cyrillic, Chinese, Japanese, Arabic, emoji.
std::string multilingual_text() {
  constexpr std::string_view kParts[] = {"Der Fluß führt über Köln nach Düsseldorf, später ans Meer. ",
                                         "Η θάλασσα ήταν ήρεμη το πρωί. ",
                                         "Сегодня утром поезд опоздал на двадцать минут. ",
                                         "今天早上的火车晚点了二十分钟。",
                                         "港はとても静かだった。",
                                         "كان الميناء هادئا هذا الصباح. ",
                                         "L'été dernier, nous étions à la campagne 🌾🚜. ",
                                         "오늘 아침 기차가 늦었습니다. "};
  std::mt19937 random(3);
  std::string text;
  while (text.size() < kTextBytes) text += kParts[random() % std::size(kParts)];
  return text;
}

const Tokenizer* llama3() {
  static const std::shared_ptr<const Tokenizer> tokenizer = []() -> std::shared_ptr<const Tokenizer> {
    const auto path = bitnet::testing::reference_dir() / "tokenizers/tokenizers/llama3-bos.tokenizer.json.gz";
    if (!std::filesystem::exists(path)) return nullptr;
    return Tokenizer::from_json(bitnet::testing::read_gz(path));
  }();
  return tokenizer.get();
}

bool round_trip(benchmark::State& state, const std::string& text, std::vector<TokenId>& ids) {
  if (llama3() == nullptr) {
    state.SkipWithError("skipped: BITNET_REFERENCE_DIR has no tokenizers/tokenizers/llama3-bos.tokenizer.json.gz");
    return false;
  }
  ids = llama3()->encode(text, {.add_special_tokens = false});
  if (llama3()->decode(ids) == text) return true;
  state.SkipWithError("the decoded text differs from the encoded one");
  return false;
}

void encode(benchmark::State& state, std::string (*make)()) {
  const std::string text = make();
  std::vector<TokenId> ids;
  if (!round_trip(state, text, ids)) return;
  for (auto _ : state) benchmark::DoNotOptimize(llama3()->encode(text));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(text.size()));
  state.counters["tokens"] = static_cast<double>(ids.size());
}

// Requests of a chat's size, where what a call costs beside its words counts.
void encode_short(benchmark::State& state) {
  const std::string text(kProse.substr(0, 300));
  std::vector<TokenId> ids;
  if (!round_trip(state, text, ids)) return;
  for (auto _ : state) benchmark::DoNotOptimize(llama3()->encode(text));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(text.size()));
}

void decode(benchmark::State& state) {
  const std::string text = english_text();
  std::vector<TokenId> ids;
  if (!round_trip(state, text, ids)) return;
  for (auto _ : state) benchmark::DoNotOptimize(llama3()->decode(ids));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(text.size()));
}

void stream_decode(benchmark::State& state) {
  std::vector<TokenId> ids;
  if (!round_trip(state, english_text(), ids)) return;
  ids.resize(100000);
  for (auto _ : state) {
    bitnet::StreamDecoder stream(*llama3());
    for (const TokenId id : ids) benchmark::DoNotOptimize(stream.push(id));
    benchmark::DoNotOptimize(stream.finish());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(ids.size()));
}

}  // namespace

BENCHMARK_CAPTURE(encode, english, english_text)->Unit(benchmark::kMillisecond)->Repetitions(3);
BENCHMARK_CAPTURE(encode, unique_words, unique_text)->Unit(benchmark::kMillisecond)->Repetitions(3);
BENCHMARK_CAPTURE(encode, multilingual, multilingual_text)->Unit(benchmark::kMillisecond)->Repetitions(3);
BENCHMARK(encode_short);
BENCHMARK(decode)->Unit(benchmark::kMillisecond)->Repetitions(3);
BENCHMARK(stream_decode)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
