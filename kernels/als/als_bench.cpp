// SPDX-License-Identifier: Apache-2.0
// Times whole ALS iterations (both half steps) on a device and follows the objective; prints the floor and its share of
// roofs that are measured first, or given: --roofs GB/s,TFLOP/s,TFLOP/s (copies, matrix products, fp32).
//   als_bench --device cuda --shape ml20m,synthetic200m --factors 64,128 --solver dual --iterations 5 --json
//   als_bench --shape gowalla,ml1m --data FOLDER     prepared datasets FOLDER/gowalla and FOLDER/ml1m
//   als_bench --data FILE|FOLDER [--min 3.5]         one matrix (als_matrix_files.h)
// ml20m and synthetic200m are made up (als_shapes.h), with --share 0.05 for a twentieth of their users. --save-csr DIR
// leaves each matrix as DIR/SHAPE.{offsets,ids}.npy, --save DIR the factors as DIR/SHAPE-K-SOLVER.{x,y}.npy.
// A time is the wall's from one moment where the device has done all to the next such.
#include "kernels/als/als.h"
#include "kernels/als/als_cost.h"
#include "kernels/als/als_matrix_files.h"
#include "kernels/als/als_shapes.h"
#include "kernels/core/device_csr.h"
#include "kernels/core/device_info.h"
#include "kernels/core/tensor.h"
#include "kernels/testing/roofs.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace kindred {
namespace {

using Options = std::map<std::string, std::string>;

const Options kDefaults = {{"device", "cpu"},    {"threads", "0"},    {"shape", ""},     {"share", "1"},
                           {"data", ""},         {"min", "-1e30"},    {"factors", "64"}, {"solver", "auto"},
                           {"form", "weighted"}, {"iterations", "5"}, {"warmup", "1"},   {"a0", "0.1"},
                           {"lambda", "0.003"},  {"nu", "1"},         {"cg-steps", "3"}, {"block", "128"},
                           {"stddev", "0.1"},    {"save", ""},        {"roofs", ""},     {"save-csr", ""}};
// Without a value: balance = als_balance before each iteration but the first, as in training.
const std::vector<std::string> kFlags = {"balance", "objective", "json"};

Options read_options(int argc, char** argv) {
  Options options = kDefaults;
  for (const std::string& flag : kFlags) options[flag] = "";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const std::string name = word.substr(0, 2) == "--" ? word.substr(2) : "";
    if (options.count(name) == 0) fail(ErrorKind::usage, "unknown option {}", word);
    if (std::find(kFlags.begin(), kFlags.end(), name) != kFlags.end()) {
      options[name] = "1";
    } else {
      if (++i == argc) fail(ErrorKind::usage, "{} needs a value", word);
      options[name] = argv[i];
    }
  }
  return options;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) words.push_back(word);
  return words;
}

template <typename Value>
Value named(const char* option, const std::string& name, const std::map<std::string, Value>& names) {
  const auto found = names.find(name);
  if (found != names.end()) return found->second;
  std::string expected;
  for (const auto& [known, value] : names) expected += (expected.empty() ? "" : ", ") + known;
  fail(ErrorKind::usage, "--{} {}: expected one of {}", option, name, expected);
}

AlsSolver solver_named(const std::string& name) {
  return named<AlsSolver>("solver", name,
                          {{"auto", AlsSolver::automatic},
                           {"primal", AlsSolver::primal},
                           {"dual", AlsSolver::dual},
                           {"pcg", AlsSolver::pcg},
                           {"subspace", AlsSolver::subspace}});
}

AlsInteractions load(const std::string& shape, const Options& options, ThreadPool& pool) {
  const std::string& data = options.at("data");
  const double min_weight = std::stod(options.at("min"));
  if (shape == "gowalla" || shape == "ml1m") {
    if (data.empty()) fail(ErrorKind::usage, "--shape {} needs --data FOLDER with FOLDER/{} prepared", shape, shape);
    return read_als_interactions(data + "/" + shape, min_weight, pool);
  }
  if (shape == "file") return read_als_interactions(data, min_weight, pool);
  return make_als_interactions(als_shape_share(als_shape(shape), std::stod(options.at("share"))), pool);
}

