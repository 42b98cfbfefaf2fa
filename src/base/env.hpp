// The only place that reads environment variables.
#pragma once

#include <cstdlib>
#include <string>

namespace bitnet {

/// The variable's value, or "" when it is not set.
inline std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace bitnet
