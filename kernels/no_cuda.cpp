// SPDX-License-Identifier: Apache-2.0
// Builds without CUDA link this file in place of every *_cuda.cu: one line an operation.
#include "kernels/core/no_cuda.h"
#include "kernels/als/als.h"
#include "kernels/ease/ease.h"
#include "kernels/gather_rows/gather_rows.h"
#include "kernels/gemm/gemm.h"
#include "kernels/item_item_scores/item_item_scores.h"
#include "kernels/item_similarity/item_similarity.h"
#include "kernels/kmeans/kmeans.h"
#include "kernels/popularity/popularity.h"
#include "kernels/procrustes/procrustes.h"
#include "kernels/topk/topk.h"

// NOLINTBEGIN(readability-named-parameter)
namespace kindred::cuda {

KINDRED_NO_CUDA(void gemm(const Context&, const Gemm&), "gemm")
KINDRED_NO_CUDA(void gram(const Context&, const Gram&), "gram")
KINDRED_NO_CUDA(void gather_rows(const Context&, const GatherRows&), "gather_rows")
KINDRED_NO_CUDA(void item_similarity(const Context&, const ItemSimilarity&), "item_similarity")
KINDRED_NO_CUDA(void ease(const Context&, const Ease&), "ease")
KINDRED_NO_CUDA(void neighbour_scores(const Context&, const NeighbourScores&), "neighbour_scores")
KINDRED_NO_CUDA(void matrix_scores(const Context&, const MatrixScores&), "matrix_scores")
KINDRED_NO_CUDA(void popularity(const Context&, const Popularity&), "popularity")
KINDRED_NO_CUDA(void orthogonal_procrustes(const Context&, const OrthogonalProcrustes&), "orthogonal_procrustes")
KINDRED_NO_CUDA(void als_half_step(const Context&, const AlsHalfStep&), "als_half_step")
KINDRED_NO_CUDA(double als_balance(const Context&, const AlsBalance&), "als_balance")
KINDRED_NO_CUDA(double als_objective(const Context&, const AlsObjective&), "als_objective")
KINDRED_NO_CUDA(double als_explain(const Context&, const AlsExplain&), "als_explain")
KINDRED_NO_CUDA(void als_init(const Context&, const AlsInit&), "als_init")
KINDRED_NO_CUDA(KMeansResult kmeans(const Context&, const KMeans&), "kmeans")
KINDRED_NO_CUDA(void kmeans_assign(const Context&, const KMeansAssign&), "kmeans_assign")
KINDRED_NO_CUDA(std::int64_t topk(const Context&, const TopK&), "topk")
KINDRED_NO_CUDA(std::int64_t select_topk(const Context&, const SelectTopK&), "select_topk")

}  // namespace kindred::cuda
// NOLINTEND(readability-named-parameter)