double wall_s() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Of all threads: on the CPU what a busy machine disturbs least.
double processor_s() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// One matrix on the device, with factors to iterate on.
class Run {
 public:
  Run(const Context& ctx, const AlsInteractions& data, const Options& options, std::int64_t factors,
      const std::string& solver)
      : ctx_(&ctx),
        users_(ctx, data.by_user.view(), "als.interactions"),
        items_(ctx, data.by_item.view(), "als.interactions_transposed"),
        x_(ctx, {data.by_user.rows, factors}, "als.user_factors"),
        y_(ctx, {data.by_item.rows, factors}, "als.item_factors"),
        a0_(std::stod(options.at("a0"))),
        lambda_(std::stod(options.at("lambda"))),
        nu_(std::stod(options.at("nu"))),
        form_(named<AlsForm>("form", options.at("form"),
                             {{"weighted", AlsForm::weighted}, {"hu_koren_volinsky", AlsForm::hu_koren_volinsky}})),
        solver_(solver_named(solver)),
        cg_steps_(std::stoll(options.at("cg-steps"))),
        block_(std::stoll(options.at("block"))) {
    const double stddev = std::stod(options.at("stddev"));
    als_init(ctx, {.x = x_.view(), .stddev = stddev, .purpose = "als.init.users"});
    als_init(ctx, {.x = y_.view(), .stddev = stddev, .purpose = "als.init.items"});
  }

  void balance() {
    als_balance(*ctx_, {.interactions = users_.view(),
                        .transposed = items_.view(),
                        .x = x_.view(),
                        .y = y_.view(),
                        .unobserved_weight = a0_,
                        .regularization = lambda_,
                        .regularization_exponent = nu_});
  }
  void iterate() {
    solve(users_.view(), y_.view(), x_.view());
    solve(items_.view(), x_.view(), y_.view());
  }
  double objective() const {
    return als_objective(*ctx_, {.interactions = users_.view(),
                                 .x = x_.view(),
                                 .y = y_.view(),
                                 .unobserved_weight = a0_,
                                 .regularization = lambda_,
                                 .regularization_exponent = nu_,
                                 .form = form_});
  }
  void save(const std::string& prefix) const {
    write_npy(prefix + ".x.npy", x_.to_host(*ctx_), {x_.size(0), x_.size(1)});
    write_npy(prefix + ".y.npy", y_.to_host(*ctx_), {y_.size(0), y_.size(1)});
  }

 private:
  void solve(const CsrView& interactions, View<const float, 2> fixed, View<float, 2> solved) const {
    als_half_step(*ctx_, {.interactions = interactions,
                          .y = fixed,
                          .x = solved,
                          .unobserved_weight = a0_,
                          .regularization = lambda_,
                          .regularization_exponent = nu_,
                          .form = form_,
                          .solver = solver_,
                          .cg_steps = cg_steps_,
                          .block_size = block_});
  }

  const Context* ctx_;
  DeviceCsr users_;
  DeviceCsr items_;
  Tensor<float, 2> x_;
  Tensor<float, 2> y_;
  double a0_;
  double lambda_;
  double nu_;
  AlsForm form_;
  AlsSolver solver_;
  std::int64_t cg_steps_;
  std::int64_t block_;
};

struct Measured {
  std::vector<double> wall_s;
  std::vector<double> processor_s;
  std::vector<double> curve;  // objectives after each iteration, where asked for
  double objective = 0.0;
  std::int64_t peak_bytes = 0;
};

