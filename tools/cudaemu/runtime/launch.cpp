// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/runtime/launch.h"

#include <cxxabi.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/cudaemu/engine/engine.h"
#include "tools/cudaemu/engine/report.h"
#include "tools/cudaemu/runtime/device.h"
#include "tools/cudaemu/runtime/device_limits.h"
#include "tools/cudaemu/runtime/error_state.h"
#include "tools/cudaemu/runtime/occupancy.h"
#include "tools/cudaemu/runtime/registry.h"
#include "tools/cudaemu/runtime/stream.h"

namespace cudaemu {

namespace {

std::string text_of(const dim3& size) {
  return "(" + std::to_string(size.x) + ", " + std::to_string(size.y) + ", " + std::to_string(size.z) + ")";
}

Dim3 engine_size(const dim3& size) { return {size.x, size.y, size.z}; }

bool within(const dim3& size, unsigned x, unsigned y, unsigned z) {
  return size.x >= 1 && size.y >= 1 && size.z >= 1 && size.x <= x && size.y <= y && size.z <= z;
}

std::string readable(const std::string& mangled) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(mangled.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? name.get() : mangled;
}

cudaError_t refuse(const KernelTraits& kernel, cudaError_t error, const std::string& why) {
  report(ReportKind::launch, "launch of " + readable(kernel.name) + ": " + why,
         {"returns " + std::string(cudaGetErrorName(error))});
  return error;
}

cudaError_t check(const KernelEntry& entry, const KernelTraits& kernel, const LaunchConfiguration& launch, int device) {
  if (!within(launch.grid, kMaxGridX, kMaxGridY, kMaxGridZ)) {
    return refuse(kernel, cudaErrorInvalidConfiguration,
                  "grid " + text_of(launch.grid) + " is outside the device's limits");
  }
  const std::uint64_t threads = engine_size(launch.block).volume();
  if (!within(launch.block, kMaxBlockX, kMaxBlockY, kMaxBlockZ) || threads > kMaxThreadsPerBlock) {
    return refuse(kernel, cudaErrorInvalidConfiguration,
                  "block " + text_of(launch.block) + " is outside the device's limits");
  }
  if (threads > static_cast<std::uint64_t>(kernel.max_threads_per_block)) {
    return refuse(kernel, cudaErrorInvalidValue,
                  std::to_string(threads) + " threads in a block; its __launch_bounds__ allow " +
                      std::to_string(kernel.max_threads_per_block));
  }
  const std::size_t limit = dynamic_shared_limit(entry, kernel, device);
  if (launch.dynamic_shared_bytes > limit) {
    return refuse(kernel, cudaErrorInvalidValue,
                  std::to_string(launch.dynamic_shared_bytes) + " bytes of dynamic shared memory; " +
                      std::to_string(limit) + " are allowed (cudaFuncSetAttribute raises that)");
  }
  const int registers = registers_of(entry, kernel);
  const int resident = max_resident_blocks(kernel, registers, static_cast<int>(threads), launch.dynamic_shared_bytes);
  if (resident == 0) {
    return refuse(kernel, cudaErrorLaunchOutOfResources,
                  std::to_string(threads) + " threads of " + std::to_string(registers) +
                      " registers; a multiprocessor has " + std::to_string(kRegistersPerMultiprocessor));
  }
  const std::uint64_t capacity = static_cast<std::uint64_t>(kMultiprocessors) * static_cast<std::uint64_t>(resident);
  if (launch.cooperative && engine_size(launch.grid).volume() > capacity) {
    return refuse(kernel, cudaErrorCooperativeLaunchTooLarge,
                  "cooperative grid " + text_of(launch.grid) + "; " + std::to_string(capacity) +
                      " blocks fit the device at once");
  }
  return cudaSuccess;
}

void run_launch(const Launch& launch) {
  switch (run(launch)) {
    case Outcome::completed:
      return;
    case Outcome::trapped:
      return set_device_fault(cudaErrorLaunchFailure);
    case Outcome::assertion:
      return set_device_fault(cudaErrorAssert);
    case Outcome::illegal_launch:
      return set_device_fault(cudaErrorLaunchOutOfResources);
  }
}

cudaError_t launch_kernel(const void* function, const LaunchConfiguration& configuration, void** arguments,
                          cudaStream_t stream) {
  {
    Lock lock = Scheduler::instance().lock();
    const Stream* found = find_stream(stream, lock);
    if (found == nullptr || found->device != current_device()) return cudaErrorInvalidResourceHandle;
  }
  Work work;
  const cudaError_t error = make_kernel_work(function, configuration, arguments, work);
  return error != cudaSuccess ? error : enqueue(stream, std::move(work));
}

struct PushedConfiguration {
  dim3 grid, block;
  std::size_t dynamic_shared_bytes;
  cudaStream_t stream;
};
thread_local std::vector<PushedConfiguration> pushed;

// What a launch attribute asks for; false when the emulator does not have it.
bool take_attribute(const cudaLaunchAttribute& attribute, LaunchConfiguration& launch) {
  const auto& cluster = attribute.val.clusterDim;
  switch (attribute.id) {
    case cudaLaunchAttributeCooperative:
      launch.cooperative = attribute.val.cooperative != 0;
      return true;
    case cudaLaunchAttributeClusterDimension:
      return cluster.x * cluster.y * cluster.z <= 1;
    // Hints, and overlap with the kernel before: that one is simply over here.
    case cudaLaunchAttributeIgnore:
    case cudaLaunchAttributeAccessPolicyWindow:
    case cudaLaunchAttributePriority:
    case cudaLaunchAttributeProgrammaticStreamSerialization:
    case cudaLaunchAttributeMemSyncDomain:
    case cudaLaunchAttributeMemSyncDomainMap:
    case cudaLaunchAttributePreferredSharedMemoryCarveout:
      return true;
    default:
      return false;
  }
}

}  // namespace

cudaError_t make_kernel_work(const void* function, const LaunchConfiguration& configuration, void** arguments,
                             Work& work) {
  KernelEntry* entry = find_kernel_entry(function);
  if (entry == nullptr) return cudaErrorInvalidDeviceFunction;
  const int device = current_device();
  std::shared_ptr<Module> module;
  const Kernel* kernel = load_kernel(*entry, device, module);
  if (kernel == nullptr) {
    report_missing_kernel(*entry);
    return cudaErrorNoKernelImageForDevice;
  }
  const KernelTraits& known = traits(*kernel);
  if (const cudaError_t error = check(*entry, known, configuration, device); error != cudaSuccess) return error;

  Launch launch;
  launch.kernel = kernel;
  launch.grid = engine_size(configuration.grid);
  launch.block = engine_size(configuration.block);
  launch.dynamic_shared_bytes = configuration.dynamic_shared_bytes;
  launch.cooperative = configuration.cooperative;
  launch.device = device;
  launch.parameters.resize(known.parameter_bytes);
  for (std::size_t i = 0; i < known.parameters.size(); ++i) {
    if (arguments == nullptr || arguments[i] == nullptr) return cudaErrorInvalidValue;
    std::memcpy(launch.parameters.data() + known.parameters[i].offset, arguments[i], known.parameters[i].bytes);
  }
  work = {cudaGraphNodeTypeKernel, "kernel " + known.name,
          [launch = std::move(launch), module = std::move(module)] { run_launch(launch); }, false};
  return cudaSuccess;
}

}  // namespace cudaemu

