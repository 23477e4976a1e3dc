// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als_basis_cuda.cuh"

#include "kernels/core/cuda/launch.cuh"
#include "kernels/core/tensor.h"

namespace kindred::cuda {

namespace {

constexpr int kBlock = 32;         // columns of a block
constexpr int kPair = 2 * kBlock;  // of a pair
constexpr int kStride = kPair + 1;
constexpr int kThreads = 256;
constexpr int kMostSweeps = 20;
constexpr int kMatrixBytes = 8 * kPair * kStride;

struct Jacobi {
  double* b = nullptr;         // [N, N] symmetric, towards S
  double* q = nullptr;         // [N, N]
  double* rotation = nullptr;  // [pairs, 64, 64] of the current round
  int* coupling = nullptr;     // [sweeps] the bits of the largest relative element met, a float that is not negative
  int size = 0;
  double penalty = 0.0;

  __device__ bool done(int sweep) const {
    return sweep > 0 && __int_as_float(coupling[sweep - 1]) <= static_cast<float>(kLeastCoupling);
  }
};

// Pair `index` of `round` of a tournament of `players`, an even number: in players - 1 rounds everybody meets
// everybody.
struct Pairing {
  int p;
  int q;
  __device__ Pairing(int players, int round, int index) {
    const int others = players - 1;
    p = index == 0 ? others : (round + index) % others;
    q = (round + others - index) % others;
  }
};

// Where row or column n < 64 of a pair of blocks lies in the whole matrix.
__device__ inline int place_of(const Pairing& blocks, int n) {
  return n < kBlock ? blocks.p * kBlock + n : blocks.q * kBlock + n - kBlock;
}

struct Rotation {
  double c = 1.0;
  double s = 0.0;

