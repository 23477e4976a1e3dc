// SPDX-License-Identifier: Apache-2.0
// Times whole ALS iterations (both half steps) and follows the objective.
//   als_bench --data FILE [--min 3.5] | --synthetic U,I,NNZ   --factors 64,128 --solver dual,pcg --iterations 16
// FILE: lists ("user item item ..." a line) or, with a comma or tab in its first line, "user,item,weight..." rows.
#include "kernels/als/als.h"

#include "kernels/core/random.h"
#include "kernels/core/tensor.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace kindred {
namespace {

struct Csr {
  std::int64_t columns = 0;
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> ids;

  CsrView view() const {
    CsrView csr{.rows = static_cast<std::int64_t>(offsets.size()) - 1,
                .columns = columns,
                .offsets = {},
                .ids = {},
                .values = {}};
    csr.offsets = {offsets.data(), {static_cast<std::int64_t>(offsets.size())}};
    csr.ids = {ids.data(), {static_cast<std::int64_t>(ids.size())}};
    return csr;
  }
};

using Pairs = std::vector<std::pair<std::int32_t, std::int32_t>>;

Csr to_csr(Pairs pairs) {
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  Csr csr;
  for (const auto& [row, column] : pairs) {
    while (static_cast<std::int64_t>(csr.offsets.size()) <= row)
      csr.offsets.push_back(static_cast<std::int64_t>(csr.ids.size()));
    csr.ids.push_back(column);
    csr.columns = std::max<std::int64_t>(csr.columns, column + 1);
  }
  csr.offsets.push_back(static_cast<std::int64_t>(csr.ids.size()));
  return csr;
}

Pairs read_pairs(const std::string& path, double min_weight) {
  std::ifstream file(path);
  if (!file) fail(ErrorKind::data, "{}: cannot be read", path);
  Pairs pairs;
  std::map<std::int64_t, std::int32_t> users;
  std::map<std::int64_t, std::int32_t> items;
  const auto id = [](auto& map, std::int64_t key) {
    return map.emplace(key, static_cast<std::int32_t>(map.size())).first->second;
  };
  for (std::string line; std::getline(file, line);) {
    const bool table = line.find_first_of(",\t") != std::string::npos;
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == ',' || c == '\t'; }, ' ');
    std::istringstream words(line);
    std::int64_t user = 0;
    std::int64_t item = 0;
    words >> user;
    if (table) {
      double weight = 0.0;
      words >> item >> weight;
      if (weight >= min_weight) pairs.emplace_back(id(users, user), id(items, item));
    } else {
      while (words >> item) pairs.emplace_back(id(users, user), id(items, item));
    }
  }
  return pairs;
}

// Popularity by power law on both sides.
Pairs synthetic_pairs(std::int64_t users, std::int64_t items, std::int64_t count) {
  const Random random(1, "als_bench");
  Pairs pairs;
  for (std::int64_t n = 0; n < count; ++n) {
    const double u = random.uniform(static_cast<std::uint64_t>(n), 0);
    const double i = random.uniform(static_cast<std::uint64_t>(n), 1);
    pairs.emplace_back(static_cast<std::int32_t>(u * u * static_cast<double>(users)),
                       static_cast<std::int32_t>(i * i * i * static_cast<double>(items)));
  }
  return pairs;
}

// Flops of one half step with the cheaper of dual and primal for each row, and the bytes that it must move: each
// entry's factors once, both factor matrices twice.
struct Floor {
  double flops = 0.0;
  double bytes = 0.0;
};

Floor floor_of(const CsrView& csr, double k) {
  Floor floor;
  for (std::int64_t row = 0; row < csr.rows; ++row) {
    const double l = static_cast<double>(csr.length(row));
    floor.flops += std::min(l * l * k + l * l * l / 3, l * k * k + k * k * k / 3) + 4 * l * k;
  }
  floor.flops += static_cast<double>(csr.columns) * k * (k + 2 * k) + 2 * static_cast<double>(csr.rows) * k * k;
  floor.bytes = 4 * k * (static_cast<double>(csr.nnz()) + 2 * static_cast<double>(csr.rows + csr.columns));
  return floor;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) words.push_back(word);
  return words;
}

AlsSolver solver_named(const std::string& name) {
  const std::map<std::string, AlsSolver> names = {{"auto", AlsSolver::automatic},
                                                  {"primal", AlsSolver::primal},
                                                  {"dual", AlsSolver::dual},
                                                  {"pcg", AlsSolver::pcg},
                                                  {"subspace", AlsSolver::subspace}};
  const auto found = names.find(name);
  if (found == names.end()) fail(ErrorKind::usage, "--solver {}: expected auto, primal, dual, pcg or subspace", name);
  return found->second;
}

