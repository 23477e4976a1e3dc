// SPDX-License-Identifier: Apache-2.0
// Several finished runs on the same data and split, user by user. The first is the reference: each other run's metric
// less the reference's on the same users, with a 95 % bootstrap interval and a randomisation test, corrected by Holm
// over all runs and metrics that are looked at together (trainer/eval/paired_test.h). Deterministic for any number of
// threads.
#pragma once

#include "trainer/data/progress.h"
#include "trainer/eval/evaluation_result.h"
#include "trainer/eval/paired_test.h"
#include "trainer/report/training_curves.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace kindred {

struct ComparedRun {
  std::string name;  // tells the runs apart: the run's name, or its folder's where names are equal
  std::filesystem::path folder;
  std::string model;
  std::int64_t epochs = 0;
  double train_s = 0.0;  // 0: not known
  EvaluationResult result;
  std::vector<PairedComparison> differences;  // this run (a) and the reference (b); none for the reference
  TrainingCurves curves;
};

struct KeyDifference {
  std::string key;                  // "model.factors"
  std::vector<std::string> values;  // one a run; empty where the run does not use the key
};

struct RunComparison {
  std::string part;  // "test", or "validation" of data without one
  std::vector<ComparedRun> runs;
  std::vector<KeyDifference> keys;
};

struct ComparisonRequest {
  std::vector<std::string> runs;     // folders or names, at least two
  std::filesystem::path output;      // where names are looked up
  std::vector<std::string> metrics;  // empty: those of the reference
};

// Error(usage) for one run twice, and for runs that were trained on other data or another split than the first;
// Error(data) for a run that cannot be opened.
RunComparison compare_runs(const ComparisonRequest& request, Progress& progress);

std::string comparison_table(const RunComparison& comparison);  // for a terminal
nlohmann::ordered_json to_json(const RunComparison& comparison);
std::string comparison_page(const RunComparison& comparison);  // HTML

}  // namespace kindred
