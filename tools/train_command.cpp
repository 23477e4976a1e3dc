// SPDX-License-Identifier: Apache-2.0
// kindred train: one run from a configuration.
#include "tools/commands.h"
#include "tools/terminal_progress.h"
#include "trainer/train/metrics_table.h"
#include "trainer/train/trainer.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include <fstream>

namespace kindred {

void add_train_command(CLI::App& app) {
  auto options = std::make_shared<ConfigOptions>();
  CLI::App* command = app.add_subcommand("train", "Prepare, train and evaluate; leaves a run folder");
  add_config_options(*command, *options);
  command->footer(
      "Examples:\n"
      "  kindred train configs/als_ml1m.yaml\n"
      "  kindred train configs/als_ml1m.yaml --set model.factors=256 --set run.seed=7\n"
      "  kindred train base.yaml night.yaml --quiet --json > result.json\n");
  command->callback([options] {
    TerminalProgress progress(options->quiet);
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
