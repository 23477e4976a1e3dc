// SPDX-License-Identifier: Apache-2.0
#include "kernels/popularity/popularity.h"

#include "kernels/core/tensor.h"

#include <algorithm>
#include <cmath>

namespace kindred::cpu {

void popularity(const Context& ctx, const Popularity& args) {
  constexpr std::int64_t kChunks = 8;
  const std::int64_t items = args.x.columns;
  const std::int64_t entries = args.x.nnz();
  const bool decays = args.half_life_s > 0.0 && entries > 0;
  const std::int64_t newest = decays ? *std::max_element(args.timestamps.data(), args.timestamps.data() + entries) : 0;
  Tensor<double, 2> partial = Tensor<double, 2>::zeros(ctx, {kChunks, items}, "popularity.partial");
  parallel_for(ctx.pool(), kChunks, 1, [&](std::int64_t chunk, std::int64_t, int) {
    double* sums = partial.view().row(chunk);
    for (std::int64_t entry = entries * chunk / kChunks; entry < entries * (chunk + 1) / kChunks; ++entry) {
      if (!(args.x.value(entry) > 0.0F)) continue;
      // As doubles: the difference of two extreme timestamps would not fit into 64 bits.
      const double age_s = decays ? static_cast<double>(newest) - static_cast<double>(args.timestamps(entry)) : 0.0;
      sums[args.x.ids(entry)] += decays ? std::exp2(-age_s / args.half_life_s) : 1.0;
    }
  });
  for (std::int64_t item = 0; item < items; ++item) {
    double sum = 0.0;
    for (std::int64_t chunk = 0; chunk < kChunks; ++chunk) sum += partial.view()(chunk, item);
    args.scores(item) = static_cast<float>(sum);
  }
}

}  // namespace kindred::cpu
