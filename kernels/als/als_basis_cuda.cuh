// SPDX-License-Identifier: Apache-2.0
// The basis in which the background of every row is a diagonal:
//     B [N, N] = Q S Q',  S = diag(s),  Q orthogonal          N a multiple of 64
// By two-sided block Jacobi in fp64: columns in blocks of 32, blocks in pairs, all pairs of a round at a time; of each
// pair's 64 x 64 matrix every element off the diagonal is rotated to 0 once (J), then B <- J' B J and Q <- Q J. A sweep
// meets every pair of blocks once. Sweeps end when, in the one before,
//     |B_pq| <= kLeastCoupling sqrt((B_pp + l)(B_qq + l))    for all p, q,    l = least_penalty
// which each further sweep about squares: B + l I is then D^1/2 (I + E) D^1/2 with |E_pq| well below that, whatever
// the range of s. Nothing is waited for: sweeps that are not needed return at once. Deterministic. NaN in B gives NaN.
// Cost: about 9 sweeps at N = 256, 12 at 1024, of 3 N^3 fp64 multiply-adds. Scratch: 16 N^2 bytes and 32 KB a pair.
// (Jacobi 1846; Golub and Van Loan, section 8.5.)
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"

namespace kindred::cuda {

constexpr double kLeastCoupling = 1e-3;

struct AlsBasis {
  View<const float, 2> background;  // [N, N], both triangles
  double least_penalty = 0.0;       // l
  View<float, 2> q;                 // [N, N], column n belongs to s(n)
  View<float, 1> s;                 // [N], in no order
};

void als_basis(const Context& ctx, const AlsBasis& args);

}  // namespace kindred::cuda
