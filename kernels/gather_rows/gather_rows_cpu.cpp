// SPDX-License-Identifier: Apache-2.0
#include "kernels/gather_rows/gather_rows.h"

#include <algorithm>

namespace kindred::cpu {

void gather_rows(const Context& ctx, const GatherRows& args) {
  constexpr std::int64_t kRows = 256;
  parallel_for(ctx.pool(), args.rows.size(0), kRows, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t r = begin; r < end; ++r) {
      const std::int32_t row = args.rows(r);
      KINDRED_ASSERT(row < args.source.size(0));
      if (row >= 0) std::copy_n(args.source.row(row), args.source.size(1), args.out.row(r));
    }
  });
}

}  // namespace kindred::cpu
