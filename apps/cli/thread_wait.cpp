#include "cli/thread_wait.hpp"

#include <cstdlib>

#if defined(__linux__)
#include <unistd.h>
#endif

namespace bitnet::cli {

void bound_spinning([[maybe_unused]] char** argv) {
#if defined(__linux__) && defined(BITNET_PARALLEL)
  if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
  if (::setenv("GOMP_SPINCOUNT", "2000", 1) != 0) return;
  ::execv("/proc/self/exe", argv);    // returns only when it failed: then all goes on as it was
#endif
}

}  // namespace bitnet::cli
