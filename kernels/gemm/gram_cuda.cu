// SPDX-License-Identifier: Apache-2.0
// Blocks of rows go through one batched cuBLAS product each wave, whose results a kernel adds in fp64, in order.
#include "kernels/core/cuda/launch.cuh"
#include "kernels/core/tensor.h"
#include "kernels/gemm/gemm.h"

#include <algorithm>

namespace kindred::cuda {

namespace {

constexpr int kThreads = 256;
constexpr std::int64_t kScratchBytes = std::int64_t{64} << 20;

// total += the blocks, of which partial holds `count` in order; the last wave writes both triangles of g. Only the
// lower triangle of a block is read: the upper one may differ from it in the last bit.
__global__ void gram_add_blocks(const float* __restrict__ partial, std::int64_t count, double* __restrict__ total,
                                float* __restrict__ g, std::int64_t k, bool last) {
  const std::int64_t entry = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (entry >= k * k) return;
  const std::int64_t i = entry / k;
  const std::int64_t j = entry % k;
  if (j > i) return;
  double sum = total[entry];
  for (std::int64_t block = 0; block < count; ++block) sum += static_cast<double>(partial[block * k * k + entry]);
  if (last) {
    g[i * k + j] = static_cast<float>(sum);
    g[j * k + i] = static_cast<float>(sum);
  } else {
    total[entry] = sum;
  }
}

}  // namespace

void gram(const Context& ctx, const Gram& args) {
  const CudaRange range("gram");
  const std::int64_t rows = args.x.size(0);
  const std::int64_t k = args.x.size(1);
  // Short blocks give a small K enough products to fill the device; a large K fills it with one.
  const std::int64_t block_rows = std::clamp<std::int64_t>(32 * k, 4096, 65536);
  const std::int64_t blocks = std::max<std::int64_t>(1, (rows + block_rows - 1) / block_rows);
  const std::int64_t wave = std::clamp<std::int64_t>(kScratchBytes / (k * k * 4), 1, blocks);
  Tensor<float, 1> partial(ctx, {wave * k * k}, "gram.partial");
  Tensor<double, 1> total = Tensor<double, 1>::zeros(ctx, {k * k}, "gram.total");
  const auto size = static_cast<int>(k);
  const float one = 1.0F;
  const float zero = 0.0F;
  float* sums = partial.data();
  for (std::int64_t first = 0; first < blocks; first += wave) {
    const std::int64_t count = std::min(wave, blocks - first);
    const std::int64_t whole = std::min(count, rows / block_rows - first);  // blocks of full height
    const float* x = args.x.data() + first * block_rows * k;
    if (whole > 0) {
      KINDRED_CUBLAS_TRY(cublasSgemmStridedBatched(cublas_handle(ctx), CUBLAS_OP_N, CUBLAS_OP_T, size, size,
                                                   static_cast<int>(block_rows), &one, x, size, block_rows * k, x, size,
                                                   block_rows * k, &zero, sums, size, k * k, static_cast<int>(whole)));
    }
    const std::int64_t tail_rows = rows - (first + whole) * block_rows;
    if (whole < count && tail_rows > 0) {
      const float* tail = x + whole * block_rows * k;
      KINDRED_CUBLAS_TRY(cublasSgemm(cublas_handle(ctx), CUBLAS_OP_N, CUBLAS_OP_T, size, size,
                                     static_cast<int>(tail_rows), &one, tail, size, tail, size, &zero,
                                     sums + whole * k * k, size));
    }
    launch("gram_add_blocks", ctx, (k * k + kThreads - 1) / kThreads, kThreads, 0, gram_add_blocks, sums,
           rows == 0 ? 0 : count, total.data(), args.g.data(), k, first + count == blocks);
  }
}

}  // namespace kindred::cuda
