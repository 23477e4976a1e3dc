// SPDX-License-Identifier: Apache-2.0
// A model's metrics on one part of a dataset, with the configuration's metrics, intervals and breakdowns.
#pragma once

#include "trainer/config/config.h"
#include "trainer/data/progress.h"
#include "trainer/eval/evaluator.h"
#include "trainer/models/model.h"

namespace kindred {

// `what` names the stage in the progress ("evaluating als on test").
EvaluationResult evaluate_model(const Context& ctx, const Config& config, const Dataset& data, const EvaluationPart& part,
                                const Model& model, std::string_view what, Progress& progress);

}  // namespace kindred
