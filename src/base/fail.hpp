// Throwing bitnet::Error with a formatted message.
#pragma once

#include <fmt/format.h>

#include "bitnet/error.hpp"

namespace bitnet {

template <typename... Args>
[[noreturn]] void fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(code, fmt::format(format, std::forward<Args>(args)...));
}

/// Throws kInvalidFile.
template <typename... Args>
[[noreturn]] void fail_file(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(ErrorCode::kInvalidFile, fmt::format(format, std::forward<Args>(args)...));
}

/// Throws kInvalidArgument.
template <typename... Args>
[[noreturn]] void fail_argument(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(ErrorCode::kInvalidArgument, fmt::format(format, std::forward<Args>(args)...));
}

/// Text from outside made fit for one line of an error message: control bytes and invalid UTF-8 become \xNN, and
/// anything over 80 bytes is cut with "...".
std::string printable(std::string_view text);

}  // namespace bitnet