// Time of all threads: what a busy machine disturbs least.
double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void run(int argc, char** argv) {
  std::map<std::string, std::string> options = {{"data", ""},        {"synthetic", "20000,10000,500000"},
                                                {"min", "-1e30"},    {"factors", "64"},
                                                {"solver", "auto"},  {"iterations", "5"},
                                                {"threads", "2"},    {"a0", "0.1"},
                                                {"lambda", "0.003"}, {"nu", "1"},
                                                {"cg-steps", "3"},   {"block", "128"},
                                                {"stddev", "0.1"},   {"objective", "0"},
                                                {"json", "0"},       {"gflops", "105"}};
  for (int i = 1; i < argc; ++i) {
    const std::string name = std::string(argv[i]).substr(2);
    if (options.count(name) == 0) fail(ErrorKind::usage, "unknown option {}", argv[i]);
    if (name == "objective" || name == "json") {
      options[name] = "1";
    } else {
      if (++i == argc) fail(ErrorKind::usage, "--{} needs a value", name);
      options[name] = argv[i];
    }
  }
  Pairs pairs;
  if (!options["data"].empty()) {
    pairs = read_pairs(options["data"], std::stod(options["min"]));
  } else {
    const auto sizes = split(options["synthetic"]);
    pairs = synthetic_pairs(std::stoll(sizes.at(0)), std::stoll(sizes.at(1)), std::stoll(sizes.at(2)));
  }
  Csr by_user = to_csr(pairs);
  for (auto& [user, item] : pairs) std::swap(user, item);
  Csr by_item = to_csr(std::move(pairs));
  by_item.columns = by_user.view().rows;
  by_user.columns = by_item.view().rows;
  const CsrView users = by_user.view();
  const CsrView items = by_item.view();
  const bool json = options["json"] == "1";
  if (!json) fmt::print("{} x {}, {} entries\n", users.rows, items.rows, users.nnz());

  const double a0 = std::stod(options["a0"]);
  const double lambda = std::stod(options["lambda"]);
  const double nu = std::stod(options["nu"]);
  const int threads = std::stoi(options["threads"]);
  for (const std::string& factors : split(options["factors"])) {
    for (const std::string& name : split(options["solver"])) {
      const Context ctx = Context::cpu(threads, 42);
      const std::int64_t k = std::stoll(factors);
      Tensor<float, 2> x(ctx, {users.rows, k}, "als.user_factors");
      Tensor<float, 2> y(ctx, {items.rows, k}, "als.item_factors");
      als_init(ctx, {.x = x.view(), .stddev = std::stod(options["stddev"]), .purpose = "als.init.users"});
      als_init(ctx, {.x = y.view(), .stddev = std::stod(options["stddev"]), .purpose = "als.init.items"});
      AlsHalfStep step{.interactions = {},
                       .y = {},
                       .x = {},
                       .unobserved_weight = a0,
                       .regularization = lambda,
                       .regularization_exponent = nu,
                       .solver = solver_named(name),
                       .cg_steps = std::stoll(options["cg-steps"]),
                       .block_size = std::stoll(options["block"])};
      std::vector<double> times;
      std::vector<double> cpu_times;
      double elapsed = 0.0;
      double objective = 0.0;
      for (int iteration = 1; iteration <= std::stoi(options["iterations"]); ++iteration) {
        const double start = seconds();
        const double cpu_start = cpu_seconds();
        step.interactions = users;
        step.y = y.view();
        step.x = x.view();
        als_half_step(ctx, step);
        step.interactions = items;
        step.y = x.view();
        step.x = y.view();
        als_half_step(ctx, step);
        times.push_back(seconds() - start);
        cpu_times.push_back(cpu_seconds() - cpu_start);
        elapsed += times.back();
        if (options["objective"] == "1") {
          objective = als_objective(ctx, {.interactions = users,
                                          .x = x.view(),
                                          .y = y.view(),
                                          .unobserved_weight = a0,
                                          .regularization = lambda,
                                          .regularization_exponent = nu});
          if (!json) fmt::print("  {:3} {:8.3f} s  {:.3f}\n", iteration, elapsed, objective);
        }
      }
      std::sort(times.begin(), times.end());
      std::sort(cpu_times.begin(), cpu_times.end());
      const double median = times[times.size() / 2];
      const double cpu_median = cpu_times[cpu_times.size() / 2];
      const Floor u = floor_of(users, static_cast<double>(k));
      const Floor i = floor_of(items, static_cast<double>(k));
      const double flops = u.flops + i.flops;
      const double bytes = u.bytes + i.bytes;
      const double floor = flops / (std::stod(options["gflops"]) * 1e9 * threads);
      if (json) {
        fmt::print(
            "{{\"factors\": {}, \"solver\": \"{}\", \"iteration_s\": {:.6f}, \"best_s\": {:.6f}, \"cpu_s\": {:.6f}, "
            "\"gflops\": {:.2f}, "
            "\"gbytes_per_s\": {:.2f}, \"floor_s\": {:.6f}, \"objective\": {:.6f}}}\n",
            k, name, median, times[0], cpu_median, flops / median * 1e-9, bytes / median * 1e-9, floor, objective);
      } else {
        fmt::print(
            "K={} {}: {:.1f} ms an iteration (best {:.1f}, CPU time {:.1f}); exact cost {:.1f} GFLOP, {:.0f} MB: "
            "{:.1f} GFLOP/s, {:.1f} GB/s; "
            "floor {:.1f} ms, share {:.0f} %\n",
            k, name, median * 1e3, times[0] * 1e3, cpu_median * 1e3, flops * 1e-9, bytes * 1e-6, flops / median * 1e-9,
            bytes / median * 1e-9, floor * 1e3, 100 * floor / median);
      }
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
    fmt::print(stderr, "als_bench: {}\n", error.what());
    return 2;
  }
}
