// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/input_paths.h"

#include "kernels/core/check.h"

#include <glob.h>

#include <algorithm>
#include <system_error>

namespace kindred {

namespace fs = std::filesystem;

namespace {

void add_files_below(const fs::path& folder, std::vector<fs::path>& files) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const bool hidden = name.starts_with('.') || name.starts_with('_');  // _SUCCESS, .crc of Spark and Hadoop
    if (hidden && it->is_directory(error)) it.disable_recursion_pending();
    if (!hidden && it->is_regular_file(error)) files.push_back(it->path());
  }
}

std::vector<std::string> matching_names(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> names;
  if (glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
    names.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  globfree(&found);
  return names;
}

}  // namespace

std::vector<fs::path> matching_files(const std::string& path) {
  std::error_code error;
  std::vector<fs::path> files;
  // A name that exists is taken as it stands, even where it holds a glob's letters.
  const std::vector<std::string> names = fs::exists(path, error) ? std::vector{path} : matching_names(path);
  for (const std::string& name : names) {
    if (fs::is_directory(name, error)) {
      add_files_below(name, files);
    } else if (fs::exists(name, error)) {
      files.emplace_back(name);
    }
  }
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return files;
}

std::vector<fs::path> input_files(std::span<const std::string> paths) {
  std::vector<fs::path> files;
  for (const std::string& path : paths) {
    const std::vector<fs::path> matches = matching_files(path);
    if (matches.empty()) fail(ErrorKind::data, "{}: no such file, folder or match; expected input data", path);
    files.insert(files.end(), matches.begin(), matches.end());
  }
  return files;
}

}  // namespace kindred
