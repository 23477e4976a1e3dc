// SPDX-License-Identifier: Apache-2.0
// Inverse of a symmetric positive definite matrix, in place, by the blocked sweep operator (block Gauss-Jordan; Beaton
// 1964, Goodnight 1979): for each diagonal block k, with D = A_kk, i and j != k,
//     A_ij -= A_ik D^-1 A_kj,    A_ik <- A_ik D^-1,    A_kk <- -D^-1          after the last: A = -(original A)^-1
// The I^3 flops of Cholesky and its inverse, but each step is one symmetric update of all tiles: nothing waits but the
// pivot block. Every pivot is a Schur complement, so it is positive definite as long as T resolves A.
//   a  [I, I]  in/out  T: float or double; only the lower triangle is read; on return the lower triangle holds
//   -inverse,
//                      the upper one is undefined
// D^-1 is taken in fp64. Throws Error(divergence) when a pivot is not positive definite.
// Deterministic: yes, for any number of threads: tiles of fixed size, one single-threaded BLAS call each.
// Cost: I^3 flops; scratch spd_inverse_workspace_bytes<T>. CPU only.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"

namespace kindred::cpu {

template <typename T>
void negative_spd_inverse(const Context& ctx, View<T, 2> a);
template <typename T>
std::int64_t spd_inverse_workspace_bytes(std::int64_t size);

}  // namespace kindred::cpu
