// SPDX-License-Identifier: Apache-2.0
// From files and --set options to a Config, or to all that is wrong with them at once; and back to text.
//
// Order, later wins key by key: defaults, then each file in turn (each after the file that its `base:` names, relative
// to the file itself), then the --set options. Lists and maps such as data.event_weights are replaced whole. Relative
// paths of data are relative to the current directory. Throws ConfigError (an Error(usage)) with a line a problem.
#pragma once

#include "trainer/config/config.h"
#include "trainer/config/problems.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

struct LoadedConfig {
  Config config;
  std::map<std::string, Place> origins;  // of each key that was written: where; the others are defaults
};

struct LoadOptions {
  bool check_files = true;  // false: input files need not exist (the stored config of a finished run)
};

LoadedConfig load_config(std::span<const std::string> files, std::span<const std::string> overrides = {},
                         const LoadOptions& options = {});

// YAML with every key in use, and the origin of each that is not a default as a comment. Reads back as the same Config.
std::string resolved_yaml(const LoadedConfig& loaded);
// {"config": {...}, "origins": {"model.factors": "a.yaml:3"}, "hash": "..."}
std::string resolved_json(const LoadedConfig& loaded);

// XXH3 of all keys in use and their values; of one section and what lies below it, such as "data", where one is given.
// The same for any way of writing the same configuration.
std::uint64_t config_hash(const Config& config, std::string_view section = {});

// Every key in use and its value as YAML.
std::map<std::string, std::string> config_values(const Config& config);

// Paths of the keys that have different values, or that only one of the two uses; in the order of the reference page.
std::vector<std::string> differing_keys(const Config& a, const Config& b);

// A key whose value changed; empty: not in use.
struct KeyChange {
  std::string path;
  std::string before;
  std::string after;
};
// The changed keys on which the result of a run depends (not: threads, folders of output, checkpoints), in the order of
// the reference page.
std::vector<KeyChange> changes_of_result(const Config& before, const Config& after);

}  // namespace kindred
