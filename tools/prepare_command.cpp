// SPDX-License-Identifier: Apache-2.0
// kindred prepare: raw events to a prepared dataset.
#include "kernels/core/parallel.h"
#include "tools/commands.h"
#include "tools/log_format.h"
#include "trainer/config/load.h"
#include "trainer/data/prepare.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

namespace kindred {

namespace {

constexpr const char* kPrepareFooter =
    "Reads the events that `data` names, cleans and splits them, and writes a folder below data.prepared that is "
    "found\n"
    "again as long as source and config stay the same. `kindred train` does this by itself.\n"
    "\n"
    "Examples:\n"
    "  kindred prepare configs/als_ml1m.yaml\n"
    "  kindred prepare configs/als_ml1m.yaml --set data.filter.min_item_events=5 --set split.seed=7\n"
    "  kindred prepare mine.yaml --json | jq .statistics.dropped\n";

struct PrepareOptions {
  ConfigOptions config;
  bool force = false;
};

void prepare_command(const PrepareOptions& options) {
  const Config config = load_config(options.config.files, options.config.overrides).config;
  ThreadPool pool(config.threads > 0 ? static_cast<int>(config.threads) : available_threads());
  const auto opened = open_progress(options.config);
  Progress& progress = *opened;
  const PreparedDataset prepared = prepare(config, pool, progress, options.force);
  if (options.config.json) {
    const nlohmann::ordered_json result = {{"folder", prepared.folder.string()},
                                           {"fingerprint", prepared.fingerprint},
                                           {"from_cache", prepared.from_cache},
                                           {"statistics", nlohmann::ordered_json::parse(prepared.report.to_json())}};
    fmt::print("{}\n", result.dump(2));
    return;
  }
  fmt::print("{}{:<12} {}{}\n", report_table(prepared.report), "dataset", prepared.folder.string(),
             prepared.from_cache ? "  (was there already)" : "");
}

}  // namespace

void add_prepare_command(CLI::App& app) {
  const auto options = std::make_shared<PrepareOptions>();
  CLI::App* command = app.add_subcommand("prepare", "raw events to a prepared dataset");
  command->footer(kPrepareFooter);
  add_config_options(*command, options->config);
  command->add_flag("--force", options->force, "prepare again even when the dataset is there");
  command->callback([options] { prepare_command(*options); });
}

}  // namespace kindred
