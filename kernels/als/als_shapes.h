// SPDX-License-Identifier: Apache-2.0
// Interaction matrices to measure on, made up with a given law of row lengths on both sides.
//   A side's lengths, in order of their normal quantile z:
//     n(z) = least + exp(h(z)),   h(z) = ln(median - least) + a z - b max(z, 0)^1.5
//   with a and b such that the mean (nnz / rows) and the largest are as given. Users have their lengths exactly and nnz
//   is exact; items have theirs in expectation, and at least 1.
//   P(user u has item i) = 1 - exp(-s_u w_i), with s and w such that both sides' expected lengths are as given: heavy
//   users reach into the tail, as they do in real logs. No pair occurs twice; neither ids nor rows are in order of
//   size.
// Deterministic: a pure function of the shape, for any number of threads. Cost: about 20 ns an entry and thread.
#pragma once

#include "kernels/core/parallel.h"
#include "kernels/core/view.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

// Owns a matrix of ones by rows; ids ascend strictly within a row.
struct AlsMatrix {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<std::int64_t> offsets;  // [rows + 1]
  std::vector<std::int32_t> ids;      // [nnz]

  CsrView view() const;
};

struct AlsInteractions {
  AlsMatrix by_user;
  AlsMatrix by_item;
};

struct LengthLaw {
  std::int64_t rows = 0;
  std::int64_t least = 0;
  std::int64_t median = 0;
  std::int64_t largest = 0;
};

struct AlsShape {
  LengthLaw users;
  LengthLaw items;
  std::int64_t nnz = 0;
};

// ml20m: MovieLens 20M's sizes and lengths. synthetic200m: 1M x 200k x 200M. Another name is an Error(usage).
AlsShape als_shape(std::string_view name);
// The same law for `share` (0 < share <= 1) of the users: item lengths and nnz shrink with them. Below a twentieth some
// items stay without entries.
AlsShape als_shape_share(const AlsShape& shape, double share);

AlsInteractions make_als_interactions(const AlsShape& shape, ThreadPool& pool);
AlsMatrix transposed(const AlsMatrix& matrix, ThreadPool& pool);

}  // namespace kindred
