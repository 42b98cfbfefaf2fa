// Joins tokens back into text: the "decoder" of tokenizer.json. Every decoder is a chain of stages that take text as it
// comes, so decoding a growing sequence and decoding it at once are the same code.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer/normalizer.hpp"

namespace bitnet::tokenization {

/// Takes tokens as `text` in any number of parts and then `end_token`; `finish` ends the sequence.
class DecodeStage {
 public:
  virtual ~DecodeStage() = default;
  virtual void text(std::string_view part) = 0;
  virtual void end_token() = 0;
  virtual void finish() = 0;
};

/// Makes a stage that passes its result to `next`, which must outlive it.
using StageFactory = std::function<std::unique_ptr<DecodeStage>(DecodeStage& next)>;

StageFactory byte_level_decoder();
StageFactory byte_fallback_decoder();
StageFactory fuse_decoder();
StageFactory strip_decoder(char32_t content, std::size_t start, std::size_t stop);
StageFactory replace_decoder(Pattern pattern, std::string content);
StageFactory metaspace_decoder(std::string replacement, bool prefixed);
StageFactory word_piece_decoder(std::string prefix, bool cleanup);
StageFactory bpe_decoder(std::string suffix);
StageFactory ctc_decoder(std::string pad_token, std::string word_delimiter_token, bool cleanup);
/// Tokens with a space between them: what a tokenizer.json without a decoder means.
StageFactory join_decoder();

/// Turns bytes that come in parts into UTF-8, holding back a character's first bytes until the rest has come.
class ByteJoiner {
 public:
  void push(std::string_view bytes, std::string& out);
  void finish(std::string& out);

 private:
  std::string pending_;  // at most three bytes between calls
};

/// Running chain of stages that ends in a string.
class DecodeChain {
 public:
  explicit DecodeChain(const std::vector<StageFactory>& factories);
  ~DecodeChain();
  void token(std::string_view token);
  void finish();
  /// What became certain since the last call.
  std::string take();

 private:
  class Output;
  std::unique_ptr<Output> output_;
  std::vector<std::unique_ptr<DecodeStage>> stages_;  // last first
};

}  // namespace bitnet::tokenization
