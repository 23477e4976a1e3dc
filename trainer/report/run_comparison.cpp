// SPDX-License-Identifier: Apache-2.0
#include "trainer/report/run_comparison.h"

#include "kernels/core/check.h"
#include "trainer/config/load.h"
#include "trainer/report/json_path.h"
#include "trainer/train/evaluate_model.h"
#include "trainer/train/trained_run.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace kindred {

namespace fs = std::filesystem;

namespace {

// The names of the runs' folders' parents where they differ, else of the folders.
std::vector<std::string> names_of(const std::vector<RunFolder>& folders) {
  std::vector<std::string> names;
  for (const RunFolder& folder : folders)
    names.push_back(fs::absolute(folder.path()).lexically_normal().parent_path().filename().string());
  const bool differ = std::set<std::string>(names.begin(), names.end()).size() == names.size();
  for (std::size_t i = 0; i < folders.size() && !differ; ++i) names[i] = folders[i].path().filename().string();
  if (std::set<std::string>(names.begin(), names.end()).size() != names.size()) {
    for (std::size_t i = 0; i < folders.size(); ++i) names[i] = folders[i].path().string();
  }
  return names;
}

std::vector<RunFolder> find_folders(const ComparisonRequest& request) {
  std::vector<RunFolder> folders;
  std::set<fs::path> seen;
  for (const std::string& run : request.runs) {
    folders.push_back(RunFolder::find(run, request.output));
    if (!seen.insert(fs::weakly_canonical(folders.back().path())).second) {
      fail(ErrorKind::usage, "run '{}' is {}, which was named already; expected different runs", run,
           folders.back().path().string());
    }
  }
  return folders;
}

std::vector<KeyDifference> key_differences(const std::vector<Config>& configs) {
  std::vector<std::map<std::string, std::string>> values;
  for (const Config& config : configs) values.push_back(config_values(config));
  std::vector<KeyDifference> keys;
  Config defaults;
  std::set<std::string> seen;
  const FieldList fields = all_fields(defaults);
  for (const Field& field : fields.all()) {
    // What a run is called and tells, and where it lies, does not tell models apart.
    const bool about_names = field.path == "run.name" || field.path == "run.output" || field.section == "logging" ||
                             field.section == "data.item_names";
    if (about_names || !seen.insert(field.path).second) continue;
    KeyDifference key{.key = field.path, .values = {}};
    for (const auto& of_run : values) {
      const auto found = of_run.find(field.path);
      key.values.push_back(found == of_run.end() ? "" : found->second);
    }
    const bool same = std::all_of(key.values.begin(), key.values.end(),
                                  [&](const std::string& value) { return value == key.values.front(); });
    if (!same) keys.push_back(std::move(key));
  }
  return keys;
}

// One correction over everything that is looked at together.
void compare_with_reference(const Context& ctx, const PairedOptions& options, std::vector<ComparedRun>& runs) {
  const EvaluationResult& reference = runs.front().result;
  std::vector<double> p_values;
  for (std::size_t i = 1; i < runs.size(); ++i) {
    if (runs[i].result.users != reference.users) {
      fail(ErrorKind::data, "{}: not evaluated on the same users as {}", runs[i].folder.string(),
           runs.front().folder.string());
    }
    for (const MetricResult& metric : runs[i].result.metrics) {
      const MetricResult* other = reference.find(metric.name);
      if (other == nullptr || metric.per_user.empty() || other->per_user.empty()) continue;
      PairedComparison comparison = compare_paired(ctx, metric.per_user, other->per_user, options);
      comparison.metric = metric.name;
      p_values.push_back(comparison.p_value);
      runs[i].differences.push_back(std::move(comparison));
    }
  }
  const std::vector<double> corrected = holm_correction(p_values);
  std::size_t next = 0;
  for (ComparedRun& run : runs) {
    for (PairedComparison& comparison : run.differences) comparison.p_holm = corrected[next++];
  }
}

}  // namespace

RunComparison compare_runs(const ComparisonRequest& request, Progress& progress) {
  const std::vector<RunFolder> folders = find_folders(request);
  const std::vector<std::string> names = names_of(folders);
  RunComparison comparison;
  std::vector<Config> configs;
  std::string fingerprint;
  // One model at a time is in memory.
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const TrainedRun run = open_run(folders[i].path().string(), request.output);
    if (i == 0) {
      fingerprint = run.data->fingerprint();
      comparison.part = run.data->test().present ? "test" : "validation";
    }
    if (run.data->fingerprint() != fingerprint) {
      fail(ErrorKind::usage,
           "{}: was trained on other data or another split ({}) than {} ({}); a paired comparison needs the same",
           folders[i].path().string(), run.data->fingerprint(), folders[0].path().string(), fingerprint);
    }
    const EvaluationPart& part = run.data->test().present ? run.data->test() : run.data->validation();
    if (!part.present) {
      fail(ErrorKind::usage, "{}: the data have no test and no validation part; nothing can be compared",
           folders[i].path().string());
    }
    configs.push_back(run.config);
    // The same users, metrics, masking and resamples for all.
    Config how = run.config;
    how.evaluation = configs.front().evaluation;
    if (!request.metrics.empty()) how.evaluation.metrics = request.metrics;
    how.run.seed = configs.front().run.seed;
    const RunRecord record(folders[i]);
    comparison.runs.push_back({.name = names[i],
                               .folder = folders[i].path(),
                               .model = std::string(run.model->type()),
                               .epochs = record.epochs(),
                               .train_s = find_number(*record.result, {"timing_s", "train"}).value_or(0.0),
                               .result = evaluate_model(run.ctx, how, *run.data, part, *run.model, false, progress),
                               .differences = {},
                               .curves = training_curves(record)});
  }
  comparison.keys = key_differences(configs);
  PairedOptions options;
  options.seed = configs.front().run.seed;
  const Context ctx = Context::cpu(static_cast<int>(configs.front().threads), options.seed);
  compare_with_reference(ctx, options, comparison.runs);
  return comparison;
}

}  // namespace kindred
