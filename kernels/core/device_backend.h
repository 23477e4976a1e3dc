// SPDX-License-Identifier: Apache-2.0
// What a kind of device does for a Context: memory, copies, waiting. One implementation a kind: the CPU's in
// context.cpp, CUDA's in cuda/cuda_backend.cpp (or no_cuda_backend.cpp in a build without CUDA).
// Shared by the context and its buffers, so that a buffer can be released after the context.
#pragma once

#include "kernels/core/context.h"

#include <memory>

namespace kindred {

class DeviceBackend {
 public:
  DeviceBackend() = default;
  DeviceBackend(const DeviceBackend&) = delete;
  DeviceBackend& operator=(const DeviceBackend&) = delete;
  virtual ~DeviceBackend() = default;

  virtual Device device() const = 0;
  // bytes > 0; nullptr when there is not enough.
  virtual void* allocate(std::int64_t bytes) = 0;
  virtual void release(void* memory) noexcept = 0;
  // "61.2 of 79.1 GiB are free": for the error message.
  virtual std::string free_memory() const = 0;
  virtual std::int64_t available_bytes() const = 0;

  // bytes > 0; the contracts stand at Context.
  virtual void copy_from_host(void* target, const void* host_source, std::int64_t bytes, ThreadPool& pool) = 0;
  virtual void copy_to_host(void* host_target, const void* source, std::int64_t bytes, ThreadPool& pool) = 0;
  virtual void copy_on_device(void* target, const void* source, std::int64_t bytes, ThreadPool& pool) = 0;
  virtual void fill_zero(void* target, std::int64_t bytes) = 0;
  virtual void synchronize() = 0;
  // `other` is of the same kind and device.
  virtual void wait_for(DeviceBackend& other) = 0;
};

std::shared_ptr<DeviceBackend> make_cpu_backend();
// urgent: its stream's work goes before that of others where both wait for the device.
std::shared_ptr<DeviceBackend> make_cuda_backend(int index, bool urgent = false);

}  // namespace kindred
