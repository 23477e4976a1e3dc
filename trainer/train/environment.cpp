// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/environment.h"

#include "kernels/core/tensor.h"
#include "kernels/core/version.h"
#include "trainer/train/build_info.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <string>

namespace kindred {

namespace {

std::string cpu_name() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace

double copy_bandwidth(const Context& ctx) {
  constexpr std::int64_t kBytes = std::int64_t{64} << 20;
  constexpr std::int64_t kChunk = std::int64_t{1} << 20;
  auto source = Tensor<char, 1>::zeros(ctx, {kBytes}, "environment.bandwidth");
  auto target = Tensor<char, 1>::zeros(ctx, {kBytes}, "environment.bandwidth");
  double best = 0.0;
  for (int repeat = 0; repeat < 3; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    parallel_for(ctx.pool(), kBytes, kChunk, [&](std::int64_t begin, std::int64_t end, int) {
      std::memcpy(target.data() + begin, source.data() + begin, static_cast<std::size_t>(end - begin));
    });
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    best = std::max(best, 2.0 * kBytes / elapsed.count());
  }
  return best;
}

nlohmann::ordered_json environment(const Context& ctx) {
  utsname system{};
  uname(&system);
  char host[256] = {};
  gethostname(host, sizeof(host) - 1);
  return {{"kindred", KINDRED_VERSION},
          {"commit", kBuildCommit},
          {"build_type", kBuildType},
          {"compiler", kBuildCompiler},
          {"host", host},
          {"system", std::string(system.sysname) + " " + system.release + " " + system.machine},
          {"cpu", cpu_name()},
          {"device", ctx.device().name()},
          {"threads", ctx.threads()},
          {"memory_available_bytes", available_memory_bytes()},
          {"copy_bandwidth_gb_per_s", copy_bandwidth(ctx) / 1e9}};
}

}  // namespace kindred
