// SPDX-License-Identifier: Apache-2.0
// Tensor: owns device memory, row-major and compact. Move-only; copies are spelled (clone, copy_from).
// Operations take views: x.view(). Nothing moves between host and device behind one's back.
#pragma once

#include "kernels/core/context.h"
#include "kernels/core/view.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

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
    if (tensor.buffer_.bytes() > 0) std::memset(tensor.data(), 0, static_cast<std::size_t>(tensor.buffer_.bytes()));
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
    copy.copy_from(view());
    return copy;
  }
  void copy_from(View<const T, N> source) {
    KINDRED_CHECK(source.sizes() == sizes_, "[copy_from] source and target differ in shape");
    std::copy_n(source.data(), source.count(), data());
  }

 private:
  std::array<std::int64_t, N> sizes_{};
  Buffer buffer_;
};

}  // namespace kindred
