// SPDX-License-Identifier: Apache-2.0
// Writes a prepared dataset as a folder that appears whole or not at all (trainer/data/durable_folder.h).
// The same arrays give the same bytes. Throws Error(device) when the disk fails.
#pragma once

#include "trainer/data/dataset_arrays.h"

#include <filesystem>

namespace kindred {

// False when the folder was there already (another process made it first): nothing was changed.
// An empty fingerprint is replaced by a hash of the contents.
bool write_dataset(const std::filesystem::path& folder, const DatasetArrays& arrays);

}  // namespace kindred
