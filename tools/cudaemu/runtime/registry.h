// SPDX-License-Identifier: Apache-2.0
// What the program's object files register at start: fat binaries, kernels and variables by their host names. PTX is
// read when something of its binary is first used, once for each device (each has its own variables).
#pragma once

#include <cuda_runtime_api.h>

#include <map>
#include <memory>
#include <string>

#include "tools/cudaemu/engine/engine.h"

namespace cudaemu {

struct FatBinary {
  const void* wrapper = nullptr;
  std::string origin;                              // the program or library that holds it
  std::map<int, std::shared_ptr<Module>> modules;  // by device
  std::string problem;                             // why its PTX cannot be run; empty: it can, or nobody has asked
  std::map<std::string, int> registers;            // by kernel, where machine code tells
};

struct KernelEntry {
  FatBinary* binary = nullptr;
  std::string name;  // mangled
  // By device, as cudaFuncSetAttribute sets it; absent: the default 48 KB less the static part.
  std::map<int, std::size_t> max_dynamic_shared;
  int preferred_carveout = cudaSharedmemCarveoutDefault;
};

struct VariableEntry {
  FatBinary* binary = nullptr;
  std::string name;
  std::size_t bytes = 0;
};

// By host stub or by handle (cudaKernel_t, cudaFunction_t are KernelEntry pointers); null when not registered.
KernelEntry* find_kernel_entry(const void* function);
// The kernel on a device; null when its binary has no PTX that can be read. That is what a program may ask about, so
// only a launch reports it (report_missing_kernel).
const Kernel* load_kernel(KernelEntry& entry, int device, std::shared_ptr<Module>& keep);
void report_missing_kernel(const KernelEntry& entry);
// Registers of a thread: those that ptxas gave out where the binary has machine code, else the engine's estimate.
int registers_of(const KernelEntry& entry, const KernelTraits& kernel);
// The address of a __device__ or __constant__ variable on a device; null when it is not registered.
const Variable* load_variable(const void* symbol, int device);

// The largest dynamic shared memory that a launch may ask for now.
std::size_t dynamic_shared_limit(const KernelEntry& entry, const KernelTraits& kernel, int device);

}  // namespace cudaemu
