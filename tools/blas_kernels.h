// SPDX-License-Identifier: Apache-2.0
// Which kernels OpenBLAS has taken. A version older than the processor may not know it, and takes kernels of twenty
// years ago: matrix products are then several times slower than need be (Debian 12's 0.3.21 on Sapphire and Emerald
// Rapids: five times).
#pragma once

#include <string>

namespace kindred {

// The core whose kernels fit this processor better than those taken, for OPENBLAS_CORETYPE; empty where they fit.
std::string better_blas_core();

// Starts the program anew with OPENBLAS_CORETYPE set where better kernels are at hand: OpenBLAS reads it when it is
// loaded, before main. Returns where they fit, where the variable is set already, and where starting anew fails.
void restart_with_better_blas(char** argv);

}  // namespace kindred
