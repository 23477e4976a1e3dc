// SPDX-License-Identifier: Apache-2.0
// The export of a run: what trainer/export writes, with where it comes from.
#pragma once

#include "trainer/config/load.h"
#include "trainer/data/progress.h"
#include "trainer/models/model.h"
#include "trainer/train/run_folder.h"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>

namespace kindred {

// Exports to `target` by `loaded` (the run's configuration, with other export keys where the caller wants); returns the
// manifest.
nlohmann::ordered_json export_trained(const Context& ctx, const RunFolder& folder, const LoadedConfig& loaded,
                                      const Dataset& data, const Model& model, std::int64_t step,
                                      const std::filesystem::path& target, Progress& progress);

// The export of a training, into export/ of its folder, which this process holds alone. One that an earlier attempt
// left is kept where it is whole and of this very model, and written anew where it is not.
nlohmann::ordered_json finish_export(const Context& ctx, const RunFolder& folder, const LoadedConfig& loaded,
                                     const Dataset& data, const Model& model, std::int64_t step, Progress& progress);

// For result.json: folder, kind of index, recall.
nlohmann::ordered_json export_summary(const nlohmann::ordered_json& manifest, const std::filesystem::path& target);

}  // namespace kindred
