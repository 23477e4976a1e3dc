// SPDX-License-Identifier: Apache-2.0
// report.html of a run: one page that says how the run went. Self-contained: no script, nothing loaded.
// A run that is not finished gets a page of what there is. What could not be shown is said on the page and to `warn`:
// sample users need the prepared data and the model, titles the item table.
#pragma once

#include "trainer/train/run_folder.h"

#include <filesystem>
#include <functional>
#include <string_view>

namespace kindred {

// Writes <run>/report.html, or `output` where it is not empty, whole or not at all; returns the file.
// Error(data) for a damaged file of the run, Error(device) when the page cannot be written.
std::filesystem::path write_run_report(const RunFolder& folder, const std::filesystem::path& output,
                                       const std::function<void(std::string_view)>& warn);

}  // namespace kindred
