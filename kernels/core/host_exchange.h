// SPDX-License-Identifier: Apache-2.0
// Arrays of the host that work on a device reads or writes. On the CPU they are the host's own arrays, without a copy;
// on a device with its own memory they are copied, in order with the operations of the context.
//     DeviceInput in(ctx, host_view, "als.users");      operation(ctx, in.view());
//     DeviceOutput out(ctx, host_view, "als.top");      operation(ctx, out.view());      out.fetch(ctx);   waits
//     const HostCopy here(ctx, device_view);            here.view()(i, j)                                  waits
//     const DeviceOverwrite array(ctx, device, bytes);  read_file(array.data());    array.store(ctx);
// (Sparse matrices: device_csr.h.)
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/tensor.h"
#include "kernels/core/view.h"

#include <string_view>
#include <utility>
#include <vector>

namespace kindred {

// The host's array must outlive it.
template <typename T, int N>
class DeviceInput {
 public:
  DeviceInput(const Context& ctx, View<const T, N> host, std::string_view purpose) : view_(host) {
    if (ctx.device().type == DeviceType::cpu) return;
    copy_ = Tensor<T, N>::from_host(ctx, host, purpose);
    view_ = std::as_const(copy_).view();
  }
  View<const T, N> view() const { return view_; }

 private:
  View<const T, N> view_;
  Tensor<T, N> copy_;
};

// Nothing reaches the host's array before fetch(), on a device with its own memory.
template <typename T, int N>
class DeviceOutput {
 public:
  DeviceOutput(const Context& ctx, View<T, N> host, std::string_view purpose) : host_(host), view_(host) {
    if (ctx.device().type == DeviceType::cpu) return;
    copy_ = Tensor<T, N>(ctx, host.sizes(), purpose);
    view_ = copy_.view();
  }
  View<T, N> view() const { return view_; }
  void fetch(const Context& ctx) const {
    if (view_.data() != host_.data()) ctx.copy_to_host(host_.data(), view_.data(), copy_.bytes());
  }

 private:
  View<T, N> host_;
  View<T, N> view_;
  Tensor<T, N> copy_;
};

template <typename T, int N>
class HostCopy {
 public:
  HostCopy(const Context& ctx, View<const T, N> device) : view_(device) {
    if (ctx.device().type == DeviceType::cpu) return;
    copy_.resize(static_cast<std::size_t>(device.count()));
    ctx.copy_to_host(copy_.data(), device.data(), device.count() * static_cast<std::int64_t>(sizeof(T)));
    view_ = {copy_.data(), device.sizes()};
  }
  HostCopy(const HostCopy&) = delete;
  HostCopy& operator=(const HostCopy&) = delete;
  View<const T, N> view() const { return view_; }

 private:
  View<const T, N> view_;
  std::vector<T> copy_;
};

// An array of the device that the host fills: data() is the array itself on the CPU, else memory of the host that
// store() copies to the array.
class DeviceOverwrite {
 public:
  DeviceOverwrite(const Context& ctx, void* device, std::int64_t bytes) : device_(device), data_(device) {
    if (ctx.device().type == DeviceType::cpu) return;
    copy_.resize(static_cast<std::size_t>(bytes));
    data_ = copy_.data();
  }
  DeviceOverwrite(const DeviceOverwrite&) = delete;
  DeviceOverwrite& operator=(const DeviceOverwrite&) = delete;
  void* data() const { return data_; }
  void store(const Context& ctx) const {
    if (data_ != device_) ctx.copy_from_host(device_, copy_.data(), static_cast<std::int64_t>(copy_.size()));
  }

 private:
  void* device_;
  void* data_;
  std::vector<char> copy_;
};

}  // namespace kindred