using namespace cudaemu;

extern "C" {

unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, std::size_t dynamic_shared_bytes, cudaStream_t stream) {
  pushed.push_back({grid, block, dynamic_shared_bytes, stream});
  return 0;
}

cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block, std::size_t* dynamic_shared_bytes, void* stream) {
  if (pushed.empty()) return remember(cudaErrorMissingConfiguration);
  const PushedConfiguration top = pushed.back();
  pushed.pop_back();
  *grid = top.grid;
  *block = top.block;
  *dynamic_shared_bytes = top.dynamic_shared_bytes;
  *static_cast<cudaStream_t*>(stream) = top.stream;
  return cudaSuccess;
}

cudaError_t cudaLaunchKernel(const void* function, dim3 grid, dim3 block, void** arguments,
                             std::size_t dynamic_shared_bytes, cudaStream_t stream) {
  return entry([&] { return launch_kernel(function, {grid, block, dynamic_shared_bytes, false}, arguments, stream); });
}

cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void** arguments,
                               std::size_t dynamic_shared_bytes, cudaStream_t stream) {
  return cudaLaunchKernel(reinterpret_cast<const void*>(kernel), grid, block, arguments, dynamic_shared_bytes, stream);
}

cudaError_t cudaLaunchCooperativeKernel(const void* function, dim3 grid, dim3 block, void** arguments,
                                        std::size_t dynamic_shared_bytes, cudaStream_t stream) {
  return entry([&] { return launch_kernel(function, {grid, block, dynamic_shared_bytes, true}, arguments, stream); });
}

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* configuration, const void* function, void** arguments) {
  return entry([&] {
    if (configuration == nullptr) return cudaErrorInvalidValue;
    LaunchConfiguration launch{configuration->gridDim, configuration->blockDim, configuration->dynamicSmemBytes, false};
    for (unsigned i = 0; i < configuration->numAttrs; ++i) {
      if (!take_attribute(configuration->attrs[i], launch)) {
        report(ReportKind::unsupported_call,
               "cudaLaunchKernelExC with launch attribute " + std::to_string(configuration->attrs[i].id));
        return cudaErrorNotSupported;
      }
    }
    return launch_kernel(function, launch, arguments, configuration->stream);
  });
}

}  // extern "C"
