// SPDX-License-Identifier: Apache-2.0
// kindred inspect: says what a path is, and whether it is whole. One branch a kind of path.
#include "kernels/core/check.h"
#include "tools/commands.h"
#include "tools/inspect_dataset.h"
#include "tools/inspect_run.h"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace kindred {

namespace {

constexpr const char* kInspectFooter =
    "Examples:\n"
    "  kindred inspect prepared/0123456789abcdef0123456789abcdef\n"
    "  kindred inspect prepared/0123456789abcdef0123456789abcdef --json\n"
    "  kindred inspect runs/shop/20260101T000000Z-0a1b2c3d\n";

struct InspectOptions {
  std::string path;
  bool json = false;
};

void inspect_command(const InspectOptions& options) {
  const std::filesystem::path path = options.path;
  if (!std::filesystem::exists(path)) fail(ErrorKind::data, "{}: no such file or folder", options.path);
  if (is_prepared_dataset(path)) return inspect_dataset(path, options.json);
  if (is_run_folder(path)) return inspect_run(path, options.json);
  fail(ErrorKind::data, "{}: not known; expected the folder of a prepared dataset or of a run", options.path);
}

}  // namespace

void add_inspect_command(CLI::App& app) {
  const auto options = std::make_shared<InspectOptions>();
  CLI::App* command = app.add_subcommand("inspect", "say what a folder of Kindred's is, and verify it");
  command->footer(kInspectFooter);
  command->add_option("PATH", options->path, "folder of a prepared dataset or of a run")->required();
  command->add_flag("--json", options->json, "print it as JSON");
  command->callback([options] { inspect_command(*options); });
}

}  // namespace kindred
