// SPDX-License-Identifier: Apache-2.0
// kindred serve-check: an export opened as a stranger would, and all of it verified.
#include "kernels/core/check.h"
#include "kernels/core/context.h"
#include "tools/commands.h"
#include "trainer/export/serve_check.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

namespace kindred {

namespace {

struct ServeCheckOptions {
  std::string folder;
  bool json = false;
};

}  // namespace

void add_serve_check_command(CLI::App& app) {
  auto options = std::make_shared<ServeCheckOptions>();
  CLI::App* command = app.add_subcommand("serve-check", "Open an export as a stranger would and verify all of it");
  command->add_option("EXPORT", options->folder, "the folder that `kindred export` wrote")
      ->required()
      ->type_name("DIR");
  command->add_flag("--json", options->json, "print the result as JSON");
  command->footer(
      "Checks the manifest, every SHA-256, shapes, ids, that all values are finite and all formats equal, and the\n"
      "index's recall against exact search. Exit code 0: all of it is right; 3: something is not, and is named.\n"
      "\n"
      "Examples:\n"
      "  kindred serve-check runs/als-ml1m/20260101T000000Z-0a1b2c3d/export\n"
      "  kindred serve-check serving/tonight --json && ./publish serving/tonight\n");
  command->callback([options] {
    const ServeReport report = serve_check(Context::cpu(), options->folder);
    fmt::print("{}", options->json ? to_json(report).dump(2) + "\n" : to_table(report));
    if (!report.good()) fail(ErrorKind::data, "{}: is not to be served; see above", options->folder);
  });
}

}  // namespace kindred
