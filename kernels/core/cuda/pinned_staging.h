// SPDX-License-Identifier: Apache-2.0
// Copies between pageable host memory and a device, at the speed of the bus: the host's threads copy to or from a few
// pinned slots while the device copies the others. (The driver's own path uses one thread.) 16 MiB of pinned memory,
// taken with the first copy.
#pragma once

#include "kernels/core/parallel.h"

#include <cuda_runtime.h>

#include <array>
#include <cstdint>

namespace kindred::cuda {

class PinnedStaging {
 public:
  PinnedStaging() = default;
  PinnedStaging(const PinnedStaging&) = delete;
  PinnedStaging& operator=(const PinnedStaging&) = delete;
  ~PinnedStaging();

  // In order with the stream; the source may change when the call returns.
  void to_device(void* target, const void* host_source, std::int64_t bytes, cudaStream_t stream, ThreadPool& pool);
  // In order with the stream; the data is there when the call returns.
  void to_host(void* host_target, const void* source, std::int64_t bytes, cudaStream_t stream, ThreadPool& pool);

 private:
  struct Slot {
    void* memory = nullptr;
    cudaEvent_t done = nullptr;  // the device's last copy from or to the slot
  };
  void create();

  static constexpr int kSlots = 4;
  std::array<Slot, kSlots> slots_{};
  int next_ = 0;
};

}  // namespace kindred::cuda
