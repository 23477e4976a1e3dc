// SPDX-License-Identifier: Apache-2.0
// Builds without CUDA link this file in place of every *_cuda.cu: one line an operation.
#include "kernels/core/no_cuda.h"
#include "kernels/ease/ease.h"
#include "kernels/gemm/gemm.h"
#include "kernels/item_similarity/item_similarity.h"

// NOLINTBEGIN(readability-named-parameter)
namespace kindred::cuda {

KINDRED_NO_CUDA(void gemm(const Context&, const Gemm&), "gemm")
KINDRED_NO_CUDA(void gram(const Context&, const Gram&), "gram")
KINDRED_NO_CUDA(void item_similarity(const Context&, const ItemSimilarity&), "item_similarity")
KINDRED_NO_CUDA(void ease(const Context&, const Ease&), "ease")

}  // namespace kindred::cuda
// NOLINTEND(readability-named-parameter)
