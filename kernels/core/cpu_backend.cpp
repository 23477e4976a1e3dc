// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/device_backend.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>

namespace kindred {

namespace {

constexpr std::int64_t kHugePage = std::int64_t{2} << 20;

constexpr std::int64_t kCopyBytes = std::int64_t{4} << 20;  // of one thread's share of a copy

std::int64_t physical_memory_bytes() {
  return static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGE_SIZE);
}

class CpuBackend final : public DeviceBackend {
 public:
  Device device() const override { return {}; }

  void* allocate(std::int64_t bytes) override {
    if (bytes > physical_memory_bytes()) return nullptr;
    const std::int64_t alignment = bytes >= 2 * kHugePage ? kHugePage : 64;
    void* memory = std::aligned_alloc(static_cast<std::size_t>(alignment),
                                      static_cast<std::size_t>((bytes + alignment - 1) / alignment * alignment));
    if (memory != nullptr && alignment == kHugePage) {
      madvise(memory, static_cast<std::size_t>(bytes), MADV_HUGEPAGE);
    }
    return memory;
  }
  void release(void* memory) noexcept override { std::free(memory); }
  std::string free_memory() const override {
    return fmt::format("{:.1f} MiB are available", static_cast<double>(available_memory_bytes()) / 0x1p20);
  }
  std::int64_t available_bytes() const override { return available_memory_bytes(); }

  void copy_from_host(void* target, const void* host_source, std::int64_t bytes, ThreadPool& pool) override {
    copy_on_device(target, host_source, bytes, pool);
  }
  void copy_to_host(void* host_target, const void* source, std::int64_t bytes, ThreadPool& pool) override {
    copy_on_device(host_target, source, bytes, pool);
  }
  void copy_on_device(void* target, const void* source, std::int64_t bytes, ThreadPool& pool) override {
    parallel_for(pool, bytes, kCopyBytes, [&](std::int64_t begin, std::int64_t end, int) {
      std::memcpy(static_cast<char*>(target) + begin, static_cast<const char*>(source) + begin,
                  static_cast<std::size_t>(end - begin));
    });
  }
  void fill_zero(void* target, std::int64_t bytes) override { std::memset(target, 0, static_cast<std::size_t>(bytes)); }
  void synchronize() override {}  // all is done when a call returns
};

}  // namespace

std::shared_ptr<DeviceBackend> make_cpu_backend() { return std::make_shared<CpuBackend>(); }

std::int64_t available_memory_bytes() {
  std::int64_t available = std::numeric_limits<std::int64_t>::max();
  std::ifstream meminfo("/proc/meminfo");
  std::string word;
  while (meminfo >> word) {
    std::int64_t kib = 0;
    if (word == "MemAvailable:" && meminfo >> kib) available = kib * 1024;
  }
  std::ifstream limit_file("/sys/fs/cgroup/memory.max");
  std::ifstream used_file("/sys/fs/cgroup/memory.current");
  std::int64_t limit = 0;
  std::int64_t used = 0;
  if (limit_file >> limit && used_file >> used) available = std::min(available, limit - used);
  return available;
}

}  // namespace kindred
