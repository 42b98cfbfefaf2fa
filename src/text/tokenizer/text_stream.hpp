// The running state of a StreamDecoder.
#pragma once

#include <string>

#include "bitnet/tokenizer.hpp"

namespace bitnet {

class TextStream {
 public:
  virtual ~TextStream() = default;
  /// The text that became certain with this id. Constant time an id, counted over the whole sequence.
  virtual std::string push(TokenId id) = 0;
  /// The rest. Nothing may be pushed after.
  virtual std::string finish() = 0;
};

}  // namespace bitnet