// The warm-up iterations are not timed, but train like the others.
Measured measure(const Context& ctx, const AlsInteractions& data, const Options& options, std::int64_t factors,
                 const std::string& shape, const std::string& solver) {
  Run run(ctx, data, options, factors, solver);
  Measured measured;
  const int warmup = std::stoi(options.at("warmup"));
  const int iterations = std::stoi(options.at("iterations"));
  if (warmup < 0 || iterations < 1) fail(ErrorKind::usage, "--warmup needs 0 or more, --iterations 1 or more");
  for (int iteration = 0; iteration < warmup + iterations; ++iteration) {
    ctx.synchronize();
    const double wall = wall_s();
    const double processor = processor_s();
    if (iteration > 0 && !options.at("balance").empty()) run.balance();
    run.iterate();
    ctx.synchronize();
    if (iteration >= warmup) {
      measured.wall_s.push_back(wall_s() - wall);
      measured.processor_s.push_back(processor_s() - processor);
    }
    if (!options.at("objective").empty()) measured.curve.push_back(run.objective());
  }
  measured.objective = measured.curve.empty() ? run.objective() : measured.curve.back();
  for (const MemoryUse& use : ctx.memory_report()) measured.peak_bytes += use.peak_bytes;
  if (const std::string& folder = options.at("save"); !folder.empty())
    run.save(fmt::format("{}/{}-{}-{}", folder, shape, factors, solver));
  return measured;
}

void print_json(const std::string& about, const Measured& measured, const AlsCost& cost, const Roofs& roofs) {
  const double iteration_s = median(measured.wall_s);
  const AlsFloor floor = als_floor(cost, roofs);
  std::string curve;
  for (const double value : measured.curve) curve += fmt::format("{}{:.6f}", curve.empty() ? "" : ", ", value);
  fmt::print(
      "{{{}, \"iteration_s\": {:.6f}, \"best_s\": {:.6f}, \"cpu_s\": {:.6f}, \"gflop\": {:.3f}, \"gbytes\": {:.4f}, "
      "\"gflops\": {:.2f}, \"gbytes_per_s\": {:.2f}, \"floor_s\": {:.6f}, \"floor_serial_s\": {:.6f}, "
      "\"floor_matrix_s\": {:.6f}, \"floor_fp32_s\": {:.6f}, \"floor_bytes_s\": {:.6f}, "
      "\"share_of_floor\": {:.4f}, \"share_of_serial_floor\": {:.4f}, \"objective\": {:.6f}, \"curve\": [{}], "
      "\"peak_mib\": {:.1f}, \"roofs\": {{\"copy_gbytes_per_s\": {:.1f}, \"matrix_tflops\": {:.4f}, "
      "\"fp32_tflops\": {:.4f}}}}}\n",
      about, iteration_s, *std::min_element(measured.wall_s.begin(), measured.wall_s.end()),
      median(measured.processor_s), cost.flops() * 1e-9, cost.bytes * 1e-9, cost.flops() / iteration_s * 1e-9,
      cost.bytes / iteration_s * 1e-9, floor.overlapped_s(), floor.serial_s(), floor.matrix_s, floor.fp32_s,
      floor.bytes_s, floor.overlapped_s() / iteration_s, floor.serial_s() / iteration_s, measured.objective, curve,
      static_cast<double>(measured.peak_bytes) / 0x1p20, roofs.copy_bytes_per_s * 1e-9,
      roofs.matrix_flops_per_s * 1e-12, roofs.fp32_flops_per_s * 1e-12);
}

