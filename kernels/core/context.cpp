// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/context.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

namespace kindred {

namespace {

constexpr std::int64_t kHugePage = std::int64_t{2} << 20;

std::int64_t physical_memory_bytes() {
  return static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGE_SIZE);
}

}  // namespace

std::string Device::name() const { return type == DeviceType::cpu ? "cpu" : "cuda:" + std::to_string(index); }

// One counter a purpose, shared by its buffers; outlives the context if a buffer does.
struct Buffer::Account {
  std::mutex mutex;
  std::int64_t bytes = 0;
  std::int64_t peak_bytes = 0;
};

struct Context::Impl {
  Device device;
  std::uint64_t seed = 0;
  std::unique_ptr<ThreadPool> pool;
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Buffer::Account>, std::less<>> accounts;
};

Buffer::Buffer(Buffer&& other) noexcept { *this = std::move(other); }

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    release();
    data_ = std::exchange(other.data_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
    account_ = std::move(other.account_);
  }
  return *this;
}

Buffer::~Buffer() { release(); }

void Buffer::release() noexcept {
  if (data_ == nullptr) return;
  std::free(data_);
  data_ = nullptr;
  const std::lock_guard lock(account_->mutex);
  account_->bytes -= bytes_;
}

Context::Context() : impl_(std::make_unique<Impl>()) {}
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

Context Context::cpu(int threads, std::uint64_t seed) {
  Context context;
  context.impl_->seed = seed;
  context.impl_->pool = std::make_unique<ThreadPool>(threads > 0 ? threads : available_threads());
  return context;
}

Device Context::device() const { return impl_->device; }
std::uint64_t Context::seed() const { return impl_->seed; }
ThreadPool& Context::pool() const { return *impl_->pool; }

Buffer Context::allocate(std::int64_t bytes, std::string_view purpose) const {
  KINDRED_CHECK(bytes >= 0, "[allocate] {}: {} bytes asked for", purpose, bytes);
  Buffer buffer;
  if (bytes == 0) return buffer;
  const std::int64_t alignment = bytes >= 2 * kHugePage ? kHugePage : 64;
  void* memory = nullptr;
  if (bytes <= physical_memory_bytes()) {
    memory = std::aligned_alloc(static_cast<std::size_t>(alignment),
                                static_cast<std::size_t>((bytes + alignment - 1) / alignment * alignment));
  }
  if (memory == nullptr) {
    fail(ErrorKind::device, "out of memory: {} needs {:.1f} MiB, {:.1f} MiB are available", purpose,
         static_cast<double>(bytes) / 0x1p20, static_cast<double>(available_memory_bytes()) / 0x1p20);
  }
  if (alignment == kHugePage) madvise(memory, static_cast<std::size_t>(bytes), MADV_HUGEPAGE);
  buffer.data_ = static_cast<std::byte*>(memory);
  buffer.bytes_ = bytes;
  {
    const std::lock_guard lock(impl_->mutex);
    auto& account = impl_->accounts[std::string(purpose)];
    if (!account) account = std::make_shared<Buffer::Account>();
    buffer.account_ = account;
  }
  const std::lock_guard lock(buffer.account_->mutex);
  buffer.account_->bytes += bytes;
  buffer.account_->peak_bytes = std::max(buffer.account_->peak_bytes, buffer.account_->bytes);
  return buffer;
}

std::vector<MemoryUse> Context::memory_report() const {
  std::vector<MemoryUse> report;
  const std::lock_guard lock(impl_->mutex);
  for (const auto& [purpose, account] : impl_->accounts) {
    const std::lock_guard account_lock(account->mutex);
    report.push_back({purpose, account->bytes, account->peak_bytes});
  }
  return report;
}

void Context::synchronize() const {}  // the CPU back end has finished when a call returns

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
