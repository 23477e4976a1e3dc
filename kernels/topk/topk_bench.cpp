// SPDX-License-Identifier: Apache-2.0
// topk beside the product that it cannot do without: the fp32 score GEMM alone, in blocks of queries, the two in turns.
//     topk_bench [--device cpu|cuda] [--threads N] [--queries N --items N --factors N --k N] [--repeats N] [--json]
// Medians. Work: 2 B I K flops. Floor of bytes on a GPU: each score is written and read once (8 B I, from the L2 cache
// where the block fits), and the k + 1 best of each query are scored again (4 B (k + 1) K); the factors are small
// beside them. On the CPU 2,048 of the queries stand for all, as the cost is linear in them, and processor seconds are
// compared too, which other programs disturb less than the clock on the wall.
#include "kernels/core/parallel.h"
#include "kernels/core/random.h"
#include "kernels/core/tensor.h"
#include "kernels/gemm/gemm.h"
#include "kernels/topk/topk.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <map>
#include <string>
#include <vector>

namespace kindred {
namespace {

struct Options {
  std::map<std::string, std::string> values{{"device", "cpu"},  {"threads", "0"}, {"queries", "0"}, {"items", "27000"},
                                            {"factors", "256"}, {"k", "100"},     {"repeats", "5"}, {"json", "0"}};
  Options(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string name = std::string(argv[i]).substr(2);
      if (values.count(name) == 0) fail(ErrorKind::usage, "unknown option {}", argv[i]);
      if (name == "json") {
        values[name] = "1";
      } else if (++i < argc) {
        values[name] = argv[i];
      } else {
        fail(ErrorKind::usage, "--{} needs a value", name);
      }
    }
  }
  std::int64_t number(const char* name) const { return std::stoll(values.at(name)); }
};

double wall_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double processor_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

struct Times {
  std::vector<double> wall, processor;
  template <typename Work>
  void add(const Context& ctx, const Work& work) {
    ctx.synchronize();
    const double wall_start = wall_s();
    const double processor_start = processor_s();
    work();
    ctx.synchronize();
    wall.push_back(wall_s() - wall_start);
    processor.push_back(processor_s() - processor_start);
  }
  static double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  }
};

Tensor<float, 2> random_matrix(const Context& ctx, std::int64_t rows, std::int64_t columns, const char* purpose) {
  std::vector<float> x(static_cast<std::size_t>(rows * columns));
  const Random random(1, purpose);
  parallel_for(ctx.pool(), rows, 16, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin * columns; i < end * columns; ++i) {
      x[static_cast<std::size_t>(i)] = random.normal(static_cast<std::uint64_t>(i));
    }
  });
  return Tensor<float, 2>::from_host(ctx, {x.data(), {rows, columns}}, purpose);
}

