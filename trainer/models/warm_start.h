// SPDX-License-Identifier: Apache-2.0
// What another run's model gives to begin with: its vectors, on the host, and where its rows are here.
#pragma once

#include "kernels/core/view.h"

#include <cstdint>
#include <vector>

namespace kindred {

struct WarmVectors {
  View<const float, 2> vectors;    // [n, K]
  std::vector<std::int32_t> rows;  // [n] the row of the same id here; -1: it is gone
};

struct WarmStart {
  WarmVectors users;
  WarmVectors items;
};

// How far the vectors of items that both models know are apart: |X - Y|_F / |Y|_F, Y the other run's; of many items a
// sample.
struct Alignment {
  double error_before = 0.0;
  double error = 0.0;  // after the rotation
};

}  // namespace kindred
