// SPDX-License-Identifier: Apache-2.0
// What a run's metrics.jsonl says by epoch. An epoch that was trained again after a resumption counts as it was last.
#pragma once

#include "trainer/report/chart.h"
#include "trainer/report/run_record.h"

#include <cstdint>
#include <map>
#include <string>

namespace kindred {

using Curve = std::map<std::int64_t, double>;

struct TrainingCurves {
  Curve objective;
  Curve seconds;                            // of each epoch
  std::map<std::string, Curve> validation;  // by metric
};

TrainingCurves training_curves(const RunRecord& run);

Series series_of(const std::string& name, const Curve& curve);

}  // namespace kindred
