// The one exception type that the library throws, and the codes that the C API returns for it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bitnet {

enum class ErrorCode {
  kInvalidArgument,      // a value from the caller is out of range or makes no sense
  kNotFound,             // a file, tensor, metadata key or name does not exist
  kInvalidFile,          // the bytes of a file contradict its format
  kUnsupported,          // valid, but this build or version cannot do it
  kInsufficientMemory,   // the pool's or the machine's limit is reached
  kInvalidHandle,        // double free, stale handle, or a handle of another pool
  kIo,                   // the operating system refused a read, write or map
  kInternal,             // a broken promise inside the library: please report it
};

/// "invalid_argument", "not_found", ...: the stable name of a code.
std::string_view error_code_name(ErrorCode code) noexcept;

/// What went wrong, where, and what to do about it. `what()` reads "outer context: inner context: message".
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string message);

  ErrorCode code() const noexcept { return code_; }
  /// The innermost message, without context.
  const std::string& message() const noexcept { return message_; }
  /// Context frames, outermost first.
  const std::vector<std::string>& context() const noexcept { return context_; }
  /// Call stack where the error was made, one frame a line; empty unless built with BITNET_BACKTRACE.
  const std::string& backtrace() const noexcept { return backtrace_; }

  /// A copy with one more outer frame, such as the file being read: `throw e.with_context("model.gguf")`. A frame that the
  /// text begins with already is not repeated.
  Error with_context(std::string frame) const;
  /// {"code":"...","message":"...","context":[...]}, UTF-8.
  std::string to_json() const;

  const char* what() const noexcept override { return text_.c_str(); }

 private:
  ErrorCode code_;
  std::string message_;
  std::vector<std::string> context_;
  std::string backtrace_;
  std::string text_;
};

}  // namespace bitnet
