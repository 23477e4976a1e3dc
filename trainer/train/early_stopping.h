// SPDX-License-Identifier: Apache-2.0
// Early stopping on a validation metric: keeps a copy of the parameters of the best evaluation, and says when
// `patience` evaluations in a row have not been better.
#pragma once

#include "trainer/config/config.h"
#include "trainer/models/model.h"

#include <cstdint>
#include <limits>
#include <vector>

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

  std::int64_t best_epochs() const { return best_epochs_; }
  double best_value() const { return best_value_; }

 private:
  EarlyStoppingConfig config_;
  double best_value_ = -std::numeric_limits<double>::infinity();
  std::int64_t best_epochs_ = 0;
  std::int64_t without_improvement_ = 0;
  std::vector<std::vector<char>> best_parameters_;
};

}  // namespace kindred
