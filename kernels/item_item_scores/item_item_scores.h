// SPDX-License-Identifier: Apache-2.0
// Scores of item-item models: what each item of a history says of every item.
//     score(b, i) = sum_j h(b, j) s(j, i)       j over the items of history b
//   B histories, I items, N neighbours
//   history     CSR [B, I]  in   weights; entries <= 0 (negative feedback) count as absent
//   neighbour_scores:  ids, values [I, N]  in   row j: the items i with s(j, i) != 0, -1 where there are fewer
//   matrix_scores:     weights [I, I]      in   row j: s(j, .)
//   scores      [B, I]      out  fp32
// Sums in fp32, history items in ascending order. Deterministic: yes, for any number of threads and any batch.
// Cost: nnz(history) * N or nnz(history) * I multiply-adds; no scratch.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"

namespace kindred {

struct NeighbourScores {
  CsrView history;
  View<const std::int32_t, 2> ids;
  View<const float, 2> values;
  View<float, 2> scores;
};

struct MatrixScores {
  CsrView history;
  View<const float, 2> weights;
  View<float, 2> scores;
};

void neighbour_scores(const Context& ctx, const NeighbourScores& args);
void matrix_scores(const Context& ctx, const MatrixScores& args);

namespace cpu {
void neighbour_scores(const Context& ctx, const NeighbourScores& args);
void matrix_scores(const Context& ctx, const MatrixScores& args);
}  // namespace cpu

namespace cuda {
void neighbour_scores(const Context& ctx, const NeighbourScores& args);
void matrix_scores(const Context& ctx, const MatrixScores& args);
}  // namespace cuda

}  // namespace kindred
