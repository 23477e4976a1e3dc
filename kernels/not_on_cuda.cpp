// SPDX-License-Identifier: Apache-2.0
// Operations that builds with CUDA do not have on CUDA yet, one line each.
#include "kernels/core/not_on_cuda.h"
#include "kernels/als/als.h"
#include "kernels/ease/ease.h"
#include "kernels/item_item_scores/item_item_scores.h"
#include "kernels/item_similarity/item_similarity.h"
#include "kernels/popularity/popularity.h"
#include "kernels/topk/topk.h"

// NOLINTBEGIN(readability-named-parameter)
namespace kindred::cuda {

KINDRED_NOT_ON_CUDA(void item_similarity(const Context&, const ItemSimilarity&), "item_similarity")
KINDRED_NOT_ON_CUDA(void ease(const Context&, const Ease&), "ease")
KINDRED_NOT_ON_CUDA(void neighbour_scores(const Context&, const NeighbourScores&), "neighbour_scores")
KINDRED_NOT_ON_CUDA(void matrix_scores(const Context&, const MatrixScores&), "matrix_scores")
KINDRED_NOT_ON_CUDA(void popularity(const Context&, const Popularity&), "popularity")
KINDRED_NOT_ON_CUDA(void als_half_step(const Context&, const AlsHalfStep&), "als_half_step")
KINDRED_NOT_ON_CUDA(double als_balance(const Context&, const AlsBalance&), "als_balance")
KINDRED_NOT_ON_CUDA(double als_objective(const Context&, const AlsObjective&), "als_objective")
KINDRED_NOT_ON_CUDA(double als_explain(const Context&, const AlsExplain&), "als_explain")
KINDRED_NOT_ON_CUDA(void als_init(const Context&, const AlsInit&), "als_init")
KINDRED_NOT_ON_CUDA(std::int64_t topk(const Context&, const TopK&), "topk")
KINDRED_NOT_ON_CUDA(std::int64_t select_topk(const Context&, const SelectTopK&), "select_topk")

}  // namespace kindred::cuda
// NOLINTEND(readability-named-parameter)
