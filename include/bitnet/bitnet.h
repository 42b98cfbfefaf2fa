/* The C API: load a model, stream a completion. Every function that can fail returns a bitnet_status; the message of the
 * calling thread's last failure is bitnet_last_error(). Handles are opaque and freed by their _free function. */
#ifndef BITNET_BITNET_H_
#define BITNET_BITNET_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  BITNET_OK = 0,
  BITNET_INVALID_ARGUMENT = 1,
  BITNET_NOT_FOUND = 2,
  BITNET_INVALID_FILE = 3,
  BITNET_UNSUPPORTED = 4,
  BITNET_INSUFFICIENT_MEMORY = 5,
  BITNET_INVALID_HANDLE = 6,
  BITNET_IO = 7,
  BITNET_INTERNAL = 8
} bitnet_status;

typedef struct bitnet_model bitnet_model;     /* immutable; may be shared between threads */
typedef struct bitnet_session bitnet_session; /* one request's state; not thread-safe; keeps its model alive */

typedef struct {
  int32_t threads;         /* 0: one a physical core */
  const char* backend;     /* NULL: the best */
  const char* isa;         /* NULL: the best */
} bitnet_model_options;

typedef struct {
  size_t context_length;   /* 0: the model's, at most 4096 */
  const char* kv_type;     /* NULL: "f16"; or "f32", "q8_0" */
} bitnet_session_options;

typedef struct {
  size_t max_tokens;
  float temperature;       /* 0: greedy */
  int32_t top_k;           /* 0: off */
  float top_p;             /* 1: off */
  float min_p;             /* 0: off */
  float repeat_penalty;    /* 1: off */
  uint64_t seed;
} bitnet_generate_options;

/* A piece of text, NUL-terminated UTF-8 of whole characters; return 0 to go on, anything else to stop. */
typedef int (*bitnet_text_callback)(const char* piece, size_t length, void* user);

const char* bitnet_version(void);
/* Never NULL; empty when the thread's last call succeeded. Valid until the thread's next call. */
const char* bitnet_last_error(void);
const char* bitnet_status_name(int status);

/* path: a GGUF file or a Hugging Face directory. options may be NULL. */
bitnet_status bitnet_model_load(const char* path, const bitnet_model_options* options, bitnet_model** model);
/* The small model that is compiled in; BITNET_NOT_FOUND for a build without one. */
bitnet_status bitnet_model_built_in(const bitnet_model_options* options, bitnet_model** model);
void bitnet_model_free(bitnet_model* model);
size_t bitnet_model_vocabulary(const bitnet_model* model);

/* Writes up to `capacity` ids and sets *count to how many there are; BITNET_INVALID_ARGUMENT when they do not fit. */
bitnet_status bitnet_tokenize(const bitnet_model* model, const char* text, size_t length, int32_t add_special_tokens,
                              int32_t* ids, size_t capacity, size_t* count);
/* Writes up to `capacity` bytes, a NUL included, and sets *length to the text's length without it. */
bitnet_status bitnet_detokenize(const bitnet_model* model, const int32_t* ids, size_t count, int32_t skip_special_tokens,
                                char* text, size_t capacity, size_t* length);

bitnet_status bitnet_session_new(const bitnet_model* model, const bitnet_session_options* options, bitnet_session** session);
void bitnet_session_free(bitnet_session* session);
/* The logits behind the last id, [vocabulary], owned by the session and valid until its next call. */
bitnet_status bitnet_session_eval(bitnet_session* session, const int32_t* ids, size_t count, const float** logits);
bitnet_status bitnet_session_rewind(bitnet_session* session, size_t tokens);

bitnet_generate_options bitnet_default_generate_options(void);
/* Streams the completion of `prompt` to `on_text`. options may be NULL. */
bitnet_status bitnet_generate(bitnet_session* session, const char* prompt, const bitnet_generate_options* options,
                              bitnet_text_callback on_text, void* user);

#ifdef __cplusplus
}
#endif
#endif
