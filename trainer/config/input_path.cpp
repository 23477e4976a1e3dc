// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/input_path.h"

#include "trainer/config/yaml_tree.h"

#include <fmt/core.h>
#include <glob.h>

#include <filesystem>
#include <system_error>

namespace kindred {

namespace fs = std::filesystem;

std::string missing_input(const std::string& path, bool glob_allowed) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::exists(status)) {
    if (glob_allowed || !fs::is_directory(status)) return "";
    return fmt::format("'{}' is a folder; expected a file", shown(path));
  }
  if (!glob_allowed || path.find_first_of("*?[") == std::string::npos) {
    return fmt::format("no such file: '{}'; expected {} (relative to the current directory, {})", shown(path),
                       glob_allowed ? "a file, folder or glob" : "a file", fs::current_path(error).string());
  }
  glob_t found{};
  const bool any = glob(path.c_str(), GLOB_NOSORT, nullptr, &found) == 0 && found.gl_pathc > 0;
  globfree(&found);
  return any ? "" : fmt::format("nothing matches '{}'; expected a file, folder or glob", shown(path));
}

}  // namespace kindred
