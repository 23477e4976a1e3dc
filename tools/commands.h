// SPDX-License-Identifier: Apache-2.0
// The sub-commands of `kindred`, one <name>_command.cpp each. Every one follows the same pattern: add_x_command
// declares options on a CLI11 sub-command, with examples in its footer; the callback does the work and throws
// kindred::Error. Results go to stdout (a table for people, or JSON with --json), progress and messages to stderr.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class FormatterBase;
}  // namespace CLI

namespace kindred {

void add_prepare_command(CLI::App& app);
void add_train_command(CLI::App& app);
void add_update_command(CLI::App& app);
void add_evaluate_command(CLI::App& app);
void add_export_command(CLI::App& app);
void add_serve_check_command(CLI::App& app);
void add_recommend_command(CLI::App& app);
void add_similar_command(CLI::App& app);
void add_inspect_command(CLI::App& app);
void add_report_command(CLI::App& app);
void add_runs_command(CLI::App& app);
void add_doctor_command(CLI::App& app);
void add_config_command(CLI::App& app);
void add_synth_command(CLI::App& app);
void add_completion_command(CLI::App& app);

// Help columns wide enough for our option names.
std::shared_ptr<CLI::FormatterBase> wide_formatter();

// What names a configuration: CONFIG..., --config, --set.
struct ConfigInput {
  std::vector<std::string> files;
  std::vector<std::string> overrides;
};
void add_config_input(CLI::App& command, ConfigInput& input);

// What a command tells while it works: --quiet, --log-format (log_format.h).
struct ProgressOptions {
  bool quiet = false;
  std::string log_format = "text";
};
void add_progress_options(CLI::App& command, ProgressOptions& options);

// Options that commands which work on a configuration share: its input, progress, --json.
struct ConfigOptions : ConfigInput, ProgressOptions {
  bool json = false;
};
void add_config_options(CLI::App& command, ConfigOptions& options);

// Options that commands on a run share: RUN, --runs, progress, --json.
struct RunOptions : ProgressOptions {
  std::string run;
  std::string output = "runs";
  bool json = false;
};
void add_run_options(CLI::App& command, RunOptions& options);

}  // namespace kindred
