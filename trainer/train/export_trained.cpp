// SPDX-License-Identifier: Apache-2.0
#include "trainer/train/export_trained.h"

#include "trainer/data/durable_folder.h"
#include "trainer/export/export_run.h"
#include "trainer/export/serve_check.h"
#include "trainer/train/build_info.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <fstream>
#include <string>

namespace kindred {

using Json = nlohmann::ordered_json;

namespace {

ExportLineage lineage_of(const RunFolder& folder, const LoadedConfig& loaded, std::int64_t step) {
  return {.run = loaded.config.run.name + "/" + folder.path().filename().string(),
          .config_json = resolved_json(loaded),
          .commit = kBuildCommit,
          .step = step};
}

}  // namespace

Json export_trained(const Context& ctx, const RunFolder& folder, const LoadedConfig& loaded, const Dataset& data,
                    const Model& model, std::int64_t step, const std::filesystem::path& target, Progress& progress) {
  return write_export({.ctx = ctx,
                       .config = loaded.config.exported,
                       .data = data,
                       .model = model,
                       .lineage = lineage_of(folder, loaded, step)},
                      target, progress);
}

Json finish_export(const Context& ctx, const RunFolder& folder, const LoadedConfig& loaded, const Dataset& data,
                   const Model& model, std::int64_t step, Progress& progress) {
  const std::filesystem::path target = folder.exported();
  if (std::filesystem::is_directory(target) && serve_check(ctx, target).good()) {
    std::ifstream stream(target / "manifest.json");
    Json manifest = Json::parse(stream);
    if (manifest["lineage"] == lineage_json(lineage_of(folder, loaded, step), data)) {
      progress.say(fmt::format("{}: is whole, and kept", target.string()));
      return manifest;
    }
  }
  remove_folder(target);
  return export_trained(ctx, folder, loaded, data, model, step, target, progress);
}

Json export_summary(const Json& manifest, const std::filesystem::path& target) {
  Json summary = {{"folder", target.string()}};
  if (manifest.contains("index")) {
    summary["index"] = manifest["index"]["type"];
    summary["recall@10"] = manifest["recall_check"]["recall@10"];
    summary["recall@100"] = manifest["recall_check"]["recall@100"];
  }
  return summary;
}

}  // namespace kindred
