// SPDX-License-Identifier: Apache-2.0
// The half step: a common basis for all rows, rows sorted by length and cut into chunks of like work, a solver for
// each.
#include "kernels/als/als_basis.h"

#include "kernels/core/parallel.h"
#include "kernels/core/single_threaded_blas.h"
#include "kernels/core/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace kindred::cpu {

namespace {

using Matrix = Tensor<float, 2>;
using RowSolver = void (*)(const AlsRows&, std::int64_t, std::int64_t, AlsScratch&);

struct Chunk {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  RowSolver solve = nullptr;
};

// Chunks are cut so that each costs about this many multiply-adds; they go to the threads longest rows first.
constexpr double kChunkWork = 4e6;
// Dual up to this share of K, primal above: equal flops lie near 0.75.
constexpr double kDualShare = 0.75;
// Conjugate gradients of `automatic`: within 1 % of an exact half step's descent (docs/numerics.md).
constexpr std::int64_t kAutomaticSteps = 2;
constexpr std::int64_t kAutomaticShortRow = 32;

// Rows in the order in which they are solved.
struct RowOrder {
  std::vector<std::int32_t> rows;  // by (has no dual, length, row)
  std::vector<float> penalty;
  std::int64_t empty = 0;      // rows [0, empty) have no entries
  std::int64_t with_dual = 0;  // rows [empty, with_dual) have a dual
};

bool row_has_dual(const AlsHalfStep& args, std::int64_t row) {
  const CsrView& csr = args.interactions;
  const float a0 = static_cast<float>(args.unobserved_weight);
  if (args.form == AlsForm::weighted) return true;
  for (std::int64_t entry = csr.begin(row); entry < csr.end(row); ++entry) {
    const AlsEntry system = als_entry(csr.value(entry), args.form, a0);
    if (system.q < 0.0F || (system.q == 0.0F && system.r > 0.0F)) return false;
  }
  return true;
}

RowOrder order_rows(const AlsHalfStep& args) {
  const CsrView& csr = args.interactions;
  RowOrder order;
  order.rows.resize(static_cast<std::size_t>(csr.rows));
  std::vector<std::int64_t> key(static_cast<std::size_t>(csr.rows));
  for (std::int64_t row = 0; row < csr.rows; ++row) {
    const bool dual = csr.length(row) == 0 || row_has_dual(args, row);
    order.empty += csr.length(row) == 0;
    order.with_dual += dual;
    key[static_cast<std::size_t>(row)] = csr.length(row) + (dual ? 0 : csr.columns + 1);
    order.rows[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(row);
  }
  std::stable_sort(order.rows.begin(), order.rows.end(), [&](std::int32_t a, std::int32_t b) {
    return key[static_cast<std::size_t>(a)] < key[static_cast<std::size_t>(b)];
  });
  order.penalty.resize(order.rows.size());
  std::int64_t last = -1;
  float penalty = 0.0F;
  for (std::size_t position = 0; position < order.rows.size(); ++position) {
    const std::int64_t length = csr.length(order.rows[position]);
    if (length != last) {
      penalty = static_cast<float>(als_row_regularization(length, csr.columns, args.unobserved_weight,
                                                          args.regularization, args.regularization_exponent));
      last = length;
    }
    order.penalty[position] = penalty;
  }
  return order;
}

// Multiply-adds of a row, roughly.
double row_work(RowSolver solver, double length, double k) {
  if (solver == als_solve_short) return length * length * k / 2 + 3 * length * k;
  if (solver == als_solve_dual) return length * length * k / 2 + length * length * length / 6 + 3 * length * k;
  if (solver == als_solve_primal) return length * k * k / 2 + k * k * k / 6;
  return 8 * length * k;
}

RowSolver exact_solver(const AlsHalfStep& args, std::int64_t length, bool has_dual) {
  const double k = static_cast<double>(args.x.size(1));
  if (!has_dual || static_cast<double>(length) > kDualShare * k) return als_solve_primal;
  return length <= kAlsShortRow ? als_solve_short : als_solve_dual;
}

RowSolver choose_solver(const AlsHalfStep& args, std::int64_t length, bool has_dual) {
  switch (args.solver) {
    case AlsSolver::primal:
      return als_solve_primal;
    case AlsSolver::dual:
      return exact_solver(args, length, has_dual);
    case AlsSolver::pcg:
      return als_solve_pcg;
    case AlsSolver::subspace:
      return als_solve_subspace;
    case AlsSolver::automatic:
      break;
  }
  // A short row is exact for about the operations of the two steps; a longer one does not repay an exact solve.
  return has_dual && length <= kAutomaticShortRow ? als_solve_short : als_solve_pcg;
}

std::vector<Chunk> cut_chunks(const AlsHalfStep& args, const RowOrder& order) {
  std::vector<Chunk> chunks;
  const double k = static_cast<double>(args.x.size(1));
  double work = 0.0;
  for (std::int64_t position = order.empty; position < args.interactions.rows; ++position) {
    const std::int64_t length = args.interactions.length(order.rows[static_cast<std::size_t>(position)]);
    const RowSolver solver = choose_solver(args, length, position < order.with_dual);
    // The batched kernel takes rows in sixteens.
    const bool whole = solver != als_solve_short || chunks.empty() || (position - chunks.back().begin) % kAlsPad == 0;
    if (chunks.empty() || chunks.back().solve != solver || (work >= kChunkWork && whole)) {
      chunks.push_back({position, position, solver});
      work = 0.0;
    }
    chunks.back().end = position + 1;
    work += row_work(solver, static_cast<double>(length), k);
  }
  std::reverse(chunks.begin(), chunks.end());
  return chunks;
}

// a0 Y'Y = Q diag(eigenvalues) Q'; Q and its transpose, padded to [stride, stride].
struct Basis {
  std::vector<float> eigenvalues;  // [stride], padding 1
  Matrix rotation;
  Matrix transposed;
};

Basis eigenbasis(const Context& ctx, float a0, const Matrix& gram, std::int64_t k) {
  const std::int64_t stride = gram.size(0);
  Basis basis{std::vector<float>(static_cast<std::size_t>(stride), 1.0F),
              Matrix::zeros(ctx, {stride, stride}, "als.basis"), Matrix::zeros(ctx, {stride, stride}, "als.basis")};
  // LAPACK's columns are rows of the transpose.
  View<float, 2> vectors = basis.transposed.view();
  for (std::int64_t i = 0; i < k; ++i) std::copy_n(gram.view().row(i), k, vectors.row(i));
  const int info = LAPACKE_ssyevd(LAPACK_COL_MAJOR, 'V', 'L', static_cast<int>(k), vectors.data(),
                                  static_cast<int>(stride), basis.eigenvalues.data());
  if (info != 0) {
    fail(ErrorKind::divergence, "[als_half_step] Y'Y has no eigendecomposition (LAPACK ssyevd: {}): y is not finite",
         info);
  }
  for (std::int64_t f = 0; f < k; ++f) {
    float& value = basis.eigenvalues[static_cast<std::size_t>(f)];
    value = a0 * std::max(0.0F, value);
    for (std::int64_t i = 0; i < k; ++i) basis.rotation.view()(i, f) = vectors(f, i);
  }
  return basis;
}

void copy_rows(const Context& ctx, View<const float, 2> from, View<float, 2> to) {
  const std::int64_t width = std::min(from.size(1), to.size(1));
  parallel_for(ctx.pool(), from.size(0), 1024, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t row = begin; row < end; ++row) {
      std::copy_n(from.row(row), width, to.row(row));
      std::fill_n(to.row(row) + width, to.size(1) - width, 0.0F);
    }
  });
}

}  // namespace

