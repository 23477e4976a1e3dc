// SPDX-License-Identifier: Apache-2.0
// Where an operation runs: device, threads (CPU) or stream (CUDA), memory with an account of what it is for, seed.
// The first argument of every operation. There is no default stream and no global state; operations never
// synchronise: synchronize() is called by trainer/train and by tests.
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

// Move-only device memory, aligned to 64 bytes (2 MiB where large), counted under its purpose while it lives.
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
  Context(Context&&) noexcept;
  Context& operator=(Context&&) noexcept;
  ~Context();

  Device device() const;
  std::uint64_t seed() const;
  ThreadPool& pool() const;  // CPU back end only
  int threads() const { return pool().threads(); }

  // Uninitialised memory. `purpose` appears in the memory report. Throws Error(device) with the amount when
  // there is not enough.
  Buffer allocate(std::int64_t bytes, std::string_view purpose) const;
  std::vector<MemoryUse> memory_report() const;

  void synchronize() const;

 private:
  Context();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Memory that this process may still take (cgroup limit, MemAvailable), in bytes.
std::int64_t available_memory_bytes();

}  // namespace kindred
