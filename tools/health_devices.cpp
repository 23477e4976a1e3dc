// SPDX-License-Identifier: Apache-2.0
// Libraries, devices, what a run would take, and what it reaches.
#include "kernels/core/check.h"
#include "kernels/core/device_info.h"
#include "kernels/core/version.h"
#include "kernels/testing/roofs.h"
#include "tools/blas_kernels.h"
#include "tools/health.h"
#include "trainer/data/library_versions.h"
#include "trainer/report/number_text.h"
#include "trainer/train/build_info.h"
#include "trainer/train/run_device.h"

#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <hwy/highway.h>
#include <CLI/Version.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>

namespace kindred {

namespace {

// A product slower than this, a thread, is not one of a BLAS made for this CPU.
constexpr double kSlowFlopsPerThread = 8e9;

void add_rates(const Context& ctx, const std::string& name, Findings& findings) {
  const Roofs roofs = measure_roofs(ctx);
  findings.push_back({.group = "speed",
                      .name = name + " copies",
                      .value = fmt::format("{:.1f} GB/s, read and written", roofs.copy_bytes_per_s / 1e9)});
  Finding products{.group = "speed",
                   .name = name + " products",
                   .value = fmt::format("{:.3g} TFLOP/s in fp32", roofs.fp32_flops_per_s / 1e12)};
  if (ctx.device().type == DeviceType::cpu) {
    products.value = fmt::format("{:.0f} GFLOP/s in fp32, {} threads", roofs.fp32_flops_per_s / 1e9, ctx.threads());
    if (roofs.fp32_flops_per_s < kSlowFlopsPerThread * ctx.threads()) {
      products.health = Health::warning;
      products.advice =
          "slow for a BLAS made for this CPU: other programs run, the CPU is old or emulated, or a "
          "reference BLAS was linked in the place of OpenBLAS";
    }
  } else {
    products.value += fmt::format(", {:.3g} TFLOP/s in bf16", roofs.matrix_flops_per_s / 1e12);
  }
  findings.push_back(std::move(products));
}

// OpenBLAS older than the CPU may not know it, and takes kernels of twenty years ago.
void check_blas(Findings& findings) {
  const BlasInfo blas = blas_info();
  findings.push_back({.group = "libraries", .name = "BLAS", .value = blas.description});
  if (blas.openmp) {
    findings.back().health = Health::warning;
    findings.back().advice =
        "its threads are OpenMP's and may nest in Kindred's; the package libopenblas0-pthread has the other kind";
  }
  Finding core{.group = "libraries", .name = "BLAS kernels", .value = blas.core};
  if (const std::string better = better_blas_core(); !better.empty()) {
    core.health = Health::warning;
    core.advice = fmt::format(
        "made for a CPU without AVX2, which this one has: matrix products are several times slower "
        "than need be; set OPENBLAS_CORETYPE={} in the environment, or install a newer OpenBLAS",
        better);
  }
  findings.push_back(std::move(core));
}

}  // namespace

void check_libraries(Findings& findings) {
  const std::string type = kBuildType;
  Finding build{.group = "libraries",
                .name = "kindred",
                .value = fmt::format("{} ({}, {}, {})", KINDRED_VERSION, kBuildCommit, type, kBuildCompiler)};
  if (type != "Release") {
    build.health = Health::warning;
    build.advice = "not a release build: it is slower; `cmake --preset cpu` makes one";
  }
  findings.push_back(std::move(build));
  check_blas(findings);
  const auto add = [&](const std::string& name, const std::string& version) {
    findings.push_back({.group = "libraries", .name = name, .value = version});
  };
  for (const auto& [name, version] : data_library_versions()) add(name, version);
  add("Highway", fmt::format("{}.{}.{}", HWY_MAJOR, HWY_MINOR, HWY_PATCH));
  add("fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100));
  add("nlohmann json",
      fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH));
  add("CLI11", CLI11_VERSION);
  add("glibc", gnu_get_libc_version());
}

void check_devices(Findings& findings) {
  const int count = cuda_device_count();
  if (count == 0) {
    Finding none{.group = "devices", .name = "CUDA", .value = why_no_cuda_device()};
    // A card whose driver is loaded, and a program that cannot use it.
    if (std::filesystem::exists("/proc/driver/nvidia/version")) {
      none.health = Health::warning;
      none.advice = built_with_cuda()
                        ? "the NVIDIA driver is loaded, but no device can be used: see nvidia-smi, and whether this "
                          "process may open /dev/nvidia*"
                        : "this machine has an NVIDIA driver: a build with --preset cuda could use the GPU";
    }
    findings.push_back(std::move(none));
  }
  for (int index = 0; index < count; ++index) {
    const CudaDeviceInfo info = cuda_device_info(index);
    Finding device{.group = "devices",
                   .name = fmt::format("cuda:{}", index),
                   .value = fmt::format("{}, {}, compute capability {}, driver for CUDA {}, runtime {}", info.name,
                                        bytes_text(static_cast<double>(info.memory_bytes)), info.compute_capability,
                                        info.driver_version, info.runtime_version)};
    try {
      const Context ctx = Context::cuda(index);
      const auto free = static_cast<double>(ctx.available_bytes());
      device.value += fmt::format(", {} free", bytes_text(free));
      if (free < 0.5 * static_cast<double>(info.memory_bytes)) {
        device.health = Health::warning;
        device.advice = "other programs hold more than half of its memory";
      }
    } catch (const Error& error) {
      device.health = Health::problem;
      device.advice = error.what();
    }
    findings.push_back(std::move(device));
  }
}

void check_choice(const Config& config, Findings& findings) {
  const auto type = std::string(kChoices<ModelType>[static_cast<std::size_t>(config.model.type)]);
  Finding choice{.group = "choice", .name = fmt::format("device: {}", config.device), .value = ""};
  try {
    choice.value = fmt::format("{} for model {}", choose_device(config).description, type);
    if (config.device == "auto" && cuda_device_count() == 0) choice.value += ": " + why_no_cuda_device();
  } catch (const Error& error) {
    choice.value = "cannot be used";
    choice.health = Health::problem;
    choice.advice = error.what();
  }
  findings.push_back(std::move(choice));
}

void measure_speed(const Config& config, Findings& findings) {
  constexpr std::int64_t kNeeded = std::int64_t{1} << 30;
  if (available_memory_bytes() < kNeeded) {
    findings.push_back(
        {.group = "speed", .name = "not measured", .value = "needs 1 GiB of memory", .health = Health::warning});
    return;
  }
  add_rates(Context::cpu(static_cast<int>(config.threads)), "cpu", findings);
  for (int index = 0; index < cuda_device_count(); ++index) {
    const std::string name = fmt::format("cuda:{}", index);
    try {
      add_rates(Context::cuda(index), name, findings);
    } catch (const Error& error) {
      findings.push_back(
          {.group = "speed", .name = name, .value = "failed", .health = Health::problem, .advice = error.what()});
    }
  }
}

}  // namespace kindred
