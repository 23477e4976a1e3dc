// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/cuda/pinned_staging.h"

#include "kernels/core/cuda/cuda_check.h"

#include <algorithm>
#include <cstring>

namespace kindred::cuda {

namespace {

constexpr std::int64_t kSlotBytes = std::int64_t{4} << 20;
constexpr std::int64_t kThreadBytes = std::int64_t{512} << 10;  // below it a second thread costs more than it saves

void copy_on_host(ThreadPool& pool, void* target, const void* source, std::int64_t bytes) {
  if (bytes <= kThreadBytes) {
    std::memcpy(target, source, static_cast<std::size_t>(bytes));
    return;
  }
  parallel_for(pool, bytes, kThreadBytes, [&](std::int64_t begin, std::int64_t end, int) {
    std::memcpy(static_cast<char*>(target) + begin, static_cast<const char*>(source) + begin,
                static_cast<std::size_t>(end - begin));
  });
}

}  // namespace

PinnedStaging::~PinnedStaging() {
  for (const Slot& slot : slots_) {
    if (slot.done != nullptr) cudaEventDestroy(slot.done);
    if (slot.memory != nullptr) cudaFreeHost(slot.memory);
  }
}

void PinnedStaging::create() {
  for (Slot& slot : slots_) {
    if (slot.memory == nullptr) KINDRED_CUDA_TRY(cudaHostAlloc(&slot.memory, kSlotBytes, cudaHostAllocDefault));
    if (slot.done == nullptr) KINDRED_CUDA_TRY(cudaEventCreateWithFlags(&slot.done, cudaEventDisableTiming));
  }
}

void PinnedStaging::to_device(void* target, const void* host_source, std::int64_t bytes, cudaStream_t stream,
                              ThreadPool& pool) {
  create();
  for (std::int64_t begin = 0; begin < bytes; begin += kSlotBytes) {
    const std::int64_t size = std::min(kSlotBytes, bytes - begin);
    Slot& slot = slots_[static_cast<std::size_t>(next_)];
    next_ = (next_ + 1) % kSlots;
    KINDRED_CUDA_TRY(cudaEventSynchronize(slot.done));
    copy_on_host(pool, slot.memory, static_cast<const char*>(host_source) + begin, size);
    KINDRED_CUDA_TRY(cudaMemcpyAsync(static_cast<char*>(target) + begin, slot.memory, static_cast<std::size_t>(size),
                                     cudaMemcpyHostToDevice, stream));
    KINDRED_CUDA_TRY(cudaEventRecord(slot.done, stream));
  }
}

void PinnedStaging::to_host(void* host_target, const void* source, std::int64_t bytes, cudaStream_t stream,
                            ThreadPool& pool) {
  create();
  const std::int64_t chunks = (bytes + kSlotBytes - 1) / kSlotBytes;
  const auto size_of = [&](std::int64_t chunk) { return std::min(kSlotBytes, bytes - chunk * kSlotBytes); };
  // Chunk i goes through slot i % kSlots; the device runs kSlots chunks ahead of the host.
  for (std::int64_t step = 0; step < chunks + kSlots; ++step) {
    if (step >= kSlots) {
      const std::int64_t chunk = step - kSlots;
      const Slot& slot = slots_[static_cast<std::size_t>(chunk % kSlots)];
      KINDRED_CUDA_TRY(cudaEventSynchronize(slot.done));
      copy_on_host(pool, static_cast<char*>(host_target) + chunk * kSlotBytes, slot.memory, size_of(chunk));
      if (chunk + 1 == chunks) return;
    }
    if (step < chunks) {
      const Slot& slot = slots_[static_cast<std::size_t>(step % kSlots)];
      KINDRED_CUDA_TRY(cudaMemcpyAsync(slot.memory, static_cast<const char*>(source) + step * kSlotBytes,
                                       static_cast<std::size_t>(size_of(step)), cudaMemcpyDeviceToHost, stream));
      KINDRED_CUDA_TRY(cudaEventRecord(slot.done, stream));
    }
  }
}

}  // namespace kindred::cuda
