// SPDX-License-Identifier: Apache-2.0
// The least that one ALS iteration (both half steps, exact) must do, and the time that takes at the roofs of a device.
// Per row with l entries, the cheaper of primal and dual by flops:
//     product  l K^2 (primal: Y_u' C Y_u) or l^2 K (dual: Y_u D^-1 Y_u'), one triangle     at the matrix rate
//     solve    K^3 / 3 or l^3 / 3, and 4 l K of right-hand side and result                 at the fp32 rate
// and per half step 3 I K^2 (Gram, rotation) + 2 U K^2 (rotation back) at the fp32 rate; the eigendecomposition is not
// counted. Bytes: the K factors of each entry once, both factor matrices read and written in fp32 once, the CSR once.
#pragma once

#include "kernels/core/view.h"
#include "kernels/testing/roofs.h"

#include <algorithm>
#include <cstdint>

namespace kindred {

struct AlsCost {
  double matrix_flops = 0.0;
  double fp32_flops = 0.0;
  double bytes = 0.0;

  double flops() const { return matrix_flops + fp32_flops; }
};

struct AlsFloor {
  double matrix_s = 0.0;
  double fp32_s = 0.0;
  double bytes_s = 0.0;

  double overlapped_s() const { return std::max({matrix_s, fp32_s, bytes_s}); }  // no version runs faster
  double serial_s() const { return matrix_s + fp32_s + bytes_s; }
};

// users, items: views of the host. gathered_bytes: of one factor as gathered (2 on CUDA: bf16; 4 on the CPU).
AlsCost als_iteration_cost(const CsrView& users, const CsrView& items, std::int64_t factors, int gathered_bytes);
AlsFloor als_floor(const AlsCost& cost, const Roofs& roofs);

}  // namespace kindred
