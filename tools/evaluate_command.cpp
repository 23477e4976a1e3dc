// SPDX-License-Identifier: Apache-2.0
// kindred evaluate: the metrics of a finished run, again or by other metrics, beside the baselines and other runs.
#include "tools/commands.h"
#include "tools/log_format.h"
#include "trainer/train/evaluate_model.h"
#include "trainer/train/metrics_table.h"
#include "trainer/train/trained_run.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include <map>

namespace kindred {

namespace {

struct EvaluateOptions {
  RunOptions run;
  std::vector<std::string> metrics;
  std::vector<std::string> against;
  std::string trec;
};

// The runs to compare with; each must have been trained on the same prepared data.
std::map<std::string, TrainedRun> open_others(const EvaluateOptions& options, const TrainedRun& run) {
  std::map<std::string, TrainedRun> others;
  for (const std::string& name : options.against) {
    TrainedRun other = open_run(name, options.run.output);
    if (other.data->fingerprint() != run.data->fingerprint()) {
      fail(ErrorKind::usage,
           "--against {}: was trained on other data or another split ({}) than {} ({}); a paired comparison needs the "
           "same",
           name, other.data->folder().string(), options.run.run, run.data->folder().string());
    }
    others.insert_or_assign(name, std::move(other));
  }
  return others;
}

void evaluate(const EvaluateOptions& options) {
  const auto opened = open_progress(options.run);
  Progress& progress = *opened;
  TrainedRun run = open_run(options.run.run, options.run.output);
  if (!options.metrics.empty()) run.config.evaluation.metrics = options.metrics;
  const std::map<std::string, TrainedRun> others = open_others(options, run);
  std::map<std::string, OtherModel> other_models;
  for (const auto& [name, other] : others) other_models.emplace(name, OtherModel{other.model.get(), &other.ctx});
  nlohmann::ordered_json result = {{"model", run.model->type()}, {"run", run.folder.path().string()}};
  for (const auto& [name, part] :
       {std::pair{"validation", &run.data->validation()}, std::pair{"test", &run.data->test()}}) {
    if (!part->present) continue;
    const PartEvaluation evaluation = evaluate_with_baselines(run.ctx, run.config, run.data, *part, *run.model,
                                                              other_models, !options.trec.empty(), progress);
    add_to_result(result, name, evaluation);
    if (!options.trec.empty()) {
      write_trec_files(options.trec, name, *part, evaluation.model, *run.data, run.config.run.name);
    }
  }
  if (options.run.json) {
    fmt::print("{}\n", result.dump(2));
  } else {
    fmt::print("{}", metrics_tables(result));
  }
}

}  // namespace

void add_evaluate_command(CLI::App& app) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* command =
      app.add_subcommand("evaluate", "The metrics of a finished run, beside the baselines and other runs");
  add_run_options(*command, options->run);
  command->add_option("--metrics", options->metrics, "other metrics than the run's, e.g. recall@10,ndcg@100")
      ->delimiter(',')
      ->type_name("NAME,...");
  command
      ->add_option("--against", options->against,
                   "another run on the same data, to compare with user by user (repeatable)")
      ->type_name("RUN")
      ->allow_extra_args(false);
  command->add_option("--trec", options->trec, "also write TREC run and qrels files into this folder")
      ->type_name("DIR");
  command->footer(
      "Examples:\n"
      "  kindred evaluate als-ml1m\n"
      "  kindred evaluate als-ml1m --metrics recall@10,ndcg@10,coverage@10 --json\n"
      "  kindred evaluate als-ml1m --against ease-ml1m --against item-knn-ml1m\n"
      "  kindred evaluate als-ml1m --trec trec/     then e.g.: trec_eval trec/test.qrels trec/test.run\n");
  command->callback([options] { evaluate(*options); });
}

}  // namespace kindred
