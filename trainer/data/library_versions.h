// SPDX-License-Identifier: Apache-2.0
// Versions of the libraries that read and write data, as they are at run time. For `kindred doctor`.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace kindred {

std::vector<std::pair<std::string, std::string>> data_library_versions();

}  // namespace kindred
