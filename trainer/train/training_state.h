// SPDX-License-Identifier: Apache-2.0
// All that a training is, beside the model's parameters and what configuration and data say: what a checkpoint keeps,
// so that a resumed training computes the same bits. There is no state of random numbers: they are functions of seed
// and position.
#pragma once

#include "trainer/models/warm_start.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kindred {

struct EarlyStoppingState {
  std::optional<double> best_value;  // none yet
  std::int64_t best_epochs = 0;
  std::int64_t without_improvement = 0;
  std::vector<std::vector<char>> best_parameters;  // in the order of Model::parameters(); empty: none yet
};

struct TrainingState {
  std::int64_t epochs = 0;  // behind us; of a trained model those of its parameters
  bool trained = false;     // nothing is left to train: the parameters are the model's
  bool stopped_early = false;
  std::optional<double> first_objective;
  std::optional<double> objective;
  std::int64_t resumes = 0;  // how often the training went on from a checkpoint
  double train_s = 0.0;
  double validation_s = 0.0;
  std::optional<Alignment> alignment;  // of a warm start, once trained
  std::optional<double> validation;    // the watched metric after exactly these epochs, where it was measured
  EarlyStoppingState early_stopping;
  std::string metrics_log;  // metrics.jsonl up to here
};

}  // namespace kindred
