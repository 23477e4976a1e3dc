// SPDX-License-Identifier: Apache-2.0
// Operations that builds with CUDA do not have on CUDA yet, one line each.
#include "kernels/core/not_on_cuda.h"
#include "kernels/ease/ease.h"
#include "kernels/item_item_scores/item_item_scores.h"
#include "kernels/item_similarity/item_similarity.h"
#include "kernels/popularity/popularity.h"
#include "kernels/procrustes/procrustes.h"

// NOLINTBEGIN(readability-named-parameter)
namespace kindred::cuda {

KINDRED_NOT_ON_CUDA(void item_similarity(const Context&, const ItemSimilarity&), "item_similarity")
KINDRED_NOT_ON_CUDA(void ease(const Context&, const Ease&), "ease")
KINDRED_NOT_ON_CUDA(void neighbour_scores(const Context&, const NeighbourScores&), "neighbour_scores")
KINDRED_NOT_ON_CUDA(void matrix_scores(const Context&, const MatrixScores&), "matrix_scores")
KINDRED_NOT_ON_CUDA(void popularity(const Context&, const Popularity&), "popularity")
KINDRED_NOT_ON_CUDA(void orthogonal_procrustes(const Context&, const OrthogonalProcrustes&), "orthogonal_procrustes")

}  // namespace kindred::cuda
// NOLINTEND(readability-named-parameter)
