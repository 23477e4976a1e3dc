// SPDX-License-Identifier: Apache-2.0
// kindred report: the page of a run.
#include "tools/commands.h"
#include "trainer/report/run_report.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>

namespace kindred {

namespace {

struct ReportOptions {
  std::string run;
  std::string runs = "runs";
  std::string output;
};

void report(const ReportOptions& options) {
  const RunFolder folder = RunFolder::find(options.run, options.runs);
  const auto file =
      write_run_report(folder, options.output, [](std::string_view line) { fmt::print(stderr, "{}\n", line); });
  fmt::print("{}\n", file.string());
}

}  // namespace

void add_report_command(CLI::App& app) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand("report", "The page of a run: curves, metrics, breakdowns, sample users");
  command->add_option("RUN", options->run, "a run folder, or a run's name (its newest run)")->required();
  command->add_option("--runs", options->runs, "folder in which runs are looked up by name")
      ->capture_default_str()
      ->type_name("DIR");
  command->add_option("-o,--output", options->output, "HTML file to write; default: report.html in the run folder")
      ->type_name("FILE");
  command->footer(
      "Examples:\n"
      "  kindred report als-ml1m\n");
  command->callback([options] { report(*options); });
}

}  // namespace kindred
