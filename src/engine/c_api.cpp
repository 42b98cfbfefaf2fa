// The C API over Model and Session: exceptions become codes, and nothing is trusted to be there.
#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "base/fail.hpp"
#include "bitnet/bitnet.h"
#include "bitnet/bitnet.hpp"

struct bitnet_model {
  std::shared_ptr<const bitnet::Model> model;
};

struct bitnet_session {
  bitnet::Session session;
};

namespace {

using bitnet::ErrorCode;

static_assert(static_cast<int>(ErrorCode::kInvalidArgument) + 1 == BITNET_INVALID_ARGUMENT);
static_assert(static_cast<int>(ErrorCode::kNotFound) + 1 == BITNET_NOT_FOUND);
static_assert(static_cast<int>(ErrorCode::kInvalidFile) + 1 == BITNET_INVALID_FILE);
static_assert(static_cast<int>(ErrorCode::kUnsupported) + 1 == BITNET_UNSUPPORTED);
static_assert(static_cast<int>(ErrorCode::kInsufficientMemory) + 1 == BITNET_INSUFFICIENT_MEMORY);
static_assert(static_cast<int>(ErrorCode::kInvalidHandle) + 1 == BITNET_INVALID_HANDLE);
static_assert(static_cast<int>(ErrorCode::kIo) + 1 == BITNET_IO);
static_assert(static_cast<int>(ErrorCode::kInternal) + 1 == BITNET_INTERNAL);

thread_local std::string last_error;
// The message without memory for a message.
thread_local bool last_error_lost = false;

bitnet_status record(bitnet_status status, const char* message) noexcept {
  try {
    last_error = message;
    last_error_lost = false;
  } catch (...) {
    last_error_lost = true;
  }
  return status;
}

template <typename Body>
bitnet_status guarded(const Body& body) noexcept {
  last_error.clear();
  last_error_lost = false;
  try {
    body();
    return BITNET_OK;
  } catch (const bitnet::Error& e) {
    return record(static_cast<bitnet_status>(static_cast<int>(e.code()) + 1), e.what());
  } catch (const std::bad_alloc&) {
    return record(BITNET_INSUFFICIENT_MEMORY, "out of memory");
  } catch (const std::exception& e) {
    return record(BITNET_INTERNAL, e.what());
  } catch (...) {
    return record(BITNET_INTERNAL, "an exception of unknown type was thrown");
  }
}

void need(const void* pointer, const char* name) {
  if (pointer == nullptr) bitnet::fail_argument("{} is NULL", name);
}

// An array may be NULL when it is empty.
void need(const void* pointer, std::size_t count, const char* name) {
  if (count > 0) need(pointer, name);
}

std::string text_or_empty(const char* text) { return text != nullptr ? text : ""; }

const bitnet::Tokenizer& tokenizer_of(const bitnet::Model& model) {
  if (model.tokenizer() == nullptr) bitnet::fail(ErrorCode::kUnsupported, "the model's files hold no tokenizer");
  return *model.tokenizer();
}

// `load` takes a context and the library's options.
template <typename Load>
bitnet_status load_model(const bitnet_model_options* options, bitnet_model** model, const Load& load) {
  return guarded([&] {
    need(model, "model");
    *model = nullptr;
    bitnet::ContextOptions context;
    bitnet::LoadOptions load_options;
    if (options != nullptr) {
      context.threads = options->threads;
      load_options.backend = text_or_empty(options->backend);
      load_options.isa = text_or_empty(options->isa);
    }
    auto loaded = load(std::make_shared<const bitnet::Context>(std::move(context)), load_options);
    *model = new bitnet_model{std::move(loaded)};
  });
}

}  // namespace

