// SPDX-License-Identifier: Apache-2.0
// What leaves a run for the systems that serve it: vectors, ids, an index, what a server filters by, and a manifest
// that says all of it (docs/export.md). The folder appears whole or not at all.
// The bytes are a function of model, data and configuration; only what was measured (manifest.json "measured", and the
// sums over it) differs from one time to the next.
// Errors: Error(usage) of a model without vectors, of a format that was not built, or when the target exists;
// Error(divergence) naming the row when a vector is not finite.
#pragma once

#include "trainer/config/config.h"
#include "trainer/data/dataset.h"
#include "trainer/data/progress.h"
#include "trainer/models/model.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>

namespace kindred {

// Where the vectors come from, as the manifest tells it.
struct ExportLineage {
  std::string run;          // folder of the run
  std::string config_json;  // resolved_json(): values, and the origin of each that is not a default
  std::string commit;       // of the program
  std::int64_t step = 0;    // epochs of the checkpoint
};

// As the manifest holds it.
nlohmann::ordered_json lineage_json(const ExportLineage& lineage, const Dataset& data);

struct ExportRequest {
  const Context& ctx;  // the model's
  const ExportConfig& config;
  const Dataset& data;
  const Model& model;
  ExportLineage lineage;
};

// Error(usage) of what this model, or this build, cannot export; to be asked before a long training.
void check_exportable(const ExportConfig& config, const Model& model);

// Returns the manifest.
nlohmann::ordered_json write_export(const ExportRequest& request, const std::filesystem::path& target,
                                    Progress& progress);

}  // namespace kindred
