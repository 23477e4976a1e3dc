// SPDX-License-Identifier: Apache-2.0
// The formulas of als.h that every back end and solver shares: what an entry and a row's length mean.
#pragma once

#include "kernels/als/als.h"

#include <cmath>

namespace kindred {

// What one stored value adds to its row's system: q y y' to the matrix, r y to the right-hand side.
struct AlsEntry {
  float q = 0.0F;
  float r = 0.0F;
};

KINDRED_HD inline AlsEntry als_entry(float value, AlsForm form, float unobserved_weight) {
  const float confidence = value < 0.0F ? -value : value;
  return {form == AlsForm::weighted ? confidence : confidence - unobserved_weight, value < 0.0F ? 0.0F : confidence};
}

// l_u of a row with `length` entries out of `columns`.
KINDRED_HD inline double als_row_regularization(std::int64_t length, std::int64_t columns, double unobserved_weight,
                                                double regularization, double exponent) {
  const double frequency = static_cast<double>(length) + unobserved_weight * static_cast<double>(columns);
  return regularization * std::pow(frequency, exponent);
}

}  // namespace kindred
