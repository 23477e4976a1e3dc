// SPDX-License-Identifier: Apache-2.0
#include "kernels/gemm/gemm.h"

#include <limits>

namespace kindred {

namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();

}  // namespace

void gemm(const Context& ctx, const Gemm& args) {
  const std::int64_t m = args.a.size(args.transpose_a ? 1 : 0);
  const std::int64_t k = args.a.size(args.transpose_a ? 0 : 1);
  const std::int64_t k_b = args.b.size(args.transpose_b ? 1 : 0);
  const std::int64_t n = args.b.size(args.transpose_b ? 0 : 1);
  KINDRED_CHECK(k == k_b, "[gemm] inner sizes differ: op(A) is {} x {}, op(B) is {} x {}", m, k, k_b, n);
  KINDRED_CHECK(args.c.size(0) == m && args.c.size(1) == n, "[gemm] C is {} x {}, expected {} x {}", args.c.size(0),
                args.c.size(1), m, n);
  KINDRED_CHECK(m <= kLargest && n <= kLargest && k <= kLargest, "[gemm] {} x {} x {}: a size above 2^31 - 1", m, n, k);
  if (m == 0 || n == 0) return;
  ctx.device().type == DeviceType::cpu ? cpu::gemm(ctx, args) : cuda::gemm(ctx, args);
}

void gram(const Context& ctx, const Gram& args) {
  const std::int64_t k = args.x.size(1);
  KINDRED_CHECK(args.g.size(0) == k && args.g.size(1) == k, "[gram] G is {} x {}, expected {} x {}", args.g.size(0),
                args.g.size(1), k, k);
  KINDRED_CHECK(k <= kLargest, "[gram] K is {}, above 2^31 - 1", k);
  if (k == 0) return;
  ctx.device().type == DeviceType::cpu ? cpu::gram(ctx, args) : cuda::gram(ctx, args);
}

}  // namespace kindred
