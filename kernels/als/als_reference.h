// SPDX-License-Identifier: Apache-2.0
// als.h in double, dense and by naive loops: what the tests compare with. Factors are row-major vectors.
#pragma once

#include "kernels/als/als.h"

#include <vector>

namespace kindred::reference {

struct AlsProblem {
  CsrView interactions;
  std::int64_t k = 0;
  double unobserved_weight = 0.1;
  double regularization = 0.003;
  double regularization_exponent = 1.0;
  AlsForm form = AlsForm::weighted;
};

// The exact solution of every row; y [I, K], result [U, K].
std::vector<double> als_half_step(const AlsProblem& problem, const std::vector<double>& y);
// The objective pair by pair: U I K work.
double als_objective(const AlsProblem& problem, const std::vector<double>& x, const std::vector<double>& y);

}  // namespace kindred::reference