void als_half_step(const Context& ctx, const AlsHalfStep& args) {
  use_single_threaded_blas();
  const std::int64_t k = args.x.size(1);
  const std::int64_t stride = als_padded(k);
  const std::int64_t u = args.x.size(0);
  const std::int64_t i = args.y.size(0);
  const float a0 = static_cast<float>(args.unobserved_weight);
  const bool rotated = args.solver != AlsSolver::primal && args.solver != AlsSolver::subspace;
  const bool warm = args.solver != AlsSolver::primal && args.solver != AlsSolver::dual;

  const RowOrder order = order_rows(args);
  AlsRows rows{.csr = args.interactions,
               .k = k,
               .stride = stride,
               .a0 = a0,
               .form = args.form,
               .order = order.rows.data(),
               .penalty = order.penalty.data(),
               .cg_steps = args.solver == AlsSolver::automatic ? kAutomaticSteps : args.cg_steps,
               .block_size = args.block_size};
  // Y with padded, aligned rows: itself, where it already is.
  Matrix padded;
  View<const float, 2> y_in = args.y;
  if (stride != k || reinterpret_cast<std::uintptr_t>(args.y.data()) % 64 != 0) {
    padded = Matrix(ctx, {i, stride}, "als.y");
    copy_rows(ctx, args.y, padded.view());
    y_in = padded.view();
  }
  Matrix gram(ctx, {stride, stride}, "als.background");
  als_gram(ctx, y_in, gram.view());
  Matrix y;
  Matrix z(ctx, {u, stride}, "als.z");
  Basis basis;
  if (rotated) {
    basis = eigenbasis(ctx, a0, gram, k);
    rows.eigenvalues = basis.eigenvalues.data();
    y = Matrix(ctx, {i, stride}, "als.y");
    als_rotate(ctx, y_in, basis.rotation.view(), y.view());
    y_in = y.view();
    if (warm) als_rotate(ctx, args.x, basis.rotation.view().slice(0, k), z.view());
  } else {
    for (float& value : gram.view().span()) value *= a0;
    for (std::int64_t f = k; f < stride; ++f) gram.view()(f, f) = 1.0F;
    rows.background = gram.data();
    if (warm) copy_rows(ctx, args.x, z.view());
  }
  rows.y = y_in.data();
  rows.z = z.data();

  const std::vector<Chunk> chunks = cut_chunks(args, order);
  std::vector<AlsScratch> scratch(static_cast<std::size_t>(ctx.threads()));
  parallel_for(ctx.pool(), static_cast<std::int64_t>(chunks.size()), 1,
               [&](std::int64_t index, std::int64_t, int thread) {
                 const Chunk& chunk = chunks[static_cast<std::size_t>(index)];
                 chunk.solve(rows, chunk.begin, chunk.end, scratch[static_cast<std::size_t>(thread)]);
               });
  for (std::int64_t position = 0; position < order.empty; ++position) {
    std::fill_n(z.view().row(order.rows[static_cast<std::size_t>(position)]), stride, 0.0F);
  }

  if (rotated) {
    als_rotate(ctx, z.view(), basis.transposed.view(), args.x);
  } else {
    copy_rows(ctx, z.view(), args.x);
  }
}

}  // namespace kindred::cpu
