// SPDX-License-Identifier: Apache-2.0
// One training run, from a configuration to a run folder: prepare, train epoch by epoch, validate, stop early, keep the
// best, save the checkpoint, evaluate on the test part beside the baselines, write result.json. No device code: models
// and operations pick the back end by the context.
#pragma once

#include "trainer/config/load.h"
#include "trainer/data/progress.h"
#include "trainer/train/run_folder.h"

namespace kindred {

// Trains and returns the run's folder; its result.json holds what came out.
// Errors: usage, data and device errors before any training; Error(divergence) naming the epoch when the objective is
// not finite or explodes.
RunFolder train(const LoadedConfig& config, Progress& progress);

}  // namespace kindred
