// How long a thread that waits for the others spins before it sleeps.
#pragma once

namespace bitnet::cli {

/// GCC's OpenMP spins for up to 16 ms at each wait, which starves the very thread that is waited for when another program
/// uses a core (measured: 0.4 tokens/s instead of 38). The runtime reads its settings when it is loaded, so the program
/// starts itself once more with a bound of about a tenth of a millisecond. Does nothing where the person has chosen (OMP_WAIT_POLICY or
/// GOMP_SPINCOUNT), and on other systems.
void bound_spinning(char** argv);

}  // namespace bitnet::cli
