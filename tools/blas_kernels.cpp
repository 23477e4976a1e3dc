// SPDX-License-Identifier: Apache-2.0
#include "tools/blas_kernels.h"

#include "kernels/core/device_info.h"

#include <hwy/targets.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace kindred {

namespace {

constexpr const char* kVariable = "OPENBLAS_CORETYPE";

}  // namespace

std::string better_blas_core() {
  constexpr std::array kWithoutAvx2 = {"Katmai",       "Coppermine", "Northwood", "Prescott", "Banias",      "Core2",
                                       "Penryn",       "Dunnington", "Nehalem",   "Athlon",   "Sandybridge", "Opteron",
                                       "Opteron_SSE3", "Barcelona",  "Nano",      "Bobcat",   "Atom",        "Generic"};
  const std::string core = blas_info().core;
  if (std::find(kWithoutAvx2.begin(), kWithoutAvx2.end(), core) == kWithoutAvx2.end()) return "";
  const std::int64_t targets = hwy::SupportedTargets();
  return (targets & HWY_AVX3) != 0 ? "SkylakeX" : (targets & HWY_AVX2) != 0 ? "Haswell" : "";
}

void restart_with_better_blas(char** argv) {
  if (std::getenv(kVariable) != nullptr) return;
  const std::string core = better_blas_core();
  if (core.empty() || setenv(kVariable, core.c_str(), 1) != 0) return;
  execv("/proc/self/exe", argv);
}

}  // namespace kindred
