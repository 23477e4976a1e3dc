// SPDX-License-Identifier: Apache-2.0
// Tensor: owns memory of its context's device, row-major and compact. Move-only; copies are spelled (clone, copy_from
// on one device, from_host and to_host between device and host). Operations take views: x.view(). Nothing moves between
// host and device behind one's back: on a CUDA device the host may not read x.view()(i, j).
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"

#include <array>
#include <string_view>
#include <vector>

namespace kindred {

template <typename T, int N>
class Tensor {
 public:
  Tensor() = default;
  // Uninitialised. `purpose` names it in the memory report.
  Tensor(const Context& ctx, std::array<std::int64_t, N> sizes, std::string_view purpose) : sizes_(sizes) {
    std::int64_t bytes = sizeof(T);
    for (const std::int64_t size : sizes) bytes = checked_mul(bytes, size);
    buffer_ = ctx.allocate(bytes, purpose);
  }
  static Tensor zeros(const Context& ctx, std::array<std::int64_t, N> sizes, std::string_view purpose) {
    Tensor tensor(ctx, sizes, purpose);
    ctx.fill_zero(tensor.data(), tensor.bytes());
    return tensor;
  }
  static Tensor from_host(const Context& ctx, View<const T, N> source, std::string_view purpose) {
    Tensor tensor(ctx, source.sizes(), purpose);
    ctx.copy_from_host(tensor.data(), source.data(), tensor.bytes());
    return tensor;
  }

  T* data() { return reinterpret_cast<T*>(buffer_.data()); }
  const T* data() const { return reinterpret_cast<const T*>(buffer_.data()); }
  std::int64_t size(int axis) const { return sizes_[axis]; }
  View<T, N> view() { return {data(), sizes_}; }
  View<const T, N> view() const { return {data(), sizes_}; }
  std::int64_t bytes() const { return buffer_.bytes(); }

  Tensor clone(const Context& ctx, std::string_view purpose) const {
    Tensor copy(ctx, sizes_, purpose);
    copy.copy_from(ctx, view());
    return copy;
  }
  // From the same device.
  void copy_from(const Context& ctx, View<const T, N> source) {
    KINDRED_CHECK(source.sizes() == sizes_, "[copy_from] source and target differ in shape");
    ctx.copy_on_device(data(), source.data(), bytes());
  }
  // Waits for the device.
  std::vector<T> to_host(const Context& ctx) const {
    std::vector<T> host(static_cast<std::size_t>(view().count()));
    ctx.copy_to_host(host.data(), data(), bytes());
    return host;
  }

 private:
  std::array<std::int64_t, N> sizes_{};
  Buffer buffer_;
};

}  // namespace kindred
