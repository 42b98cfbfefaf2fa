// The only place where threads are made: OpenMP behind one function.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>

#ifdef BITNET_PARALLEL
#include <omp.h>
#endif

namespace bitnet {

/// Splits [0, count) into one contiguous range a thread, with borders at multiples of `grain`, and calls
/// `body(begin, end, thread)` on each at once; returns when all are done. `body` may throw: the first exception is
/// rethrown here. Which thread computes what never changes a result in this library: see ARCHITECTURE's determinism rule.
template <typename Body>
void parallel_for(int threads, std::size_t count, std::size_t grain, const Body& body) {
  const std::size_t units = (count + grain - 1) / grain;
  const std::size_t workers = threads > 0 && units > static_cast<std::size_t>(threads) ? static_cast<std::size_t>(threads) : units;
#ifdef BITNET_PARALLEL
  if (workers > 1 && threads > 1) {
    std::exception_ptr error;
    // Always the whole team: GCC's runtime ends the threads that a smaller one leaves out, and starts them again for
    // the next.
#pragma omp parallel num_threads(threads)
    {
      const auto thread = static_cast<std::size_t>(omp_get_thread_num());
      const auto team = std::min(workers, static_cast<std::size_t>(omp_get_num_threads()));
      const std::size_t begin = std::min(units * thread / team, units) * grain;
      const std::size_t end = std::min(units * (thread + 1) / team, units) * grain;
      try {
        if (begin < end) body(begin, end < count ? end : count, static_cast<int>(thread));
      } catch (...) {
#pragma omp critical(bitnet_parallel_error)
        if (!error) error = std::current_exception();
      }
    }
    if (error) std::rethrow_exception(error);
    return;
  }
#endif
  (void)workers;
  if (count > 0) body(std::size_t{0}, count, 0);
}

}  // namespace bitnet
