// From one model format to another.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "bitnet/context.hpp"
#include "bitnet/quality_report.hpp"
#include "bitnet/weight_layouts.hpp"

namespace bitnet {

struct ConvertOptions {
  /// Of the linears. In a GGUF file: i2_s, tq1_0, tq2_0 (ternary weights alone), f16, bf16, f32, q8_0, or a way of
  /// packing ("entropy", "base3", ...: bitnet/packing.hpp; "smallest": whichever it is, tensor by tensor), which this
  /// library alone reads. In a Hugging Face directory: packed, bf16, f16, f32. Empty: i2_s, or packed.
  std::string type;
  std::string dense = "f16";  // of linears that are not ternary, where others are and `type` is for those alone
  std::string head;           // of the embedding and the head: f16, bf16, f32, in GGUF q8_0 and q6_k too; empty: as it
                              // is, but f16 where a Hugging Face directory becomes a GGUF file
  std::string name;           // general.name; empty: the source's
  std::string pre;            // tokenizer.ggml.pre, where it is not recognised
  WeightLayouts layouts;      // what the source leaves unsaid
  /// Which linears of a float model are made ternary, and which tensors get another type than the above: rules such as
  /// "linears=ternary,first=f16,head=q8_0" (model/precision_policy.hpp). Empty: ternary weights stay so, and no others.
  std::string precision;
  std::string prune;      // weights set to zero in linears that are not ternary yet: "0.5" of them, or "2:4"
  bool replace = false;   // what stands at the target
  bool verify = true;     // read everything again and compare, before it takes its name
  int threads = 0;        // 0: one a physical core
  /// Told what each matrix lost that is not written as it was, in the file's order.
  std::function<void(const TensorQuality&)> quality;
  ProgressSink progress;  // tensors written, then verified, of all tensors
  LogSink log;            // what could not be carried over
};

struct ConvertSummary {
  std::uint64_t parameters = 0, tensors = 0, file_bytes = 0;
};

/// Writes the model `in`, a GGUF file or a Hugging Face directory, as the GGUF file `out` where that ends in ".gguf",
/// as a Hugging Face directory otherwise: weights, configuration, tokenizer, chat template; from GGUF to GGUF all
/// metadata. It appears whole or not at all. Some tens of megabytes are in memory at once (for packed linears one of
/// them), whatever the model's size. Throws kInvalidArgument for the options and an `out` that exists, kNotFound,
/// kInvalidFile, kUnsupported for what the files hold or the target cannot say, kIo.
ConvertSummary convert_model(const std::filesystem::path& in, const std::filesystem::path& out,
                             const ConvertOptions& options = {});

}  // namespace bitnet
