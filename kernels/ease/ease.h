// SPDX-License-Identifier: Apache-2.0
// EASE, the linear item-item model in closed form (Steck, "Embarrassingly shallow autoencoders", WWW 2019):
//     B = argmin |X - X B|^2 + lambda |B|^2   with diag B = 0
//       = I - P diag(1 / diag P),  P = (X'X + lambda I)^-1,   so B_ij = -P_ij / P_jj and B_ii = 0
//   U users, I items
//   x             CSR [U, I]   in    entries <= 0 (negative feedback) count as 0
//   x_transposed  CSR [I, U]   in    the same entries by item
//   weights       [I, I]       out   fp32 B, row-major; the score of item j for history h is sum_i h_i B_ij
// X'X is summed in fp64. Up to fp64_items items its inverse is taken in fp64 too, in 8 I^2 bytes of work space; above,
// in fp32 in the memory of `weights`, and then checked: the error of a few columns of B is estimated by one step of
// iterative refinement, and an error above 1e-3 is Error(divergence), as is a pivot that is not positive.
// Limits: I below 2^31; check_ease_memory throws Error(device) when weights and work space do not fit.
// Deterministic: yes, for any number of threads: tiles depend on I alone, one single-threaded BLAS call each.
// Cost: sum_u n_u^2 / 2 + I^3 multiply-adds / 2; scratch ease_workspace_bytes.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"

namespace kindred {

constexpr std::int64_t kEaseFp64Items = 8192;

struct Ease {
  CsrView x;
  CsrView x_transposed;
  double regularization = 0.0;  // lambda, above 0
  View<float, 2> weights;
  std::int64_t fp64_items = kEaseFp64Items;
};

void ease(const Context& ctx, const Ease& args);

// Bytes that ease() takes beside `weights`, at the default fp64_items.
std::int64_t ease_workspace_bytes(std::int64_t items, int threads);
// Throws Error(device) unless weights and work space for so many items fit into `available_bytes`.
void check_ease_memory(std::int64_t items, int threads, std::int64_t available_bytes);

namespace cpu {
void ease(const Context& ctx, const Ease& args);
}

namespace cuda {
void ease(const Context& ctx, const Ease& args);
}

}  // namespace kindred
