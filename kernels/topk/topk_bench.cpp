// SPDX-License-Identifier: Apache-2.0
// topk against its floor: the score GEMM alone, tile by tile into a buffer that stays in the cache.
//     topk_bench [threads] [queries items factors k]
#include "kernels/core/random.h"
#include "kernels/core/tensor.h"
#include "kernels/gemm/gemm.h"
#include "kernels/topk/topk.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace kindred {
namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Tensor<float, 2> random_matrix(const Context& ctx, std::int64_t rows, std::int64_t columns, const char* purpose) {
  Tensor<float, 2> x(ctx, {rows, columns}, purpose);
  const Random random(1, purpose);
  for (std::int64_t i = 0; i < rows * columns; ++i) x.data()[i] = random.normal(static_cast<std::uint64_t>(i));
  return x;
}

void measure(const Context& ctx, std::int64_t queries, std::int64_t items, std::int64_t factors, std::int64_t k) {
  // 2,048 of the queries stand for all: the cost is linear in them.
  const std::int64_t sample = std::min<std::int64_t>(queries, 2048);
  const auto q = random_matrix(ctx, sample, factors, "q");
  const auto y = random_matrix(ctx, items, factors, "y");
  Tensor<std::int32_t, 2> top_items(ctx, {sample, k}, "items");
  Tensor<float, 2> top_scores(ctx, {sample, k}, "scores");
  constexpr std::int64_t kFloorRows = 512;
  Tensor<float, 2> block(ctx, {std::min(sample, kFloorRows), items}, "block");
  std::vector<double> fused, floor;
  for (int repeat = 0; repeat < 5; ++repeat) {
    double start = now_s();
    topk(ctx, {.queries = q.view(), .items = y.view(), .top_items = top_items.view(), .top_scores = top_scores.view()});
    fused.push_back(now_s() - start);
    start = now_s();
    for (std::int64_t row = 0; row < sample; row += kFloorRows) {
      const std::int64_t end = std::min(sample, row + kFloorRows);
      gemm(ctx, {.a = q.view().slice(row, end), .b = y.view(), .c = block.view().slice(0, end - row),
                 .transpose_b = true});
    }
    floor.push_back(now_s() - start);
  }
  std::sort(fused.begin(), fused.end());
  std::sort(floor.begin(), floor.end());
  const double scale = static_cast<double>(queries) / static_cast<double>(sample);
  const double gflop = 2e-9 * static_cast<double>(sample) * static_cast<double>(items) * static_cast<double>(factors);
  std::printf("%7lld x %6lld K=%4lld k=%4lld  topk %8.3f s %7.1f GFLOP/s   floor (BLAS GEMM) %8.3f s %7.1f GFLOP/s   ratio %.2f\n",
              static_cast<long long>(queries), static_cast<long long>(items), static_cast<long long>(factors),
              static_cast<long long>(k), fused[2] * scale, gflop / fused[2], floor[2] * scale, gflop / floor[2],
              fused[2] / floor[2]);
  std::fflush(stdout);
}

}  // namespace
}  // namespace kindred

int main(int argc, char** argv) {
  const kindred::Context ctx = kindred::Context::cpu(argc > 1 ? std::atoi(argv[1]) : 0);
  std::printf("%d threads\n", ctx.threads());
  if (argc == 6) {
    kindred::measure(ctx, std::atoll(argv[2]), std::atoll(argv[3]), std::atoll(argv[4]), std::atoll(argv[5]));
    return 0;
  }
  kindred::measure(ctx, 30000, 41000, 256, 20);
  kindred::measure(ctx, 138000, 27000, 256, 100);
  kindred::measure(ctx, 6000, 3700, 128, 20);
  kindred::measure(ctx, 6000, 3700, 64, 20);
}
