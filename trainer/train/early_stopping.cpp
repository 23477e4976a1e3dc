// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/early_stopping.h"

#include "kernels/core/check.h"

#include <cmath>

namespace kindred {

bool EarlyStopping::observe(const Context& ctx, double value, std::int64_t epochs, Model& model) {
  if (std::isnan(value)) {
    fail(ErrorKind::data,
         "early_stopping.metric: {} has no value: the validation part has nobody to evaluate; expected another split, "
         "or no early stopping",
         config_.metric);
  }
  if (value > best_value_) {
    best_value_ = value;
    best_epochs_ = epochs;
    without_improvement_ = 0;
    const auto parameters = model.parameters();
    best_parameters_.resize(parameters.size());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      best_parameters_[i].resize(static_cast<std::size_t>(parameters[i].bytes()));
      ctx.copy_to_host(best_parameters_[i].data(), parameters[i].data, parameters[i].bytes());
    }
    return false;
  }
  return ++without_improvement_ >= config_.patience;
}

void EarlyStopping::restore_best(const Context& ctx, Model& model) const {
  const auto parameters = model.parameters();
  for (std::size_t i = 0; i < best_parameters_.size(); ++i) {
    ctx.copy_from_host(parameters[i].data, best_parameters_[i].data(), parameters[i].bytes());
  }
}

}  // namespace kindred
