// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/device_info.h"

#include <algorithm>
#include <chrono>

namespace kindred {

double copy_bandwidth(const Context& ctx, std::int64_t bytes, int repeats) {
  using Clock = std::chrono::steady_clock;
  constexpr int kCopies = 4;  // between two waits, so that the wait does not count
  const Buffer source = ctx.allocate(bytes, "copy_bandwidth");
  const Buffer target = ctx.allocate(bytes, "copy_bandwidth");
  ctx.fill_zero(source.data(), bytes);
  ctx.copy_on_device(target.data(), source.data(), bytes);
  double best = 0.0;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    ctx.synchronize();
    const Clock::time_point start = Clock::now();
    for (int copy = 0; copy < kCopies; ++copy) ctx.copy_on_device(target.data(), source.data(), bytes);
    ctx.synchronize();
    const double elapsed_s = std::chrono::duration<double>(Clock::now() - start).count();
    best = std::max(best, 2.0 * kCopies * static_cast<double>(bytes) / elapsed_s);
  }
  return best;
}

}  // namespace kindred
