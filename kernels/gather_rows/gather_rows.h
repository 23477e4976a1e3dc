// SPDX-License-Identifier: Apache-2.0
// Rows of a matrix by their numbers.
//     out(r, :) = source(rows(r), :)   where rows(r) >= 0; the other rows of out stay as they are
//   source [R, K]  in      rows [N]  in, each -1 or below R (the caller's duty)      out [N, K]  in, out
// Deterministic: yes, a copy. Cost: 2 N K floats of memory traffic.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"

#include <cstdint>

namespace kindred {

struct GatherRows {
  View<const float, 2> source;
  View<const std::int32_t, 1> rows;
  View<float, 2> out;
};

void gather_rows(const Context& ctx, const GatherRows& args);

namespace cpu {
void gather_rows(const Context& ctx, const GatherRows& args);
}

namespace cuda {
void gather_rows(const Context& ctx, const GatherRows& args);
}

}  // namespace kindred
