// SPDX-License-Identifier: Apache-2.0
// kindred runs: the runs of a folder, newest first.
#include "tools/commands.h"
#include "trainer/report/run_list.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace kindred {

namespace {

struct RunsOptions {
  std::string folder = "runs";
  std::string name;
  std::string status;
  std::int64_t newest = 0;
  bool json = false;
};

void runs(const RunsOptions& options) {
  std::vector<ListedRun> found = list_runs(options.folder);
  std::erase_if(found, [&](const ListedRun& run) {
    return (!options.name.empty() && run.name != options.name) ||
           (!options.status.empty() && run.status != options.status);
  });
  if (options.newest > 0 && std::cmp_less(options.newest, found.size()))
    found.resize(static_cast<std::size_t>(options.newest));
  fmt::print("{}", options.json
                       ? runs_json(found).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n"
                       : runs_table(found));
}

}  // namespace

void add_runs_command(CLI::App& app) {
  auto options = std::make_shared<RunsOptions>();
  CLI::App* command = app.add_subcommand("runs", "List runs, newest first, with status and headline metric");
  command->add_option("DIR", options->folder, "folder of the runs")->capture_default_str();
  command->add_option("--name", options->name, "only runs of this name")->type_name("NAME");
  command->add_option("--status", options->status, "only runs with this status, such as completed or unfinished")
      ->type_name("STATUS");
  command->add_option("-n", options->newest, "only this many, the newest; 0: all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--json", options->json, "print the list as JSON");
  command->footer(
      "The metric is the first of evaluation.metrics, on test, else on validation.\n\n"
      "Examples:\n"
      "  kindred runs\n"
      "  kindred runs --name als-ml1m --status completed -n 5\n"
      "  kindred runs elsewhere --json\n");
  command->callback([options] { runs(*options); });
}

}  // namespace kindred
