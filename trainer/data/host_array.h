// SPDX-License-Identifier: Apache-2.0
// HostArray: owns an array in host memory, uninitialised, move-only, 64-bit size. reset() gives the memory back at
// once: the pipeline of prepare frees each array as soon as it is used.
#pragma once

#include "kernels/core/view.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace kindred {

template <typename T>
class HostArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  HostArray() = default;
  explicit HostArray(std::int64_t size)
      : data_(std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(size))), size_(size) {}
  HostArray(std::int64_t size, T value) : HostArray(size) { std::fill_n(data_.get(), size, value); }
  explicit HostArray(const std::vector<T>& values) : HostArray(static_cast<std::int64_t>(values.size())) {
    std::copy(values.begin(), values.end(), data_.get());
  }
  HostArray(HostArray&& other) noexcept : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  HostArray& operator=(HostArray&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::int64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool allocated() const { return data_ != nullptr; }  // also true of an array of size 0 that was made
  T& operator[](std::int64_t i) { return data_[static_cast<std::size_t>(i)]; }
  const T& operator[](std::int64_t i) const { return data_[static_cast<std::size_t>(i)]; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  View<const T, 1> view() const { return {data(), {size_}}; }
  void reset() { *this = HostArray(); }

 private:
  std::unique_ptr<T[]> data_;
  std::int64_t size_ = 0;
};

}  // namespace kindred
