// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/single_threaded_blas.h"

#include "kernels/core/device_info.h"

namespace kindred::cpu {

void use_single_threaded_blas() {
  static const bool done = [] {
    openblas_set_num_threads(1);
    return true;
  }();
  (void)done;
}

}  // namespace kindred::cpu

namespace kindred {

BlasInfo blas_info() {
  constexpr int kOpenMp = 2;
  return {.description = openblas_get_config(),
          .core = openblas_get_corename(),
          .openmp = openblas_get_parallel() == kOpenMp};
}

}  // namespace kindred
