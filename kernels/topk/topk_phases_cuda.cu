// SPDX-License-Identifier: Apache-2.0
// Where the time of topk on CUDA goes, one phase alone over all queries, by the device's events:
//     half product        Screen::score: fp16 copies of the queries, product on the tensor cores
//     screened selection  one pass over the approximations, exact scores of what passes, order
//     exact product       the chain of fused multiply-adds, in fp32
//     fp32 GEMM           cuBLAS, the same flops
//     exact selection     one pass over exact scores
// for several sizes of the score block: the L2 cache favours small blocks, the products large ones.
//     topk_phases [--queries N --items N --factors N --k N] [--repeats N] [--json]
#include "kernels/core/cuda/cuda_timer.h"
#include "kernels/core/random.h"
#include "kernels/gemm/gemm.h"
#include "kernels/topk/topk_cuda.cuh"
#include "kernels/topk/topk_screen_cuda.cuh"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace kindred::cuda {
namespace {

using Sizes = std::map<std::string, std::int64_t>;

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

class Phases {
 public:
  explicit Phases(const Sizes& sizes)
      : sizes_(sizes),
        ctx_(Context::cuda(0)),
        queries_(random_matrix(ctx_, sizes.at("queries"), sizes.at("factors"), "q")),
        items_(random_matrix(ctx_, sizes.at("items"), sizes.at("factors"), "y")),
        top_items_(ctx_, {sizes.at("queries"), sizes.at("k")}, "top"),
        top_scores_(ctx_, {sizes.at("queries"), sizes.at("k")}, "top"),
        unscreened_(ctx_, {sizes.at("queries")}, "list"),
        outcome_(Tensor<Outcome, 1>::zeros(ctx_, {1}, "outcome")) {
    exact_.queries = queries_.data();
    exact_.items = items_.data();
    exact_.candidates = items_.size(0);
    exact_.factors = items_.size(1);
    exact_.stride = (exact_.candidates + 3) / 4 * 4;
  }

  void measure(std::int64_t block_rows) {
    block_rows = std::min(block_rows, queries_.size(0));
    Tensor<float, 2> scores(ctx_, {block_rows, exact_.stride}, "scores");
    exact_.scores = scores.data();
    Screen screen(ctx_, exact_);
    SelectRows select;
    select.scores = scores.data();
    select.stride = exact_.stride;
    select.candidates = exact_.candidates;
    select.k = top_items_.size(1);
    select.top_items = top_items_.data();
    select.top_scores = top_scores_.data();
    select.outcome = outcome_.data();
    select.queries = exact_.queries;
    select.items = exact_.items;
    select.factors = exact_.factors;
    select.unscreened_rows = unscreened_.data();
    const auto blocks = [&](const std::function<void(const BlockRows&)>& work) {
      for (std::int64_t begin = 0; begin < queries_.size(0); begin += block_rows) {
        work({begin, std::min(block_rows, queries_.size(0) - begin)});
      }
    };
    const auto run = [&](const char* phase, const std::function<void(const BlockRows&)>& work) {
      report(phase, block_rows, [&] { blocks(work); });
    };
    const auto screened_selection = [&](const BlockRows& rows) {
      SelectRows block = select;
      block.rows = rows;
      block.bounds = screen.bounds();
      select_rows(ctx_, block);
    };
    const bool screens = can_screen(exact_.candidates, select.k);
    if (screens) {
      run("half product", [&](const BlockRows& rows) { screen.score(rows, scores.data(), exact_.stride); });
      // Not the selection alone: it needs the approximations of its own rows, or they break their bounds.
      run("half product + screened selection", [&](const BlockRows& rows) {
        screen.score(rows, scores.data(), exact_.stride);
        screened_selection(rows);
      });
    }
    run("exact product", [&](const BlockRows& rows) {
      ExactScores block = exact_;
      block.rows = rows;
      exact_scores(ctx_, block);
    });
    if (exact_.stride == exact_.candidates) {
      run("fp32 GEMM", [&](const BlockRows& rows) {
        cuda::gemm(ctx_, {.a = queries_.view().slice(rows.first, rows.first + rows.count),
                          .b = items_.view(),
                          .c = scores.view().slice(0, rows.count),
                          .transpose_b = true});
      });
    }
    run("exact selection", [&](const BlockRows& rows) {
      SelectRows block = select;
      block.rows = rows;
      select_rows(ctx_, block);
    });
  }

 private:
  void report(const char* phase, std::int64_t block_rows, const std::function<void()>& work) {
    std::vector<double> times;
    CudaTimer timer(ctx_);
    for (std::int64_t repeat = -1; repeat < sizes_.at("repeats"); ++repeat) {
      timer.start();
      work();
      timer.stop();
      if (repeat >= 0) times.push_back(timer.elapsed_s());
    }
    std::sort(times.begin(), times.end());
    const double time_s = times[times.size() / 2];
    const double scores = static_cast<double>(queries_.size(0)) * static_cast<double>(exact_.candidates);
    const double tflops = 2e-12 * scores * static_cast<double>(exact_.factors) / time_s;
    const double gbytes = 4e-9 * scores / time_s;
    const std::int64_t block_mb = block_rows * exact_.stride * 4 >> 20;
    if (sizes_.at("json") != 0) {
      fmt::print(
          "{{\"phase\": \"{}\", \"queries\": {}, \"items\": {}, \"factors\": {}, \"k\": {}, \"block_rows\": {}, "
          "\"block_mb\": {}, \"time_s\": {:.6f}, \"tflops\": {:.2f}, \"score_gbytes_per_s\": {:.1f}}}\n",
          phase, queries_.size(0), exact_.candidates, exact_.factors, top_items_.size(1), block_rows, block_mb, time_s,
          tflops, gbytes);
    } else {
      fmt::print("block of {:5} rows ({:4} MB)  {:34} {:9.3f} ms  {:7.1f} TFLOP/s  {:7.1f} GB/s of scores\n",
                 block_rows, block_mb, phase, time_s * 1e3, tflops, gbytes);
    }
    std::fflush(stdout);
  }

  Sizes sizes_;
  Context ctx_;
  Tensor<float, 2> queries_;
  Tensor<float, 2> items_;
  Tensor<std::int32_t, 2> top_items_;
  Tensor<float, 2> top_scores_;
  Tensor<std::int64_t, 1> unscreened_;
  Tensor<Outcome, 1> outcome_;
  ExactScores exact_;
};

void run(int argc, char** argv) {
  Sizes sizes{{"queries", 138000}, {"items", 27000}, {"factors", 256}, {"k", 100}, {"repeats", 3}, {"json", 0}};
  for (int i = 1; i < argc; ++i) {
    const std::string name = std::string(argv[i]).substr(2);
    if (sizes.count(name) == 0) fail(ErrorKind::usage, "unknown option {}", argv[i]);
    if (name != "json" && i + 1 == argc) fail(ErrorKind::usage, "--{} needs a value", name);
    sizes[name] = name == "json" ? 1 : std::stoll(argv[++i]);
  }
  Phases phases(sizes);
  for (const std::int64_t block_rows : {256, 384, 512, 1024, 4096}) {
    phases.measure(block_rows);
    if (block_rows >= sizes["queries"]) break;
  }
}

}  // namespace
}  // namespace kindred::cuda

int main(int argc, char** argv) {
  try {
    kindred::cuda::run(argc, argv);
  } catch (const kindred::Error& error) {
    fmt::print(stderr, "topk_phases: {}\n", error.what());
    return error.exit_code();
  }
}
