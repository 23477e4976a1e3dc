// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/single_threaded_blas.h"

namespace kindred::cpu {

void use_single_threaded_blas() {
  static const bool done = [] {
    openblas_set_num_threads(1);
    return true;
  }();
  (void)done;
}

}  // namespace kindred::cpu