void measure(const Context& ctx, std::int64_t queries, std::int64_t items, std::int64_t factors, std::int64_t k,
             std::int64_t repeats, bool json) {
  const bool on_cpu = ctx.device().type == DeviceType::cpu;
  const std::int64_t sample = on_cpu ? std::min<std::int64_t>(queries, 2048) : queries;
  const auto q = random_matrix(ctx, sample, factors, "q");
  const auto y = random_matrix(ctx, items, factors, "y");
  Tensor<std::int32_t, 2> top_items(ctx, {sample, k}, "items");
  Tensor<float, 2> top_scores(ctx, {sample, k}, "scores");
  const std::int64_t block_rows = on_cpu ? 512 : std::clamp<std::int64_t>((256 << 20) / (4 * items), 128, 2048);
  Tensor<float, 2> block(ctx, {std::min(sample, block_rows), items}, "block");
  std::int64_t unscreened = 0;
  Times whole, product;
  for (std::int64_t repeat = -1; repeat < repeats; ++repeat) {
    whole.add(ctx, [&] {
      topk(ctx, {.queries = q.view(),
                 .items = y.view(),
                 .top_items = top_items.view(),
                 .top_scores = top_scores.view(),
                 .unscreened_rows = &unscreened});
    });
    product.add(ctx, [&] {
      for (std::int64_t row = 0; row < sample; row += block_rows) {
        const std::int64_t end = std::min(sample, row + block_rows);
        gemm(
            ctx,
            {.a = q.view().slice(row, end), .b = y.view(), .c = block.view().slice(0, end - row), .transpose_b = true});
      }
    });
    if (repeat < 0) whole = product = {};  // warm-up
  }
  const double whole_s = Times::median(whole.wall);
  const double product_s = Times::median(product.wall);
  const double scale = static_cast<double>(queries) / static_cast<double>(sample);
  const double scores = static_cast<double>(sample) * static_cast<double>(items);
  const double flops = 2.0 * scores * static_cast<double>(factors);
  const double bytes = 8.0 * scores + 4.0 * static_cast<double>(sample * (k + 1) * factors);
  const double processor_ratio = Times::median(whole.processor) / Times::median(product.processor);
  if (json) {
    fmt::print(
        "{{\"device\": \"{}\", \"queries\": {}, \"items\": {}, \"factors\": {}, \"k\": {}, \"topk_s\": {:.6f}, "
        "\"gemm_s\": {:.6f}, \"ratio\": {:.4f}, \"processor_ratio\": {:.4f}, \"topk_tflops\": {:.4f}, "
        "\"gemm_tflops\": {:.4f}, \"gbytes_per_s\": {:.2f}, \"unscreened_rows\": {}}}\n",
        ctx.device().name(), queries, items, factors, k, whole_s * scale, product_s * scale, whole_s / product_s,
        processor_ratio, flops / whole_s * 1e-12, flops / product_s * 1e-12, bytes / whole_s * 1e-9, unscreened);
  } else {
    fmt::print(
        "{} {:7} x {:7} K={:4} k={:4}  topk {:9.3f} ms {:8.3f} TFLOP/s {:7.1f} GB/s   GEMM alone {:9.3f} ms "
        "{:8.3f} TFLOP/s   ratio {:.2f}",
        ctx.device().name(), queries, items, factors, k, whole_s * scale * 1e3, flops / whole_s * 1e-12,
        bytes / whole_s * 1e-9, product_s * scale * 1e3, flops / product_s * 1e-12, whole_s / product_s);
    if (on_cpu) {
      fmt::print(" (processor time {:.2f})\n", processor_ratio);
    } else {
      fmt::print("   rows not settled by screening: {}\n", unscreened);
    }
  }
  std::fflush(stdout);
}

void run(int argc, char** argv) {
  const Options options(argc, argv);
  const auto threads = static_cast<int>(options.number("threads"));
  const std::string& device = options.values.at("device");
  if (device != "cpu" && device != "cuda") fail(ErrorKind::usage, "--device {}: expected cpu or cuda", device);
  const Context ctx = device == "cpu" ? Context::cpu(threads) : Context::cuda(0, 0, threads);
  const bool json = options.number("json") != 0;
  if (!json) fmt::print("{}, {} threads on the host\n", ctx.device().name(), ctx.threads());
  const std::int64_t repeats = options.number("repeats");
  if (options.number("queries") > 0) {
    measure(ctx, options.number("queries"), options.number("items"), options.number("factors"), options.number("k"),
            repeats, json);
    return;
  }
  measure(ctx, 138000, 27000, 256, 100, repeats, json);
  measure(ctx, 138000, 27000, 256, 20, repeats, json);
  measure(ctx, 30000, 41000, 256, 20, repeats, json);
  measure(ctx, 6000, 3700, 128, 20, repeats, json);
  measure(ctx, 6000, 3700, 64, 20, repeats, json);
  if (device == "cuda") {
    measure(ctx, 16000, 27000, 256, 1000, repeats, json);
    measure(ctx, 4000, 200000, 128, 100, repeats, json);
    measure(ctx, 1, 200000, 128, 100, repeats, json);
  }
}

}  // namespace
}  // namespace kindred

int main(int argc, char** argv) {
  try {
    kindred::run(argc, argv);
  } catch (const kindred::Error& error) {
    fmt::print(stderr, "topk_bench: {}\n", error.what());
    return error.exit_code();
  }
}
