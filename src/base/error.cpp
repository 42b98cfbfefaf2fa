#include "bitnet/error.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/fail.hpp"

#ifdef BITNET_BACKTRACE
#include <execinfo.h>

#include <cstdlib>
#endif

namespace bitnet {
namespace {

std::string capture_backtrace() {
#ifdef BITNET_BACKTRACE
  void* frames[64];
  const int count = ::backtrace(frames, 64);
  char** symbols = ::backtrace_symbols(frames, count);
  std::string text;
  for (int i = 2; symbols != nullptr && i < count; ++i) {
    text += symbols[i];
    text += '\n';
  }
  std::free(symbols);
  return text;
#else
  return {};
#endif
}

// Length of the valid UTF-8 sequence at `text[i]`, or 0.
std::size_t utf8_sequence(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = byte(i);
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : (lead & 0xF0) == 0xE0 ? 3
                             : lead >= 0xF0 && lead < 0xF5                                             ? 4
                                                                                                       : 0;
  if (length == 0 || i + length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k)
    if ((byte(i + k) & 0xC0) != 0x80) return 0;
  if (lead == 0xE0 && byte(i + 1) < 0xA0) return 0;
  if (lead == 0xED && byte(i + 1) >= 0xA0) return 0;
  if (lead == 0xF0 && byte(i + 1) < 0x90) return 0;
  if (lead == 0xF4 && byte(i + 1) >= 0x90) return 0;
  return length;
}

}  // namespace

std::string_view error_code_name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "invalid_argument";
    case ErrorCode::kNotFound: return "not_found";
    case ErrorCode::kInvalidFile: return "invalid_file";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kInsufficientMemory: return "insufficient_memory";
    case ErrorCode::kInvalidHandle: return "invalid_handle";
    case ErrorCode::kIo: return "io";
    case ErrorCode::kInternal: return "internal";
  }
  return "internal";
}

Error::Error(ErrorCode code, std::string message)
    : std::runtime_error(message), code_(code), message_(std::move(message)), backtrace_(capture_backtrace()), text_(message_) {}

Error Error::with_context(std::string frame) const {
  Error copy = *this;
  // Readers name their file themselves where they can: it need not stand there twice.
  if (text_.starts_with(frame + ": ")) return copy;
  copy.text_ = frame + ": " + text_;
  copy.context_.insert(copy.context_.begin(), std::move(frame));
  return copy;
}

std::string Error::to_json() const {
  nlohmann::ordered_json json{{"code", error_code_name(code_)}, {"message", message_}, {"context", context_}};
  if (!backtrace_.empty()) json["backtrace"] = backtrace_;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string printable(std::string_view text) {
  constexpr std::size_t kLimit = 80;
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (out.size() >= kLimit) return out + "...";
    const std::size_t length = utf8_sequence(text, i);
    const auto byte = static_cast<unsigned char>(text[i]);
    if (length == 0 || byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
      ++i;
    } else {
      out += text.substr(i, length);
      i += length;
    }
  }
  return out;
}

}  // namespace bitnet
