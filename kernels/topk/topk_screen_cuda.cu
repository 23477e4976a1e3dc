// SPDX-License-Identifier: Apache-2.0
#include "kernels/topk/topk_screen_cuda.cuh"

#include "kernels/core/cuda/launch.cuh"

#include <algorithm>

namespace kindred::cuda {

namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kLargestExponent = 40;          // of the scales
constexpr unsigned kNotFinite = 0x7F800000U;  // float bits from here on: infinity, NaN

// ---- device helpers ------------------------------------------------------------------------------------------------

__device__ unsigned absolute_bits(float x) { return __float_as_uint(x) & 0x7FFFFFFFU; }

__device__ unsigned warp_max(unsigned x) {
  for (int distance = 16; distance > 0; distance /= 2) x = max(x, __shfl_xor_sync(0xFFFFFFFFU, x, distance));
  return x;
}

__device__ float warp_sum(float x) {
  for (int distance = 16; distance > 0; distance /= 2) x += __shfl_xor_sync(0xFFFFFFFFU, x, distance);
  return x;
}

// The exponent of the largest value: 2^exponent <= largest < 2^(exponent + 1); 0 where all are 0, -127 for subnormals.
__device__ int scale_exponent(unsigned largest_bits) {
  return largest_bits == 0 ? 0 : static_cast<int>(largest_bits >> 23) - 127;
}

// 2^exponent, exponent in -126..127.
__device__ float power_of_two(int exponent) { return __uint_as_float(static_cast<unsigned>(exponent + 127) << 23); }

__device__ bool can_scale(unsigned largest_bits) {
  return largest_bits < kNotFinite && abs(scale_exponent(largest_bits)) <= kLargestExponent;
}

// One warp a row: the largest of its absolute values.
__device__ unsigned row_largest(const float* row, std::int64_t factors, int lane) {
  unsigned largest = 0;
  for (std::int64_t k = lane; k < factors; k += 32) largest = max(largest, absolute_bits(row[k]));
  return warp_max(largest);
}

// Writes row * scale in half precision, 0 in the padding, and returns the norm of the scaled row, rounded up: the sum
// of K squares errs by less than (K + 8) 2^-23 of itself.
__device__ float halve_row(const float* row, float scale, std::int64_t factors, std::int64_t padded, int lane,
                           __half* out) {
  float squares = 0.0F;
  for (std::int64_t k = lane; k < padded; k += 32) {
    const float value = k < factors ? row[k] * scale : 0.0F;
    squares = fmaf(value, value, squares);
    out[k] = __float2half_rn(value);
  }
  const float allowance = fmaf(static_cast<float>(factors + 8), 0x1.0p-23F, 1.0F);
  return sqrtf(warp_sum(squares)) * allowance * 1.000001F;
}

__device__ float score_error(float norms, float largest_bias, float factors) {
  constexpr float kHalf = 0x1.0p-10F + 0x1.0p-22F;
  const float relative = kHalf + 2.01F * 0x1.0p-25F * sqrtf(factors) + factors * (0x1.0p-21F + 0x1.0p-24F);
  const float error = norms * relative + 0x1.0p-23F * (norms + largest_bias) + factors * 0x1.0p-69F;
  return error * 1.001F;  // the rounding of the bound itself
}

// ---- kernels -------------------------------------------------------------------------------------------------------

// The block's largest values go to the range by integer maxima. One warp a candidate.
__global__ void __launch_bounds__(kThreads) item_range_kernel(ExactScores all, float* bias, ItemRange* range) {
  __shared__ unsigned warp_largest[kWarps];
  const int lane = static_cast<int>(threadIdx.x % 32);
  const int warp = static_cast<int>(threadIdx.x / 32);
  const std::int64_t candidate = static_cast<std::int64_t>(blockIdx.x) * kWarps + warp;
  unsigned largest = 0;
  if (candidate < all.candidates) {
    const std::int64_t item = all.allowed == nullptr ? candidate : all.allowed[candidate];
    largest = row_largest(all.items + item * all.factors, all.factors, lane);
    if (all.item_bias != nullptr && lane == 0) {
      const float value = all.item_bias[item];
      bias[candidate] = value;
      if (value != -__builtin_huge_valf()) atomicMax(&range->largest_bias, absolute_bits(value));
    }
  }
  if (lane == 0) warp_largest[warp] = largest;
  __syncthreads();
  if (threadIdx.x < 32) {
    largest = warp_max(lane < kWarps ? warp_largest[lane] : 0);
    if (lane == 0) atomicMax(&range->largest, largest);
  }
}

__global__ void __launch_bounds__(kThreads)
    halve_items_kernel(ExactScores all, std::int64_t padded, __half* halves, ItemRange* range) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  const std::int64_t candidate = static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.x / 32;
  if (candidate >= all.candidates) return;
  const unsigned largest = range->largest;
  const float scale = can_scale(largest) ? power_of_two(-scale_exponent(largest)) : 0.0F;
  const std::int64_t item = all.allowed == nullptr ? candidate : all.allowed[candidate];
  const float norm =
      halve_row(all.items + item * all.factors, scale, all.factors, padded, lane, halves + candidate * padded);
  if (lane == 0) atomicMax(&range->largest_norm, __float_as_uint(norm));
}

