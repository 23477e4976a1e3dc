// SPDX-License-Identifier: Apache-2.0
// What `kindred inspect` says of a prepared dataset.
#pragma once

#include <filesystem>

namespace kindred {

// True when the folder's MANIFEST.json calls itself a prepared dataset, whatever its state.
bool is_prepared_dataset(const std::filesystem::path& path);
// Opens it, which verifies sizes, checksums and ranges, and prints. Throws Error(data) when it is damaged.
void inspect_dataset(const std::filesystem::path& path, bool json);

}  // namespace kindred
