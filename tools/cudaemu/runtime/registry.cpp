// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/runtime/registry.h"

#include <dlfcn.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "tools/cudaemu/engine/report.h"
#include "tools/cudaemu/runtime/device_limits.h"
#include "tools/cudaemu/runtime/fat_binary.h"
#include "tools/cudaemu/runtime/machine_code.h"

namespace cudaemu {

namespace {

// Never destroyed: unregistration happens at exit, after which destructors may still free memory.
struct Registry {
  std::mutex mutex;
  std::vector<std::unique_ptr<FatBinary>> binaries;
  std::unordered_map<const void*, std::unique_ptr<KernelEntry>> kernels;  // by host stub
  std::unordered_map<const void*, KernelEntry*> by_handle;
  std::unordered_map<const void*, VariableEntry> variables;  // by host shadow
};

Registry& registry() {
  static auto* all = new Registry;
  return *all;
}

std::string file_of(const void* address) {
  Dl_info info;
  return dladdr(address, &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : "program";
}

std::shared_ptr<Module> load(FatBinary& binary, int device) {
  std::shared_ptr<Module>& module = binary.modules[device];
  if (module || !binary.problem.empty()) return module;
  const PtxImage image = find_ptx(binary.wrapper);
  binary.problem = image.problem;
  if (image.text.empty()) return nullptr;
  try {
    module = load_module(image.text, binary.origin, device);
    binary.registers = registers_by_kernel(find_machine_code(binary.wrapper));
  } catch (const EngineError& error) {
    binary.problem = error.what();
  }
  return module;
}

}  // namespace

KernelEntry* find_kernel_entry(const void* function) {
  const std::lock_guard<std::mutex> guard(registry().mutex);
  if (const auto found = registry().kernels.find(function); found != registry().kernels.end()) {
    return found->second.get();
  }
  const auto found = registry().by_handle.find(function);
  return found != registry().by_handle.end() ? found->second : nullptr;
}

const Kernel* load_kernel(KernelEntry& entry, int device, std::shared_ptr<Module>& keep) {
  const std::lock_guard<std::mutex> guard(registry().mutex);
  keep = load(*entry.binary, device);
  return keep ? find_kernel(*keep, entry.name) : nullptr;
}

void report_missing_kernel(const KernelEntry& entry) {
  const std::lock_guard<std::mutex> guard(registry().mutex);
  const std::string& problem = entry.binary->problem;
  report(ReportKind::unsupported_instruction, "cannot run kernel " + entry.name + " of " + entry.binary->origin + ": " +
                                                  (problem.empty() ? "it is registered, but not in the PTX" : problem));
}

const Variable* load_variable(const void* symbol, int device) {
  const std::lock_guard<std::mutex> guard(registry().mutex);
  const auto found = registry().variables.find(symbol);
  if (found == registry().variables.end()) return nullptr;
  const std::shared_ptr<Module> module = load(*found->second.binary, device);
  return module ? find_variable(*module, found->second.name) : nullptr;
}

int registers_of(const KernelEntry& entry, const KernelTraits& kernel) {
  const std::lock_guard<std::mutex> guard(registry().mutex);
  const auto known = entry.binary->registers.find(entry.name);
  // An estimate must not make a launch impossible that ptxas would have made possible.
  constexpr int kAlwaysFits = kRegistersPerBlock / kMaxThreadsPerBlock;
  return known != entry.binary->registers.end() ? known->second : std::min(kernel.registers, kAlwaysFits);
}

std::size_t dynamic_shared_limit(const KernelEntry& entry, const KernelTraits& kernel, int device) {
  const auto set = entry.max_dynamic_shared.find(device);
  if (set != entry.max_dynamic_shared.end()) return set->second;
  return kSharedPerBlock - std::min(kSharedPerBlock, kernel.static_shared_bytes);
}

}  // namespace cudaemu

using namespace cudaemu;

extern "C" {

void** __cudaRegisterFatBinary(void* wrapper) {
  auto binary = std::make_unique<FatBinary>();
  binary->wrapper = wrapper;
  binary->origin = file_of(wrapper);
  const std::lock_guard<std::mutex> guard(registry().mutex);
  registry().binaries.push_back(std::move(binary));
  return reinterpret_cast<void**>(registry().binaries.back().get());
}

void __cudaRegisterFatBinaryEnd(void**) {}

// Runs at exit, before destructors that may still call in: what is registered stays.
void __cudaUnregisterFatBinary(void**) {}

char __cudaInitModule(void**) { return 1; }

void __cudaRegisterFunction(void** binary, const char* host_stub, char*, const char* device_name, int, uint3*, uint3*,
                            dim3*, dim3*, int*) {
  auto entry = std::make_unique<KernelEntry>();
  entry->binary = reinterpret_cast<FatBinary*>(binary);
  entry->name = device_name;
  const std::lock_guard<std::mutex> guard(registry().mutex);
  registry().by_handle[entry.get()] = entry.get();
  registry().kernels[host_stub] = std::move(entry);
}

void __cudaRegisterVar(void** binary, char* host_variable, char*, const char* device_name, int, std::size_t bytes, int,
                       int) {
  const std::lock_guard<std::mutex> guard(registry().mutex);
  registry().variables[host_variable] = {reinterpret_cast<FatBinary*>(binary), device_name, bytes};
}

cudaError_t __cudaGetKernel(cudaKernel_t* kernel, const void* host_stub) {
  KernelEntry* entry = find_kernel_entry(host_stub);
  if (entry == nullptr) return cudaErrorInvalidDeviceFunction;
  *kernel = reinterpret_cast<cudaKernel_t>(entry);
  return cudaSuccess;
}

}  // extern "C"
