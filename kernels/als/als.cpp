// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als.h"

#include <cmath>

namespace kindred {

namespace {

constexpr std::int64_t kMostFactors = 8192;

void check_shapes(const char* op, const CsrView& csr, std::int64_t rows, std::int64_t columns, std::int64_t k,
                  std::int64_t k_other) {
  KINDRED_CHECK(csr.rows == rows && csr.columns == columns, "[{}] interactions are {} x {}, expected {} x {}", op,
                csr.rows, csr.columns, rows, columns);
  KINDRED_CHECK(k == k_other, "[{}] x has {} columns, y has {}: both must have K", op, k, k_other);
  KINDRED_CHECK(k >= 1 && k <= kMostFactors, "[{}] K is {}, expected 1 to {}", op, k, kMostFactors);
  KINDRED_CHECK(csr.offsets.size(0) == rows + 1 || rows == 0, "[{}] {} row offsets for {} rows", op,
                csr.offsets.size(0), rows);
  KINDRED_CHECK(csr.ids.size(0) == csr.nnz(), "[{}] {} column ids, row offsets say {}", op, csr.ids.size(0), csr.nnz());
  KINDRED_CHECK(!csr.has_values() || csr.values.size(0) == csr.nnz(), "[{}] {} values for {} entries", op,
                csr.values.size(0), csr.nnz());
}

void check_weights(const char* op, double unobserved_weight, double regularization, double exponent) {
  KINDRED_CHECK(std::isfinite(unobserved_weight) && unobserved_weight >= 0.0,
                "[{}] unobserved_weight is {}, expected >= 0", op, unobserved_weight);
  KINDRED_CHECK(std::isfinite(regularization) && regularization > 0.0,
                "[{}] regularization is {}, expected > 0: without it the rows' systems may be singular", op,
                regularization);
  KINDRED_CHECK(std::isfinite(exponent), "[{}] regularization_exponent is {}, expected a finite number", op, exponent);
}

}  // namespace

void als_require_solver(const Context& ctx, AlsSolver solver) {
  if (ctx.device().type == DeviceType::cpu || (solver != AlsSolver::pcg && solver != AlsSolver::subspace)) return;
  fail(ErrorKind::usage, "model.solver: {} has no CUDA version; expected auto, primal or dual, or device: cpu",
       solver == AlsSolver::pcg ? "pcg" : "subspace");
}

void als_half_step(const Context& ctx, const AlsHalfStep& args) {
  constexpr const char* kOp = "als_half_step";
  als_require_solver(ctx, args.solver);
  check_shapes(kOp, args.interactions, args.x.size(0), args.y.size(0), args.x.size(1), args.y.size(1));
  check_weights(kOp, args.unobserved_weight, args.regularization, args.regularization_exponent);
  KINDRED_CHECK(args.cg_steps >= 1, "[{}] cg_steps is {}, expected >= 1", kOp, args.cg_steps);
  KINDRED_CHECK(args.block_size >= 1, "[{}] block_size is {}, expected >= 1", kOp, args.block_size);
  if (args.x.empty()) return;
  ctx.device().type == DeviceType::cpu ? cpu::als_half_step(ctx, args) : cuda::als_half_step(ctx, args);
}

double als_balance(const Context& ctx, const AlsBalance& args) {
  constexpr const char* kOp = "als_balance";
  check_shapes(kOp, args.interactions, args.x.size(0), args.y.size(0), args.x.size(1), args.y.size(1));
  check_shapes(kOp, args.transposed, args.y.size(0), args.x.size(0), args.y.size(1), args.x.size(1));
  check_weights(kOp, args.unobserved_weight, args.regularization, args.regularization_exponent);
  return ctx.device().type == DeviceType::cpu ? cpu::als_balance(ctx, args) : cuda::als_balance(ctx, args);
}

double als_objective(const Context& ctx, const AlsObjective& args) {
  check_shapes("als_objective", args.interactions, args.x.size(0), args.y.size(0), args.x.size(1), args.y.size(1));
  check_weights("als_objective", args.unobserved_weight, args.regularization, args.regularization_exponent);
  return ctx.device().type == DeviceType::cpu ? cpu::als_objective(ctx, args) : cuda::als_objective(ctx, args);
}

double als_explain(const Context& ctx, const AlsExplain& args) {
  check_shapes("als_explain", args.history, 1, args.y.size(0), args.y.size(1), args.y.size(1));
  check_weights("als_explain", args.unobserved_weight, args.regularization, args.regularization_exponent);
  KINDRED_CHECK(args.target.size(0) == args.y.size(1), "[als_explain] target has {} factors, expected {}",
                args.target.size(0), args.y.size(1));
  KINDRED_CHECK(args.contributions.size(0) == args.history.nnz(), "[als_explain] {} contributions for {} entries",
                args.contributions.size(0), args.history.nnz());
  return ctx.device().type == DeviceType::cpu ? cpu::als_explain(ctx, args) : cuda::als_explain(ctx, args);
}

void als_init(const Context& ctx, const AlsInit& args) {
  KINDRED_CHECK(std::isfinite(args.stddev) && args.stddev >= 0.0, "[als_init] stddev is {}, expected >= 0",
                args.stddev);
  if (args.x.empty()) return;
  ctx.device().type == DeviceType::cpu ? cpu::als_init(ctx, args) : cuda::als_init(ctx, args);
}

}  // namespace kindred
