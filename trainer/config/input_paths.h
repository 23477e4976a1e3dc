// SPDX-License-Identifier: Apache-2.0
// Input paths as `data.path` writes them: a file, a folder (all files below it, hidden ones left out) or a glob
// (* ? [...] as the shell has them). Relative paths are relative to the current directory. Files come in the order of
// their names, byte by byte, so that the order of the input is the same everywhere.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace kindred {

// Files of one path; empty: there are none.
std::vector<std::filesystem::path> matching_files(const std::string& path);

// Files of several paths, each path's in turn. Throws Error(data) where one of them has none.
std::vector<std::filesystem::path> input_files(std::span<const std::string> paths);

}  // namespace kindred
