// SPDX-License-Identifier: Apache-2.0
// Early stopping on a validation metric: keeps a copy of the parameters of the best evaluation, and says when
// `patience` evaluations in a row have not been better.
#pragma once

#include "trainer/config/config.h"
#include "trainer/models/model.h"
#include "trainer/train/training_state.h"

#include <cstdint>
#include <utility>

namespace kindred {

class EarlyStopping {
 public:
  explicit EarlyStopping(const EarlyStoppingConfig& config) : config_(config) {}
  bool enabled() const { return !config_.metric.empty(); }
  const std::string& metric() const { return config_.metric; }

  // Takes the value after `epochs` epochs of the model that `ctx` built; true: stop. Error(data) when it is NaN: nobody
  // was evaluated.
  bool observe(const Context& ctx, double value, std::int64_t epochs, Model& model);
  // Puts the parameters of the best evaluation back. Nothing happens when there was none.
  void restore_best(const Context& ctx, Model& model) const;

  std::int64_t best_epochs() const { return state_.best_epochs; }
  double best_value() const { return state_.best_value.value_or(0.0); }

  // What a checkpoint keeps.
  const EarlyStoppingState& state() const { return state_; }
  void restore_state(EarlyStoppingState state) { state_ = std::move(state); }

 private:
  EarlyStoppingConfig config_;
  EarlyStoppingState state_;
};

}  // namespace kindred
