#ifdef BITNET_TOKENIZERS
#include "text/tokenizer/pipeline.hpp"

#include "base/fail.hpp"
#include "text/tokenizer/utf8.hpp"

namespace bitnet::tokenization {

PipelineTokenizer::PipelineTokenizer(PipelineConfig config) : config_(std::move(config)) {
  config_.added.for_each([this](TokenId id, const std::string& token) { added_ids_.set(token, id); });
}

std::vector<TokenId> PipelineTokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  std::string lossy;
  if (!is_valid_utf8(text)) {
    append_lossy(lossy, text);
    text = lossy;
  }
  ScratchPool::Lease lease(scratches_);
  Scratch& scratch = *lease;
  std::vector<TokenId> out;
  out.reserve(text.size() / 4 + config_.prefix.size() + config_.suffix.size() + 4);
  if (options.add_special_tokens) out = config_.prefix;
  const Model& model = *config_.model;
  if (!text.empty()) {
    config_.segmenter->split(text, options, [&](const Segment& segment) {
      if (segment.token) {
        out.push_back(*segment.token);
        return;
      }
      config_.pre_tokenizer.split({segment.text, segment.first},
                                  [&](Piece piece) { model.encode_word(piece.text, scratch, out); });
    });
  }
  if (options.add_special_tokens) out.insert(out.end(), config_.suffix.begin(), config_.suffix.end());
  return out;
}

class PipelineTokenizer::PieceStream final : public TextStream {
 public:
  PieceStream(const PipelineTokenizer& tokenizer, bool skip) : tokenizer_(tokenizer), skip_(skip) {}
  std::string push(TokenId id) override {
    std::string out;
    const std::string* piece = tokenizer_.config_.pieces.find(id);
    if (piece == nullptr || piece->empty() || (skip_ && tokenizer_.is_special(id))) return out;
    std::string_view bytes = *piece;
    if (first_ && tokenizer_.config_.strip_first_space && bytes.front() == ' ') bytes.remove_prefix(1);
    first_ = false;
    joiner_.push(bytes, out);
    return out;
  }
  std::string finish() override {
    std::string out;
    joiner_.finish(out);
    return out;
  }

 private:
  const PipelineTokenizer& tokenizer_;
  bool skip_;
  bool first_ = true;
  ByteJoiner joiner_;
};

class PipelineTokenizer::ChainStream final : public TextStream {
 public:
  ChainStream(const PipelineTokenizer& tokenizer, bool skip)
      : tokenizer_(tokenizer), skip_(skip), chain_(tokenizer.config_.decoders) {}
  std::string push(TokenId id) override {
    feed(id);
    return chain_.take();
  }
  void feed(TokenId id) {
    const std::string* token = tokenizer_.spelling(id);
    if (token == nullptr || (skip_ && tokenizer_.is_special(id))) return;
    chain_.token(*token);
  }
  std::string finish() override {
    chain_.finish();
    return chain_.take();
  }

 private:
  const PipelineTokenizer& tokenizer_;
  bool skip_;
  DecodeChain chain_;
};

std::string PipelineTokenizer::decode(std::span<const TokenId> ids, bool skip_special_tokens) const {
  if (!config_.decode_pieces) {
    ChainStream stream(*this, skip_special_tokens);
    for (const TokenId id : ids) stream.feed(id);
    return stream.finish();
  }
  std::string bytes;
  for (const TokenId id : ids) {
    if (skip_special_tokens && is_special(id)) continue;
    if (const std::string* piece = config_.pieces.find(id)) bytes += *piece;
  }
  std::string_view text = bytes;
  if (config_.strip_first_space && text.starts_with(' ')) text.remove_prefix(1);
  if (text.size() == bytes.size() && is_valid_utf8(bytes)) return bytes;
  std::string out;
  append_lossy(out, text);
  return out;
}

std::unique_ptr<TextStream> PipelineTokenizer::text_stream(bool skip_special_tokens) const {
  if (config_.decode_pieces) return std::make_unique<PieceStream>(*this, skip_special_tokens);
  return std::make_unique<ChainStream>(*this, skip_special_tokens);
}

const std::string* PipelineTokenizer::spelling(TokenId id) const noexcept {
  const std::string* added = config_.added.find(id);
  return added != nullptr ? added : config_.model->vocabulary().token(id);
}

std::size_t PipelineTokenizer::vocabulary_size() const {
  return std::max(config_.added.limit(), config_.model->vocabulary().tokens().limit());
}

std::optional<TokenId> PipelineTokenizer::token_to_id(std::string_view token) const {
  if (const auto id = added_ids_.find(token)) return id;
  return config_.model->vocabulary().id(token);
}

std::optional<std::string> PipelineTokenizer::id_to_token(TokenId id) const {
  const std::string* token = spelling(id);
  return token != nullptr ? std::optional<std::string>(*token) : std::nullopt;
}

bool PipelineTokenizer::is_special(TokenId id) const { return config_.special.find(id) != nullptr; }

std::optional<TokenId> guess_bos(const std::function<std::optional<TokenId>(std::string_view)>& id_of) {
  for (const char* name :
       {"<|begin_of_text|>", "<s>", "<bos>", "<｜begin▁of▁sentence｜>", "<|startoftext|>", "<|bos|>"}) {
    if (const auto id = id_of(name)) return id;
  }
  return std::nullopt;
}

std::optional<TokenId> guess_eos(const std::function<std::optional<TokenId>(std::string_view)>& id_of) {
  for (const char* name : {"<|end_of_text|>", "</s>", "<eos>", "<｜end▁of▁sentence｜>", "<|im_end|>", "<|eos|>",
                           "<|endoftext|>", "[SEP]"}) {
    if (const auto id = id_of(name)) return id;
  }
  return std::nullopt;
}

}  // namespace bitnet::tokenization
#endif  // BITNET_TOKENIZERS
