// SPDX-License-Identifier: Apache-2.0
#include "trainer/config/load.h"

#include "trainer/config/checks.h"
#include "trainer/config/field_text.h"
#include "trainer/config/read_value.h"
#include "trainer/config/settings.h"

#include <algorithm>

namespace kindred {

namespace {

// A key that is set, but that another key's value leaves without use.
void refuse_unused(const KeyTable& keys, const std::string& path, const Setting& setting,
                   const KeyTable::TextOf& text_of, Problems& problems) {
  std::vector<std::string> wanted;
  std::string given;
  for (const Field* field : keys.at(path)) {
    const Condition* unmet = keys.unmet_condition(*field, text_of);
    if (problems.is_suspect(unmet->key)) return;
    const std::string value = text_of(unmet->key);
    given = unmet->key + (value.empty() ? " empty" : ": " + shown(value));
    wanted.push_back(condition_text(*unmet));
  }
  std::string expected;
  for (const std::string& text : wanted) expected += (expected.empty() ? "" : ", or ") + text;
  problems.add(setting.place, path, fmt::format("is not used with {}; expected it only with {}", given, expected));
}

}  // namespace

LoadedConfig load_config(std::span<const std::string> files, std::span<const std::string> overrides,
                         const LoadOptions& options) {
  LoadedConfig loaded;
  Problems problems;
  const KeyTable keys(loaded.config);
  Settings settings(keys, problems);
  for (const std::string& file : files) settings.add_file(file);
  settings.add_overrides(overrides);

  // Keys that others depend on come first, so that a misspelt choice is told once.
  std::vector<std::string> paths;
  for (const auto& [path, setting] : settings.all()) paths.push_back(path);
  std::stable_sort(paths.begin(), paths.end(), [&](const std::string& a, const std::string& b) {
    return keys.at(a).front()->key.when.size() < keys.at(b).front()->key.when.size();
  });
  const KeyTable::TextOf text_of = [&](const std::string& path) { return keys.current_text(path); };
  for (const std::string& path : paths) {
    const Setting& setting = settings.all().at(path);
    const Field* field = keys.used_field(path, text_of);
    if (field == nullptr) {
      refuse_unused(keys, path, setting, text_of, problems);
      continue;
    }
    read_value(*field, setting, problems);
    loaded.origins[path] = setting.place;
  }
  check_config(loaded, files.empty() ? Place{"configuration"} : Place{files.back(), 1, 1}, problems);
  if (options.check_files) check_input_files(loaded, problems);
  problems.throw_if_any();
  return loaded;
}

}  // namespace kindred
