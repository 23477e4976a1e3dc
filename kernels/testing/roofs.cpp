// SPDX-License-Identifier: Apache-2.0
#include "kernels/testing/roofs.h"

#include "kernels/core/device_info.h"
#include "kernels/core/random.h"
#include "kernels/core/tensor.h"
#include "kernels/gemm/gemm.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace kindred {
namespace {

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double fp32_rate(const Context& ctx) {
  const bool on_cpu = ctx.device().type == DeviceType::cpu;
  const std::int64_t n = on_cpu ? 2048 : 8192;
  std::vector<float> host(static_cast<std::size_t>(n * n));
  const Random random(1, "roofs");
  // Numbers of all sizes, as products of zeros or of few values run faster; 64k of them, over and over.
  constexpr std::size_t kDrawn = 65521;
  for (std::size_t i = 0; i < host.size(); ++i) host[i] = i < kDrawn ? random.normal(i) : host[i - kDrawn];
  const auto a = Tensor<float, 2>::from_host(ctx, {host.data(), {n, n}}, "roofs.a");
  const auto b = Tensor<float, 2>::from_host(ctx, {host.data(), {n, n}}, "roofs.b");
  Tensor<float, 2> c(ctx, {n, n}, "roofs.c");
  double best = 0.0;
  for (int repeat = 0; repeat < (on_cpu ? 2 : 5); ++repeat) {
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

Roofs measure_roofs(const Context& ctx) {
  const bool on_cpu = ctx.device().type == DeviceType::cpu;
  const double fp32 = fp32_rate(ctx);
  return {.copy_bytes_per_s = copy_bandwidth(ctx, std::int64_t{1} << (on_cpu ? 28 : 30)),
          .matrix_flops_per_s = on_cpu ? fp32 : cuda::bf16_gemm_rate(ctx),
          .fp32_flops_per_s = fp32};
}

Roofs given_or_measured_roofs(const Context& ctx, const std::string& text) {
  if (text.empty()) return measure_roofs(ctx);
  double copy = 0.0;
  double matrix = 0.0;
  double fp32 = 0.0;
  int used = 0;
  const int found = std::sscanf(text.c_str(), "%lf,%lf,%lf%n", &copy, &matrix, &fp32, &used);
  if (found != 3 || used != static_cast<int>(text.size()) || !(copy > 0.0 && matrix > 0.0 && fp32 > 0.0))
    fail(ErrorKind::usage, "--roofs {}: expected three numbers above 0, as in 3000,800,60", text);
  return {.copy_bytes_per_s = copy * 1e9, .matrix_flops_per_s = matrix * 1e12, .fp32_flops_per_s = fp32 * 1e12};
}

}  // namespace kindred
