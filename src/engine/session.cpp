#include "bitnet/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/fail.hpp"
#include "engine/decode_threads.hpp"
#include "engine/sampler.hpp"
#include "engine/session_snapshot.hpp"
#include "engine/stop_matcher.hpp"
#include "model/transformer.hpp"

namespace bitnet {
namespace {

constexpr std::size_t kDefaultContext = 4096;
constexpr std::size_t kLeastContext = 128;  // that memory makes of it
// Logits of several positions at once share each row of the head that is read; this many keep the buffer small.
constexpr std::size_t kLogitRows = 16;

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::size_t choose_context(const ModelInfo& info, const SessionOptions& options) {
  if (options.context_length == 0) return std::min(info.context_length, kDefaultContext);
  if (options.context_length > info.context_length)
    fail_argument("a context of {} tokens is more than the {} the model was trained for: take at most that",
                  options.context_length, info.context_length);
  return options.context_length;
}

}  // namespace

struct Session::State {
  State(std::shared_ptr<const Model> m, const SessionOptions& options)
      : model(std::move(m)),
        context_length(choose_context(model->info(), options)),
        batch(std::clamp<std::size_t>(options.batch_tokens, 1, context_length)),
        cache(model->transformer().make_cache(options.kv_type, context_length)),
        building(cache.pin()),
        workspace(model->context(), model->transformer().config(), batch),
        decode_threads(model->context().threads()),
        vocabulary(model->info().vocabulary),
        logits(model->context().pool().buffer({.size = vocabulary * sizeof(float), .tag = MemoryTag::kActivations})) {
    building = {};
  }

  void check(std::span<const TokenId> ids) const {
    if (ids.empty()) fail_argument("there are no tokens to evaluate: the prompt is empty");
    if (ids.size() > context_length - history.size())
      fail_argument("{} tokens do not fit into the context: {} of {} positions are used; take a larger context (-c) or a shorter prompt",
                    ids.size(), history.size(), context_length);
    for (const TokenId id : ids)
      if (id < 0 || static_cast<std::size_t>(id) >= vocabulary)
        fail_argument("token id {} is outside the vocabulary of {} tokens", id, vocabulary);
  }

  // Runs ids in batches; `after` sees each batch's first index and size.
  template <typename After>
  void run(std::span<const TokenId> ids, const After& after) {
    check(ids);
    const Context& context = model->context();
    const bool decode = ids.size() == 1 && context.chooses_threads();
    context.use_threads(decode ? decode_threads.current() : context.threads());
    const auto start = Clock::now();
    for (std::size_t begin = 0; begin < ids.size(); begin += batch) {
      const auto part = ids.subspan(begin, std::min(batch, ids.size() - begin));
      model->transformer().forward(part, history.size(), cache, workspace);
      history.insert(history.end(), part.begin(), part.end());
      after(begin, part.size());
    }
    if (decode) decode_threads.took(seconds_since(start));
  }

  // Runs the batches of a prompt that lie before its last one, as long as `wanted` says; returns how many tokens.
  template <typename Wanted>
  std::size_t run_front(std::span<const TokenId> prompt, const Wanted& wanted) {
    check(prompt);
    std::size_t done = 0;
    for (; prompt.size() - done > batch && wanted(); done += batch)
      run(prompt.subspan(done, batch), [](std::size_t, std::size_t) {});
    return done;
  }

