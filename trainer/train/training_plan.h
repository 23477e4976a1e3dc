// SPDX-License-Identifier: Apache-2.0
// `kindred train --plan`: what a run would take of its device's memory, without training. The data is prepared (or
// taken from the cache), because its sizes decide.
#pragma once

#include "trainer/config/load.h"
#include "trainer/data/progress.h"
#include "trainer/models/memory_plan.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

namespace kindred {

struct TrainingPlan {
  std::string device;  // as the run would print it
  std::string model;
  std::int64_t users = 0;
  std::int64_t items = 0;
  std::int64_t interactions = 0;
  MemoryPlan memory;
};

// Errors as train() has before any training, but that memory which does not suffice is in the plan.
TrainingPlan plan_training(const LoadedConfig& loaded, Progress& progress);

std::string to_table(const TrainingPlan& plan);
nlohmann::ordered_json to_json(const TrainingPlan& plan);
// Error(device), with the numbers, when the plan does not fit.
void require_memory(const TrainingPlan& plan);

}  // namespace kindred
