// SPDX-License-Identifier: Apache-2.0
// From files and --set options to a Config, or to all that is wrong with them at once.
//
// Order, later wins key by key: defaults, then each file in turn (each after the file that its `base:` names, relative
// to the file itself), then the --set options. Lists and maps such as data.event_weights are replaced whole. Relative
// paths of data are relative to the current directory. Throws ConfigError (an Error(usage)) with a line a problem.
#pragma once

#include "trainer/config/config.h"
#include "trainer/config/problems.h"

#include <map>
#include <span>
#include <string>

namespace kindred {

struct LoadedConfig {
  Config config;
  std::map<std::string, Place> origins;  // of each key that is not the default: where it was written
};

struct LoadOptions {
  bool check_files = true;  // false: input files need not exist (the stored config of a finished run)
};

LoadedConfig load_config(std::span<const std::string> files, std::span<const std::string> overrides = {},
                         const LoadOptions& options = {});

}  // namespace kindred
