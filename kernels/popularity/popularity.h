// SPDX-License-Identifier: Apache-2.0
// How often each item was taken, recent events counting more if asked.
//     score_i = sum over the entries e of item i of 2^(-(newest - t_e) / half_life_s)       newest = max t
//   U users, I items
//   x           CSR [U, I]  in   entries <= 0 (negative feedback) are not counted; the values do not weigh otherwise
//   timestamps  [nnz]       in   seconds, in the order of x; empty without half-life
//   half_life_s             0: every entry counts 1
//   scores      [I]         out  fp32 (sums in fp64)
// Deterministic: yes, for any number of threads: a fixed number of chunks of entries, added in order.
// Cost: nnz; scratch 8 I doubles.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"

namespace kindred {

struct Popularity {
  CsrView x;
  View<const std::int64_t, 1> timestamps{};
  double half_life_s = 0.0;
  View<float, 1> scores;
};

void popularity(const Context& ctx, const Popularity& args);

namespace cpu {
void popularity(const Context& ctx, const Popularity& args);
}

namespace cuda {
void popularity(const Context& ctx, const Popularity& args);
}

}  // namespace kindred
