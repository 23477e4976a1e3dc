// SPDX-License-Identifier: Apache-2.0
// The files that the paths of a config stand for.
//   file    itself
//   folder  all files below it, in byte order of their relative paths; names that begin with '.' or '_' are left out
//   glob    * ? [..]: what matches, in byte order, each again a file or a folder; a path that exists is no glob
// Throws Error(data) for a path that does not exist, matches nothing or holds no files.
#pragma once

#include "trainer/data/events.h"

#include <string>
#include <utility>
#include <vector>

namespace kindred {

// Sizes and modification times are filled in, hashes are not.
std::vector<SourceFile> expand_paths(const std::vector<std::string>& paths);

// The columns that a partitioned folder spells in its names, "country=CH/day=3/part.parquet" -> country, day; percent
// escapes undone, __HIVE_DEFAULT_PARTITION__ as an empty value.
std::vector<std::pair<std::string, std::string>> partition_columns(const std::string& relative_path);

}  // namespace kindred
