// SPDX-License-Identifier: Apache-2.0
// kindred train: one run from a configuration.
#include "tools/commands.h"
#include "tools/log_format.h"
#include "tools/stop_signals.h"
#include "trainer/data/item_names.h"
#include "trainer/report/run_report.h"
#include "trainer/train/metrics_table.h"
#include "trainer/train/trainer.h"
#include "trainer/train/training_plan.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include <fstream>

namespace kindred {

namespace {

// A table of titles that cannot be read is told before the training, not at its end.
void check_item_names(const Config& config) {
  if (config.data.item_names.path.empty()) return;
  const Context ctx = Context::cpu(static_cast<int>(config.threads));
  ItemNames::read(config.data.item_names, ctx.pool());
}

struct TrainCommandOptions : ConfigOptions {
  bool plan_only = false;
  std::string resume = "auto";
  std::string warm_start;
};

void train_from(const TrainCommandOptions& options) {
  const auto opened = open_progress(options);
  Progress& progress = *opened;
  std::vector<std::string> overrides = options.overrides;
  if (!options.warm_start.empty()) overrides.push_back("run.warm_start=" + options.warm_start);
  const LoadedConfig config = load_config(options.files, overrides);
  if (options.plan_only) {
    const TrainingPlan plan = plan_training(config, progress);
    fmt::print("{}", options.json ? to_json(plan).dump(2) + "\n" : to_table(plan));
    require_memory(plan);
    return;
  }
  check_item_names(config.config);
  StopRequest stop;
  const StopSignals signals(stop);
  const RunFolder folder = train(config, progress, {.resume = parse_resume(options.resume), .stop = &stop});
  std::ifstream stream(folder.result());
  const auto result = nlohmann::ordered_json::parse(stream);
  if (options.json) {
    fmt::print("{}\n", result.dump(2));
  } else {
    fmt::print("{}\nrun folder  {}\n", metrics_tables(result), folder.path().string());
  }
  if (!config.config.logging.report) return;
  const auto report = write_run_report(folder, {}, [&](std::string_view line) { progress.say(line); });
  if (!options.json) fmt::print("report      {}\n", report.string());
}

}  // namespace

void add_train_command(CLI::App& app) {
  auto options = std::make_shared<TrainCommandOptions>();
  CLI::App* command = app.add_subcommand("train", "Prepare, train and evaluate; leaves a run folder");
  add_config_options(*command, *options);
  command->add_flag("--plan", options->plan_only,
                    "prepare, print what the run would take of its device's memory, and stop");
  command
      ->add_option("--resume", options->resume,
                   "auto: go on with the newest run of this name, configuration and data that was cut off, else begin "
                   "a new one; never: a new one; or the run to go on with")
      ->capture_default_str()
      ->type_name("auto|never|RUN");
  command
      ->add_option("--warm-start", options->warm_start,
                   "begin with the vectors of this finished run, joined by external id, instead of random numbers")
      ->type_name("RUN");
  command->footer(
      "Examples:\n"
      "  kindred train configs/als_ml1m.yaml                  killed? the same command goes on, with the same bits\n"
      "  kindred train configs/als_ml1m.yaml --set model.factors=256 --set run.seed=7\n"
      "  kindred train configs/als_ml1m.yaml --set checkpoint.every_iterations=1\n"
      "  kindred train configs/als_ml1m.yaml --resume never\n"
      "  kindred train nightly.yaml --warm-start nightly --set model.iterations=1     from yesterday's run\n"
      "  kindred train configs/als_ml1m.yaml --plan --set device=cuda\n"
      "  kindred train base.yaml night.yaml --quiet --json > result.json\n"
      "\n"
      "SIGTERM, SIGINT and SIGUSR1 finish the iteration, save, and end with exit code 75: run the same command "
      "again.\n");
  command->callback([options] { train_from(*options); });
}

}  // namespace kindred
