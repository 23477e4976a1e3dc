// SPDX-License-Identifier: Apache-2.0
// kindred export: what a finished run leaves for the systems that serve it.
#include "kernels/core/check.h"
#include "tools/commands.h"
#include "tools/terminal_progress.h"
#include "trainer/config/load.h"
#include "trainer/train/export_trained.h"
#include "trainer/train/trained_run.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>

namespace kindred {

namespace {

struct ExportCommandOptions {
  RunOptions run;
  std::vector<std::string> overrides;
  std::string target;
};

// The run's configuration with other export keys; any other key is how the run was trained, and stays.
LoadedConfig export_config(const RunFolder& folder, const std::vector<std::string>& overrides) {
  const std::string file = folder.config().string();
  LoadedConfig loaded = load_config({&file, 1}, overrides, {.check_files = false});
  const LoadedConfig trained = load_config({&file, 1}, {}, {.check_files = false});
  for (const std::string& key : differing_keys(trained.config, loaded.config)) {
    if (!key.starts_with("export.")) {
      fail(ErrorKind::usage, "--set {}: is how the run was trained; expected a key of export", key);
    }
  }
  return loaded;
}

void export_run(const ExportCommandOptions& options) {
  TerminalProgress progress(options.run.quiet);
  const LoadedConfig loaded = export_config(RunFolder::find(options.run.run, options.run.output), options.overrides);
  const TrainedRun run = open_run(options.run.run, options.run.output);
  const std::filesystem::path target =
      options.target.empty() ? run.folder.exported() : std::filesystem::path(options.target);
  const auto manifest = export_trained(run.ctx, run.folder, loaded, *run.data, *run.model, run.step, target, progress);
  if (options.run.json) {
    fmt::print("{}\n", manifest.dump(2));
    return;
  }
  for (const auto& file : manifest["files"]) {
    fmt::print("{:>14}  {}\n", file["bytes"].get<std::int64_t>(), file["name"].get<std::string>());
  }
  fmt::print("export  {}\n", target.string());
}

}  // namespace

void add_export_command(CLI::App& app) {
  auto options = std::make_shared<ExportCommandOptions>();
  CLI::App* command =
      app.add_subcommand("export", "Vectors, ids, an index and a manifest, for the systems that serve a run");
  add_run_options(*command, options->run);
  command
      ->add_option("--set", options->overrides,
                   "override one key of export, e.g. --set export.index.type=hnsw (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_option("-o,--output", options->target, "folder to make; default: export/ of the run folder")
      ->type_name("DIR");
  command->footer(
      "Examples:\n"
      "  kindred export als-ml1m\n"
      "  kindred export als-ml1m --set export.index.type=hnsw -o serving/tonight\n"
      "  kindred export als-ml1m --set export.formats=[parquet] --set export.index.type=none -o vectors\n"
      "  kindred serve-check serving/tonight\n"
      "docs/export.md describes the files; examples/ reads them with numpy, faiss, DuckDB, pandas and LanceDB.\n");
  command->callback([options] { export_run(*options); });
}

}  // namespace kindred
