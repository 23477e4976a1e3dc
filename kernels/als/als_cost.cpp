// SPDX-License-Identifier: Apache-2.0
#include "kernels/als/als_cost.h"

#include "kernels/core/device_info.h"
#include "kernels/core/random.h"
#include "kernels/core/tensor.h"
#include "kernels/gemm/gemm.h"

#include <algorithm>
#include <chrono>
#include <vector>

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

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double fp32_rate(const Context& ctx) {
  const std::int64_t n = ctx.device().type == DeviceType::cpu ? 2048 : 8192;
  std::vector<float> host(static_cast<std::size_t>(n * n));
  const Random random(1, "roofs");
  for (std::size_t i = 0; i < host.size(); ++i)
    host[i] = static_cast<float>(static_cast<double>(i % 4099) * 2.0e-4 - 0.4 + 1e-3 * random.uniform(i % 8191));
  const auto a = Tensor<float, 2>::from_host(ctx, {host.data(), {n, n}}, "roofs.a");
  const auto b = Tensor<float, 2>::from_host(ctx, {host.data(), {n, n}}, "roofs.b");
  Tensor<float, 2> c(ctx, {n, n}, "roofs.c");
  double best = 0.0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    ctx.synchronize();
    const double start = now_s();
    gemm(ctx, {.a = a.view(), .b = b.view(), .c = c.view()});
    ctx.synchronize();
    const auto size = static_cast<double>(n);
    best = std::max(best, 2 * size * size * size / (now_s() - start));
  }
  return best;
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

Roofs measure_roofs(const Context& ctx) {
  const double fp32 = fp32_rate(ctx);
  return {.copy_bytes_per_s = copy_bandwidth(ctx, std::int64_t{1} << 30),
          .matrix_flops_per_s = ctx.device().type == DeviceType::cpu ? fp32 : cuda::bf16_gemm_rate(ctx),
          .fp32_flops_per_s = fp32};
}

}  // namespace kindred
