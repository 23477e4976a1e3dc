// SPDX-License-Identifier: Apache-2.0
// The metrics of a trained model on one part of a dataset, beside the baselines that the configuration names: a result
// without them says nothing.
#pragma once

#include "trainer/config/config.h"
#include "trainer/data/progress.h"
#include "trainer/eval/evaluator.h"
#include "trainer/eval/paired_test.h"
#include "trainer/eval/trec_files.h"
#include "trainer/models/model.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace kindred {

EvaluationResult evaluate_model(const Context& ctx, const Config& config, const Dataset& data,
                                const EvaluationPart& part, const Model& model, bool keep_lists, Progress& progress);

struct PartEvaluation {
  EvaluationResult model;
  std::map<std::string, EvaluationResult> baselines;  // by model type, and `others` by their names
  PairedComparisons comparisons;                      // of the model with each baseline; none without bootstrap samples
};

// A trained model and the context that it was built with.
struct OtherModel {
  const Model* model = nullptr;
  const Context* ctx = nullptr;
};

// Baselines are trained here, on the same data, with their default settings; on the host where they do not run on the
// model's device, which the progress says. `others`: trained models of the same data, which join the baselines.
PartEvaluation evaluate_with_baselines(const Context& ctx, const Config& config,
                                       const std::shared_ptr<const Dataset>& data, const EvaluationPart& part,
                                       const Model& model, const std::map<std::string, OtherModel>& others,
                                       bool keep_lists, Progress& progress);

// result.metrics.<part>, result.evaluation.<part> (counts, breakdowns), result.baselines.<part> and
// result.comparisons.<part>.
void add_to_result(nlohmann::ordered_json& result, const char* part, const PartEvaluation& evaluation);

// <folder>/<part>.run and <folder>/<part>.qrels, of a result that keeps its lists.
void write_trec_files(const std::filesystem::path& folder, std::string_view part_name, const EvaluationPart& part,
                      const EvaluationResult& result, const Dataset& data, std::string_view tag);

}  // namespace kindred
