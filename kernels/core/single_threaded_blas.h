// SPDX-License-Identifier: Apache-2.0
// The only place that includes the BLAS and LAPACK headers. Kindred calls BLAS from its own threads, one tile a call:
// BLAS's own threads would nest, and would make the bits depend on their number.
#pragma once

#include <cblas.h>
#include <lapacke.h>

namespace kindred::cpu {

// Switches the library's own threads off, once for the process.
void use_single_threaded_blas();

}  // namespace kindred::cpu
