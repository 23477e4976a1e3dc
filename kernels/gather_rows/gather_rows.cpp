// SPDX-License-Identifier: Apache-2.0
#include "kernels/gather_rows/gather_rows.h"

namespace kindred {

void gather_rows(const Context& ctx, const GatherRows& args) {
  KINDRED_CHECK(args.out.size(0) == args.rows.size(0), "[gather_rows] out has {} rows for {} row numbers",
                args.out.size(0), args.rows.size(0));
  KINDRED_CHECK(args.out.size(1) == args.source.size(1), "[gather_rows] out has {} columns, source {}",
                args.out.size(1), args.source.size(1));
  if (args.out.empty()) return;
  ctx.device().type == DeviceType::cpu ? cpu::gather_rows(ctx, args) : cuda::gather_rows(ctx, args);
}

}  // namespace kindred
