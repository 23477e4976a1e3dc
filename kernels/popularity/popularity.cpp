// SPDX-License-Identifier: Apache-2.0
#include "kernels/popularity/popularity.h"

namespace kindred {

void popularity(const Context& ctx, const Popularity& args) {
  KINDRED_CHECK(args.scores.size(0) == args.x.columns, "[popularity] scores has {} elements, expected {}",
                args.scores.size(0), args.x.columns);
  KINDRED_CHECK(args.half_life_s >= 0.0, "[popularity] half_life_s is {}, expected at least 0", args.half_life_s);
  KINDRED_CHECK(args.half_life_s == 0.0 || args.timestamps.size(0) == args.x.nnz(),
                "[popularity] {} timestamps for {} entries: a half-life needs one each", args.timestamps.size(0),
                args.x.nnz());
  if (args.scores.empty()) return;
  ctx.device().type == DeviceType::cpu ? cpu::popularity(ctx, args) : cuda::popularity(ctx, args);
}

}  // namespace kindred
