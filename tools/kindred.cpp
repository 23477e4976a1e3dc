// SPDX-License-Identifier: Apache-2.0
// The `kindred` program: one sub-command a file. Errors are caught here, once, and become the exit code.
#include "kernels/core/check.h"
#include "kernels/core/version.h"
#include "tools/blas_kernels.h"
#include "tools/commands.h"
#include "tools/log_format.h"
#include "trainer/config/suggestion.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>
#include <new>
#include <string>
#include <vector>

namespace {

constexpr const char* kDescription =
    "Kindred trains recommenders: from a log of who touched what to a trained, honestly evaluated model.\n"
    "One YAML file describes a run; configs/README.md lists every key.";

constexpr const char* kProgramFooter =
    "A first run:\n"
    "  kindred config validate my.yaml      check the configuration, change nothing\n"
    "  kindred train my.yaml                prepare, train, evaluate; everything lands in runs/<name>/<time>/\n"
    "  kindred recommend my-run --user 42   ask the newest run of that name\n"
    "\n"
    "Exit codes:\n"
    "  0  done                                4  device, memory or disk\n"
    "  1  a bug in Kindred                    5  NaN or divergence\n"
    "  2  command line or configuration      75  stopped by a signal, state saved: run the same command again\n"
    "  3  data\n";

// CLI11 only says that a command is missing; name the one that was typed and the nearest that exists.
void check_command(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  if (std::find(names.begin(), names.end(), argv[1]) != names.end()) return;

  kindred::fail(kindred::ErrorKind::usage, "no command '{}'{}; expected one of {}", argv[1],
                kindred::did_you_mean(argv[1], names), kindred::join(names, ", "));
}

}  // namespace

int main(int argc, char** argv) {
  kindred::restart_with_better_blas(argv);
  CLI::App app(kDescription, "kindred");
  app.footer(kProgramFooter);
  app.set_version_flag("--version", "kindred " KINDRED_VERSION);
  app.require_subcommand(1);
  app.formatter(kindred::wide_formatter());
  kindred::add_prepare_command(app);
  kindred::add_train_command(app);
  kindred::add_update_command(app);
  kindred::add_evaluate_command(app);
  kindred::add_recommend_command(app);
  kindred::add_similar_command(app);
  kindred::add_export_command(app);
  kindred::add_serve_check_command(app);
  kindred::add_inspect_command(app);
  kindred::add_report_command(app);
  kindred::add_runs_command(app);
  kindred::add_config_command(app);
  kindred::add_doctor_command(app);
  kindred::add_synth_command(app);
  kindred::add_completion_command(app);

  try {
    check_command(app, argc, argv);
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    const std::string message =
        std::string(error.what()) + "\n`kindred --help` and `kindred COMMAND --help` tell more.";
    kindred::print_error(app, message, static_cast<int>(kindred::ErrorKind::usage));
    return static_cast<int>(kindred::ErrorKind::usage);
  } catch (const kindred::Error& error) {
    kindred::print_error(app, error.what(), error.exit_code());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    kindred::print_error(app, "out of memory", static_cast<int>(kindred::ErrorKind::device));
    return static_cast<int>(kindred::ErrorKind::device);
  } catch (const std::exception& error) {
    const std::string message = std::string(error.what()) + " (this is a bug in Kindred, please report it)";
    kindred::print_error(app, message, static_cast<int>(kindred::ErrorKind::internal));
    return static_cast<int>(kindred::ErrorKind::internal);
  }
}
