// SPDX-License-Identifier: Apache-2.0
// kindred update: new events into a finished run, without a full training.
#include "kernels/core/check.h"
#include "tools/commands.h"
#include "tools/stop_signals.h"
#include "tools/terminal_progress.h"
#include "trainer/train/metrics_table.h"
#include "trainer/train/trainer.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace kindred {

namespace {

struct UpdateOptions {
  RunOptions run;
  std::vector<std::string> events;
  std::vector<std::string> overrides;
  std::int64_t passes = 1;
};

// The configuration of the run, with the new events after its own, from its vectors.
LoadedConfig updated_config(const UpdateOptions& options, const RunFolder& run) {
  const std::string file = run.config().string();
  LoadedConfig loaded = load_config({&file, 1});
  std::vector<std::string>& paths = loaded.config.data.path;
  nlohmann::json all = paths;
  for (const std::string& events : options.events) {
    if (std::find(paths.begin(), paths.end(), events) != paths.end()) {
      fail(ErrorKind::usage, "{}: is among the events of {} already (data.path)", events, run.path().string());
    }
    if (!std::filesystem::exists(events)) fail(ErrorKind::usage, "{}: no such file or folder", events);
    all.push_back(events);
  }
  std::vector<std::string> overrides = {"data.path=" + all.dump(),
                                        "run.warm_start=" + nlohmann::json(run.path().string()).dump(),
                                        fmt::format("model.iterations={}", options.passes), "export.at_end=true",
                                        "run.output=" + nlohmann::json(options.run.output).dump()};
  overrides.insert(overrides.end(), options.overrides.begin(), options.overrides.end());
  return load_config({&file, 1}, overrides);
}

void update(const UpdateOptions& options) {
  TerminalProgress progress(options.run.quiet);
  const RunFolder run = RunFolder::find(options.run.run, options.run.output);
  StopRequest stop;
  const StopSignals signals(stop);
  const RunFolder folder = train(updated_config(options, run), progress, {.resume = {}, .stop = &stop});
  std::ifstream stream(folder.result());
  const auto result = nlohmann::ordered_json::parse(stream);
  if (options.run.json) {
    fmt::print("{}\n", result.dump(2));
  } else {
    fmt::print("{}\nrun folder  {}\n", metrics_tables(result), folder.path().string());
  }
}

}  // namespace

void add_update_command(CLI::App& app) {
  auto options = std::make_shared<UpdateOptions>();
  CLI::App* command = app.add_subcommand("update", "New events into a finished run, without a full training");
  add_run_options(*command, options->run);
  command->add_option("EVENTS", options->events, "files of new events, in the format of the run's data")->required();
  command
      ->add_option("--passes", options->passes,
                   "passes over items and users; 1 takes the users' vectors as they were, moves the items, then the "
                   "users")
      ->capture_default_str()
      ->check(CLI::Range(1, 100000));
  command->add_option("--set", options->overrides, "override one key of the run's configuration (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->footer(
      "A new run of the same name: the run's events and the new ones, prepared as its configuration says; vectors of\n"
      "users and items that it knew are kept, new ones folded in, all of them moved by one pass and turned so that\n"
      "yesterday's exported vectors of users still match. The new run is exported, into export/ of its folder.\n"
      "\n"
      "Examples:\n"
      "  kindred update shop today.csv\n"
      "  kindred update runs/shop/20260101T000000Z-0a1b2c3d 2026-01-02.parquet --passes 2 --json\n");
  command->callback([options] { update(*options); });
}

}  // namespace kindred