void print_text(const std::string& about, const Measured& measured, const AlsCost& cost, const Roofs& roofs) {
  const double iteration_s = median(measured.wall_s);
  const AlsFloor floor = als_floor(cost, roofs);
  for (std::size_t i = 0; i < measured.curve.size(); ++i) fmt::print("  {:3} {:.3f}\n", i + 1, measured.curve[i]);
  fmt::print(
      "{}: {:.2f} ms an iteration (best {:.2f}, CPU time {:.2f}); {:.1f} GFLOP, {:.2f} GB: {:.1f} GFLOP/s, {:.1f} "
      "GB/s; floor {:.2f} to {:.2f} ms, share {:.0f} to {:.0f} %; objective {:.3f}\n",
      about, iteration_s * 1e3, *std::min_element(measured.wall_s.begin(), measured.wall_s.end()) * 1e3,
      median(measured.processor_s) * 1e3, cost.flops() * 1e-9, cost.bytes * 1e-9, cost.flops() / iteration_s * 1e-9,
      cost.bytes / iteration_s * 1e-9, floor.overlapped_s() * 1e3, floor.serial_s() * 1e3,
      100 * floor.overlapped_s() / iteration_s, 100 * floor.serial_s() / iteration_s, measured.objective);
}

void save_csr(const AlsMatrix& matrix, const std::string& prefix) {
  write_npy(prefix + ".offsets.npy", std::span<const std::int64_t>(matrix.offsets));
  write_npy(prefix + ".ids.npy", std::span<const std::int32_t>(matrix.ids));
}

void run(const Options& options) {
  const std::string& device = options.at("device");
  const int threads = std::stoi(options.at("threads"));
  const bool json = !options.at("json").empty();
  const auto make_context = [&] {
    if (device == "cpu") return Context::cpu(threads, 42);
    if (device == "cuda") return Context::cuda(0, 42, threads);
    fail(ErrorKind::usage, "--device {}: expected cpu or cuda", device);
  };
  std::vector<std::string> shapes = split(options.at("shape"));
  if (shapes.empty()) shapes = {options.at("data").empty() ? "ml20m" : "file"};
  for (const std::string& folder : {options.at("save"), options.at("save-csr")})
    if (!folder.empty()) std::filesystem::create_directories(folder);

  std::optional<Roofs> roofs;
  for (const std::string& shape : shapes) {
    AlsInteractions data;
    {
      const Context ctx = make_context();
      if (!roofs) roofs = given_or_measured_roofs(ctx, options.at("roofs"));
      data = load(shape, options, ctx.pool());
    }
    const CsrView users = data.by_user.view();
    const CsrView items = data.by_item.view();
    if (!options.at("save-csr").empty()) save_csr(data.by_user, options.at("save-csr") + "/" + shape);
    if (!json) {
      fmt::print("{}: {} x {}, {} entries; {}: copies {:.0f} GB/s, products {:.2f} TFLOP/s (fp32 {:.2f})\n", shape,
                 users.rows, items.rows, users.nnz(), device, roofs->copy_bytes_per_s * 1e-9,
                 roofs->matrix_flops_per_s * 1e-12, roofs->fp32_flops_per_s * 1e-12);
    }
    for (const std::string& word : split(options.at("factors"))) {
      const std::int64_t factors = std::stoll(word);
      const AlsCost cost = als_iteration_cost(users, items, factors, device == "cpu" ? 4 : 2);
      for (const std::string& solver : split(options.at("solver"))) {
        const Context ctx = make_context();  // a fresh account of memory
        const Measured measured = measure(ctx, data, options, factors, shape, solver);
        if (json) {
          print_json(fmt::format("\"device\": \"{}\", \"shape\": \"{}\", \"users\": {}, \"items\": {}, \"nnz\": {}, "
                                 "\"factors\": {}, \"solver\": \"{}\", \"form\": \"{}\", \"threads\": {}",
                                 device == "cpu" ? device : cuda_device_info(0).name, shape, users.rows, items.rows,
                                 users.nnz(), factors, solver, options.at("form"), ctx.threads()),
                     measured, cost, *roofs);
        } else {
          print_text(fmt::format("K={} {}", factors, solver), measured, cost, *roofs);
        }
        std::fflush(stdout);
      }
    }
  }
}

}  // namespace
}  // namespace kindred

int main(int argc, char** argv) {
  try {
    kindred::run(kindred::read_options(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "als_bench: {}\n", error.what());
    return 2;
  }
}
