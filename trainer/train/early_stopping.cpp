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
  if (!state_.best_value || value > *state_.best_value) {
    state_.best_value = value;
    state_.best_epochs = epochs;
    state_.without_improvement = 0;
    const auto parameters = model.parameters();
    state_.best_parameters.resize(parameters.size());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      state_.best_parameters[i].resize(static_cast<std::size_t>(parameters[i].bytes()));
      ctx.copy_to_host(state_.best_parameters[i].data(), parameters[i].data, parameters[i].bytes());
    }
    return false;
  }
  return ++state_.without_improvement >= config_.patience;
}

void EarlyStopping::restore_best(const Context& ctx, Model& model) const {
  const auto parameters = model.parameters();
  for (std::size_t i = 0; i < state_.best_parameters.size(); ++i) {
    ctx.copy_from_host(parameters[i].data, state_.best_parameters[i].data(), parameters[i].bytes());
  }
}

}  // namespace kindred
