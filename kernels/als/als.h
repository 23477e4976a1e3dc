// SPDX-License-Identifier: Apache-2.0
// Implicit ALS: one half step solves every row of X with Y fixed; the objective that it descends; explanations.
//     weighted: L = sum_obs c_ui (x_u.y_i - p_ui)^2 + a0 sum_all (x_u.y_i)^2 + sum_u l_u |x_u|^2 + sum_i l_i |y_i|^2
//     hu_koren_volinsky: with a0 sum_unobserved in place of a0 sum_all, so that observed entries have weight c only
//     l_u = lambda (n_u + a0 I)^nu,   l_i = lambda (n_i + a0 U)^nu,   n = stored entries of the row
// Row u solves  (a0 Y'Y + l_u I + sum_j q_j y_j y_j') x = sum_j r_j y_j  over its entries j, where q = c (weighted) or
// c - a0 (hu_koren_volinsky) and r = c p. (Rendle, Krichene, Zhang, Koren 2021; Hu, Koren, Volinsky 2008.)
// U rows, I columns, K factors (1..8192), nnz stored entries.
//   interactions  CSR [U, I]; value v >= 0: target p = 1 with confidence c = v; v < 0: negative feedback, target 0 with
//                 confidence c = -v; no values: c = 1 everywhere.      y [I, K] in      x [U, K] in: warm start, out
// Rows without entries become 0. Needs lambda > 0, a0 >= 0. The half step of items is the same call on the transpose;
// fold-in is the same call on the new rows' CSR.
// Solvers: primal is exact (to fp32). dual is exact too, by the l x l dual for rows of l <= 0.75 K entries and by
// primal for the others (also for rows with some q < 0, or q = 0 < r, which have no real dual). pcg does cg_steps of
// conjugate gradients from x, preconditioned by the exact inverse of a0 Y'Y + l_u I. subspace solves blocks of
// block_size columns (rounded up to 16) from x, one pass (iALS++). automatic: exact dual for rows of up to 32 entries,
// two pcg steps from x for the others: the fastest way down when repeated; where one call must be exact (fold-in), take
// dual. Deterministic: yes: the same bits for any number of threads on one kind of processor (docs/numerics.md). Cost
// of a row with l entries: primal l K^2 + K^3 / 3, dual l^2 K + l^3 / 3, pcg 4 l K (steps + 1); dual, pcg and automatic
// also an eigendecomposition a call, 2 I K^2 to rotate Y and 2 U K^2 (pcg: 4 U K^2) to rotate X. Scratch: (U + I) K
// floats, K^2 a thread (dual, primal); reference: als_reference.h.
// On CUDA: primal factors every row's K x K system; dual solves the l x l dual of rows of l <= 3/4 K entries, up to
// 256, and the systems of the others; automatic does so where enough rows gain by it, and else is primal. automatic
// gathers the factors as bf16 (error of a row about 2e-3 of its norm, of the objective about 1e-5), primal and dual as
// hi + lo (about 5e-5). pcg and subspace are Error(usage). The same bits each time. A system that is not positive
// definite gives NaN, which the objective shows. Explanations are computed in double on the host, from copies. Scratch:
// als_workspace.h.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"

#include <cstdint>
#include <string_view>

namespace kindred {

enum class AlsForm { weighted, hu_koren_volinsky };
enum class AlsSolver { automatic, primal, dual, pcg, subspace };

struct AlsHalfStep {
  CsrView interactions;                  // [U, I]
  View<const float, 2> y;                // [I, K]
  View<float, 2> x;                      // [U, K]
  double unobserved_weight = 0.1;        // a0
  double regularization = 0.003;         // lambda
  double regularization_exponent = 1.0;  // nu
  AlsForm form = AlsForm::weighted;
  AlsSolver solver = AlsSolver::automatic;
  std::int64_t cg_steps = 3;      // pcg, >= 1
  std::int64_t block_size = 128;  // subspace, >= 1
};

struct AlsObjective {
  CsrView interactions;    // [U, I]
  View<const float, 2> x;  // [U, K]
  View<const float, 2> y;  // [I, K]
  double unobserved_weight = 0.1;
  double regularization = 0.003;
  double regularization_exponent = 1.0;
  AlsForm form = AlsForm::weighted;
};

// Why an item of vector t scores what it does for one row: score = x.t = sum_j contribution_j over the row's entries,
// where contribution_j = w_j y_j' (a0 Y'Y + l_u I)^-1 t and w_j = r_j - q_j x.y_j, with x the exact solution of the
// row. t need not be a row of Y.
struct AlsExplain {
  CsrView history;                // [1, I]
  View<const float, 2> y;         // [I, K]
  View<const float, 1> target;    // [K] t
  View<double, 1> contributions;  // [nnz of history], in its order
  double unobserved_weight = 0.1;
  double regularization = 0.003;
  double regularization_exponent = 1.0;
  AlsForm form = AlsForm::weighted;
};

// x(u, k) ~ N(0, (stddev / sqrt K)^2), a pure function of (ctx.seed(), purpose, u, k).
struct AlsInit {
  View<float, 2> x;
  double stddev = 0.1;
  std::string_view purpose;  // "als.init.items"
};

// X <- c X, Y <- Y / c: predictions stay, and the penalties c^2 sum_u l_u |x_u|^2 + c^-2 sum_i l_i |y_i|^2 are least at
// c^4 = sum_i l_i |y_i|^2 / sum_u l_u |x_u|^2. Half steps alone find that scale slowly (docs/numerics.md).
// Sums in double; cost 2 (U + I) K. Returns c; 1, and nothing is done, where one side is all zero.
struct AlsBalance {
  CsrView interactions;  // [U, I]; only the lengths of rows matter
  CsrView transposed;    // [I, U]
  View<float, 2> x;      // [U, K]
  View<float, 2> y;      // [I, K]
  double unobserved_weight = 0.1;
  double regularization = 0.003;
  double regularization_exponent = 1.0;
};

// Error(usage) for a solver that the context's device does not have: before anything starts.
void als_require_solver(const Context& ctx, AlsSolver solver);
void als_half_step(const Context& ctx, const AlsHalfStep& args);
double als_balance(const Context& ctx, const AlsBalance& args);
// L, exact: double accumulations, the sum over all pairs as a0 tr(X'X Y'Y). Cost 2 nnz K + (U + I) K^2.
double als_objective(const Context& ctx, const AlsObjective& args);
// Returns the score. Double throughout; cost 2 I K^2 + K^3.
double als_explain(const Context& ctx, const AlsExplain& args);
void als_init(const Context& ctx, const AlsInit& args);

namespace cpu {
void als_half_step(const Context& ctx, const AlsHalfStep& args);
double als_balance(const Context& ctx, const AlsBalance& args);
double als_objective(const Context& ctx, const AlsObjective& args);
double als_explain(const Context& ctx, const AlsExplain& args);
void als_init(const Context& ctx, const AlsInit& args);
}  // namespace cpu

namespace cuda {
void als_half_step(const Context& ctx, const AlsHalfStep& args);
double als_balance(const Context& ctx, const AlsBalance& args);
double als_objective(const Context& ctx, const AlsObjective& args);
double als_explain(const Context& ctx, const AlsExplain& args);
void als_init(const Context& ctx, const AlsInit& args);
}  // namespace cuda

}  // namespace kindred
