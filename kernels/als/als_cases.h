// SPDX-License-Identifier: Apache-2.0
// What the tests of ALS share: matrices with given row lengths, and the distance of rows to those of the reference.
#pragma once

#include "kernels/core/random.h"
#include "kernels/core/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

namespace kindred::als_cases {

enum class Weights { none, varied, negative, small };

// A matrix with given row lengths and random columns; the head of the columns is popular.
struct Matrix {
  std::int64_t columns = 0;
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> ids;
  std::vector<float> values;

  Matrix(std::int64_t num_columns, const std::vector<std::int64_t>& lengths, Weights weights) : columns(num_columns) {
    const Random random(3, "als_test.matrix");
    std::uint64_t draw = 0;
    for (const std::int64_t length : lengths) {
      std::set<std::int32_t> row;
      while (static_cast<std::int64_t>(row.size()) < length) {
        const double u = random.uniform(draw++);
        row.insert(static_cast<std::int32_t>(u * u * static_cast<double>(columns)));
      }
      ids.insert(ids.end(), row.begin(), row.end());
      offsets.push_back(static_cast<std::int64_t>(ids.size()));
    }
    if (weights == Weights::none) return;
    for (std::size_t entry = 0; entry < ids.size(); ++entry) {
      const float u = static_cast<float>(random.uniform(entry, 1));
      float value = 0.25F + 4.0F * u;
      if (weights == Weights::small) value = 1.6F * u;  // for a0 = 0.8: some confidences below it
      if (weights == Weights::negative && entry % 3 == 0) value = -value;
      if (entry % 11 == 5 && weights != Weights::small) value = 0.0F;
      values.push_back(value);
    }
  }

  CsrView view() const {
    CsrView csr{.rows = static_cast<std::int64_t>(offsets.size()) - 1,
                .columns = columns,
                .offsets = {},
                .ids = {},
                .values = {}};
    csr.offsets = {offsets.data(), {static_cast<std::int64_t>(offsets.size())}};
    csr.ids = {ids.data(), {static_cast<std::int64_t>(ids.size())}};
    if (!values.empty()) csr.values = {values.data(), {static_cast<std::int64_t>(values.size())}};
    return csr;
  }
};

inline std::vector<double> widen(View<const float, 2> x) { return {x.data(), x.data() + x.count()}; }
inline std::vector<double> widen(const Tensor<float, 2>& x) { return widen(x.view()); }

// Largest distance of a row to the reference row, relative to that row's norm (rows that are nearly 0: to 1/100 of
// the longest).
inline double worst_row(View<const float, 2> x, const std::vector<double>& expected) {
  const std::int64_t k = x.size(1);
  std::vector<double> difference(static_cast<std::size_t>(x.size(0)), 0.0);
  std::vector<double> norm(difference);
  for (std::int64_t row = 0; row < x.size(0); ++row) {
    for (std::int64_t f = 0; f < k; ++f) {
      const double e = expected[static_cast<std::size_t>(row * k + f)];
      difference[static_cast<std::size_t>(row)] += (x(row, f) - e) * (x(row, f) - e);
      norm[static_cast<std::size_t>(row)] += e * e;
    }
  }
  const double longest = *std::max_element(norm.begin(), norm.end());
  double worst = 0.0;
  for (std::size_t row = 0; row < norm.size(); ++row) {
    worst = std::max(worst, std::sqrt(difference[row] / std::max(norm[row], 1e-4 * longest)));
  }
  return worst;
}

inline const std::vector<std::int64_t> kLengths = {0,  1,  2,  3,  5,  7,  8,   15,  16,  17, 31,
                                                   33, 47, 64, 65, 90, 97, 128, 150, 200, 290};

}  // namespace kindred::als_cases
