// SPDX-License-Identifier: Apache-2.0
#include "kernels/item_item_scores/item_item_scores.h"

namespace kindred {

namespace {

void check_scores(const char* name, const CsrView& history, std::int64_t items, View<float, 2> scores) {
  KINDRED_CHECK(history.columns == items, "[{}] the history has {} columns, expected {}", name, history.columns, items);
  KINDRED_CHECK(scores.size(0) == history.rows && scores.size(1) == items, "[{}] scores is {} x {}, expected {} x {}",
                name, scores.size(0), scores.size(1), history.rows, items);
}

}  // namespace

void neighbour_scores(const Context& ctx, const NeighbourScores& args) {
  KINDRED_CHECK(args.ids.sizes() == args.values.sizes(), "[neighbour_scores] ids is {} x {}, values {} x {}",
                args.ids.size(0), args.ids.size(1), args.values.size(0), args.values.size(1));
  check_scores("neighbour_scores", args.history, args.ids.size(0), args.scores);
  if (args.scores.empty()) return;
  ctx.device().type == DeviceType::cpu ? cpu::neighbour_scores(ctx, args) : cuda::neighbour_scores(ctx, args);
}

void matrix_scores(const Context& ctx, const MatrixScores& args) {
  KINDRED_CHECK(args.weights.size(0) == args.weights.size(1), "[matrix_scores] weights is {} x {}, expected a square",
                args.weights.size(0), args.weights.size(1));
  check_scores("matrix_scores", args.history, args.weights.size(0), args.scores);
  if (args.scores.empty()) return;
  ctx.device().type == DeviceType::cpu ? cpu::matrix_scores(ctx, args) : cuda::matrix_scores(ctx, args);
}

}  // namespace kindred
