// SPDX-License-Identifier: Apache-2.0
// An array of plain values that grows in place: a long one moves by remapping its pages, not by copying, so the
// peak while growing is the array itself (std::vector needs old and new at once). New elements are uninitialised.
// Move-only; clear() gives the memory back. Throws Error(device) when there is not enough memory.
#pragma once

#include "kernels/core/check.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <type_traits>
#include <utility>

namespace kindred {

template <typename T>
class GrowingArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  GrowingArray() = default;
  GrowingArray(GrowingArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  GrowingArray& operator=(GrowingArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~GrowingArray() { std::free(data_); }

  std::int64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](std::int64_t index) { return data_[index]; }
  const T& operator[](std::int64_t index) const { return data_[index]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  std::span<T> span() { return {data_, static_cast<std::size_t>(size_)}; }
  std::span<const T> span() const { return {data_, static_cast<std::size_t>(size_)}; }

  // Makes room for `count` more and returns where they start.
  T* extend(std::int64_t count) {
    if (size_ + count > capacity_) reserve(std::max(size_ + count, capacity_ + capacity_ / 2));
    T* const first = data_ + size_;
    size_ += count;
    return first;
  }
  void push_back(const T& value) {
    const T copy = value;
    *extend(1) = copy;
  }
  void reserve(std::int64_t capacity) {
    if (capacity <= capacity_) return;
    reallocate(capacity);
  }
  // New elements are uninitialised.
  void resize(std::int64_t size) {
    reserve(size);
    size_ = size;
  }
  void shrink_to_fit() {
    if (size_ == 0) {
      clear();
    } else if (size_ < capacity_) {
      reallocate(size_);
    }
  }
  void clear() {
    std::free(data_);
    data_ = nullptr;
    size_ = capacity_ = 0;
  }

 private:
  void reallocate(std::int64_t capacity) {
    const std::size_t bytes = static_cast<std::size_t>(capacity) * sizeof(T);
    void* const moved = std::realloc(static_cast<void*>(data_), bytes);
    if (moved == nullptr) fail(ErrorKind::device, "not enough memory: an array of {} bytes does not fit", bytes);
    data_ = static_cast<T*>(moved);
    capacity_ = capacity;
  }

  T* data_ = nullptr;
  std::int64_t size_ = 0;
  std::int64_t capacity_ = 0;
};

}  // namespace kindred
