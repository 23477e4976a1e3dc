// SPDX-License-Identifier: Apache-2.0
// Where an operation runs: device, threads (CPU) or stream (CUDA), memory with an account of what it is for, seed.
// The first argument of every operation. There is no default stream and no global state.
// Order: what a context is asked to do happens in the order asked, on a CUDA device after the call has returned.
// Operations do not wait for the device, except where they return a value to the host; copy_to_host waits.
#pragma once

#include "kernels/core/dtype.h"
#include "kernels/core/parallel.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

enum class DeviceType { cpu, cuda };

struct Device {
  DeviceType type = DeviceType::cpu;
  int index = 0;
  std::string name() const;  // "cpu", "cuda:0"
  bool operator==(const Device&) const = default;
};

class DeviceBackend;  // device_backend.h

// Move-only memory of a device, counted under its purpose while it lives. CPU: aligned to 64 bytes (2 MiB where large);
// CUDA: to 256 bytes, and given back in stream order: it may die while kernels that use it are still queued.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();
  std::byte* data() const { return data_; }
  std::int64_t bytes() const { return bytes_; }

 private:
  friend class Context;
  struct Account;
  void release() noexcept;
  std::byte* data_ = nullptr;
  std::int64_t bytes_ = 0;
  std::shared_ptr<Account> account_;
};

struct MemoryUse {
  std::string purpose;  // "als.user_factors"
  std::int64_t bytes = 0;
  std::int64_t peak_bytes = 0;
};

class Context {
 public:
  // threads = 0: all that this process may use.
  static Context cpu(int threads = 0, std::uint64_t seed = 0);
  // A stream of its own on CUDA device `index`; `threads` for what is done on the host. Throws Error(device) in a build
  // without CUDA, without such a device, and below compute capability 8.0.
  static Context cuda(int index, std::uint64_t seed = 0, int threads = 0);
  Context(Context&&) noexcept;
  Context& operator=(Context&&) noexcept;
  ~Context();

  Device device() const;
  std::uint64_t seed() const;
  ThreadPool& pool() const;  // threads of the host, on every device
  int threads() const { return pool().threads(); }

  // For what of its work is done on the host: this context on the CPU, else a CPU context with the same threads and
  // seed and its own memory report.
  Context on_host() const;

  // Another order of work on the same device (CUDA: another stream, which goes first where both wait for the device),
  // with the same threads and seed and its own memory report: for copies and small work while this context computes.
  // One for each purpose ("als.basis"), kept as long as this context. On the CPU, where calls return when all is done,
  // this context.
  Context beside(std::string_view purpose) const;
  // What is asked of this context from now on begins when what was asked of `other`, on the same device, is done.
  void wait_for(const Context& other) const;

  // Uninitialised memory. `purpose` appears in the memory report. Throws Error(device) with the amount when
  // there is not enough.
  Buffer allocate(std::int64_t bytes, std::string_view purpose) const;
  std::vector<MemoryUse> memory_report() const;
  // Holds a buffer as long as the context lives (a library's workspace).
  void keep(Buffer buffer) const;
  // What allocate() may still give, in bytes.
  std::int64_t available_bytes() const;

  // Copies between this device and the host, in order with the operations of the context; `bytes` may be 0.
  // The source of copy_from_host may change as soon as the call returns. copy_to_host returns when the data is there.
  void copy_from_host(void* target, const void* host_source, std::int64_t bytes) const;
  void copy_to_host(void* host_target, const void* source, std::int64_t bytes) const;
  void copy_on_device(void* target, const void* source, std::int64_t bytes) const;  // no overlap
  void fill_zero(void* target, std::int64_t bytes) const;

  // Returns when everything asked for has been done; throws Error(device) when some of it failed.
  void synchronize() const;

  DeviceBackend& backend() const;  // for kernels/core

 private:
  struct Impl;
  explicit Context(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

// Memory that this process may still take (cgroup limit, MemAvailable), in bytes.
std::int64_t available_memory_bytes();

}  // namespace kindred
