// SPDX-License-Identifier: Apache-2.0
// Memory for what blocks and warps need while they live, kept for the next ones: each host thread has its own stock.
// Aligned to 64 bytes. Contents are zero when memory comes fresh, else what the last user left.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

namespace cudaemu {

class PooledBuffer {
 public:
  PooledBuffer() = default;
  explicit PooledBuffer(std::size_t bytes) {
    size_class_ = static_cast<std::size_t>(std::bit_width(bytes < 64 ? 63 : bytes - 1));
    std::vector<void*>& stock = stocks()[size_class_];
    if (!stock.empty()) {
      data_ = stock.back();
      stock.pop_back();
      return;
    }
    const std::size_t rounded = std::size_t{1} << size_class_;
    data_ = std::aligned_alloc(64, rounded);
    if (!data_) throw std::bad_alloc();
    std::memset(data_, 0, rounded);
  }
  ~PooledBuffer() {
    if (data_) stocks()[size_class_].push_back(data_);
  }
  PooledBuffer(PooledBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_class_(other.size_class_) {}
  PooledBuffer& operator=(PooledBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_class_, other.size_class_);
    return *this;
  }

  template <class T>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  struct Stocks : std::array<std::vector<void*>, 48> {
    ~Stocks() {
      for (std::vector<void*>& stock : *this)
        for (void* memory : stock) std::free(memory);
    }
  };
  static Stocks& stocks() {
    static thread_local Stocks instance;
    return instance;
  }

  void* data_ = nullptr;
  std::size_t size_class_ = 0;
};

}  // namespace cudaemu
