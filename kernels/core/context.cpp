// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/context.h"

#include "kernels/core/device_backend.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace kindred {

std::string Device::name() const { return type == DeviceType::cpu ? "cpu" : "cuda:" + std::to_string(index); }

// One counter a purpose, shared by its buffers; outlives the context if a buffer does.
struct Buffer::Account {
  std::shared_ptr<DeviceBackend> backend;
  std::mutex mutex;
  std::int64_t bytes = 0;
  std::int64_t peak_bytes = 0;
};

struct Context::Impl {
  std::uint64_t seed = 0;
  std::shared_ptr<DeviceBackend> backend;
  std::shared_ptr<ThreadPool> pool;
  std::shared_ptr<Impl> host;  // none on the CPU
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Buffer::Account>, std::less<>> accounts;
  std::vector<Buffer> kept;
  std::map<std::string, std::shared_ptr<Impl>, std::less<>> beside;  // by purpose
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
  account_->backend->release(data_);
  data_ = nullptr;
  const std::lock_guard lock(account_->mutex);
  account_->bytes -= bytes_;
}

Context::Context(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

Context Context::cpu(int threads, std::uint64_t seed) {
  auto impl = std::make_shared<Impl>();
  impl->seed = seed;
  impl->backend = make_cpu_backend();
  impl->pool = std::make_shared<ThreadPool>(threads > 0 ? threads : available_threads());
  return Context(std::move(impl));
}

Context Context::cuda(int index, std::uint64_t seed, int threads) {
  auto impl = std::make_shared<Impl>();
  impl->seed = seed;
  impl->backend = make_cuda_backend(index);
  impl->host = cpu(threads, seed).impl_;
  impl->pool = impl->host->pool;
  return Context(std::move(impl));
}

Context Context::beside(std::string_view purpose) const {
  if (!impl_->host) return Context(impl_);
  const std::lock_guard lock(impl_->mutex);
  if (const auto made = impl_->beside.find(purpose); made != impl_->beside.end()) return Context(made->second);
  auto impl = std::make_shared<Impl>();
  impl->seed = impl_->seed;
  impl->backend = make_cuda_backend(device().index, true);
  impl->host = impl_->host;
  impl->pool = impl_->pool;
  impl_->beside.emplace(purpose, impl);
  return Context(std::move(impl));
}

void Context::wait_for(const Context& other) const {
  KINDRED_CHECK(device() == other.device(), "[wait_for] {} waits for {}", device().name(), other.device().name());
  if (impl_->backend != other.impl_->backend) impl_->backend->wait_for(*other.impl_->backend);
}

Context Context::on_host() const { return Context(impl_->host ? impl_->host : impl_); }

Device Context::device() const { return impl_->backend->device(); }
std::uint64_t Context::seed() const { return impl_->seed; }
ThreadPool& Context::pool() const { return *impl_->pool; }
DeviceBackend& Context::backend() const { return *impl_->backend; }

Buffer Context::allocate(std::int64_t bytes, std::string_view purpose) const {
  KINDRED_CHECK(bytes >= 0, "[allocate] {}: {} bytes asked for", purpose, bytes);
  Buffer buffer;
  if (bytes == 0) return buffer;
  void* memory = impl_->backend->allocate(bytes);
  if (memory == nullptr) {
    fail(ErrorKind::device, "out of memory on {}: {} needs {:.1f} MiB, {}", device().name(), purpose,
         static_cast<double>(bytes) / 0x1p20, impl_->backend->free_memory());
  }
  {
    const std::lock_guard lock(impl_->mutex);
    auto& account = impl_->accounts[std::string(purpose)];
    if (!account) {
      account = std::make_shared<Buffer::Account>();
      account->backend = impl_->backend;
    }
    buffer.account_ = account;
  }
  buffer.data_ = static_cast<std::byte*>(memory);
  buffer.bytes_ = bytes;
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

void Context::keep(Buffer buffer) const {
  const std::lock_guard lock(impl_->mutex);
  impl_->kept.push_back(std::move(buffer));
}

std::int64_t Context::available_bytes() const { return impl_->backend->available_bytes(); }

void Context::copy_from_host(void* target, const void* host_source, std::int64_t bytes) const {
  if (bytes > 0) impl_->backend->copy_from_host(target, host_source, bytes, pool());
}

void Context::copy_to_host(void* host_target, const void* source, std::int64_t bytes) const {
  if (bytes > 0) impl_->backend->copy_to_host(host_target, source, bytes, pool());
}

void Context::copy_on_device(void* target, const void* source, std::int64_t bytes) const {
  if (bytes > 0) impl_->backend->copy_on_device(target, source, bytes, pool());
}

void Context::fill_zero(void* target, std::int64_t bytes) const {
  if (bytes > 0) impl_->backend->fill_zero(target, bytes);
}

void Context::synchronize() const { impl_->backend->synchronize(); }

}  // namespace kindred
