// SPDX-License-Identifier: Apache-2.0
// Views: a pointer and sizes. Trivially copyable, they go to operations and kernels by value.
// Always row-major and compact: element (i, j) of a [R, C] view is data()[i * C + j].
// A view does not own, and does not know on which device its memory lies: the Context of the operation tells.
#pragma once

#include "kernels/core/dtype.h"

#include <array>
#include <cstdint>
#include <span>
#include <type_traits>

namespace kindred {

template <typename T, int N>
class View {
 public:
  View() = default;
  KINDRED_HD View(T* data, std::array<std::int64_t, N> sizes) : data_(data), sizes_(sizes) {}
  // View<float, N> converts to View<const float, N>.
  template <typename U>
  requires(std::is_same_v<const U, T> && !std::is_same_v<U, T>) KINDRED_HD View(const View<U, N>& other)
      : data_(other.data()), sizes_(other.sizes()) {}

  KINDRED_HD T* data() const { return data_; }
  KINDRED_HD const std::array<std::int64_t, N>& sizes() const { return sizes_; }
  KINDRED_HD std::int64_t size(int axis) const { return sizes_[axis]; }
  KINDRED_HD std::int64_t count() const {
    std::int64_t product = 1;
    for (int axis = 0; axis < N; ++axis) product *= sizes_[axis];
    return product;
  }
  KINDRED_HD bool empty() const { return count() == 0; }

  KINDRED_HD T& operator()(std::int64_t i) const requires(N == 1) { return data_[i]; }
  KINDRED_HD T& operator()(std::int64_t i, std::int64_t j) const requires(N == 2) { return data_[i * sizes_[1] + j]; }

  // Row i of a matrix as a pointer (size(1) elements).
  KINDRED_HD T* row(std::int64_t i) const requires(N == 2) { return data_ + i * sizes_[1]; }
  // Rows [begin, end) of a matrix, or elements [begin, end) of a vector.
  KINDRED_HD View slice(std::int64_t begin, std::int64_t end) const {
    std::array<std::int64_t, N> sizes = sizes_;
    std::int64_t stride = 1;
    for (int axis = 1; axis < N; ++axis) stride *= sizes_[axis];
    sizes[0] = end - begin;
    return {data_ + begin * stride, sizes};
  }
  std::span<T> span() const { return {data_, static_cast<std::size_t>(count())}; }

 private:
  T* data_ = nullptr;
  std::array<std::int64_t, N> sizes_{};
};

// A sparse matrix [rows, columns] by compressed rows. Column ids ascend within a row.
// `values` may be empty: then every stored entry counts as 1. The sizes are the host's; the arrays lie on the device of
// the context that the matrix goes to.
struct CsrView {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  View<const std::int64_t, 1> offsets;  // [rows + 1], offsets(0) == 0
  View<const std::int32_t, 1> ids;      // [nnz] column ids
  View<const float, 1> values;          // [nnz] or empty

  KINDRED_HD std::int64_t nnz() const { return ids.size(0); }
  KINDRED_HD std::int64_t begin(std::int64_t row) const { return offsets(row); }
  KINDRED_HD std::int64_t end(std::int64_t row) const { return offsets(row + 1); }
  KINDRED_HD std::int64_t length(std::int64_t row) const { return offsets(row + 1) - offsets(row); }
  KINDRED_HD bool has_values() const { return values.data() != nullptr; }
  KINDRED_HD float value(std::int64_t entry) const { return has_values() ? values(entry) : 1.0F; }
  std::span<const std::int32_t> row_ids(std::int64_t row) const {
    return {ids.data() + begin(row), static_cast<std::size_t>(length(row))};
  }
};

}  // namespace kindred