extern "C" {

const char* bitnet_version(void) {
  static const std::string text(bitnet::version());
  return text.c_str();
}

const char* bitnet_last_error(void) { return last_error_lost ? "out of memory" : last_error.c_str(); }

const char* bitnet_status_name(int status) {
  if (status == BITNET_OK) return "ok";
  if (status < BITNET_OK || status > BITNET_INTERNAL) return "unknown";
  return bitnet::error_code_name(static_cast<ErrorCode>(status - 1))
      .data();  // literals, so NUL-terminated
}

bitnet_status bitnet_model_load(const char* path, const bitnet_model_options* options, bitnet_model** model) {
  return load_model(options, model, [&](auto context, const bitnet::LoadOptions& load) {
    need(path, "path");
    return bitnet::Model::load(std::move(context), path, load);
  });
}

bitnet_status bitnet_model_built_in(const bitnet_model_options* options, bitnet_model** model) {
  return load_model(options, model, bitnet::Model::built_in);
}

void bitnet_model_free(bitnet_model* model) { delete model; }

size_t bitnet_model_vocabulary(const bitnet_model* model) {
  return model != nullptr ? model->model->info().vocabulary : 0;
}

bitnet_status bitnet_tokenize(const bitnet_model* model, const char* text, size_t length, int32_t add_special_tokens,
                              int32_t* ids, size_t capacity, size_t* count) {
  return guarded([&] {
    need(count, "count");
    *count = 0;
    need(model, "model");
    need(text, length, "text");
    need(ids, capacity, "ids");
    bitnet::EncodeOptions options;
    options.add_special_tokens = add_special_tokens != 0;
    const auto encoded = tokenizer_of(*model->model).encode({length > 0 ? text : "", length}, options);
    *count = encoded.size();
    if (encoded.size() > capacity)
      bitnet::fail_argument("ids holds {} ids, the text gives {}", capacity, encoded.size());
    std::copy(encoded.begin(), encoded.end(), ids);
  });
}

bitnet_status bitnet_detokenize(const bitnet_model* model, const int32_t* ids, size_t count,
                                int32_t skip_special_tokens, char* text, size_t capacity, size_t* length) {
  return guarded([&] {
    need(length, "length");
    *length = 0;
    need(model, "model");
    need(ids, count, "ids");
    need(text, capacity, "text");
    const std::string decoded = tokenizer_of(*model->model).decode({ids, count}, skip_special_tokens != 0);
    *length = decoded.size();
    if (decoded.size() >= capacity)
      bitnet::fail_argument("text holds {} bytes, the ids give {} and a NUL", capacity, decoded.size());
    std::memcpy(text, decoded.c_str(), decoded.size() + 1);
  });
}

bitnet_status bitnet_session_new(const bitnet_model* model, const bitnet_session_options* options,
                                 bitnet_session** session) {
  return guarded([&] {
    need(session, "session");
    *session = nullptr;
    need(model, "model");
    bitnet::SessionOptions settings;
    if (options != nullptr) {
      settings.context_length = options->context_length;
      if (options->kv_type != nullptr) {
        const auto type = bitnet::parse_dtype(options->kv_type);
        if (type != bitnet::DType::kF16 && type != bitnet::DType::kF32 && type != bitnet::DType::kQ8_0)
          bitnet::fail_argument("kv_type '{}' is not known: take f16, f32 or q8_0",
                                bitnet::printable(options->kv_type));
        settings.kv_type = *type;
      }
    }
    *session = new bitnet_session{bitnet::Session(model->model, settings)};
  });
}

void bitnet_session_free(bitnet_session* session) { delete session; }

bitnet_status bitnet_session_eval(bitnet_session* session, const int32_t* ids, size_t count, const float** logits) {
  return guarded([&] {
    need(logits, "logits");
    *logits = nullptr;
    need(session, "session");
    need(ids, count, "ids");
    *logits = session->session.eval({ids, count}).data();
  });
}

bitnet_status bitnet_session_rewind(bitnet_session* session, size_t tokens) {
  return guarded([&] {
    need(session, "session");
    session->session.rewind(tokens);
  });
}

bitnet_generate_options bitnet_default_generate_options(void) {
  const bitnet::GenerateOptions defaults;
  bitnet_generate_options options;
  options.max_tokens = defaults.max_tokens;
  options.temperature = defaults.sampler.temperature;
  options.top_k = defaults.sampler.top_k;
  options.top_p = defaults.sampler.top_p;
  options.min_p = defaults.sampler.min_p;
  options.repeat_penalty = defaults.sampler.repeat_penalty;
  options.seed = defaults.sampler.seed;
  return options;
}

bitnet_status bitnet_generate(bitnet_session* session, const char* prompt, const bitnet_generate_options* options,
                              bitnet_text_callback on_text, void* user) {
  return guarded([&] {
    need(session, "session");
    need(prompt, "prompt");
    const bitnet_generate_options chosen = options != nullptr ? *options : bitnet_default_generate_options();
    bitnet::GenerateOptions generate;
    generate.max_tokens = chosen.max_tokens;
    generate.sampler.temperature = chosen.temperature;
    generate.sampler.top_k = chosen.top_k;
    generate.sampler.top_p = chosen.top_p;
    generate.sampler.min_p = chosen.min_p;
    generate.sampler.repeat_penalty = chosen.repeat_penalty;
    generate.sampler.seed = chosen.seed;
    if (on_text != nullptr) {
      generate.on_text = [&](std::string_view piece) {
        const std::string terminated(piece);
        return on_text(terminated.c_str(), terminated.size(), user) == 0;
      };
    }
    session->session.generate(std::string_view(prompt), generate);
  });
}

}  // extern "C"