  std::shared_ptr<const Model> model;
  std::size_t context_length;
  std::size_t batch;
  KvCache cache;
  MovableBuffer::Pin building;      // or the cache would be compressed to make room for the rest
  Workspace workspace;
  DecodeThreads decode_threads;
  std::size_t vocabulary;
  Buffer logits;
  Buffer batch_logits;              // [kLogitRows, vocabulary], made by the first eval_all()
  std::vector<TokenId> history;     // the tokens whose keys and values the cache holds
};

Session::Session(std::shared_ptr<const Model> model, const SessionOptions& options) {
  if (!model) fail_argument("a session needs a model");
  SessionOptions settings = options;
  for (;;) {
    try {
      state_ = std::make_unique<State>(model, settings);
      break;
    } catch (const Error& e) {
      if (options.context_length != 0 || e.code() != ErrorCode::kInsufficientMemory) throw;
      // Nobody asked for a certain context: a shorter one is better than none.
      const std::size_t context = choose_context(model->info(), settings);
      if (context / 2 < kLeastContext) throw;
      settings.context_length = context / 2;
    }
  }
  if (settings.context_length != options.context_length)
    model->context().log(LogLevel::kWarning, fmt::format("the context is {} tokens, for want of memory for more",
                                                         settings.context_length));
}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

const Model& Session::model() const noexcept { return *state_->model; }
std::size_t Session::context_length() const noexcept { return state_->context_length; }
std::size_t Session::position() const noexcept { return state_->history.size(); }
std::span<const TokenId> Session::tokens() const noexcept { return state_->history; }
std::uint64_t Session::kv_bytes() const noexcept { return state_->cache.bytes(); }

std::span<const float> Session::eval(std::span<const TokenId> ids) {
  State& s = *state_;
  const Transformer& transformer = s.model->transformer();
  s.run(ids, [&](std::size_t begin, std::size_t count) {
    if (begin + count == ids.size()) transformer.logits(s.workspace, count - 1, 1, s.logits.as<float>());
  });
  return s.logits.span<float>();
}

// As eval(), but only what the sampler needs of the logits.
std::span<const float> Session::eval_for(Sampler& sampler, std::span<const TokenId> ids) {
  State& s = *state_;
  const Transformer& transformer = s.model->transformer();
  s.run(ids, [&](std::size_t begin, std::size_t count) {
    if (begin + count != ids.size()) return;
    if (const auto best = sampler.needs(s.history)) {
      transformer.best_logits(s.workspace, count - 1, *best, s.logits.as<float>());
    } else {
      transformer.logits(s.workspace, count - 1, 1, s.logits.as<float>());
    }
  });
  return s.logits.span<float>();
}

void Session::eval_all(std::span<const TokenId> ids, const std::function<void(std::size_t, std::span<const float>)>& visit) {
  State& s = *state_;
  const Transformer& transformer = s.model->transformer();
  if (!s.batch_logits) 
    s.batch_logits = s.model->context().pool().buffer(
        {.size = kLogitRows * s.vocabulary * sizeof(float), .tag = MemoryTag::kActivations});
  float* rows = s.batch_logits.as<float>();
  s.run(ids, [&](std::size_t begin, std::size_t count) {
    for (std::size_t first = 0; first < count; first += kLogitRows) {
      const std::size_t n = std::min(kLogitRows, count - first);
      transformer.logits(s.workspace, first, n, rows);
      for (std::size_t i = 0; i < n; ++i) visit(begin + first + i, {rows + i * s.vocabulary, s.vocabulary});
    }
  });
}

void Session::rewind(std::size_t tokens) {
  if (tokens > position()) fail_argument("cannot rewind to {} tokens: the session has seen {}", tokens, position());
  state_->history.resize(tokens);
}

void Session::save(const std::filesystem::path& path) const {
  save_session(path, state_->model->transformer(), state_->model->context().pool(), state_->cache, state_->history);
}

void Session::restore(const std::filesystem::path& path) {
  state_->history = load_session(open_session(path), state_->model->transformer(), state_->cache);
}

GenerateResult Session::generate(std::span<const TokenId> prompt, const GenerateOptions& options) {
  State& s = *state_;
  Sampler sampler(options.sampler);
  StopMatcher stop(options.stop);
  const Tokenizer* tokenizer = s.model->tokenizer();
  if (tokenizer == nullptr && !options.stop.empty())
    fail(ErrorCode::kUnsupported, "stop texts need a tokenizer, and the model's files hold none");
  std::optional<StreamDecoder> decoder;
  if (tokenizer != nullptr) decoder.emplace(*tokenizer);

  GenerateResult result;
  const auto emit = [&](const std::string& piece) {
    if (piece.empty()) return true;
    result.text += piece;
    return !options.on_text || options.on_text(piece);
  };

  const auto wanted = [&options] { return !options.keep_going || options.keep_going(); };
  const auto prompt_start = Clock::now();
  const std::size_t front = s.run_front(prompt, wanted);
  const bool begin = wanted();
  std::span<const float> logits;
  if (begin) logits = eval_for(sampler, prompt.subspan(front));
  result.timings.prompt_tokens = begin ? prompt.size() : front;
  result.timings.prompt_seconds = seconds_since(prompt_start);
  if (!begin) {
    result.finish = FinishReason::kCancelled;
    return result;
  }

  const auto start = Clock::now();
  const std::size_t prompt_end = s.history.size();
  const auto is_stop = [&](TokenId id) {
    const std::vector<TokenId>& own = s.model->stop_tokens();
    return std::ranges::binary_search(own, id) ||
           std::ranges::find(options.stop_tokens, id) != options.stop_tokens.end();
  };
  for (bool more = options.max_tokens > 0; more;) {
    std::vector<TokenId>& history = s.history;
    const TokenId id = sampler.sample(logits, history);
    if (!options.ignore_stop_tokens && is_stop(id)) {
      result.finish = FinishReason::kStopToken;
      break;
    }
    result.ids.push_back(id);
    more = !options.on_token || options.on_token(id);
    if (decoder) more = emit(stop.push(decoder->push(id))) && more;
    more = more && wanted();
    if (stop.stopped()) {
      result.finish = FinishReason::kStopText;
      break;
    }
    if (!more) {
      result.finish = FinishReason::kCancelled;
      break;
    }
    if (result.ids.size() == options.max_tokens) break;
    if (history.size() == s.context_length) {
      result.finish = FinishReason::kContextFull;
      break;
    }
    logits = eval_for(sampler, {&id, 1});
  }
  if (decoder && !stop.stopped()) {
    emit(stop.push(decoder->finish()));
    if (!stop.stopped()) emit(stop.finish());
  }
  result.timings.generated_tokens = result.ids.size();
  result.timings.decoded_tokens = s.history.size() - prompt_end;
  result.timings.generate_seconds = seconds_since(start);
  return result;
}

GenerateResult Session::generate(std::string_view prompt, const GenerateOptions& options) {
  const Tokenizer* tokenizer = model().tokenizer();
  if (tokenizer == nullptr)
    fail(ErrorCode::kUnsupported, "the model's files hold no tokenizer: give token ids instead of text");
  EncodeOptions encode;
  // Only the first text of a session begins with what the model expects at a beginning, such as BOS.
  encode.add_special_tokens = position() == 0;
  return generate(tokenizer->encode(prompt, encode), options);
}

}  // namespace bitnet
