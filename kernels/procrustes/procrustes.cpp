// SPDX-License-Identifier: Apache-2.0
#include "kernels/procrustes/procrustes.h"

namespace kindred {

void orthogonal_procrustes(const Context& ctx, const OrthogonalProcrustes& args) {
  const std::int64_t k = args.x.size(1);
  KINDRED_CHECK(args.y.sizes() == args.x.sizes(), "[orthogonal_procrustes] x is [{}, {}], y is [{}, {}]",
                args.x.size(0), k, args.y.size(0), args.y.size(1));
  KINDRED_CHECK(args.rotation.size(0) == k && args.rotation.size(1) == k,
                "[orthogonal_procrustes] rotation is [{}, {}], expected [{}, {}]", args.rotation.size(0),
                args.rotation.size(1), k, k);
  if (k == 0) return;
  ctx.device().type == DeviceType::cpu ? cpu::orthogonal_procrustes(ctx, args) : cuda::orthogonal_procrustes(ctx, args);
}

}  // namespace kindred
