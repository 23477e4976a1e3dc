// SPDX-License-Identifier: Apache-2.0
// One training run, from a configuration to a run folder: prepare, train epoch by epoch, validate, stop early, keep the
// best, save the checkpoint, evaluate on the test part beside the baselines, write result.json. No device code: models
// and operations pick the back end by the context.
#pragma once

#include "trainer/config/load.h"
#include "trainer/data/progress.h"
#include "trainer/train/run_folder.h"

#include <nlohmann/json.hpp>

namespace kindred {

struct TrainedRunSummary {
  RunFolder folder;
  nlohmann::ordered_json result;  // what result.json holds
};

// Errors: usage, data and device errors before any training; Error(divergence) naming the epoch when the objective is not
// finite or explodes.
TrainedRunSummary train(const LoadedConfig& config, Progress& progress);

// The table of metrics of a result, for people: a row a model (the trained one, then the baselines).
std::string metrics_table(const nlohmann::ordered_json& result);

}  // namespace kindred
