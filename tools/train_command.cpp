// SPDX-License-Identifier: Apache-2.0
// kindred train: one run from a configuration.
#include "tools/commands.h"
#include "tools/terminal_progress.h"
#include "trainer/train/metrics_table.h"
#include "trainer/train/trainer.h"
#include "trainer/train/training_plan.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include <fstream>

namespace kindred {

void add_train_command(CLI::App& app) {
  auto options = std::make_shared<ConfigOptions>();
  auto plan_only = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("train", "Prepare, train and evaluate; leaves a run folder");
  add_config_options(*command, *options);
  command->add_flag("--plan", *plan_only, "prepare, print what the run would take of its device's memory, and stop");
  command->footer(
      "Examples:\n"
      "  kindred train configs/als_ml1m.yaml\n"
      "  kindred train configs/als_ml1m.yaml --set model.factors=256 --set run.seed=7\n"
      "  kindred train configs/als_ml1m.yaml --plan --set device=cuda\n"
      "  kindred train base.yaml night.yaml --quiet --json > result.json\n");
  command->callback([options, plan_only] {
    TerminalProgress progress(options->quiet);
    if (*plan_only) {
      const TrainingPlan plan = plan_training(load_config(options->files, options->overrides), progress);
      fmt::print("{}", options->json ? to_json(plan).dump(2) + "\n" : to_table(plan));
      require_memory(plan);
      return;
    }
    const RunFolder folder = train(load_config(options->files, options->overrides), progress);
    std::ifstream stream(folder.result());
    const auto result = nlohmann::ordered_json::parse(stream);
    if (options->json) {
      fmt::print("{}\n", result.dump(2));
    } else {
      fmt::print("{}\nrun folder  {}\n", metrics_tables(result), folder.path().string());
    }
  });
}

}  // namespace kindred
