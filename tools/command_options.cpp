// SPDX-License-Identifier: Apache-2.0
// What the sub-commands share on the command line.
#include "tools/commands.h"

#include <CLI/CLI.hpp>

namespace kindred {

std::shared_ptr<CLI::FormatterBase> wide_formatter() {
  auto formatter = std::make_shared<CLI::Formatter>();
  formatter->column_width(34);
  return formatter;
}

void add_config_input(CLI::App& command, ConfigInput& input) {
  command.add_option("CONFIG,--config", input.files, "YAML file; several are merged in order, the last wins")
      ->required()
      ->type_name("FILE");
  command.add_option("--set", input.overrides, "override one key, e.g. --set model.factors=256 (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

void add_config_options(CLI::App& command, ConfigOptions& options) {
  add_config_input(command, options);
  add_progress_options(command, options);
  command.add_flag("--json", options.json, "print the result as JSON");
}

void add_run_options(CLI::App& command, RunOptions& options) {
  command.add_option("RUN", options.run, "a run folder, or a run's name (its newest run)")->required();
  command.add_option("--runs", options.output, "folder in which runs are looked up by name")
      ->capture_default_str()
      ->type_name("DIR");
  add_progress_options(command, options);
  command.add_flag("--json", options.json, "print the result as JSON");
}

}  // namespace kindred
