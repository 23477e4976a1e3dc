// SPDX-License-Identifier: Apache-2.0
// kindred report: the page of a run, or of several runs beside each other.
#include "tools/commands.h"
#include "tools/log_format.h"
#include "trainer/data/synced_file.h"
#include "trainer/report/run_comparison.h"
#include "trainer/report/run_report.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

namespace kindred {

namespace {

struct ReportOptions : ProgressOptions {
  std::vector<std::string> runs;
  std::string output_folder = "runs";
  std::vector<std::string> metrics;
  std::string page;
  bool json = false;
};

void report_one(const ReportOptions& options) {
  if (!options.metrics.empty()) {
    fail(ErrorKind::usage, "--metrics: is for several runs; `kindred evaluate {} --metrics` measures one again",
         options.runs[0]);
  }
  const auto opened = open_progress(options);
  Progress& progress = *opened;
  const RunFolder folder = RunFolder::find(options.runs[0], options.output_folder);
  const auto file = write_run_report(folder, options.page, [&](std::string_view line) { progress.say(line); });
  if (options.json) {
    fmt::print("{}\n", nlohmann::ordered_json{{"report", file.string()}}.dump(2));
  } else {
    fmt::print("{}\n", file.string());
  }
}

void report_several(const ReportOptions& options) {
  const auto opened = open_progress(options);
  Progress& progress = *opened;
  const RunComparison comparison =
      compare_runs({.runs = options.runs, .output = options.output_folder, .metrics = options.metrics}, progress);
  const std::string file = options.page.empty() ? "comparison.html" : options.page;
  replace_file(file, comparison_page(comparison));
  if (options.json) {
    nlohmann::ordered_json json = to_json(comparison);
    json["report"] = file;
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{}\nreport  {}\n", comparison_table(comparison), file);
  }
}

}  // namespace

void add_report_command(CLI::App& app) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand("report", "The page of a run; or several runs compared, user by user");
  command
      ->add_option("RUN", options->runs,
                   "a run folder, or a run's name (its newest run); of several, the first is what the others are "
                   "compared with")
      ->required();
  command->add_option("--runs", options->output_folder, "folder in which runs are looked up by name")
      ->capture_default_str()
      ->type_name("DIR");
  command
      ->add_option("--metrics", options->metrics,
                   "of several runs: other metrics than those of the first, e.g. recall@10,ndcg@100")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,...");
  command
      ->add_option("-o,--output", options->page,
                   "HTML file to write; default: report.html in the run folder, comparison.html here for several")
      ->type_name("FILE");
  add_progress_options(*command, *options);
  command->add_flag("--json", options->json, "print the result as JSON");
  command->footer(
      "The page is one HTML file that needs no network and runs no script. A comparison needs runs on the same data\n"
      "and split; it tests differences of the same users, with Holm's correction over all runs and metrics.\n\n"
      "Examples:\n"
      "  kindred report als-ml1m\n"
      "  kindred report als-ml1m ease-ml1m knn-ml1m -o models.html\n"
      "  kindred report runs/shop/20260101T000000Z-0a1b2c3d runs/shop/20260102T000000Z-4e5f6a7b --json\n");
  command->callback([options] { options->runs.size() == 1 ? report_one(*options) : report_several(*options); });
}

}  // namespace kindred
