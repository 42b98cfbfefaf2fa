// From one model format to another.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "bitnet/context.hpp"

namespace bitnet {

struct ConvertOptions {
  std::string type = "i2_s";  // of the linears: i2_s, tq2_0, tq1_0 (ternary weights alone), f16
  std::string head = "f16";   // of the embedding and the head: f16, bf16, f32, q8_0, q6_k
  std::string name;           // general.name; empty: the directory's
  std::string pre;            // tokenizer.ggml.pre, where it is not recognised
  bool replace = false;       // an existing file
  ProgressSink progress;      // tensors written of all tensors
  LogSink log;                // what could not be carried over
};

struct ConvertSummary {
  std::uint64_t parameters = 0, tensors = 0, file_bytes = 0;
};

/// Writes the Hugging Face directory `in` as the GGUF file `out`: weights, configuration, tokenizer, chat template. The
/// file is read again and compared before it takes its name; on any error nothing stands there that did not before.
/// At most one tensor is in memory. Throws kInvalidArgument for the options and an `out` that exists, kNotFound,
/// kInvalidFile, kUnsupported for what the files hold or GGUF cannot say, kIo.
ConvertSummary convert_to_gguf(const std::filesystem::path& in, const std::filesystem::path& out,
                               const ConvertOptions& options = {});

}  // namespace bitnet
