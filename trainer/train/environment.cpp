// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/environment.h"

#include "kernels/core/device_info.h"
#include "kernels/core/version.h"
#include "trainer/train/build_info.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <string>

namespace kindred {

namespace {

constexpr std::int64_t kHostCopyBytes = std::int64_t{64} << 20;

// Well beyond the caches; the measurement must fit beside the model.
std::int64_t copy_bytes(const Context& ctx) {
  return std::clamp<std::int64_t>(ctx.available_bytes() / 8, 1 << 20, std::int64_t{128} << 20);
}

std::string cpu_name() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace

nlohmann::ordered_json environment(const Context& ctx) {
  utsname system{};
  uname(&system);
  char host[256] = {};
  gethostname(host, sizeof(host) - 1);
  nlohmann::ordered_json json = {{"kindred", KINDRED_VERSION},
                                 {"commit", kBuildCommit},
                                 {"build_type", kBuildType},
                                 {"compiler", kBuildCompiler},
                                 {"host", host},
                                 {"system", std::string(system.sysname) + " " + system.release + " " + system.machine},
                                 {"cpu", cpu_name()},
                                 {"device", ctx.device().name()},
                                 {"threads", ctx.threads()},
                                 {"memory_available_bytes", available_memory_bytes()},
                                 {"copy_bandwidth_gb_per_s", copy_bandwidth(ctx.on_host(), kHostCopyBytes, 1) / 1e9}};
  if (const auto gpu = gpu_of(ctx)) {
    json["gpu"] = {{"name", gpu->name},
                   {"compute_capability", gpu->compute_capability},
                   {"multiprocessors", gpu->multiprocessors},
                   {"driver_version", gpu->driver_version},
                   {"runtime_version", gpu->runtime_version},
                   {"memory_bytes", gpu->memory_bytes},
                   {"memory_available_bytes", ctx.available_bytes()},
                   {"copy_bandwidth_gb_per_s", copy_bandwidth(ctx, copy_bytes(ctx), 2) / 1e9}};
  }
  return json;
}

}  // namespace kindred
