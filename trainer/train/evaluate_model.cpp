// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/evaluate_model.h"

#include "trainer/config/metric_name.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace kindred {

namespace {

ModelType model_type(const std::string& name) {
  const auto& names = kChoices<ModelType>;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    fail(ErrorKind::usage, "evaluation.baselines: no model '{}'; expected popularity, item_knn or ease", name);
  }
  return static_cast<ModelType>(found - names.begin());
}

}  // namespace

EvaluationResult evaluate_model(const Context& ctx, const Config& config, const Dataset& data,
                                const EvaluationPart& part, const Model& model, bool keep_lists, Progress& progress) {
  progress.begin(fmt::format("evaluating {}", model.type()), part.users.size(0), "users");
  const Evaluator evaluator(part, {.item_popularity = data.item_popularity(), .item_users = data.train_transposed()},
                            {.metrics = parse_metric_names(config.evaluation.metrics),
                             .bootstrap_samples = config.evaluation.bootstrap_samples,
                             .mask_seen = config.evaluation.mask_seen,
                             .breakdown = config.evaluation.breakdown,
                             .keep_lists = keep_lists,
                             .seed = config.run.seed,
                             .progress = [&](std::int64_t done, std::int64_t) { progress.update(done); }});
  EvaluationResult result = evaluator.evaluate(
      ctx, [&](const Context& where, const RankQuery& query, RankResult& ranked) { model.rank(where, query, ranked); });
  const bool has_value = !result.metrics.empty() && std::isfinite(result.metrics[0].value);
  progress.end(has_value ? fmt::format("{} {:.4f}", result.metrics[0].name, result.metrics[0].value)
                         : std::string("nobody to evaluate"));
  return result;
}

PartEvaluation evaluate_with_baselines(const Context& ctx, const Config& config,
                                       const std::shared_ptr<const Dataset>& data, const EvaluationPart& part,
                                       const Model& model, const std::map<std::string, OtherModel>& others,
                                       bool keep_lists, Progress& progress) {
  PartEvaluation evaluation{.model = evaluate_model(ctx, config, *data, part, model, keep_lists, progress),
                            .baselines = {},
                            .comparisons = {}};
  for (const std::string& name : config.evaluation.baselines) {
    if (name == model.type()) continue;
    ModelConfig baseline_config;
    baseline_config.type = model_type(name);
    const bool here = model_runs_on(baseline_config.type, ctx.device().type);
    if (!here) progress.say(fmt::format("baseline {} runs on the CPU: it has no CUDA version", name));
    const Context host = ctx.on_host();
    const Context& where = here ? ctx : host;
    const auto baseline = make_model(where, baseline_config, data);
    for (std::int64_t epoch = 0; epoch < baseline->epochs(); ++epoch) baseline->train_epoch(where, epoch);
    baseline->finish_training(where);
    evaluation.baselines.emplace(name, evaluate_model(where, config, *data, part, *baseline, false, progress));
  }
  for (const auto& [name, other] : others) {
    evaluation.baselines.insert_or_assign(
        name, evaluate_model(*other.ctx, config, *data, part, *other.model, false, progress));
  }
  if (config.evaluation.bootstrap_samples > 0) {
    evaluation.comparisons =
        compare_results(ctx, evaluation.model, evaluation.baselines,
                        {.bootstrap_samples = config.evaluation.bootstrap_samples, .seed = config.run.seed});
  }
  return evaluation;
}

void add_to_result(nlohmann::ordered_json& result, const char* part, const PartEvaluation& evaluation) {
  nlohmann::ordered_json json = evaluation.model.to_json();
  result["metrics"][part] = json["metrics"];
  json.erase("metrics");
  result["evaluation"][part] = json;
  for (const auto& [name, baseline] : evaluation.baselines) result["baselines"][part][name] = baseline.metrics_json();
  if (!evaluation.comparisons.empty()) result["comparisons"][part] = to_json(evaluation.comparisons);
}

void write_trec_files(const std::filesystem::path& folder, std::string_view part_name, const EvaluationPart& part,
                      const EvaluationResult& result, const Dataset& data, std::string_view tag) {
  std::filesystem::create_directories(folder);
  write_trec_run(folder / fmt::format("{}.run", part_name), result, data.users(), data.items(), tag);
  write_trec_qrels(folder / fmt::format("{}.qrels", part_name), part, data.users(), data.items());
}

}  // namespace kindred
