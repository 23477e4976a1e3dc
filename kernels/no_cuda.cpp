// SPDX-License-Identifier: Apache-2.0
// Builds without CUDA link this file in place of every *_cuda.cu: one line an operation.
#include "kernels/core/no_cuda.h"
#include "kernels/gemm/gemm.h"
#include "kernels/topk/topk.h"

// NOLINTBEGIN(readability-named-parameter)
namespace kindred::cuda {

KINDRED_NO_CUDA(void gemm(const Context&, const Gemm&), "gemm")
KINDRED_NO_CUDA(void gram(const Context&, const Gram&), "gram")
KINDRED_NO_CUDA(std::int64_t topk(const Context&, const TopK&), "topk")
KINDRED_NO_CUDA(std::int64_t select_topk(const Context&, const SelectTopK&), "select_topk")

}  // namespace kindred::cuda
// NOLINTEND(readability-named-parameter)
