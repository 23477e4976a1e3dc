// SPDX-License-Identifier: Apache-2.0
// Times gram (X'X) on a device against its floor: R K (K + 1) flops at the measured fp32 rate of a large product, or
// 4 R K bytes at the measured bandwidth of copies, whichever takes longer.
//     gram_bench [--device cpu|cuda] [--threads N] [--rows 138493] [--factors 64,128] [--repeats 5] [--roofs A,B,C]
//     [--json]
#include "kernels/core/device_info.h"
#include "kernels/core/random.h"
#include "kernels/core/tensor.h"
#include "kernels/gemm/gemm.h"
#include "kernels/testing/roofs.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace kindred {
namespace {

double now_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Median of the repeats, after one that warms up.
double seconds(const Context& ctx, std::int64_t rows, std::int64_t factors, int repeats) {
  std::vector<float> host(static_cast<std::size_t>(rows * factors));
  const Random random(1, "gram_bench");
  parallel_for(ctx.pool(), rows, 1024, [&](std::int64_t begin, std::int64_t end, int) {
    for (std::int64_t i = begin * factors; i < end * factors; ++i)
      host[static_cast<std::size_t>(i)] = random.normal(static_cast<std::uint64_t>(i));
  });
  const auto x = Tensor<float, 2>::from_host(ctx, {host.data(), {rows, factors}}, "gram_bench.x");
  Tensor<float, 2> g(ctx, {factors, factors}, "gram_bench.g");
  std::vector<double> times;
  for (int repeat = 0; repeat <= repeats; ++repeat) {
    ctx.synchronize();
    const double start = now_s();
    gram(ctx, {.x = x.view(), .g = g.view()});
    ctx.synchronize();
    if (repeat > 0) times.push_back(now_s() - start);
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

std::map<std::string, std::string> read_options(int argc, char** argv) {
  std::map<std::string, std::string> options = {
      {"device", "cpu"}, {"threads", "0"}, {"rows", "138493"}, {"factors", "64,128,256,512,1024"},
      {"repeats", "5"},  {"roofs", ""},    {"json", ""}};
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::string name = word.substr(0, 2) == "--" ? word.substr(2) : "";
    if (options.count(name) == 0) fail(ErrorKind::usage, "unknown option {}", word);
    if (name == "json") {
      options[name] = "1";
    } else {
      if (++i == argc) fail(ErrorKind::usage, "{} needs a value", word);
      options[name] = argv[i];
    }
  }
  return options;
}

void run(int argc, char** argv) {
  std::map<std::string, std::string> options = read_options(argc, argv);
  const bool on_cpu = options["device"] == "cpu";
  if (!on_cpu && options["device"] != "cuda") fail(ErrorKind::usage, "--device: expected cpu or cuda");
  const int threads = std::stoi(options["threads"]);
  const int repeats = std::stoi(options["repeats"]);
  const std::int64_t rows = std::stoll(options["rows"]);
  if (repeats < 1 || rows < 1) fail(ErrorKind::usage, "--repeats and --rows need 1 or more");
  const Context ctx = on_cpu ? Context::cpu(threads) : Context::cuda(0, 0, threads);
  const std::string device = on_cpu ? "cpu" : cuda_device_info(0).name;
  const Roofs roofs = given_or_measured_roofs(ctx, options["roofs"]);
  std::istringstream words(options["factors"]);
  for (std::string word; std::getline(words, word, ',');) {
    const std::int64_t factors = std::stoll(word);
    const double time_s = seconds(ctx, rows, factors, repeats);
    const double size = static_cast<double>(rows) * static_cast<double>(factors);
    const double flops = size * static_cast<double>(factors + 1);
    const double bytes = 4 * size;
    const double floor_s = std::max(flops / roofs.fp32_flops_per_s, bytes / roofs.copy_bytes_per_s);
    if (!options["json"].empty()) {
      fmt::print(
          "{{\"bench\": \"gram\", \"device\": \"{}\", \"rows\": {}, \"factors\": {}, \"time_s\": {:.7f}, "
          "\"gbytes_per_s\": {:.2f}, \"tflops\": {:.4f}, \"floor_s\": {:.7f}, \"share_of_floor\": {:.4f}}}\n",
          device, rows, factors, time_s, bytes / time_s * 1e-9, flops / time_s * 1e-12, floor_s, floor_s / time_s);
    } else {
      fmt::print("{} x {}: {:.3f} ms, {:.1f} GB/s, {:.3f} TFLOP/s; floor {:.3f} ms, share {:.0f} %\n", rows, factors,
                 time_s * 1e3, bytes / time_s * 1e-9, flops / time_s * 1e-12, floor_s * 1e3, 100 * floor_s / time_s);
    }
  }
}

}  // namespace
}  // namespace kindred

int main(int argc, char** argv) {
  try {
    kindred::run(argc, argv);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "gram_bench: {}\n", error.what());
    return 2;
  }
}
