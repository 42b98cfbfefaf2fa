// What this machine can do at most, measured: a kernel's time is judged by its share of one of these.
#pragma once

#include "backends/limit_loops.hpp"
#include "bitnet/context.hpp"

namespace bitnet {

/// Bytes a second that the context's threads read from memory together, from huge pages of its pool where the system
/// grants them: the best of several short passes, of one, two or four sequential streams a thread. Takes 256 MiB to 1
/// GiB of memory for about half a second. Throws kInsufficientMemory.
double measure_read_bandwidth(const Context& context);

/// int8 multiply-adds a second.
struct Int8Peak {
  double vectors = 0;  // in vector registers
  double tiles = 0;    // in matrix tiles; 0 where the level has none
  double best() const { return tiles > vectors ? tiles : vectors; }
};
/// Of the context's threads together, operands in registers: the best of several short passes.
Int8Peak measure_int8_peak(const Context& context, const LimitLoops& loops);

}  // namespace bitnet
