// SPDX-License-Identifier: Apache-2.0
// Time and GFLOP/s of the inverse by size and type, and of ease() as a whole on a random matrix.
// ease_bench [items ...]
#include "kernels/core/tensor.h"
#include "kernels/core/testing/interactions.h"
#include "kernels/ease/ease.h"
#include "kernels/ease/spd_inverse.h"

#include <fmt/core.h>

#include <chrono>
#include <cstdlib>
#include <vector>

namespace {

template <typename Body>
double seconds(const Body& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

template <typename T>
void bench_inverse(const kindred::Context& ctx, std::int64_t items) {
  kindred::Tensor<T, 2> a(ctx, {items, items}, "bench.a");
  kindred::parallel_for(ctx.pool(), items, 16, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin; i < end; ++i) {
      for (std::int64_t j = 0; j < items; ++j) a.view()(i, j) = static_cast<T>(i == j ? 2.0 * items : (i * j) % 3);
    }
  });
  const double s = seconds([&] { kindred::cpu::negative_spd_inverse(ctx, a.view()); });
  const double n = static_cast<double>(items);
  fmt::print("inverse fp{}  {:6} items  {:9.3f} s  {:7.1f} GFLOP/s\n", 8 * sizeof(T), items, s, n * n * n / s / 1e9);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::int64_t> sizes;
  for (int arg = 1; arg < argc; ++arg) sizes.push_back(std::atoll(argv[arg]));
  if (sizes.empty()) sizes = {512, 2048, 4096};
  const kindred::Context ctx = kindred::Context::cpu();
  fmt::print("{} threads\n", ctx.threads());
  for (const std::int64_t items : sizes) {
    bench_inverse<float>(ctx, items);
    bench_inverse<double>(ctx, items);
    const auto x = kindred::testing_data::random_interactions(2000, items, 0.02);
    kindred::Tensor<float, 2> weights(ctx, {items, items}, "bench.weights");
    const double s = seconds([&] {
      kindred::ease(ctx, {.x = x.by_user.view(),
                          .x_transposed = x.by_item.view(),
                          .regularization = 100.0,
                          .weights = weights.view()});
    });
    fmt::print("ease          {:6} items  {:9.3f} s  ({} entries)\n", items, s, x.by_user.ids.size());
  }
  return 0;
}
