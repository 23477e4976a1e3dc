// SPDX-License-Identifier: Apache-2.0
// Is there anything where a configuration says that input lies? A file or folder that exists, or a glob (* ? [...])
// that matches something. Relative paths are relative to the current directory.
#pragma once

#include <string>

namespace kindred {

// Empty: there is. Otherwise what is missing.
std::string missing_input(const std::string& path, bool glob_allowed);

}  // namespace kindred
