// SPDX-License-Identifier: Apache-2.0
// kindred doctor: is this machine fit for runs, what would they take, and what hurts.
#include "kernels/core/check.h"
#include "tools/commands.h"
#include "tools/health.h"
#include "trainer/config/load.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

namespace kindred {

namespace {

struct DoctorOptions {
  std::vector<std::string> files;
  std::vector<std::string> overrides;
  bool quick = false;
  bool json = false;
};

void doctor(const DoctorOptions& options) {
  Config config;
  if (!options.files.empty()) {
    config = load_config(options.files, options.overrides, {.check_files = false}).config;
  } else if (!options.overrides.empty()) {
    fail(ErrorKind::usage, "--set: needs a CONFIG that it changes");
  }
  Findings findings;
  check_cpu(findings);
  check_memory(findings);
  check_threads(config, findings);
  check_disk(config, findings);
  check_libraries(findings);
  check_devices(findings);
  if (!options.quick) measure_speed(config, findings);
  check_choice(config, findings);
  const int problems = count_of(findings, Health::problem);
  const int warnings = count_of(findings, Health::warning);
  if (options.json) {
    fmt::print("{}\n", health_json(findings).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else {
    fmt::print("{}\n{}: {} problem{} (X), {} warning{} (!)\n", health_table(findings),
               problems == 0 ? "healthy" : "not healthy", problems, problems == 1 ? "" : "s", warnings,
               warnings == 1 ? "" : "s");
  }
  std::fflush(stdout);
  if (problems == 0) return;
  std::string what;
  for (const Finding& finding : findings) {
    if (finding.health == Health::problem)
      what += fmt::format("\n  {}: {}: {}; {}", finding.group, finding.name, finding.value, finding.advice);
  }
  fail(ErrorKind::device, "doctor: this machine is not fit for runs:{}", what);
}

}  // namespace

void add_doctor_command(CLI::App& app) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* command = app.add_subcommand("doctor", "Is this machine fit for runs: what there is, what hurts, how fast");
  command->add_option("CONFIG,--config", options->files, "judge for this configuration; default: the default values")
      ->type_name("FILE");
  command->add_option("--set", options->overrides, "override one key, e.g. --set device=cuda (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_flag("--quick", options->quick, "measure nothing");
  command->add_flag("--json", options->json, "print it as JSON");
  command->footer(
      "Exit code 0: healthy, warnings or not; 4: a problem (X) that makes runs fail.\n\n"
      "Examples:\n"
      "  kindred doctor\n"
      "  kindred doctor configs/als_ml1m.yaml --set device=cuda\n"
      "  kindred doctor --quick --json\n");
  command->callback([options] { doctor(*options); });
}

}  // namespace kindred
