// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als_cost.h"

namespace kindred {
namespace {

AlsCost half_step_cost(const CsrView& csr, double k, double gathered_bytes) {
  AlsCost cost;
  for (std::int64_t row = 0; row < csr.rows; ++row) {
    const auto l = static_cast<double>(csr.length(row));
    const bool dual = l * l * k + l * l * l / 3 < l * k * k + k * k * k / 3;
    cost.matrix_flops += dual ? l * l * k : l * k * k;
    cost.fp32_flops += (dual ? l * l * l : k * k * k) / 3 + 4 * l * k;
  }
  const auto rows = static_cast<double>(csr.rows);
  const auto columns = static_cast<double>(csr.columns);
  const auto nnz = static_cast<double>(csr.nnz());
  cost.fp32_flops += 3 * columns * k * k + 2 * rows * k * k;
  cost.bytes = nnz * (k * gathered_bytes + 4) + 8 * rows + 4 * k * (rows + columns);
  return cost;
}

}  // namespace

AlsCost als_iteration_cost(const CsrView& users, const CsrView& items, std::int64_t factors, int gathered_bytes) {
  const auto k = static_cast<double>(factors);
  AlsCost cost = half_step_cost(users, k, gathered_bytes);
  const AlsCost other = half_step_cost(items, k, gathered_bytes);
  cost.matrix_flops += other.matrix_flops;
  cost.fp32_flops += other.fp32_flops;
  cost.bytes += other.bytes;
  return cost;
}

AlsFloor als_floor(const AlsCost& cost, const Roofs& roofs) {
  return {.matrix_s = cost.matrix_flops / roofs.matrix_flops_per_s,
          .fp32_s = cost.fp32_flops / roofs.fp32_flops_per_s,
          .bytes_s = cost.bytes / roofs.copy_bytes_per_s};
}

}  // namespace kindred
