#include "bitnet/tokenizer.hpp"

#include "base/parallel.hpp"
#include "text/tokenizer/text_stream.hpp"

namespace bitnet {

std::vector<std::vector<TokenId>> Tokenizer::encode_batch(std::span<const std::string_view> texts,
                                                          const EncodeOptions& options, int threads) const {
  std::vector<std::vector<TokenId>> out(texts.size());
  parallel_for(threads, texts.size(), 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) out[i] = encode(texts[i], options);
  });
  return out;
}

std::vector<std::string> Tokenizer::decode_batch(std::span<const std::vector<TokenId>> batch, bool skip_special_tokens,
                                                 int threads) const {
  std::vector<std::string> out(batch.size());
  parallel_for(threads, batch.size(), 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t i = begin; i < end; ++i) out[i] = decode(batch[i], skip_special_tokens);
  });
  return out;
}

StreamDecoder::StreamDecoder(const Tokenizer& tokenizer, bool skip_special_tokens)
    : tokenizer_(&tokenizer),
      skip_special_tokens_(skip_special_tokens),
      stream_(tokenizer.text_stream(skip_special_tokens)) {}

StreamDecoder::~StreamDecoder() = default;
StreamDecoder::StreamDecoder(StreamDecoder&&) noexcept = default;
StreamDecoder& StreamDecoder::operator=(StreamDecoder&&) noexcept = default;

std::string StreamDecoder::push(TokenId id) { return stream_->push(id); }

std::string StreamDecoder::finish() {
  std::string rest = stream_->finish();
  stream_ = tokenizer_->text_stream(skip_special_tokens_);
  return rest;
}

}  // namespace bitnet
