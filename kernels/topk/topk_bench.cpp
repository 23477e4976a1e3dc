// SPDX-License-Identifier: Apache-2.0
// topk against its floor: the score GEMM alone, 512 queries at a time, the two in turns. Medians of 5; the ratio is one
// of processor seconds too, which other programs on the machine disturb less than the clock on the wall.
//     topk_bench [threads] [queries items factors k]
#include "kernels/core/random.h"
#include "kernels/core/tensor.h"
#include "kernels/gemm/gemm.h"
#include "kernels/topk/topk.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace kindred {
namespace {

double wall_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double processor_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

struct Times {
  std::vector<double> wall, processor;
  template <typename Work>
  void add(const Work& work) {
    const double wall_start = wall_s();
    const double processor_start = processor_s();
    work();
    wall.push_back(wall_s() - wall_start);
    processor.push_back(processor_s() - processor_start);
  }
  static double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  }
};

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
  Times fused, floor;
  for (int repeat = 0; repeat < 5; ++repeat) {
    fused.add([&] {
      topk(ctx,
           {.queries = q.view(), .items = y.view(), .top_items = top_items.view(), .top_scores = top_scores.view()});
    });
    floor.add([&] {
      for (std::int64_t row = 0; row < sample; row += kFloorRows) {
        const std::int64_t end = std::min(sample, row + kFloorRows);
        gemm(
            ctx,
            {.a = q.view().slice(row, end), .b = y.view(), .c = block.view().slice(0, end - row), .transpose_b = true});
      }
    });
  }
  const double fused_s = Times::median(fused.wall);
  const double floor_s = Times::median(floor.wall);
  const double scale = static_cast<double>(queries) / static_cast<double>(sample);
  const double gflop = 2e-9 * static_cast<double>(sample) * static_cast<double>(items) * static_cast<double>(factors);
  std::printf(
      "%7lld x %6lld K=%4lld k=%4lld  topk %8.3f s %7.1f GFLOP/s   floor (BLAS GEMM) %8.3f s %7.1f GFLOP/s   "
      "ratio %.2f (processor time %.2f)\n",
      static_cast<long long>(queries), static_cast<long long>(items), static_cast<long long>(factors),
      static_cast<long long>(k), fused_s * scale, gflop / fused_s, floor_s * scale, gflop / floor_s, fused_s / floor_s,
      Times::median(fused.processor) / Times::median(floor.processor));
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
