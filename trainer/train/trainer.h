// SPDX-License-Identifier: Apache-2.0
// One training run, from a configuration to a run folder: prepare, train epoch by epoch or go on where a run was cut
// off, save checkpoints, evaluate on the test part beside the baselines, write result.json. No device code: models and
// operations pick the back end by the context.
#pragma once

#include "trainer/config/load.h"
#include "trainer/data/progress.h"
#include "trainer/train/run_choice.h"
#include "trainer/train/run_folder.h"
#include "trainer/train/stop_request.h"

namespace kindred {

struct TrainOptions {
  ResumeChoice resume;
  StopRequest* stop = nullptr;  // nobody stops the run
};

// Trains and returns the run's folder; its result.json holds what came out.
// Errors: usage, data and device errors before any training; divergence naming the epoch when the objective is not
// finite or explodes; device when the disk refuses; preempted when a stop was asked for and the state is saved. After a
// device error or a stop the same call goes on where the last checkpoint was; after the other errors result.json says
// that the run has ended and why.
RunFolder train(const LoadedConfig& config, Progress& progress, const TrainOptions& options = {});

}  // namespace kindred