  // Takes b_pq to 0: the angle in fp32, which leaves 1e-7 of b_pq; c^2 + s^2 = 1 to fp64.
  __device__ Rotation() = default;
  __device__ Rotation(double pp, double qq, double pq) {
    if (pq == 0.0) return;
    const auto tau = static_cast<float>((qq - pp) / (2.0 * pq));
    const float size = fabsf(tau);
    const double t = copysignf(1.0F / (size + sqrtf(1.0F + size * size)), tau);
    c = 1.0 / sqrt(1.0 + t * t);
    s = t * c;
  }
  __device__ void apply(double& p, double& q) const {
    const double old = p;
    p = c * old - s * q;
    q = s * old + c * q;
  }
};

__global__ void __launch_bounds__(kThreads) begin_jacobi(const float* background, Jacobi jacobi) {
  const std::int64_t index = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (index >= std::int64_t{jacobi.size} * jacobi.size) return;
  jacobi.b[index] = background[index];
  jacobi.q[index] = index / jacobi.size == index % jacobi.size ? 1.0 : 0.0;
}

// One block a pair: rotation = J, every pair of its 64 columns rotated once.
__global__ void __launch_bounds__(kThreads) rotate_pairs(Jacobi jacobi, int sweep, int round) {
  if (jacobi.done(sweep)) return;
  extern __shared__ double shared[];
  double* b = shared;
  double* j = shared + kPair * kStride;
  __shared__ Rotation rotations[kBlock];
  const int thread = static_cast<int>(threadIdx.x);
  const Pairing blocks(jacobi.size / kBlock, round, static_cast<int>(blockIdx.x));
  for (int n = thread; n < kPair * kPair; n += kThreads) {
    const int row = n / kPair;
    const int column = n % kPair;
    b[row * kStride + column] = jacobi.b[std::int64_t{place_of(blocks, row)} * jacobi.size + place_of(blocks, column)];
    j[row * kStride + column] = row == column ? 1.0 : 0.0;
  }
  __syncthreads();
  float coupling = 0.0F;
#pragma unroll 1
  for (int inner = 0; inner < kPair - 1; ++inner) {
    if (thread < kBlock) {
      const Pairing pair(kPair, inner, thread);
      const double pp = b[pair.p * kStride + pair.p];
      const double qq = b[pair.q * kStride + pair.q];
      const double pq = b[pair.p * kStride + pair.q];
      rotations[thread] = Rotation(pp, qq, pq);
      const double scale = (fmax(pp, 0.0) + jacobi.penalty) * (fmax(qq, 0.0) + jacobi.penalty);
      const auto relative = static_cast<float>(fabs(pq) / sqrt(scale));
      coupling = relative <= coupling ? coupling : relative;  // keeps NaN
    }
    __syncthreads();
    // The 2 x 2 blocks of any two pairs are all of the matrix, each once.
    for (int n = thread; n < kBlock * kBlock; n += kThreads) {
      const Pairing rows(kPair, inner, n / kBlock);
      const Pairing columns(kPair, inner, n % kBlock);
      double& pp = b[rows.p * kStride + columns.p];
      double& pq = b[rows.p * kStride + columns.q];
      double& qp = b[rows.q * kStride + columns.p];
      double& qq = b[rows.q * kStride + columns.q];
      double value[4] = {pp, pq, qp, qq};
      rotations[n % kBlock].apply(value[0], value[1]);
      rotations[n % kBlock].apply(value[2], value[3]);
      rotations[n / kBlock].apply(value[0], value[2]);
      rotations[n / kBlock].apply(value[1], value[3]);
      pp = value[0], pq = value[1], qp = value[2], qq = value[3];
    }
    for (int n = thread; n < kPair * kBlock; n += kThreads) {
      const Pairing columns(kPair, inner, n % kBlock);
      double* row = j + n / kBlock * kStride;
      rotations[n % kBlock].apply(row[columns.p], row[columns.q]);
    }
    __syncthreads();
  }
  double* to = jacobi.rotation + std::int64_t{blockIdx.x} * kPair * kPair;
  for (int n = thread; n < kPair * kPair; n += kThreads) to[n] = j[n / kPair * kStride + n % kPair];
  if (thread < kBlock) atomicMax(jacobi.coupling + sweep, __float_as_int(fabsf(coupling)));
}

// product[4][4] of a thread = left right, 64 x 64 matrices in shared memory; left transposed if asked for. The thread
// holds rows 4 (thread / 16) ... and columns thread % 16, + 16, + 32, + 48.
template <bool transposed>
__device__ inline void multiply(const double* left, const double* right, double (&product)[4][4], int thread) {
  const int row = thread / 16 * 4;
  const int column = thread % 16;
#pragma unroll
  for (int n = 0; n < 16; ++n) product[n / 4][n % 4] = 0.0;
#pragma unroll 4
  for (int k = 0; k < kPair; ++k) {
    double l[4];
    double r[4];
#pragma unroll
    for (int n = 0; n < 4; ++n) {
      l[n] = transposed ? left[k * kStride + row + n] : left[(row + n) * kStride + k];
      r[n] = right[k * kStride + column + 16 * n];
    }
#pragma unroll
    for (int n = 0; n < 16; ++n) product[n / 4][n % 4] = fma(l[n / 4], r[n % 4], product[n / 4][n % 4]);
  }
}

__device__ inline void load_rotation(const Jacobi& jacobi, int pair, double* to, int thread) {
  const double* from = jacobi.rotation + std::int64_t{pair} * kPair * kPair;
  for (int n = thread; n < kPair * kPair; n += kThreads) to[n / kPair * kStride + n % kPair] = from[n];
}

// Block (left, right): the 64 x 64 part of B at two pairs of blocks, left >= right, becomes J_left' B J_right, and
// its mirror image likewise. Block (left, right) with left >= pairs: rows 64 (left - pairs) ... of Q become Q J_right.
__global__ void __launch_bounds__(kThreads) apply_rotations(Jacobi jacobi, int sweep, int round) {
  if (jacobi.done(sweep)) return;
  extern __shared__ double shared[];
  double* part = shared;
  double* rotation = shared + kPair * kStride;
  const int thread = static_cast<int>(threadIdx.x);
  const int pairs = jacobi.size / kPair;
  const int right = static_cast<int>(blockIdx.x);
  const int left = static_cast<int>(blockIdx.y);
  if (left < right) return;
  const bool of_basis = left >= pairs;
  const Pairing columns(2 * pairs, round, right);
  const Pairing rows(2 * pairs, round, of_basis ? 0 : left);
  double* matrix = of_basis ? jacobi.q : jacobi.b;
  const auto at = [&](int row, int column) -> double& {
    const int whole_row = of_basis ? (left - pairs) * kPair + row : place_of(rows, row);
    return matrix[std::int64_t{whole_row} * jacobi.size + place_of(columns, column)];
  };
  for (int n = thread; n < kPair * kPair; n += kThreads)
    part[n / kPair * kStride + n % kPair] = at(n / kPair, n % kPair);
  load_rotation(jacobi, right, rotation, thread);
  __syncthreads();
  double product[4][4];
  multiply<false>(part, rotation, product, thread);
  const int row = thread / 16 * 4;
  const int column = thread % 16;
  if (!of_basis) {
    __syncthreads();
#pragma unroll
    for (int n = 0; n < 16; ++n) part[(row + n / 4) * kStride + column + 16 * (n % 4)] = product[n / 4][n % 4];
    load_rotation(jacobi, left, rotation, thread);
    __syncthreads();
    multiply<true>(rotation, part, product, thread);
  }
#pragma unroll
  for (int n = 0; n < 16; ++n) at(row + n / 4, column + 16 * (n % 4)) = product[n / 4][n % 4];
  if (of_basis || left == right) return;
#pragma unroll
  for (int n = 0; n < 16; ++n) {
    const int mirror_row = place_of(columns, column + 16 * (n % 4));
    jacobi.b[std::int64_t{mirror_row} * jacobi.size + place_of(rows, row + n / 4)] = product[n / 4][n % 4];
  }
}

__global__ void __launch_bounds__(kThreads) end_jacobi(Jacobi jacobi, float* q, float* s) {
  const std::int64_t index = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (index >= std::int64_t{jacobi.size} * jacobi.size) return;
  q[index] = static_cast<float>(jacobi.q[index]);
  // Rounding may leave an eigenvalue of 0 a little below it.
  if (index / jacobi.size == index % jacobi.size) {
    const double value = jacobi.b[index];
    s[index / jacobi.size] = value < 0.0 ? 0.0F : static_cast<float>(value);
  }
}

}  // namespace

void als_basis(const Context& ctx, const AlsBasis& args) {
  const std::int64_t size = args.background.size(0);
  KINDRED_CHECK(size > 0 && size % kPair == 0, "a basis of {} columns", size);
  const std::int64_t pairs = size / kPair;
  const std::int64_t count = checked_mul(size, size);
  Tensor<double, 2> b(ctx, {size, size}, "als.basis");
  Tensor<double, 2> q(ctx, {size, size}, "als.basis");
  Tensor<double, 2> rotation(ctx, {pairs, kPair * kPair}, "als.basis");
  auto coupling = Tensor<std::int32_t, 1>::zeros(ctx, {kMostSweeps}, "als.basis");
  const Jacobi jacobi{.b = b.data(),
                      .q = q.data(),
                      .rotation = rotation.data(),
                      .coupling = coupling.data(),
                      .size = static_cast<int>(size),
                      .penalty = args.least_penalty};
  const std::int64_t blocks = (count + kThreads - 1) / kThreads;
  launch("als_basis", ctx, blocks, kThreads, 0, begin_jacobi, args.background.data(), jacobi);
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    for (int round = 0; round < 2 * pairs - 1; ++round) {
      launch("als_basis", ctx, pairs, kThreads, 2 * kMatrixBytes, rotate_pairs, jacobi, sweep, round);
      launch("als_basis", ctx, {pairs, 2 * pairs}, kThreads, 2 * kMatrixBytes, apply_rotations, jacobi, sweep, round);
    }
  }
  launch("als_basis", ctx, blocks, kThreads, 0, end_jacobi, jacobi, args.q.data(), args.s.data());
}

}  // namespace kindred::cuda