// One warp a row of the block. Rows that cannot be screened become zeros with a negative error.
__global__ void __launch_bounds__(kThreads)
    halve_queries_kernel(ExactScores all, BlockRows rows, std::int64_t padded, const ItemRange* range, __half* halves,
                         RowBound* bounds) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  const std::int64_t block_row = static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.x / 32;
  if (block_row >= rows.count) return;
  const float* query = all.queries + rows(block_row) * all.factors;
  const unsigned largest = row_largest(query, all.factors, lane);
  const bool scalable = can_scale(largest) && can_scale(range->largest) && range->largest_bias < kNotFinite;
  const float row_scale = scalable ? power_of_two(-scale_exponent(largest)) : 0.0F;
  __half* out = halves + block_row * padded;
  if (!scalable) {
    for (std::int64_t k = lane; k < padded; k += 32) out[k] = __float2half_rn(0.0F);
    if (lane == 0) bounds[block_row] = {};
    return;
  }
  const float norm = halve_row(query, row_scale, all.factors, padded, lane, out);
  if (lane != 0) return;
  RowBound bound;
  bound.scale = row_scale * power_of_two(-scale_exponent(range->largest));
  const float largest_bias = __uint_as_float(range->largest_bias) * bound.scale;
  if (largest_bias < 0x1.0p100F) {
    bound.error =
        score_error(norm * __uint_as_float(range->largest_norm), largest_bias, static_cast<float>(all.factors));
  }
  bounds[block_row] = bound;
}

// ---- launcher ------------------------------------------------------------------------------------------------------

std::int64_t blocks(std::int64_t rows) { return (rows + kWarps - 1) / kWarps; }

std::int64_t padded_factors(std::int64_t factors) { return (factors + 7) / 8 * 8; }

}  // namespace

Screen::Screen(const Context& ctx, const ExactScores& all)
    : ctx_(ctx),
      all_(all),
      padded_factors_(padded_factors(all.factors)),
      range_(Tensor<ItemRange, 1>::zeros(ctx, {1}, "topk.screen")),
      items_(ctx, {all.candidates, padded_factors_}, "topk.screen"),
      bias_(ctx, {all.item_bias == nullptr ? 0 : all.candidates}, "topk.screen") {
  launch("topk_item_range", ctx, blocks(all.candidates), kThreads, 0, item_range_kernel, all_, bias_.data(),
         range_.data());
  launch("topk_halve_items", ctx, blocks(all.candidates), kThreads, 0, halve_items_kernel, all_, padded_factors_,
         items_.data(), range_.data());
}

void Screen::score(const BlockRows& rows, float* scores, std::int64_t stride) {
  if (queries_.size(0) < rows.count) {
    queries_ = Tensor<__half, 2>(ctx_, {rows.count, padded_factors_}, "topk.screen");
    bounds_ = Tensor<RowBound, 1>(ctx_, {rows.count}, "topk.screen");
  }
  launch("topk_halve_queries", ctx_, blocks(rows.count), kThreads, 0, halve_queries_kernel, all_, rows, padded_factors_,
         range_.data(), queries_.data(), bounds_.data());
  // Column-major, as cuBLAS is: scores^T [candidates, rows] = items queries^T.
  const float one = 1.0F;
  const float zero = 0.0F;
  KINDRED_CUBLAS_TRY(cublasGemmEx(cublas_handle(ctx_), CUBLAS_OP_T, CUBLAS_OP_N, static_cast<int>(all_.candidates),
                                  static_cast<int>(rows.count), static_cast<int>(padded_factors_), &one, items_.data(),
                                  CUDA_R_16F, static_cast<int>(padded_factors_), queries_.data(), CUDA_R_16F,
                                  static_cast<int>(padded_factors_), &zero, scores, CUDA_R_32F,
                                  static_cast<int>(stride), CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT));
}

}  // namespace kindred::cuda
