// SPDX-License-Identifier: Apache-2.0
// What a run folder holds: status, model, data, metrics; and its checkpoints, each verified.
#pragma once

#include <filesystem>

namespace kindred {

bool is_run_folder(const std::filesystem::path& path);

// Error(data) when the run did not finish or has no checkpoint that verifies.
void inspect_run(const std::filesystem::path& path, bool json);

}  // namespace kindred
