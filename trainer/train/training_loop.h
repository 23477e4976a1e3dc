// SPDX-License-Identifier: Apache-2.0
// The epochs of a training: train, objective, validation, early stopping, checkpoints; from the beginning or from a
// state that a checkpoint brought back, with the same bits. At the end the trained model is saved as checkpoints/final.
#pragma once

#include "trainer/config/config.h"
#include "trainer/data/dataset.h"
#include "trainer/data/progress.h"
#include "trainer/models/model.h"
#include "trainer/train/checkpoint.h"
#include "trainer/train/early_stopping.h"
#include "trainer/train/metrics_log.h"
#include "trainer/train/stop_request.h"
#include "trainer/train/stopwatch.h"
#include "trainer/train/training_state.h"

#include <filesystem>

namespace kindred {

// What a training works with; all of it outlives the loop.
struct TrainingRoom {
  const Context& ctx;
  const Config& config;
  const Dataset& data;
  Model& model;
  std::filesystem::path checkpoints;
  CheckpointIdentity identity;
  MetricsLog& log;
  Progress& progress;
  StopRequest* stop = nullptr;            // nobody stops the run
  const WarmStart* warm_start = nullptr;  // with whose vectors those of the trained model are aligned
};

class TrainingLoop {
 public:
  TrainingLoop(const TrainingRoom& room, TrainingState state);

  // Trains to the end and returns the state of the trained model. Error(preempted) when a stop was asked for: the state
  // is saved. Error(divergence) naming epoch and key; what was saved before stays.
  TrainingState run();

 private:
  void train_epoch();
  void validate();
  void finish();
  bool save_is_due() const;
  // Once more under another name when the disk refuses.
  void save();
  void stop_if_asked();

  TrainingRoom room_;
  TrainingState state_;
  EarlyStopping stopping_;
  Stopwatch since_save_;
  std::int64_t saved_epochs_;
};

}  // namespace kindred
