// Tokenizer files and texts from anywhere. The first byte picks what the rest is: a tokenizer.json, vocab.json and
// merges.txt, a tiktoken file, or bytes to encode, decode and stream. A bitnet::Error is an answer; a crash, a hang or a
// broken promise is a find.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bitnet/error.hpp"
#include "bitnet/tokenizer.hpp"
#include "text/tokenizer/utf8.hpp"

namespace {

using bitnet::TokenId;
using bitnet::Tokenizer;

void require(bool kept) {
  if (!kept) std::abort();
}

void use(const Tokenizer& tokenizer, std::string_view text) {
  const std::vector<TokenId> ids = tokenizer.encode(text);
  for (const bool skip : {false, true}) {
    const std::string decoded = tokenizer.decode(ids, skip);
    require(bitnet::tokenization::is_valid_utf8(decoded));
    bitnet::StreamDecoder stream(tokenizer, skip);
    std::string joined;
    for (const TokenId id : ids) {
      const std::string piece = stream.push(id);
      require(bitnet::tokenization::is_valid_utf8(piece));
      joined += piece;
    }
    joined += stream.finish();
    require(joined == decoded);
  }
}

const Tokenizer& byte_level() {
  static const auto tokenizer = [] {
    // Each byte's character in GPT-2's alphabet, then merges among them.
    std::string vocab = "{";
    int next = 0;
    const auto add = [&](std::string_view token) {
      vocab += next > 0 ? ",\"" : "\"";
      for (const char c : token) vocab += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
      vocab += "\":" + std::to_string(next++);
    };
    char32_t beyond = 0x100;
    for (char32_t b = 0; b < 256; ++b) {
      const bool printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      add(bitnet::tokenization::to_utf8(printable ? b : beyond++));
    }
    for (const char* token : {"ab", "aa", "aaaa", "Ġa", "ĠĠ", "<|endoftext|>"}) add(token);
    return Tokenizer::from_vocab_and_merges(vocab + "}", "a a\naa aa\na b\nĠ a\nĠ Ġ\n");
  }();
  return *tokenizer;
}

// Without a token for each byte no tiktoken file is taken.
const std::string& every_byte() {
  static const std::string file = [] {
    constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string lines;
    for (unsigned b = 0; b < 256; ++b)
      lines += {kDigits[b >> 2], kDigits[(b & 3) << 4], '=', '=', ' '}, lines += std::to_string(b) + "\n";
    return lines;
  }();
  return file;
}

const Tokenizer& sentence_piece() {
  static const auto tokenizer = Tokenizer::from_json(R"({
    "added_tokens": [{"id": 1, "content": "<s>", "special": true, "lstrip": true}, {"id": 20, "content": "a b", "rstrip": true}],
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Prepend", "prepend": "▁"},
      {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
    "post_processor": {"type": "BertProcessing", "cls": ["<s>", 1], "sep": ["<s>", 1]},
    "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
      {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 2}]},
    "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true,
      "vocab": {"<unk>": 0, "<s>": 1, "▁": 2, "a": 3, "b": 4, "▁a": 5, "ab": 6, "▁▁": 7, "<0xC3>": 8, "<0xA9>": 9, "<0x00>": 10},
      "merges": ["▁ a", "a b", "▁ ▁"]}})");
  return *tokenizer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    switch (data[0] % 5) {
      case 0: {
        const auto tokenizer = Tokenizer::from_json(rest);
        use(*tokenizer, "Hello  w\xC3\xB6rld, it's 1234\n<s> ab\xE2\x96\x81 \xF0\x9F\x98\x80");
        tokenizer->decode(std::vector<TokenId>{0, 1, 2, 3, -1, 2147483647}, false);
        break;
      }
      case 1: {
        const std::size_t cut = std::min(rest.find('\0'), rest.size());
        const auto tokenizer =
            Tokenizer::from_vocab_and_merges(rest.substr(0, cut), rest.substr(std::min(cut + 1, rest.size())));
        use(*tokenizer, "Hello w\xC3\xB6rld it's 1234");
        break;
      }
      case 2: {
        std::string lossy;
        bitnet::tokenization::append_lossy(lossy, rest);
        const auto ids = byte_level().encode(rest);
        require(byte_level().decode(ids, false) == lossy);
        use(byte_level(), rest);
        break;
      }
      case 3: use(sentence_piece(), rest); break;
      default:
        use(*Tokenizer::from_tiktoken(every_byte() + std::string(rest)), "Hello w\xC3\xB6rld it's 1234");
        break;
    }
  } catch (const bitnet::Error&) {
  }
  return 0;
}
