// SPDX-License-Identifier: Apache-2.0
// Screening: approximate scores of all candidates by one product in half precision (tensor cores, fp32 sums), with a
// bound of their error, so that only the few candidates near the best k need the exact chain.
//     a(b, c) = sum_k h(q(b, k) / 2^e(b)) h(y(c, k) / 2^f) + bias(c) / 2^(e(b) + f)        h rounds to fp16
// Rows are scaled by powers of two into [1, 2), the items all together. With u = 2^-11 (fp16), t = 2^-25 (its least
// step, halved), S = |q'| |y'| (Euclidean norms of the scaled vectors; the largest of the items):
//     |a - e / 2^(e(b) + f)| <= S (2 u + u^2 + 2.01 t sqrt(K) + K (2^-21 + 2^-24)) + 2^-23 (S + |bias'|) + K 2^-69
// The terms: rounding to fp16; fp32 sums on the tensor cores, which need not round to nearest and are in any order
// (twice what is known of them is allowed); the exact chain's own rounding; adding the bias, twice; chains that pass
// through subnormal numbers. What a row's bound does not hold for (a value that is not finite, scales beyond 2^40) is
// not screened. The selection checks the bound of every candidate that it scores exactly.
#pragma once

#include "kernels/core/tensor.h"
#include "kernels/topk/topk_cuda.cuh"

#include <cuda_fp16.h>

namespace kindred::cuda {

// On the device; float bits of absolute values, whose order as integers is theirs.
struct ItemRange {
  unsigned largest = 0;       // of all factors
  unsigned largest_bias = 0;  // -inf (never ranked) left out
  unsigned largest_norm = 0;  // of the scaled rows, rounded up
};

class Screen {
 public:
  // Makes the fp16 copy of the candidates. The arguments stay in use.
  Screen(const Context& ctx, const ExactScores& all);
  // Approximate scores and bounds of a block of rows. `scores` without the bias: the selection adds it.
  void score(const BlockRows& rows, float* scores, std::int64_t stride);

  const RowBound* bounds() const { return bounds_.data(); }
  const float* candidate_bias() const { return all_.item_bias == nullptr ? nullptr : bias_.data(); }

 private:
  const Context& ctx_;
  ExactScores all_;
  std::int64_t padded_factors_;  // 16-byte rows, as tensor cores want them
  Tensor<ItemRange, 1> range_;
  Tensor<__half, 2> items_;
  Tensor<float, 1> bias_;
  Tensor<__half, 2> queries_;
  Tensor<RowBound, 1> bounds_;
};

}  // namespace kindred::cuda
