// SPDX-License-Identifier: Apache-2.0
// Time of an iteration of k-means beside the product that it cannot do without, the fp32 GEMM of points and centroids.
//     kmeans_bench [--device cpu|cuda] [--threads N] [--points N --width N --centroids N] [--iterations N]
//                  [--spherical] [--json]
// Work of an iteration: 2 N C D flops; bytes that the update must read: 4 N D.
#include "kernels/core/parallel.h"
#include "kernels/core/random.h"
#include "kernels/core/tensor.h"
#include "kernels/gemm/gemm.h"
#include "kernels/kmeans/kmeans.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace kindred {
namespace {

double wall_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::map<std::string, std::string> parse(int argc, char** argv) {
  std::map<std::string, std::string> options{{"device", "cpu"},  {"threads", "0"},     {"points", "0"},
                                             {"width", "128"},   {"centroids", "256"}, {"iterations", "5"},
                                             {"spherical", "0"}, {"json", "0"}};
  for (int i = 1; i < argc; ++i) {
    const std::string name = std::string(argv[i]).substr(2);
    if (options.count(name) == 0) fail(ErrorKind::usage, "unknown option {}", argv[i]);
    if (name == "json" || name == "spherical") {
      options[name] = "1";
    } else if (++i < argc) {
      options[name] = argv[i];
    } else {
      fail(ErrorKind::usage, "--{} needs a value", name);
    }
  }
  return options;
}

struct Size {
  std::int64_t points, width, centroids;
};

void measure(const Context& ctx, const Size& size, std::int64_t iterations, bool spherical, bool json) {
  std::vector<float> host(static_cast<std::size_t>(size.points * size.width));
  const Random random(1, "points");
  parallel_for(ctx.pool(), size.points, 64, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin * size.width; i < end * size.width; ++i) {
      host[static_cast<std::size_t>(i)] = random.normal(static_cast<std::uint64_t>(i));
    }
  });
  const auto points = Tensor<float, 2>::from_host(ctx, {host.data(), {size.points, size.width}}, "points");
  Tensor<float, 2> centroids(ctx, {size.centroids, size.width}, "centroids");
  Tensor<std::int32_t, 1> assignments(ctx, {size.points}, "assignments");
  Tensor<std::int64_t, 1> sizes(ctx, {size.centroids}, "sizes");
  const auto run = [&](std::int64_t count) {
    ctx.synchronize();
    const double start = wall_s();
    const KMeansResult result = kmeans(ctx, {.points = points.view(),
                                             .metric = spherical ? KMeansMetric::spherical : KMeansMetric::euclidean,
                                             .iterations = count,
                                             .centroids = centroids.view(),
                                             .assignments = assignments.view(),
                                             .sizes = sizes.view()});
    return std::pair<double, std::int64_t>(wall_s() - start, result.iterations);
  };
  run(1);  // warm-up
  // What is there once (seeds, last assignment, objective) is in both and cancels.
  const auto [short_s, short_iterations] = run(1);
  const auto [long_s, long_iterations] = run(1 + iterations);
  const double iteration_s =
      (long_s - short_s) / static_cast<double>(std::max<std::int64_t>(1, long_iterations - short_iterations));

  const std::int64_t block_rows =
      std::min<std::int64_t>(size.points, std::max<std::int64_t>(256, (64 << 20) / (4 * size.centroids)));
  Tensor<float, 2> block(ctx, {block_rows, size.centroids}, "block");
  std::vector<double> product_s;
  for (int repeat = 0; repeat < 3; ++repeat) {
    ctx.synchronize();
    const double start = wall_s();
    for (std::int64_t row = 0; row < size.points; row += block_rows) {
      const std::int64_t end = std::min(size.points, row + block_rows);
      gemm(ctx, {.a = points.view().slice(row, end),
                 .b = centroids.view(),
                 .c = block.view().slice(0, end - row),
                 .transpose_b = true});
    }
    ctx.synchronize();
    product_s.push_back(wall_s() - start);
  }
  std::sort(product_s.begin(), product_s.end());
  const double flops = 2.0 * static_cast<double>(size.points) * static_cast<double>(size.centroids * size.width);
  if (json) {
    fmt::print(
        "{{\"device\": \"{}\", \"points\": {}, \"width\": {}, \"centroids\": {}, \"spherical\": {}, "
        "\"iteration_s\": {:.6f}, \"gemm_s\": {:.6f}, \"ratio\": {:.3f}, \"tflops\": {:.4f}}}\n",
        ctx.device().name(), size.points, size.width, size.centroids, spherical, iteration_s, product_s[1],
        iteration_s / product_s[1], flops / iteration_s * 1e-12);
  } else {
    fmt::print(
        "{} {:8} x {:4}, {:6} centroids: {:9.3f} ms an iteration, {:8.4f} TFLOP/s; GEMM alone {:9.3f} ms, ratio "
        "{:.2f}\n",
        ctx.device().name(), size.points, size.width, size.centroids, iteration_s * 1e3, flops / iteration_s * 1e-12,
        product_s[1] * 1e3, iteration_s / product_s[1]);
  }
  std::fflush(stdout);
}

void run(int argc, char** argv) {
  const auto options = parse(argc, argv);
  const int threads = std::stoi(options.at("threads"));
  const std::string& device = options.at("device");
  if (device != "cpu" && device != "cuda") fail(ErrorKind::usage, "--device {}: expected cpu or cuda", device);
  const Context ctx = device == "cpu" ? Context::cpu(threads) : Context::cuda(0, 0, threads);
  std::vector<Size> sizes{{27000, 128, 256}, {27000, 256, 656}};
  if (device == "cuda") sizes.push_back({1000000, 128, 4096});
  if (options.at("points") != "0") {
    sizes = {{std::stoll(options.at("points")), std::stoll(options.at("width")), std::stoll(options.at("centroids"))}};
  }
  for (const Size& size : sizes) {
    measure(ctx, size, std::stoll(options.at("iterations")), options.at("spherical") == "1", options.at("json") == "1");
  }
}

}  // namespace
}  // namespace kindred

int main(int argc, char** argv) {
  try {
    kindred::run(argc, argv);
  } catch (const kindred::Error& error) {
    fmt::print(stderr, "kmeans_bench: {}\n", error.what());
    return error.exit_code();
  }
}
